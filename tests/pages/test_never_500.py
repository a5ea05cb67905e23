"""Whatever stands in an address, a parameter, a form, a cookie or a header: no answer is 5xx.

The addresses are the resolver's and the names are those the code reads, so what is new is in it by itself. Each entry
alone, with everything else as it should be, is tried on the pages' own forms in `test_bad_input`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django import forms
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, get_resolver, resolve

from rakor.asgi import application
from rakor.lib.numbers import GREATEST
from tests import factories as make
from tests.conftest import make_cast, staff_meeting

PARTS = {
    "null": "%00", "null within": "ABCDEFGHJK%00M", "line": "%0A", "two": "%C2%B2", "too great": str(GREATEST + 1),
    "greatest": str(GREATEST), "endless": "9" * 5000, "minus": "-1", "no text": "%FF%FE",
    "half a character": "%ED%A0%80", "slash": "%2F", "turned": "%E2%80%AE", "quotes": "'%22%3C%3E",
    "unknown": "23456789ABCD",
}  # fmt: skip
"""What stands in an address instead of an argument, as it is sent."""

RARE = ("two", "minus", "endless", "half a character", "slash", "turned", "quotes", "line", "null within", "greatest")
"""Sent in the second ring only."""

VALUES = {
    "null": "nol \x00 di tengah", "two": "²", "thirty digits": "9" * 30, "endless": "9" * 5000,
    "no day": "0001-01-01",
}  # fmt: skip
"""What is sent for every name at once."""

pytestmark = pytest.mark.django_db
"""Of every test, so that each of them alone makes pytest-django prepare the database for the module's transaction."""

ONLY_PAPER = {"letter_preview"}
"""Reads nothing that is sent, and sets a paper each time."""


@dataclass
class Stage:
    clients: dict[str, Client] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)
    """By the name in the address; `pk` and `code` by the first word of the address's name."""

    def argument(self, name: str, parameter: str) -> Any:
        return self.arguments.get(parameter) or self.arguments[f"{name.partition('_')[0]} {parameter}"]


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker) -> Iterator[Stage]:
    """Everything is made once; each request is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        cache.clear()
        yield build()
        transaction.set_rollback(True)


def build() -> Stage:
    """Sari wears every hat at once: what anybody may do is done."""
    cast = make_cast()
    make.PulseFactory()
    meeting = staff_meeting(cast)
    invitation = meeting.invitations.get()
    letter = make.DocumentFactory(kind="invitation_letter", meeting=meeting)
    make.SignatoryFactory(document=letter, user=cast.sari)
    stage = Stage()
    stage.arguments = {
        "meeting": meeting.public_id,
        "short": meeting.short,
        "invitation": invitation.public_id,
        "document": letter.public_id,
        "waiting": make.ImportFactory(user=cast.sari).public_id,
        "kind": "jabatan",
        "page": "penyelenggara",
        "token": "ABCDEFGHJKMN.salah",
        "uidb36": "1",
        "key": "salah",
        "verify code": letter.code,
        "agenda pk": make.AgendaItemFactory(meeting=meeting).pk,
        "point pk": make.PointFactory(minutes=make.MinutesFactory(meeting=meeting)).pk,
        "position pk": cast.head_of_bali.pk,
        "membership pk": cast.bali.memberships.get(user=cast.rina).pk,
        "grant pk": make.GrantFactory(meeting=meeting, user=cast.aulia).pk,
        "deputy pk": make.DeputyRequestFactory(invitation=invitation).pk,
        "presence pk": make.PresenceFactory(invitation=invitation).pk,
    } | {f"{word} code": cast.bali.code for word in ("agency", "position", "membership", "letterhead")}
    for role in ("chair", "minute_taker"):
        meeting.roles.filter(role=role).update(user=cast.sari)
    make.MembershipFactory(user=cast.sari, agency=cast.bali, role="agency_admin")
    type(cast.sari).objects.filter(pk=cast.sari.pk).update(is_superuser=True)
    stage.clients["sari"] = Client(raise_request_exception=False)
    stage.clients["sari"].force_login(cast.sari, backend="allauth.account.auth_backends.AuthenticationBackend")
    stage.clients["guest"] = Client(raise_request_exception=False)
    stage.clients["guest"].get(f"/u/{invitation.link.rpartition('/u/')[2]}")
    stage.clients["guest"].post(f"/undangan/{invitation.public_id}/kenal/", {"who": "self"})
    stage.clients["nobody"] = Client(raise_request_exception=False)
    return stage


# -- addresses ---------------------------------------------------------------------------------------------------


def addresses() -> dict[str, tuple[str, list[str]]]:
    """Name of each address → (`rapat/%(meeting)s/`, [`meeting`])."""
    known = get_resolver().reverse_dict
    return {name: known[name][0][0] for name in known if isinstance(name, str)}


def path_of(stage: Stage, name: str, **instead: str) -> str:
    template, parameters = addresses()[name]
    return "/" + template % ({p: stage.argument(name, p) for p in parameters} | instead)


def broken(client: Client, method: str, path: str, data: Any = None, **given: Any) -> str:
    """What is wrong with the answer, or nothing; what the request did is taken back."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        response = getattr(client, method)(path, data, **given)
        transaction.set_rollback(True)
    client.cookies.load(cookies)
    fault = str(response.status_code) if response.status_code >= 500 else ""
    if not response.streaming and b"Traceback (most recent" in response.content:
        fault = f"{response.status_code} with a traceback"
    return fault and f"{fault}: {method} {path[:120]} {str(data)[:200]} {str(given)[:200]}"


def is_nobodys(path: str) -> bool:
    try:
        resolve(unquote(path, errors="replace"))
    except Resolver404:
        return True
    return False


def test_the_stage_knows_every_argument(stage):
    assert [path for name in addresses() if is_nobodys(path := path_of(stage, name))] == []


@pytest.mark.parametrize("part", [pytest.param(part, marks=[pytest.mark.slow] * (part in RARE)) for part in PARTS])
def test_no_address_breaks(stage, part):
    """One that no pattern takes is answered alike everywhere, so it is asked for once."""
    paths = {f"/{PARTS[part]}/", f"/rapat/{PARTS[part]}/"}
    for name, (_template, parameters) in addresses().items():
        for parameter in parameters:
            path = path_of(stage, name, **{parameter: PARTS[part]})
            if not is_nobodys(path):
                paths.add(path)
    told = [broken(stage.clients[who], "get", path) for path in sorted(paths) for who in ("nobody", "sari", "guest")]
    assert [fault for fault in told if fault] == []


# -- what is sent ------------------------------------------------------------------------------------------------

READ = re.compile(r"""\.get(?:list)?\("(\w+)"|"(\w+)" in request\.|(?:GET|POST)\["(\w+)"\]""")
PREFIX = re.compile(r"""prefix="(\w+)\"""")
OURS = (
    "rakor.accounts", "rakor.desk", "rakor.documents", "rakor.guide", "rakor.meetings",
    "attendees", "agenda", "minutes",
)  # fmt: skip


def package_of(view: Callable[..., Any]) -> str:
    return next((package for package in OURS if view.__module__.startswith(package)), "rakor.accounts")


def source_of(package: str) -> str:
    [folder] = importlib.import_module(package).__path__
    return "\n".join(path.read_text(encoding="utf-8") for path in Path(folder).rglob("*.py"))


def entries_of(package: str) -> dict[str, bool]:
    """Names that the package reads: those its code spells out and the fields of its forms (true where a file)."""
    source = source_of(package)
    found = {name: False for match in READ.findall(source) for name in match if name}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
        if not module.name.endswith("forms"):
            continue
        for form in vars(importlib.import_module(module.name)).values():
            if isinstance(form, type) and issubclass(form, forms.BaseForm):
                found |= {name: isinstance(entry, forms.FileField) for name, entry in form.base_fields.items()}
    prefixed = {f"{prefix}-{name}": False for prefix in PREFIX.findall(source) for name in found}
    return found | prefixed | {"next": False, "page": False}


ENTRIES = {}


def entries(name: str, stage: Stage) -> dict[str, bool]:
    package = package_of(resolve(path_of(stage, name)).func)
    if package not in ENTRIES:
        ENTRIES[package] = entries_of(package)
    return ENTRIES[package]


def reader(stage: Stage, method: str, path: str) -> Client | None:
    """The first for whom the address does something; None when it does nothing with this method."""
    for client in stage.clients.values():
        with transaction.atomic():
            response = getattr(client, method)(path)
            transaction.set_rollback(True)
        led_away = response.status_code == 302 and response.url.startswith("/masuk/")
        if response.status_code == 405:
            return None
        if not led_away and response.status_code not in (403, 404):
            return client
    return None


@pytest.fixture(scope="module")
def readers(stage) -> dict[str, list[tuple[str, str, Client]]]:
    """Method → (name, path, who reads it) of every address that takes it."""
    found: dict[str, list[tuple[str, str, Client]]] = {"get": [], "post": []}
    for method, rows in found.items():
        for name in addresses():
            path = path_of(stage, name)
            if name not in ONLY_PAPER and (client := reader(stage, method, path)):
                rows.append((name, path, client))
    return found


def test_most_addresses_have_a_reader(readers):
    assert len(readers["get"]) > 40
    assert len(readers["post"]) > 40


@pytest.mark.parametrize("value", ["null", "two", "endless"])
def test_no_parameter_breaks_a_page(stage, readers, value):
    told = []
    for name, path, client in readers["get"]:
        told.append(broken(client, "get", path, dict.fromkeys(entries(name, stage), VALUES[value])))
    assert [fault for fault in told if fault] == []


@pytest.mark.parametrize("value", VALUES)
def test_no_entry_breaks_a_form(stage, readers, value):
    told = []
    for name, path, client in readers["post"]:
        told.append(broken(client, "post", path, dict.fromkeys(entries(name, stage), VALUES[value])))
    assert [fault for fault in told if fault] == []


def test_no_file_for_text_and_no_text_for_a_file(stage, readers):
    told = []
    for name, path, client in readers["post"]:
        sent = {
            entry: "teks" if is_file else SimpleUploadedFile("../\u202e\x01.pdf", b"%PDF-\x00")
            for entry, is_file in entries(name, stage).items()
        }
        told.append(broken(client, "post", path, sent))
    assert [fault for fault in told if fault] == []


# -- cookies, headers, bodies --------------------------------------------------------------------------------------

HEADERS = {
    "session": {"cookie": 'sessionid="abcdefgh\\000ijkl"'},
    "session of another": {"cookie": "sessionid=" + "²" * 40},
    "language": {"cookie": 'django_language="\\000"; =; ;x=\x01; django_language'},
    "messages and csrf": {"cookie": 'messages=W10:x:y; csrftoken="\\000"'},
    "languages": {"accept_language": "\x01;q=9e999,*;q=-,%00" + "x-" * 5000},
    "accept": {"accept": "application/json;q=²,/,;;"},
    "host": {"host": "[::1"},
    "hosts": {"x_forwarded_host": "\x01", "x_forwarded_for": "bukan,alamat, ::", "x_forwarded_proto": "²"},
    "htmx": {"hx_request": "true", "hx_current_url": "http://[", "hx_target": "\x01"},
    "htmx encoded": {"hx_request": "true", "hx_current_url": "%00", "hx_current_url_uri_autoencoded": "true"},
    "referer": {"referer": "http://[", "origin": "http://["},
    "since": {"if_modified_since": "²", "if_none_match": "\x01", "range": "bytes=-²", "last_event_id": "\x01"},
    "another charset": {"content_type": "text/plain; charset=utf-16"},
    "half characters": {"content_type": "text/plain; charset=unicode_escape"},
}  # fmt: skip


@pytest.mark.parametrize("given", HEADERS)
def test_no_header_breaks_a_page(stage, given):
    environ = {
        name.upper() if name == "content_type" else f"HTTP_{name.upper()}": value
        for name, value in HEADERS[given].items()
    }
    told = [
        broken(stage.clients[who], "get", f"{path}?q=%5Cud800&kode=%5Cud800", **environ)
        for who in ("nobody", "sari")
        for path in ("/tindak-lanjut/", "/verifikasi/", "/masuk/")
    ]
    assert [fault for fault in told if fault] == []


FORM = "application/x-www-form-urlencoded"
BODIES = {
    "json": ("application/json", b'{"answer": "\\ud800"}'),
    "no text": (FORM, b"answer=%FF%FE&reason=%ED%A0%80&text=\xff\x00"),
    "another charset": (f"{FORM}; charset=utf-16", b"answer=x"),
    "half characters": (f"{FORM}; charset=unicode_escape", b"answer=%5Cud800&login=%5Cud800&email=%5Cud800"),
    "too many": (FORM, b"&".join(b"n%d=1" % n for n in range(1001))),
    "too large": (FORM, b"answer=" + b"x" * 3_000_000),
    "no boundary": ("multipart/form-data", b"--x"),
    "odd boundary": ("multipart/form-data; boundary=\xc2\xb2", b"--x"),
    "cut off": ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="'),
    "not base64": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\nContent-Transfer-Encoding: base64'
        b"\r\n\r\n===\r\n--x--",
    ),
    "half characters in parts": (
        "multipart/form-data; boundary=x; charset=unicode_escape",
        b'--x\r\nContent-Disposition: form-data; name="q"\r\n\r\n\\ud800\r\n--x--',
    ),
    "nothing": (";;=", b"answer=x"),
}  # fmt: skip


@pytest.mark.parametrize("given", BODIES)
def test_no_body_breaks_a_form(stage, readers, given):
    kind, body = BODIES[given]
    told = [
        broken(client, "post", path, body, content_type=kind)
        for name, path, client in readers["post"]
        if name in ("account_login", "invitation_respond", "meeting_create", "minutes_save", "set_language", "verify")
    ]
    assert [fault for fault in told if fault] == []


@pytest.mark.parametrize("claim", ["charset=hex", "charset=idna", "charset*=utf-8''%00", "name*=tidak-ada''x"])
def test_no_content_type_breaks_the_entrance(claim):
    """The test client goes another way in."""

    async def asked() -> int:
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"q=%41", "http_version": "1.1"}
        headers = [(b"content-type", f"text/plain; {claim}".encode())]
        there = ApplicationCommunicator(application, scope | {"headers": headers})
        await there.send_input({"type": "http.request"})
        start = await there.receive_output(10)
        await there.wait(10)
        return start["status"]

    assert async_to_sync(asked)() == 400

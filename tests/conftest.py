"""The cast, and the real processes that tests talk to.

*Sari* organises for the ministry's Biro Perencanaan, *Nia* takes minutes, *Karno* chairs, *Budi* heads BP3MI Bali (a
guest with a personal link), *Rina* is his contact with an account, *Citra* belongs to an agency that is not invited,
*Sinta* is staff of the ministry, *Aulia* audits, *Admin* runs the system.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from attendees.middleware import viewer_of
from rakor.lib.access import Viewer
from tests import factories as make

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the thread of the test


@pytest.fixture(autouse=True)
def _official_language():
    """Every test begins in Indonesian and in Jakarta's time."""
    from django.utils import translation

    with translation.override("id"), timezone.override("Asia/Jakarta"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords():
    """One round of hashing: no test is about how slow it is."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    before, PBKDF2PasswordHasher.iterations = PBKDF2PasswordHasher.iterations, 1
    yield
    PBKDF2PasswordHasher.iterations = before


@dataclass
class Cast:
    """Who is who; agencies are `ministry` ⊃ `bureau`, `bali`, `stranger_agency`."""

    ministry: object
    bureau: object
    bali: object
    stranger_agency: object
    sari: object
    nia: object
    karno: object
    rina: object
    citra: object
    sinta: object
    aulia: object
    admin: object
    head_of_bali: object

    def viewer(self, user) -> Viewer:
        """The Viewer of one of the cast."""
        return viewer_of(user)


def make_cast() -> Cast:
    """Makes the rows of the cast; also used by the browser tests' own database."""
    ministry = make.AgencyFactory(
        code="KP2MI",
        name="Kementerian Pelindungan Pekerja Migran Indonesia",
        short_name="KP2MI",
        kind="central",
        protocol_order=10,
    )
    bureau = make.AgencyFactory(
        code="KP2MI-BIRO",
        name="Biro Perencanaan dan Kerja Sama",
        short_name="Biro Renkerma",
        parent=ministry,
        kind="central",
        protocol_order=20,
    )
    make.LetterheadFactory(
        agency=bureau,
        lines=["KEMENTERIAN PELINDUNGAN", "PEKERJA MIGRAN INDONESIA", "BIRO PERENCANAAN DAN KERJA SAMA"],
        unit_code="RENKS",
    )
    bali = make.AgencyFactory(
        code="BP3MI-BALI",
        name="BP3MI Bali",
        short_name="BP3MI Bali",
        kind="bp3mi",
        zone="Asia/Makassar",
        city="Denpasar",
        protocol_order=500,
    )
    stranger_agency = make.AgencyFactory(
        code="LAIN", name="Dinas Lain", short_name="Dinas Lain", kind="local_government", protocol_order=900
    )
    people = {
        "sari": ("Sari Wulandari", bureau, "organiser"),
        "nia": ("Nia Kurniasih", bureau, "staff"),
        "karno": ("Karno Wibisono", bureau, "staff"),
        "rina": ("Rina Ayu", bali, "contact"),
        "citra": ("Citra Lestari", stranger_agency, "staff"),
        "sinta": ("Sinta Dewi", ministry, "staff"),
        "aulia": ("Aulia Rahman", ministry, "auditor"),
    }
    accounts = {}
    for key, (name, agency, role) in people.items():
        accounts[key] = make.UserFactory(email=f"{key}@uji.example", full_name=name)
        make.MembershipFactory(user=accounts[key], agency=agency, role=role)
    admin = make.UserFactory(email="admin@uji.example", full_name="Admin Sistem", is_superuser=True)
    head = make.PositionFactory(
        agency=bali, name="Kepala BP3MI Bali", holder="Budi Hartanto", email="kepala.bali@uji.example"
    )
    return Cast(ministry, bureau, bali, stranger_agency, **accounts, admin=admin, head_of_bali=head)


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


def staff_meeting(cast: Cast, **fields):
    """A meeting of the bureau with Karno as chair and Nia as minute-taker; Kepala BP3MI Bali is invited."""
    meeting = make.MeetingFactory(host=cast.bureau, **fields)
    make.MeetingRoleFactory(meeting=meeting, role="chair", user=cast.karno, position="Sekretaris Jenderal", order=1)
    make.MeetingRoleFactory(meeting=meeting, role="minute_taker", user=cast.nia, position="Analis Kebijakan", order=2)
    make.InvitationFactory(
        meeting=meeting,
        position=cast.head_of_bali,
        person_name="Budi Hartanto",
        email="kepala.bali@uji.example",
        protocol_order=500,
    )
    return meeting


@pytest.fixture
def meeting(cast):
    """A scheduled meeting of the bureau, see `staff_meeting`."""
    return staff_meeting(cast)


@pytest.fixture
def invitation(meeting):
    """Budi's invitation to `meeting`."""
    return meeting.invitations.get()


@pytest.fixture
def login():
    """`login(user)` → a Client that is logged in; with `proven` it gave its second factor too."""

    def _login(user, *, proven: bool = False) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        if proven:
            prove(client, user)
        return client

    return _login


@pytest.fixture
def guest():
    """`guest(invitation)` → a Client that has opened the personal link and said who it is; `proven` with the code."""

    def _guest(invitation, *, known: bool = True, proven: bool = False) -> Client:
        client = Client()
        client.get(invitation.link.removeprefix(os.environ.get("BASE_URL", "http://127.0.0.1:8000")))
        if known:
            client.post(f"/undangan/{invitation.public_id}/kenal/", {"who": "self"})
        if proven:
            prove_link(client, invitation)
        return client

    return _guest


def prove(client: Client, user) -> None:
    """The session as after the account's second factor."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def prove_link(client: Client, *invitations) -> None:
    """The session as after the codes that went to the invited addresses."""
    session = client.session
    proven = {f"invitation:{i.public_id}": [i.link_generation, time.time()] for i in invitations}
    session["proven"] = {**session.get("proven", {}), **proven}
    session.save()


def rows(*models) -> dict[str, int]:
    """How many rows each model has; to prove that nothing changed."""
    return {model._meta.label: model._default_manager.count() for model in models}


# -- a real uvicorn process on the test database -------------------------------------------------------------


@pytest.fixture(scope="session")
def collected(tmp_path_factory) -> Path:
    """Static files as in production: collected, named by hash, compressed."""
    folder = tmp_path_factory.mktemp("static")
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
        cwd=ROOT,
        env={**os.environ, "STATIC_ROOT": str(folder), "RAKOR_TESTING": "0", **_secrets()},
        check=True,
    )
    return folder


def _secrets() -> dict[str, str]:
    return {"SECRET_KEY": "rahasia-uji-" * 5, "LINK_KEY": "kunci-tautan-uji-" * 4}


@dataclass
class Site:
    """A running uvicorn process: `url`, its `process` and the `log` file that it writes."""

    url: str
    process: subprocess.Popen
    log: Path


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def site(transactional_db, collected, tmp_path, settings):
    """A real uvicorn process on the test database; links and mails of this process point to it."""
    from urllib.parse import quote

    database = settings.DATABASES["default"]
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings.BASE_URL = url
    socket = f"host={quote(database['HOST'], safe='')}&port={database['PORT']}"
    database_url = f"postgresql://{quote(database['USER'])}@/{database['NAME']}?{socket}"
    if not database["HOST"].startswith("/"):
        login_part = f"{quote(database['USER'])}:{quote(database['PASSWORD'])}"
        database_url = f"postgresql://{login_part}@{database['HOST']}:{database['PORT'] or 5432}/{database['NAME']}"
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "BASE_URL": url,
        "STATIC_ROOT": str(collected),
        "RAKOR_TESTING": "1",
    }
    log = tmp_path / "uvicorn.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "uvicorn",
                "rakor.asgi:application",
                "--port",
                str(port),
                "--timeout-graceful-shutdown",
                "2",
                "--lifespan",
                "off",
            ],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"{url}/sehat/", process, log)
        yield Site(url, process, log)
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str, process: subprocess.Popen, log: Path, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"uvicorn did not answer: {log.read_text()[-3000:]}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Browser tests come last: once begun, Playwright's event loop runs on, and pyHanko starts one itself."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


# -- the browser -----------------------------------------------------------------------------------------------

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium, headless, that calls nobody by itself."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "id-ID", "timezone_id": "Asia/Jakarta"}


@pytest.fixture(autouse=True)
def _browser_needs_chromium(request):
    """Without Chromium a browser test fails in CI and is skipped loudly elsewhere."""
    if request.node.get_closest_marker("browser") and not Path(CHROMIUM).exists():
        if os.environ.get("CI") or os.environ.get("RAKOR_REQUIRE_BROWSER"):
            pytest.fail(f"No Chromium at {CHROMIUM}: run `make test`, which installs it, or name it in CHROMIUM.")
        pytest.skip(f"NO BROWSER AT {CHROMIUM}: this journey was not tested")


@pytest.fixture
def watched(page):
    """A page whose console errors and outside requests fail the test at its end."""
    seen = SimpleNamespace(errors=[], outside=[])
    page.on("console", lambda message: seen.errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on(
        "request",
        lambda r: None if r.url.startswith(("http://127.0.0.1", "data:", "blob:")) else seen.outside.append(r.url),
    )
    yield page
    assert seen.outside == []
    assert seen.errors == []

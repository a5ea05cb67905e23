"""Every form of the product, found on the pages of the world: nonsense comes back with a sentence at its field.

What each form refuses in particular is tested in its room; here no form is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import resolve

from agenda.models import AgendaItem
from tests.pages.reading import Field, Form, Page
from tests.pages.world import World, build

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

ENGLISH = re.compile(r"\b(the|is|this|must|enter|choose|ensure|required|field)\b", re.IGNORECASE)
GENERIC = "Bidang ini tidak boleh kosong"
KEPT = "Semua yang diketik masih ada di sini"
NARROWS = {"q", "kind", "province"}
"""Entries by which invitees are searched: what they do not know they leave out."""


@pytest.fixture
def world(db) -> World:
    cache.clear()
    return build(whole_directory=False)


def forms(world: World) -> Iterator[tuple[Client, str, Form, str]]:
    """(who, the page it stands on, the form, the address it is sent to): each address once, with something to enter."""
    known = set()
    for stop in world.stops:
        client = Client()
        if stop.who in world.sessions:
            client.cookies["sessionid"] = world.sessions[stop.who]
        answer = client.get(stop.path)
        if answer.status_code != 200 or answer.streaming:
            continue
        for form in Page(answer.content.decode()).forms:
            for address, name, value in (way for way in form.ways if way[1] != "action" or way[2] == "add"):
                url = (address or stop.path).partition("#")[0]
                key = (resolve(url.partition("?")[0]).url_name, name, value, tuple(form.fields))
                if form.method == "post" and form.entered_by_hand and key not in known:
                    known.add(key)
                    chosen = {name: [value]} if name else {}
                    yield client, stop.path, form, url, chosen


def nothing(entry: Field) -> list[str]:
    return []


def too_long(entry: Field) -> list[str]:
    return ["x" * (entry.longest + 1)] if entry.is_text and entry.longest else entry.values


def nonsense(entry: Field) -> list[str]:
    wrong = {
        "date": "2026-13-45", "time": "25:99", "number": "-7x", "email": "bukan alamat", "select": "tak-dikenal",
        "radio": "tak-dikenal", "url": "javascript:1",
    }  # fmt: skip
    return [wrong[entry.kind]] if entry.kind in wrong else entry.values


def with_a_null(entry: Field) -> list[str]:
    return ["nol \x00 di tengah"] if entry.is_text and entry.kind != "password" else entry.values


def spoilt(form: Form, spoil) -> list[str]:
    """Names of the entries that this changes."""
    left = NARROWS if "position" in form.fields else set()
    return [entry.name for entry in form.entered_by_hand if entry.name not in left and spoil(entry) != entry.values]


@pytest.mark.parametrize("spoil", [nothing, too_long, nonsense, with_a_null])
def test_no_form_takes_it(world, spoil):
    told, tried = [], 0
    for client, page, form, address, chosen in forms(world):
        names = spoilt(form, spoil)
        if not names:
            continue
        tried += 1
        changes = {name: spoil(form.fields[name]) for name in names} | chosen
        with transaction.atomic():
            answer = client.post(address, form.sent(**changes))
            transaction.set_rollback(True)
        told += [f"{address} from {page}: {fault}" for fault in faults(answer, form, changes, spoil)]
    assert told == [], "\n".join(told)
    assert tried > 15


def faults(answer, form: Form, changes: dict[str, list[str]], spoil) -> Iterator[str]:
    if answer.status_code in (302, 303) and spoil is nothing:
        return  # everything may be left empty
    if answer.status_code not in (200, 422):
        yield f"answers {answer.status_code} to {sorted(changes)}"
        return
    html = answer.content.decode()
    shown = Page(html)
    if not shown.errors:
        yield "no sentence"
    yield from (f"of no field in particular: {sentence.strip()}" for sentence in shown.errors if GENERIC in sentence)
    summary = re.findall(r'<li><a href="#(\w+)">', html)
    if (order := sorted(summary, key=lambda anchor: html.index(f'id="{anchor}"'))) != summary:
        yield f"the summary has {summary}, the page {order}"
    if spoil is nothing and KEPT in html:
        yield "says that what was typed is still there, and nothing was typed"
    yield from (f"in English: {sentence.strip()}" for sentence in shown.errors if ENGLISH.search(sentence))
    if spoil is too_long:
        kept = [value for found in shown.forms for entry in found.fields.values() for value in entry.values]
        for name, values in changes.items():
            if name in form.fields and form.fields[name].kind != "password" and values[0] not in kept:
                yield f"what was typed into {name} is lost"


def oddities(entry: Field) -> list[str]:
    """What stands at the very ends of what an entry of this kind may be, and what a browser never sends."""
    if entry.kind == "password":
        return []  # counted in a transaction that must be the outermost: tests/documents/test_tries.py
    if entry.kind == "date":
        return ["0001-01-01", "9999-12-31"]
    if entry.kind == "time":
        return ["23:59:59.999999"]
    return ["\u202e²\U0010ffff%_\\"] if entry.is_text else ["9" * 30, "²"]


def test_no_form_breaks_when_one_entry_is_odd(world):
    """Hidden entries too; everything else is as the page gave it, so that the oddity goes as deep as it can."""
    told, tried = [], 0
    for client, page, form, address, chosen in forms(world):
        client.raise_request_exception = False
        for entry in form.fields.values():
            for odd in oddities(entry):
                tried += 1
                with transaction.atomic():
                    answer = client.post(address, form.sent(**chosen | {entry.name: [odd]}))
                    transaction.set_rollback(True)
                if answer.status_code >= 500:
                    told.append(f"{answer.status_code} {address} from {page}: {entry.name}={odd[:40]!r}")
    assert told == [], "\n".join(told)
    assert tried > 100


def test_an_item_of_the_rundown_sent_twice_is_one(world):
    meeting = world.meetings["scheduled"]
    client = Client()
    client.cookies["sessionid"] = world.sessions["sari"]
    page = Page(client.get(f"/rapat/{meeting.public_id}/rundown/").content.decode())
    form = next(form for form in page.forms if form.action.endswith("/rundown/baru/"))
    sent = form.sent(title=["Istirahat"], kind=["break"], minutes=["30"])
    before = AgendaItem.objects.count()

    answers = [client.post(form.action, sent).status_code for _again in range(2)]

    assert (answers, AgendaItem.objects.count() - before) == ([302, 302], 1)

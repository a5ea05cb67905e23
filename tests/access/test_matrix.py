"""Who may do what: every address × every role × every state of a meeting, expected answers as literal cells.

Source: product.md's table. How to read and to add a cell stands at the top of cells.txt.
"""

from __future__ import annotations

import logging
from itertools import groupby

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse

from attendees.views import door
from tests.access import world as stage
from tests.access.asking import ask
from tests.access.cells import Line, lines

LINES = lines()
ASKED = {key: list(found) for key, found in groupby(LINES, key=lambda line: (line.address, line.method, line.thing))}
FIRST = {"GET": ("draft", "T.invited"), "POST": ("scheduled",)}
"""The stages of the first ring; the second asks at all the others."""

LATER = {"document_detail", "document_download"}
"""Asked in the second ring only: papers of every kind and state take a third of the matrix's time."""

ELSEWHERE = {
    # address: the test that shows who may
    "setup": "tests/desk: only while no account exists",
    "link": "tests/attendees/guest: whoever holds the token",
    "account_reset_password_from_key": "tests/accounts: whoever holds the mail",
}

NEVER_DONE = {
    "account_set_password",  # only for accounts without a password, and there are none
    "mfa_authenticate",  # only within a log-in; these and the next ones: tests/accounts/test_second_factor.py
    "mfa_reauthenticate",  # only for whoever has a second factor
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_generate_recovery_codes",
    "invitation_code",  # everybody here has given the code: tests/attendees/guest/test_code.py
}

pytestmark = [pytest.mark.urls("tests.access.urls"), pytest.mark.django_db]
"""The database is named by every test, so that each of them alone makes pytest-django prepare it."""


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Everything is made once; each request is rolled back. Refusals are not logged: there are thousands."""
    logging.disable(logging.WARNING)
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(door, "AT_LEAST", 0)  # how long an answer takes is no question here
        yield stage.build()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


def test_the_stage_has_every_role(world):
    assert list(world.clients) == list(stage.ROLES)


def _differences(world: stage.World, line: Line, at: str) -> dict[str, str]:
    """What differs at one stage: role → expected and seen."""
    url, body = reverse(line.address, args=world.args[line.thing][at]), world.bodies.get(line.address, lambda _at: {})
    seen = {role: ask(client, line.method, url, body(at), name=line.address) for role, client in world.clients.items()}
    return {f"{at} {role}": f"{line.cells[role]} → {seen[role]}" for role in seen if seen[role] != line.cells[role]}


def _check(world: stage.World, asked: tuple[str, str, str], *, first: bool) -> None:
    differences: dict[str, str] = {}
    for line in ASKED[asked]:
        for at in line.stages:
            is_first = line.address not in LATER and (at in FIRST[line.method] or at not in stage.STAGES)
            if is_first is first:
                differences |= _differences(world, line, at)
    assert differences == {}


@pytest.mark.parametrize("asked", [key for key in ASKED if key[0] not in LATER], ids=" ".join)
def test_cells(world, asked):
    _check(world, asked, first=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "asked", [key for key in ASKED if key[0] in LATER or set(key[2:]) & {*stage.AT_STAGES}], ids=" ".join
)
def test_cells_at_every_other_stage(world, asked):
    _check(world, asked, first=False)


# -- the column of the security class: made from the table, not written by hand -----------------------------------

OUTSIDE = frozenset("KATVLUY")
"""Who may know of an ordinary meeting, or run the system, without being named: of a restricted one they see nothing."""

ANSWERING = frozenset({
    "invitation_detail", "invitation_identify", "invitation_opened", "invitation_respond", "invitation_delegate",
    "invitation_leave", "invitation_not_mine", "invitation_calendar",
})  # fmt: skip
"""What the invited may do before the second proof."""

OTHERWISE = {"door": None, "door_agency": None, "door_address": None, "door_sent": None}
"""A restricted meeting has no door."""


def test_class_r_narrows_every_row_to_those_named_and_changes_nothing_else():
    ordinary = {}
    for line in LINES:
        if "invited" in line.stages:
            ordinary[line.address, line.method, line.thing] = line.cells
    wrong = {}
    for line in LINES:
        key = (line.address, line.method, line.thing)
        if "R.invited" not in line.stages or (line.address in OTHERWISE and OTHERWISE[line.address] is None):
            continue
        own = OTHERWISE.get(line.address) or ""
        strangers = {"G", "O", "X", "P", "E"} if line.address == "meeting_detail" else set()  # it has no door either
        expected = {
            role: "n" if role in OUTSIDE or role in strangers else cell
            for role, cell in ordinary[key].items() if role not in own
        }  # fmt: skip
        found = {role: line.cells[role] for role in expected}
        wrong |= {(*key, role): f"{cell} → {found[role]}" for role, cell in expected.items() if found[role] != cell}
    assert wrong == {}


def _without_proof(client: Client) -> Client:
    """The same person with the same links, on a device that gave neither second factor nor code."""
    session = SessionStore()
    session.update({k: v for k, v in client.session.items() if k not in {"proven", "account_authentication_methods"}})
    session.save()
    other = Client()
    other.cookies["sessionid"] = session.session_key
    return other


@pytest.mark.slow
def test_nothing_of_class_r_opens_before_the_second_proof(world):
    """Every address of a meeting of class R, and of its papers, for everybody who may open it."""
    unproven = {role: _without_proof(client) for role, client in world.clients.items()}
    differences: dict[str, str] = {}
    for line in LINES:
        for at in (name for name in line.stages if name.startswith("R.")):
            url, body = reverse(line.address, args=world.args[line.thing][at]), world.bodies.get(line.address, dict)
            if line.address in {*ANSWERING, "invitation_code"}:
                continue
            given = body(at) if line.address in world.bodies else {}
            for role, cell in line.cells.items():
                if cell in "nlq":
                    continue
                seen = ask(unproven[role], line.method, url, given, name=line.address)
                if seen != "p":
                    differences[f"{line.address} {line.method} {at} {role}"] = seen
    assert differences == {}


# -- that nothing is missing -------------------------------------------------------------------------------------


def _addresses(resolver=None) -> dict[str, set[str]]:
    """Names and the names of their arguments."""
    found: dict[str, set[str]] = {}
    for entry in (resolver or get_resolver()).url_patterns:
        if hasattr(entry, "url_patterns"):
            found |= _addresses(entry)
        else:
            found[entry.name] = set(entry.pattern.regex.groupindex)
    return found


def test_every_address_has_its_cells():
    assert set(_addresses()) - {line.address for line in LINES} - set(ELSEWHERE) == set()


def test_no_cell_without_an_address():
    assert {line.address for line in LINES} | set(ELSEWHERE) <= set(_addresses())


def test_every_address_of_a_meeting_has_its_cells_at_every_stage():
    """An address with a meeting or an invitation in it is asked at each stage, by every method it has cells for."""
    of_meetings = {name for name, arguments in _addresses().items() if arguments & {"meeting", "invitation", "short"}}
    asked: dict[tuple[str, str], set[str]] = {}
    for line in LINES:
        asked.setdefault((line.address, line.method), set()).update(line.stages)
    missing = {key: set(stage.STAGES) - at for key, at in asked.items() if key[0] in of_meetings}
    assert {key: at for key, at in missing.items() if at} == {}


def test_no_address_is_asked_twice_at_a_stage():
    asked = [(line.address, line.method, line.thing, at) for line in LINES for at in line.stages]
    assert len(asked) == len(set(asked))


def test_columns_are_the_roles():
    assert {tuple(line.cells) for line in LINES} == {tuple(stage.ROLES)}


def test_every_post_is_done_in_some_cell():
    """So that a form that is filled badly cannot pass for a state that refuses."""
    done = {line.address for line in LINES if line.method == "POST" and "y" in line.cells.values()}
    assert {line.address for line in LINES if line.method == "POST"} - done == NEVER_DONE


def test_methods_without_cells_are_not_taken(world):
    """So that nobody forgets the POST of a page that has a form."""
    taken = []
    for name, arguments in _addresses().items():
        url = reverse(
            name,
            kwargs=dict.fromkeys(arguments, "1")
            | dict.fromkeys(arguments - {"pk"}, "ABCDEFGHJKMN")
            | dict.fromkeys(arguments & {"short"}, "ABCDEFGH"),
        )
        for method in sorted({"GET", "POST"} - {line.method for line in LINES if line.address == name}):
            if name not in ELSEWHERE and ask(world.clients["H"], method, url, {}, name=name) != "m":
                taken.append((name, method))
    assert taken == []

"""Who may do what: every address × every role, expected answers as literal cells. Source: product.md's table.

A cell is one letter: `y` allowed (the page, or the POST reached its verb), `f` 403 with a reason, `n` 404, `l` to the
log-in, `m` 405: not with this method.
Columns are those of `world.ROLES`:  H C M N R I D S K A T V G U Y O X
"""

from __future__ import annotations

from copy import deepcopy

import pytest
from django.db import transaction
from django.urls import get_resolver, reverse

from tests.access import world as stage
from tests.access.cells import ELSEWHERE, ROWS


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Everything is made once; each request is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield stage.build()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_stage_has_every_role():
    """Also makes pytest-django prepare the database, which the module's own transaction then uses."""
    assert list(stage.build().clients) == list(stage.ROLES)


def answer(client, method: str, url: str) -> str:
    """The letter of one request."""
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method.lower())(url)
        transaction.set_rollback(True)
    client.cookies = cookies
    if response.status_code == 302 and response.url.startswith("/masuk/"):
        return "l"
    return {403: "f", 404: "n", 405: "m"}.get(response.status_code, "y" if response.status_code < 500 else "!")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[1]} {row[0]} {row[2]}")
def test_cells(world, row):
    name, method, thing, cells = row
    url = reverse(name, args=world.args[thing] if thing else [])
    seen = {role: answer(client, method, url) for role, client in world.clients.items()}
    assert seen == dict(zip(stage.ROLES, cells.split(), strict=True))


def names(resolver=None) -> set[str]:
    found: set[str] = set()
    for entry in (resolver or get_resolver()).url_patterns:
        found |= names(entry) if hasattr(entry, "url_patterns") else {entry.name}
    return found


def test_every_address_has_its_cells():
    assert names() - {row[0] for row in ROWS} - set(ELSEWHERE) == set()


def test_no_cell_without_an_address():
    assert {row[0] for row in ROWS} | set(ELSEWHERE) <= names()

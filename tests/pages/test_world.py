"""The world's pages answer as it says, and every page of the product is in it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver

from tests.pages.world import build

NO_PAGES = {
    # GET answers something else than a page of the world
    "health": "JSON for a watchman; tests/desk",
    "health_live": "a word for a probe",
    "health_ready": "JSON for a probe",
    "setup": "only before the first account; tests/desk",
    "set_language": "leads back; only a POST changes the language",
    "account_set_password": "leads on: every account has a password",
    "meeting_stream": "an event stream; tests/live",
    "letter_preview": "a PDF",
    "document_download": "a PDF",
    "presence_export": "a CSV",
    "invitation_calendar": "an ICS",
}


def names(resolver=None) -> set[str]:
    found: set[str] = set()
    for entry in (resolver or get_resolver()).url_patterns:
        found |= names(entry) if hasattr(entry, "url_patterns") else {entry.name}
    return found


def takes_only_posts(name: str) -> bool:
    """True when the page's address answers a GET with 405."""
    arguments = {"int:": "1", "str:": "X", "slug:": "x", "path:": "x"}
    [pattern] = [route for route in _routes(get_resolver()) if route[1] == name][:1]
    path = pattern[0]
    for converter, value in arguments.items():
        while f"<{converter}" in path:
            start = path.index(f"<{converter}")
            path = path[:start] + value + path[path.index(">", start) + 1 :]
    return Client().get(f"/{path}").status_code == 405


def _routes(resolver, before: str = "") -> list[tuple[str, str]]:
    found = []
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        found += _routes(entry, route) if hasattr(entry, "url_patterns") else [(route, entry.name)]
    return found


@pytest.mark.django_db
def test_every_page_is_in_the_world():
    world = build()
    seen = {stop.name for stop in world.stops}
    missing = names() - seen - set(NO_PAGES)
    assert [name for name in sorted(missing) if not takes_only_posts(name)] == []


@pytest.mark.django_db
def test_pages_answer_as_the_world_says():
    world = build()
    told = []
    for stop in world.stops:
        client = Client()
        if stop.who in world.sessions:
            client.cookies["sessionid"] = world.sessions[stop.who]
        answer = client.get(stop.path)
        if answer.status_code != stop.status:
            told.append(f"{stop.who} {stop.path}: {answer.status_code} {answer.headers.get('Location', '')}")
    assert told == []

"""Whoever follows every link finds no dead end, and looking changes nothing."""

from __future__ import annotations

from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.db import connection
from django.test import Client

from tests.pages.reading import Page
from tests.pages.world import ACCOUNTS, GUESTS, NOBODY, World, build

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

MAY_GROW = {"django_session", "audit_auditevent", "documents_download"}
"""What a GET may add to: the visitor's own session and the two append-only logs."""

MOST = 1500
"""Pages of one visitor; more means that the crawl goes round in circles."""


@pytest.fixture
def world(db) -> World:
    return build(whole_directory=False)


def tables() -> dict[str, tuple[int, str]]:
    """Number of rows and a checksum of their content, of every table that a GET must leave alone."""
    with connection.cursor() as cursor:
        names = [name for name in connection.introspection.table_names(cursor) if name not in MAY_GROW]
        found = {}
        for name in names:
            cursor.execute(f"SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY t::text)) FROM \"{name}\" t")
            found[name] = cursor.fetchone()
    return found


def start_of(world: World, who: str) -> str:
    return f"/undangan/{world.links[who].public_id}/" if who in GUESTS else "/masuk/" if who == NOBODY else "/"


def crawl(client: Client, start: str) -> tuple[int, list[str]]:
    """How many pages, and what was wrong: `status address, from page`."""
    ahead, known, wrong = deque([(start, "")]), {start}, []
    while ahead:
        address, origin = ahead.popleft()
        answer = client.get(address)
        if answer.status_code >= 400:
            wrong.append(f"{answer.status_code} {address}, from {origin}")
        links = [answer.headers["Location"]] if answer.status_code in (301, 302, 303) else links_of(answer)
        for link in links:
            target = urldefrag(urljoin(f"http://testserver{address}", link)).url
            parts = urlsplit(target)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.netloc == "testserver" and path not in known and not parts.path.startswith("/static/"):
                known.add(path)
                ahead.append((path, address))
        assert len(known) < MOST, sorted(known)[:: MOST // 20]
    return len(known), wrong


def links_of(answer) -> list[str]:
    if answer.streaming or not answer.headers.get("Content-Type", "").startswith("text/html"):
        return []
    page = Page(answer.content.decode())
    return page.links + [form.action for form in page.forms if form.method == "get"]


def test_every_link_leads_somewhere_and_looking_changes_nothing(world):
    before = tables()
    dead, sizes = {}, {}
    for who in (*ACCOUNTS, *GUESTS, NOBODY):
        client = Client()
        if who in world.sessions:
            client.cookies["sessionid"] = world.sessions[who]
        sizes[who], wrong = crawl(client, start_of(world, who))
        if wrong:
            dead[who] = wrong
    assert dead == {}
    assert tables() == before
    assert {who: size for who, size in sizes.items() if size < 6} == {}

"""The world on a real server, and browsers of everybody in it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.pages.world import World, build

AS_ASKED = re.compile(r"the server responded with a status of 4\d\d")
"""What Chromium logs as an error when a page that is not there, or not allowed, says so."""


@pytest.fixture
def world(site) -> World:
    return build()


@pytest.fixture
def browse(new_context, site, world) -> Callable[..., Page]:
    """`browse("sari")` → a page of this person's browser, already logged in or with the personal link opened.

    At the end of the test none may have seen a console error or asked another host.
    """
    wrong: list[str] = []

    def hear(message) -> None:
        if message.type == "error" and not AS_ASKED.search(message.text):
            wrong.append(f"{message.location['url']}: {message.text}")

    def look(request) -> None:
        if not request.url.startswith((site.url, "data:", "blob:")):
            wrong.append(f"asked {request.url}")

    def open_browser(who: str, **context) -> Page:
        made = new_context(base_url=site.url, **context)
        if who in world.sessions:
            made.add_cookies([{"name": "sessionid", "value": world.sessions[who], "url": site.url}])
        page = made.new_page()
        page.set_default_timeout(60_000)
        page.on("console", hear)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", look)
        return page

    yield open_browser
    assert wrong == []

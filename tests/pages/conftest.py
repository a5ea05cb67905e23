"""The world on a real server, and browsers of everybody in it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.pages.world import World, build


@pytest.fixture
def world(site) -> World:
    return build()


@pytest.fixture
def browse(new_context, site, world) -> Callable[..., Page]:
    """`browse("sari")` → a page of this person's browser, already logged in or with the personal link opened."""

    def open_browser(who: str, **context) -> Page:
        made = new_context(base_url=site.url, **context)
        if who in world.sessions:
            made.add_cookies([{"name": "sessionid", "value": world.sessions[who], "url": site.url}])
        page = made.new_page()
        page.set_default_timeout(60_000)
        return page

    return open_browser

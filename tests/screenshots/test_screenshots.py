"""Pictures of every page × person × state on a phone and a desk, in light and dark; nothing on them is out of place.

`make screenshots` runs this, outside both rings: it takes minutes, and its pictures want somebody who looks at them.
PAGES=agenda,letter takes some pages only.
"""

from __future__ import annotations

import itertools
import os

import pytest
from playwright.sync_api import expect

from tests.pages.test_axe import CAME_BACK, EMPTY
from tests.screenshots.gallery import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.screenshots, pytest.mark.timeout(3600)]

SOME = set(os.environ.get("PAGES", "").split(",")) - {""}


def wanted(name: str) -> bool:
    return not SOME or (name or "not_found") in SOME


def test_nothing_is_out_of_place_on_any_page(world, browse, gallery):
    found = []
    stops = sorted((stop for stop in world.stops if wanted(stop.name)), key=lambda stop: stop.who)
    for who, mine in itertools.groupby(stops, key=lambda stop: stop.who):
        page = browse(who, viewport=PHONE)
        for stop in mine:
            page.goto(stop.path)
            found += gallery.take(page, stop.name, who, by_guest=stop.by_guest, path=stop.path)
        page.context.close()
    assert not found, "\n".join(["", *found])


def test_nothing_is_out_of_place_on_forms_that_came_back(world, browse, gallery):
    found = []
    for name, form in CAME_BACK:
        if wanted(name):
            stop = next(stop for stop in world.stops if stop.name == name and stop.status == 200)
            page = browse(stop.who, viewport=PHONE)
            page.goto(stop.path)
            with page.expect_navigation():
                page.locator(form).first.evaluate(EMPTY)
            expect(page.locator("main .error, main [role=alert]").first).to_be_visible()
            found += gallery.take(page, f"{name}-refused", stop.who, by_guest=stop.by_guest, path=stop.path)
            page.context.close()
    assert not found, "\n".join(["", *found])


def test_nothing_is_out_of_place_on_the_first_run(site, page, gallery):
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/pengaturan-awal/")
    expect(page.locator("main form")).to_be_visible()
    found = gallery.take(page, "setup", "nobody", by_guest=True, path="/pengaturan-awal/")
    assert not found, "\n".join(["", *found])

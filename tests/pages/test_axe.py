"""axe-core finds nothing on any page, in light and dark, for guests on a phone and a desk; no rule is off."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.pages.world import Stop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap((found) =>
  found.nodes.map((node) => `${found.id}: ${node.target.join(' ')} ${node.failureSummary.split('\\n').at(-1)}`))"""
PHONE, DESK = (360, 740), (1280, 900)
GUESTS = list(itertools.product((PHONE, DESK), ("light", "dark")))
ACCOUNTS = [(DESK, "light"), (DESK, "dark")]


def findings(page: Page, stop: Stop, looks: Iterable[tuple[tuple[int, int], str]]) -> list[str]:
    """What axe has to say of this page in each look, and a page that is wider than its window."""
    page.goto(stop.path)
    page.evaluate(AXE_SCRIPT)
    found = []
    for (width, height), scheme in looks:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        lines = page.evaluate(RUN)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            lines.append(f"the page is {wide} px wide")
        found += [f"{stop.who} {stop.path} {width} {scheme}: {line}" for line in lines]
    return found


def swept(stops: Iterable[Stop], browse, looks) -> list[str]:
    """Findings on all of these pages, each person in a browser of his own."""
    found = []
    for who, mine in itertools.groupby(sorted(stops, key=lambda stop: stop.who), key=lambda stop: stop.who):
        page = browse(who)
        for stop in mine:
            found += findings(page, stop, looks(stop))
        page.context.close()
    return found


def test_axe_finds_nothing_on_the_main_pages(world, browse):
    """The short round: guests in light on a phone, accounts in dark on a desk."""
    stops = [stop for stop in world.stops if stop.key]
    assert swept(stops, browse, lambda stop: [GUESTS[0]] if stop.by_guest else [ACCOUNTS[1]]) == []


@pytest.mark.slow
def test_axe_finds_nothing_on_the_pages_of_guests(world, browse):
    assert swept([stop for stop in world.stops if stop.by_guest], browse, lambda stop: GUESTS) == []


@pytest.mark.slow
def test_axe_finds_nothing_on_the_pages_of_accounts(world, browse):
    assert swept([stop for stop in world.stops if not stop.by_guest], browse, lambda stop: ACCOUNTS) == []

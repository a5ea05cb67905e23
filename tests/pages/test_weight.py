"""A guest's page is light: at most 60 kB come over the wire until three seconds after it has loaded."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

LIMIT = 60_000


def received(page: Page, path: str) -> int:
    """Bytes of every answer with its headers, streams included, on a device that has nothing of ours yet."""
    total = {"bytes": 0}

    def add(number: float) -> None:
        total["bytes"] += int(number)

    session = page.context.new_cdp_session(page)
    session.on("Network.responseReceived", lambda event: add(event["response"]["encodedDataLength"]))
    session.on("Network.dataReceived", lambda event: add(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(path)
    page.wait_for_timeout(3000)
    session.detach()
    page.goto("about:blank")
    return total["bytes"]


def test_pages_of_guests_are_light(world, browse):
    weights = {}
    for who in {stop.who for stop in world.stops if stop.by_guest}:
        page = browse(who, viewport={"width": 360, "height": 740})
        for stop in (stop for stop in world.stops if stop.who == who):
            weights[f"{who} {stop.path}"] = received(page, stop.path)
        page.context.close()
    assert {path: weight for path, weight in weights.items() if not 3_000 < weight <= LIMIT} == {}

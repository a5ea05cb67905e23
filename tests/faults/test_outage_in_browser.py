"""While PostgreSQL is away a browser shows a readable page, loses nothing typed, and comes back by itself."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import expect

from attendees.models import Invitation
from minutes.models import Point
from tests.faults.visitors import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(300)]
WIDE = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"
PATIENCE = 40_000


@pytest.fixture
def browse(place, new_context):
    """`browse(session)` → a page of that person's browser, on a phone."""

    def begin(session: str):
        browser = new_context(base_url=place.url, viewport={"width": 360, "height": 740})
        browser.add_cookies([{"name": "sessionid", "value": session, "url": place.url}])
        page = browser.new_page()
        page.set_default_timeout(PATIENCE)
        return page

    return begin


@pytest.mark.parametrize("place", ["redis"], indirect=True)
def test_outage_as_people_see_it(place, server, house, browse):
    place.start(workers=False)
    public_id, session = house.seats[0]
    reader, guest, nia = browse(house.sessions["sari"]), browse(session), browse(house.sessions["nia"])
    guest.goto(f"/undangan/{public_id}/")
    nia.goto(f"/rapat/{house.meeting.public_id}/notula/?ubah={house.point}")
    form = nia.locator("form[data-autosave]").filter(has=nia.locator("textarea[name=text]"))
    server.kill()

    ready = Visitor(place.port)
    answer = ready.ask("GET", "/sehat/siap/")
    form.locator("textarea[name=text]").fill("Diketik saat basis data mati.")
    refused = reader.goto("/rapat/")
    wrong = _faults(reader)
    guest.locator("button[name=answer][value=online]").click()
    expect(guest.get_by_role("heading", name="Rakor sedang dimulai ulang")).to_be_visible(timeout=PATIENCE)
    wrong += _faults(guest)
    expect(form.locator('[data-saved][data-tone="warn"]')).to_contain_text("dicoba lagi", timeout=PATIENCE)
    server.start()
    connection.close()

    expect(reader.get_by_role("heading", name="Rapat", exact=True)).to_be_visible(timeout=PATIENCE)
    expect(form.locator('[data-saved][data-tone="ok"]')).to_contain_text("Tersimpan", timeout=PATIENCE)
    guest.get_by_role("button", name="Kembali").click()
    guest.locator("button[name=answer][value=online]").click()
    expect(guest.get_by_text("Jawaban Bapak/Ibu tercatat")).to_be_visible(timeout=PATIENCE)
    assert (answer.status, ready.longest < 3) == (503, True)
    assert (refused.status, refused.header_value("retry-after")) == (503, "5")
    assert wrong == []
    assert Point.objects.get(pk=house.point).text == "Diketik saat basis data mati."
    assert Invitation.objects.values_list("status", "mode").get(public_id=public_id) == ("accepted", "online")


def _faults(page) -> list[str]:
    """What axe finds, and sideways scrolling, on a phone in light and on a desk in dark."""
    found = []
    for width, scheme in ((360, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme)
        found += [f"{width} {scheme}: {one['id']}" for one in Axe().run(page).response["violations"]]
        found += [f"{width} {scheme}: scrolls sideways"] if page.evaluate(WIDE) else []
    return found

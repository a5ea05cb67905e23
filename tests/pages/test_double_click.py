"""An impatient person clicks twice: one thing is made, with JavaScript and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from agenda.models import AgendaItem

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_an_item_of_the_rundown_is_added_once(world, browse, scripts):
    before = AgendaItem.objects.count()
    page = browse("sari", java_script_enabled=scripts)
    page.goto(f"/rapat/{world.meetings['scheduled'].public_id}/rundown/")
    page.locator("#id_title").fill("Istirahat bersama")
    page.locator("#id_kind").select_option("break")
    page.locator("#id_minutes").fill("30")
    page.locator("#tambah form button").dblclick()
    expect(page.locator("tr[id^=acara-]", has_text="Istirahat bersama")).to_have_count(1)
    page.reload()
    expect(page.locator("tr[id^=acara-]", has_text="Istirahat bersama")).to_have_count(1)
    assert AgendaItem.objects.count() == before + 1

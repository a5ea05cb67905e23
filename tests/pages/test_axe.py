"""axe-core finds nothing on any page, in light and dark, for guests on a phone and a desk; no rule is off."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.pages.world import Stop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1200)]

RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap((found) =>
  found.nodes.map((node) => `${found.id}: ${node.target.join(' ')} ${node.failureSummary.split('\\n').at(-1)}`))"""
PHONE, DESK = (360, 740), (1280, 900)
GUESTS = list(itertools.product((PHONE, DESK), ("light", "dark")))
ACCOUNTS = [(DESK, "light"), (DESK, "dark")]


def findings(page: Page, where: str, looks: Iterable[tuple[tuple[int, int], str]]) -> list[str]:
    """What axe has to say of the page that is open, in each look; and that it is wider than its window."""
    page.evaluate(AXE_SCRIPT)
    found = []
    for (width, height), scheme in looks:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        lines = page.evaluate(RUN)
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            lines.append(f"the page is {wide} px wide")
        found += [f"{where} {width} {scheme}: {line}" for line in lines]
    return found


def swept(stops: Iterable[Stop], browse, looks) -> list[str]:
    """Findings on all of these pages, each person in a browser of his own."""
    found = []
    for who, mine in itertools.groupby(sorted(stops, key=lambda stop: stop.who), key=lambda stop: stop.who):
        page = browse(who)
        for stop in mine:
            page.goto(stop.path)
            found += findings(page, f"{stop.who} {stop.path}", looks(stop))
        page.context.close()
    return found


@pytest.mark.slow
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


CAME_BACK = (
    ("account_login", "form:has(#id_login)"),
    ("account_reset_password", "form:has(#id_email)"),
    ("account_change_password", "form:has(#id_oldpassword)"),
    ("profile", "form:has(#id_full_name)"),
    ("verify", "form:has(#id_file)"),
    ("invitation_delegate", "form:has(#id_contact)"),
    ("meeting_create", "form.cards"),
    ("meeting_edit", "form.cards"),
    ("invitation_add", "form[data-pick]"),
    ("agenda", "#tambah form"),
    ("agenda_item_edit", "form:has(#id_title)"),
    ("letter", "form:has(#id_opening)"),
    ("minutes", "#butir-baru"),
    ("certificate", "form:has(#id_passphrase1)"),
    ("document_sign", "form:has(#id_passphrase)"),
    ("document_upload", "form:has(#id_number)"),
    ("agency_people", "form:has(#id_email)"),
    ("position_create", "form:has(#id_holder)"),
    ("letterhead_edit", "form:has(#id_lines)"),
)
"""(page, its form), to be sent with nothing in it."""
EMPTY = """form => { form.noValidate = true;
  for (const entry of form.querySelectorAll('input, textarea'))
    if (!['hidden', 'radio', 'checkbox'].includes(entry.type)) entry.value = '';
  form.requestSubmit(form.querySelector('button.primary') ?? undefined); }"""


@pytest.mark.slow
def test_axe_finds_nothing_on_forms_that_came_back(world, browse):
    """The look of an error, which the other rounds do not see."""
    found = []
    for name, form in CAME_BACK:
        stop = next(stop for stop in world.stops if stop.name == name and stop.status == 200)
        page = browse(stop.who)
        page.goto(stop.path)
        with page.expect_navigation():
            page.locator(form).first.evaluate(EMPTY)
        expect(page.locator("main .error, main [role=alert]").first).to_be_visible()
        found += findings(page, f"{name} came back", GUESTS if stop.by_guest else ACCOUNTS)
        page.context.close()
    assert found == []


@pytest.mark.slow
def test_axe_finds_nothing_on_the_first_run(site, page):
    """Before there is any account."""
    page.goto(f"{site.url}/pengaturan-awal/")
    expect(page.locator("main form")).to_be_visible()
    assert findings(page, "the first run", GUESTS) == []

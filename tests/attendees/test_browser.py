"""The organiser's pages in a real browser, against a real server."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client

from attendees.inviting import invite
from attendees.models import Position
from tests import factories as make
from tests.attendees.conftest import sign
from tests.conftest import make_cast, staff_meeting

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 360, "height": 740}


@pytest.fixture
def world(site):
    """A meeting with answers and deliveries of every kind, on the server's database."""
    cast = make_cast()
    make.MembershipFactory(user=cast.sari, agency=cast.bureau, role="agency_admin")
    for number in range(4):
        agency = make.AgencyFactory(
            kind="bp3mi", name=f"BP3MI Uji {number}", short_name=f"BP3MI Uji {number}", protocol_order=510 + number
        )
        make.PositionFactory(
            agency=agency, name=f"Kepala BP3MI Uji {number}", email="" if number == 3 else f"uji{number}@uji.example"
        )
    return cast, staff_meeting(cast)


@pytest.fixture
def desk(site, world, watched):
    """Sari is logged in."""
    cast, _meeting = world
    client = Client()
    client.force_login(cast.sari, backend="allauth.account.auth_backends.AuthenticationBackend")
    watched.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.url}])
    watched.set_viewport_size(DESK)
    return watched


def violations(page) -> list[str]:
    """What axe finds and what scrolls sideways, on a desk and on a phone, light and dark."""
    found = []
    for size, scheme in ((DESK, "light"), (PHONE, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [
            f"{page.url} {v['id']}: {v['nodes'][0]['html'][:120]}" for v in Axe().run(page).response["violations"]
        ]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{page.url} scrolls sideways at {size['width']}")
    return found


def test_all_bp3mi_are_chosen_and_added(site, world, desk):
    _cast, meeting = world
    desk.goto(f"{site.url}/rapat/{meeting.public_id}/undangan/tambah/")
    desk.locator("summary", has_text="BP3MI").click()
    desk.locator("[data-pick-all]").first.click()
    shown = desk.locator("[data-pick-count]").inner_text()
    desk.locator("button[name=action][value=add]").click()
    desk.wait_for_selector("table")

    assert re.findall(r"\d+", shown) == ["4", "4"]
    assert meeting.invitations.count() == 5


def test_board_follows_an_answer_by_itself(site, world, desk):
    cast, meeting = world
    by = cast.viewer(cast.sari)
    desk.goto(f"{site.url}/rapat/{meeting.public_id}/undangan/")
    desk.wait_for_selector("#papan .chip.pending")

    meeting.invitations.get().respond("declined", reason="Cuti", by=by)

    desk.wait_for_selector("#papan .chip.declined", timeout=15_000)


def test_text_is_copied(site, world, desk):
    _cast, meeting = world
    sign(meeting)
    invitation = meeting.invitations.get()
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    desk.goto(f"{site.url}/rapat/{meeting.public_id}/undangan/{invitation.public_id}/teks-wa/")
    desk.locator("[data-copies]").click()

    assert invitation.link in desk.evaluate("navigator.clipboard.readText()")


@pytest.mark.timeout(400)
def test_pages_are_accessible(site, world, desk):
    cast, meeting = world
    by = cast.viewer(cast.sari)
    made = invite(meeting, Position.objects.filter(agency__kind="bp3mi").select_related("agency"), by=by)
    sign(meeting)
    meeting.invitations.first().delegate_to(name="Wirya", position="Kasi", mode="online", by=by)
    rapat = f"/rapat/{meeting.public_id}"
    pages = [
        f"{rapat}/undangan/", f"{rapat}/undangan/tambah/?q=bp3mi", f"{rapat}/undangan/{made[0].public_id}/",
        f"{rapat}/undangan/{made[0].public_id}/teks-wa/", f"{rapat}/surat/", f"{rapat}/", "/instansi/",
        "/instansi/?q=tidakada",
        "/instansi/BP3MI-BALI/", "/instansi/BP3MI-BALI/jabatan/baru/",
        "/instansi/KP2MI-BIRO/orang/",
    ]  # fmt: skip
    found = []
    for path in pages:
        desk.goto(site.url + path)
        found += violations(desk)

    assert found == []


def test_letter_is_composed_and_accessible(site, world, desk):
    _cast, meeting = world
    desk.goto(f"{site.url}/rapat/{meeting.public_id}/surat/")
    found = violations(desk)
    desk.locator("form button.btn", has_text=re.compile("draft|konsep", re.IGNORECASE)).first.click()
    desk.wait_for_selector(".toast")

    assert found == []
    assert meeting.documents.get().status == "draft"


@pytest.fixture
def plain(site, world, browser):
    """Sari's browser without JavaScript."""
    cast, _meeting = world
    client = Client()
    client.force_login(cast.sari, backend="allauth.account.auth_backends.AuthenticationBackend")
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site.url}])
    yield context.new_page()
    context.close()


def test_invitees_are_chosen_without_javascript(site, world, plain):
    _cast, meeting = world
    plain.goto(f"{site.url}/rapat/{meeting.public_id}/undangan/tambah/?kind=bp3mi")
    plain.locator("button[name=action][value='all:bp3mi']").click()
    counted = plain.locator("[data-pick-count]").inner_text()
    plain.locator("button[name=action][value=add]").click()

    assert re.findall(r"\d+", counted) == ["4", "4"]
    assert meeting.invitations.count() == 5

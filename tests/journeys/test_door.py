"""The printed letter but no link: at the door a wrong agency gets the same words, the right one also its link."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from attendees.sending import send_invitations
from rakor.mail.models import OutgoingMail
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import make_cast, staff_meeting
from tests.journeys.steps import links_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PHONE = {"width": 360, "height": 740, "is_mobile": True, "has_touch": True}
BALI = "kepala.bali@uji.example"


@pytest.fixture
def meeting(site, worker, sink) -> Meeting:
    """In a week; its letter is signed and the head of BP3MI Bali has got the invitation."""
    cast = make_cast()
    meeting = staff_meeting(cast, title="Rapat Koordinasi Pelindungan")
    paper, now = make.FileFactory(), timezone.now()
    facts = {"prepared": paper, "current": paper, "date": timezone.localdate(), "signed_at": now, "signed_by": "system"}
    make.DocumentFactory(kind="invitation_letter", meeting=meeting, status="signed", number="UND-1/UJI", **facts)
    send_invitations(meeting, by=cast.viewer(cast.sari))
    sink.wait_for(1, 60)
    return meeting


def ask_for(page: Page, door: str, words: str, agency: str) -> str:
    """Finds the agency at the door and has its link sent; the words of the answer."""
    page.goto(door)
    page.locator("#id_q").fill(words)
    page.locator("form:has(#id_q) button").click()
    page.get_by_role("button", name=agency).click()
    page.wait_for_url("**/terkirim/")
    return page.locator("main").inner_text()


def test_door_sends_the_right_agency_its_link_and_tells_the_wrong_one_nothing(visitor, meeting, sink, site):
    somebody = visitor(**PHONE)
    page, door = somebody.page, f"{site.url}/r/{meeting.short}/"

    wrong = ask_for(page, door, "dinas", "Dinas Lain")
    right = ask_for(page, door, "denpasar", "BP3MI Bali")
    assert wrong == right
    sink.wait_for(2, 60)
    first, second = sink.to(BALI)
    assert links_in(second, site.url) == links_in(first, site.url)
    assert list(OutgoingMail.objects.values_list("to", flat=True).order_by("pk")) == [BALI, BALI]

    [link] = links_in(second, site.url)
    somebody.open(link)
    expect(page.locator('button[name="who"][value="self"]')).to_be_visible()


def test_door_sends_the_link_again_by_address(visitor, meeting, sink, site):
    page = visitor(**PHONE).open(f"/r/{meeting.short}/")
    page.locator("#id_email").fill("bukan@uji.example")
    page.locator("form:has(#id_email) button").click()
    page.wait_for_url("**/terkirim/")
    unknown = page.locator("main").inner_text()

    page.locator(f'main a[href$="/r/{meeting.short}/"]').click()
    page.locator("#id_email").fill(BALI)
    page.locator("form:has(#id_email) button").click()
    page.wait_for_url("**/terkirim/")
    assert page.locator("main").inner_text() == unknown
    sink.wait_for(2, 60)
    assert len(sink.to(BALI)) == 2

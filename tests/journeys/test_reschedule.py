"""The afternoon before: the organiser moves the date, looks at the difference, sends; the guest is asked again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from attendees.models import Invitation
from attendees.sending import send_invitations
from rakor.lib.wording import day
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import Cast, make_cast, staff_meeting
from tests.journeys.steps import links_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

PHONE = {"width": 360, "height": 740, "is_mobile": True, "has_touch": True}
BALI = "kepala.bali@uji.example"


@pytest.fixture
def cast(site) -> Cast:
    return make_cast()


@pytest.fixture
def meeting(cast, worker, sink) -> Meeting:
    """In a week; its letter is signed, and the head of BP3MI Bali has got the invitation."""
    meeting = staff_meeting(cast, title="Rapat Koordinasi Pelindungan")
    paper, now = make.FileFactory(), timezone.now()
    facts = {"prepared": paper, "current": paper, "date": timezone.localdate(), "signed_at": now, "signed_by": "system"}
    make.DocumentFactory(kind="invitation_letter", meeting=meeting, status="signed", number="UND-1/UJI", **facts)
    send_invitations(meeting, by=cast.viewer(cast.sari))
    sink.wait_for(1, 60)
    return meeting


def test_organiser_moves_the_date_and_the_guest_is_asked_again(cast, meeting, sink, visitor, site):
    [first] = sink.to(BALI)
    [link] = links_in(first, site.url)
    budi, sari = visitor(**PHONE), visitor()
    guest = budi.open(link)
    guest.locator('button[name="who"][value="self"]').tap()
    guest.locator('button[name="answer"][value="online"]').tap()
    expect(guest.locator(".chip.accepted_online").first).to_be_visible()

    before, after = meeting.starts_at, meeting.starts_at + timedelta(days=2)
    sari.log_in(cast.sari)
    page = sari.open(f"/rapat/{meeting.public_id}/ubah/")
    page.locator("#id_date").fill(timezone.localtime(after, meeting.tz).date().isoformat())
    page.locator("button.primary[form=rapat]").click()
    page.wait_for_url("**/undangan/perubahan/")
    expect(page.locator("main dl s").first).to_contain_text(day(before, meeting.zone))
    expect(page.locator("main dl b").first).to_contain_text(day(after, meeting.zone))
    assert len(sink.mails()) == 1
    page.locator('form:has(input[name="seen"]) button.primary').click()
    page.wait_for_url(f"**/rapat/{meeting.public_id}/undangan/")

    sink.wait_for(2, 60)
    second = sink.to(BALI)[1]
    body = second.message().get_body(("plain",)).get_content()
    zone = Invitation.objects.get().zone
    assert day(before, zone) in body
    assert day(after, zone) in body
    assert links_in(second, site.url) == [link]

    guest = budi.open(f"/undangan/{Invitation.objects.get().public_id}/")
    expect(guest.locator(".chip.reconfirm").first).to_be_visible()
    expect(guest.locator("main")).to_contain_text(day(after, zone))
    guest.locator('button[name="answer"][value="online"]').tap()
    expect(guest.locator(".chip.accepted_online").first).to_be_visible()
    assert Invitation.objects.get().status == "accepted"

"""The head of a regional office: no account, a phone of 360 px, a link in a mail; from the answer to the minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from agenda.models import release
from attendees.models import Presence
from attendees.sending import send_invitations
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import Cast, make_cast, staff_meeting
from tests.journeys.steps import Visitor, links_in, press

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PHONE = {"width": 360, "height": 740, "is_mobile": True, "has_touch": True}
ROOM = "https://rapat.example/ruang/415220"


@pytest.fixture
def cast(site) -> Cast:
    return make_cast()


@pytest.fixture
def meeting(cast, worker) -> Meeting:
    """In a week, rundown released, letter signed, the invitation on its way to the head of BP3MI Bali."""
    meeting = staff_meeting(cast, title="Rapat Koordinasi Pelindungan", online_url=ROOM, online_code="415 220")
    for title in ("Pembukaan", "Paparan alur rujukan", "Penutupan"):
        make.AgendaItemFactory(meeting=meeting, title=title, minutes=60)
    release(meeting, by=cast.viewer(cast.sari))
    paper, now = make.FileFactory(), timezone.now()
    facts = {"prepared": paper, "current": paper, "date": timezone.localdate(), "signed_at": now, "signed_by": "system"}
    make.DocumentFactory(kind="invitation_letter", meeting=meeting, status="signed", number="UND-1/UJI", **facts)
    send_invitations(meeting, by=cast.viewer(cast.sari))
    return meeting


@pytest.fixture
def link(meeting, sink, site) -> str:
    """The personal link as it stands in the mail to Budi."""
    sink.wait_for(1, 60)
    [mail] = sink.to("kepala.bali@uji.example")
    [link] = links_in(mail, site.url)
    return link


def today(meeting: Meeting) -> None:
    """A week has passed: the meeting begins in five minutes."""
    start = timezone.now() + timedelta(minutes=5)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + timedelta(hours=3))


def minutes_are_signed(meeting: Meeting) -> None:
    """The meeting is over and its minutes are in everybody's hands; how that comes about is the staff's journey."""
    now = timezone.now()
    Meeting.objects.filter(pk=meeting.pk).update(
        status="held", started_at=now, started_by="system", ended_at=now, ended_by="system"
    )
    paper = make.FileFactory()
    gone_out = {"distributed_at": now, "distributed_by": "system", "signed_at": now, "signed_by": "system"}
    document = make.DocumentFactory(
        kind="minutes", meeting=meeting, status="distributed", number="NOT-1/UJI", date=timezone.localdate(),
        prepared=paper, current=paper, **gone_out,
    )  # fmt: skip
    minutes = make.MinutesFactory(
        meeting=meeting, status="distributed", document=document, submitted_at=now, submitted_by="system",
        approved_at=now, approved_by="system", approved_sha256="0" * 64,
    )  # fmt: skip
    make.PointFactory(minutes=minutes, kind="decision", number=1, text="Alur rujukan disusun bersama.")


def arrive(somebody: Visitor, link: str) -> Page:
    """Opens the link; the token has left the address, and the page asks who is there."""
    page = somebody.open(link)
    assert "/u/" not in page.url
    expect(page.locator('button[name="who"]')).to_have_count(3)
    expect(page.locator("main")).not_to_contain_text("Budi")
    return page


def join(page: Page) -> None:
    """*Gabung*, one tap, to our own page of the room."""
    press(page, "/gabung/")
    page.wait_for_url("**/ruang/")


def test_regional_head_answers_joins_and_reads_the_minutes(link, meeting, visitor, site):
    budi = visitor(**PHONE)
    invitation = meeting.invitations.get()

    page = arrive(budi, link)
    page.locator('button[name="who"][value="self"]').tap()
    expect(page.locator("time", has_text="WITA").first).to_be_visible()
    page.locator('button[name="answer"][value="online"]').tap()
    expect(page.locator(".chip.accepted_online").first).to_be_visible()
    invitation.refresh_from_db()
    answer = (invitation.status, invitation.mode, invitation.answered_by)
    assert answer == ("accepted", "online", f"invitation:{invitation.public_id}")
    assert invitation.opened_at is not None
    expect(page.locator('form[action$="/gabung/"]')).to_have_count(0)

    today(meeting)
    page.reload()
    join(page)
    presence = Presence.objects.get()
    assert (presence.invitation, presence.mode, presence.source) == (invitation, "online", "personal_link")
    assert presence.until is None
    assert timezone.now() - presence.since < timedelta(minutes=2)
    expect(page.locator("#room-name")).to_have_text(invitation.room_name)
    expect(page.locator('button[data-copy="#room-name"]')).to_be_visible()
    room = page.locator("#room a.primary")
    told = {name: room.get_attribute(name) for name in ("href", "target", "rel")}
    assert told == {"href": ROOM, "target": "_blank", "rel": "noopener noreferrer"}

    page.locator("p.crumbs a").tap()
    expect(page.locator("#panel-agenda ol.agenda li")).to_have_count(3)
    page.locator('main a[href$="/rundown/"]').first.tap()
    expect(page.locator("#rundown ol.agenda li b").nth(1)).to_have_text("Paparan alur rujukan")

    minutes_are_signed(meeting)
    page = budi.open(f"/undangan/{invitation.public_id}/")
    page.locator('#panel-minutes a[href$="/notula/"]').tap()
    expect(page.locator("main")).to_contain_text("Alur rujukan disusun bersama.")
    with page.expect_download() as taken:
        page.locator('main a[href$="/unduh/"]').first.tap()
    assert taken.value.path().read_bytes().startswith(b"%PDF")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_regional_head_sends_a_deputy_whose_own_link_joins(link, meeting, sink, visitor, site):
    budi, gede = visitor(**PHONE), visitor(**PHONE)
    principal = meeting.invitations.get()

    page = arrive(budi, link)
    page.locator('button[name="who"][value="self"]').tap()
    page.locator('a.choice[href$="/wakil/"]').tap()
    page.locator("#id_name").fill("I Gede Wirya")
    page.locator("#id_position").fill("Kepala Seksi Pelindungan")
    page.locator("#id_contact").fill("gede@wakil.example")
    page.locator('label:has(input[name="mode"][value="online"])').tap()
    page.locator("form:has(#id_name) button.primary").tap()
    expect(page.locator("#deputy-link")).to_be_visible()
    shown = page.locator("#deputy-link").inner_text().strip()
    sink.wait_for(2, 60)
    [mail] = sink.to("gede@wakil.example")
    assert links_in(mail, site.url) == [shown]
    assert shown != link

    page = gede.open(shown)
    expect(page.locator('button[name="who"]')).to_have_count(2)
    page.locator('button[name="who"][value="self"]').tap()
    expect(page.locator("#invitation")).to_contain_text(principal.position_name)
    page.locator("#invitation details summary").first.tap()
    page.locator('button[name="answer"][value="in_person"]').tap()
    expect(page.locator(".chip.accepted").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    today(meeting)
    page.reload()
    join(page)
    delegate = meeting.invitations.get(delegated_from=principal)
    assert Presence.objects.get().invitation == delegate
    expect(page.locator("#room-name")).to_contain_text("I Gede Wirya")

    page = budi.open(f"/undangan/{principal.public_id}/")
    expect(page.locator(".chip.delegated").first).to_be_visible()
    expect(page.locator('form[action$="/gabung/"]')).to_have_count(0)


@pytest.mark.slow
def test_regional_head_answers_and_joins_without_javascript(link, meeting, visitor):
    budi = visitor(**PHONE, java_script_enabled=False)

    page = arrive(budi, link)
    page.locator('button[name="who"][value="self"]').tap()
    page.locator('button[name="answer"][value="online"]').tap()
    expect(page.locator(".chip.accepted_online").first).to_be_visible()
    today(meeting)
    page.reload()
    join(page)

    invitation = meeting.invitations.get()
    assert (invitation.status, invitation.mode, Presence.objects.get().invitation) == ("accepted", "online", invitation)
    expect(page.locator("#room a.primary")).to_have_attribute("href", ROOM)
    assert invitation.opened_at is not None

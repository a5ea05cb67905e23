"""On the day: *mulai* and *berikutnya* record actual times."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from agenda.conduct import current, next_item
from rakor.lib.access import Refusal
from tests import factories as make


@pytest.fixture
def items(meeting):
    return [make.AgendaItemFactory(meeting=meeting, order=n) for n in (1, 2)]


def press(client, meeting, item):
    return client.post(reverse("conduct_next", args=[meeting.public_id]), {"item": item.pk})


def test_first_press_starts_the_meeting_and_the_item(cast, meeting, items, login):
    press(login(cast.karno), meeting, items[0])
    meeting.refresh_from_db()
    assert (meeting.status, current(meeting)) == ("in_progress", items[0])


def test_next_ends_the_one_before(cast, meeting, items, login):
    client = login(cast.karno)
    press(client, meeting, items[0])
    press(client, meeting, items[1])
    items[0].refresh_from_db()
    assert (items[0].ended_at is not None, current(meeting)) == (True, items[1])


def test_double_click_starts_only_one(cast, meeting, items, login):
    client = login(cast.karno)
    press(client, meeting, items[0])
    press(client, meeting, items[0])
    items[1].refresh_from_db()
    assert (current(meeting), items[1].started_at) == (items[0], None)


def test_end_of_the_meeting_ends_the_item(cast, meeting, items):
    by = cast.viewer(cast.karno)
    next_item(meeting, expected=items[0].pk, by=by)
    meeting.end(by=by)
    items[0].refresh_from_db()
    assert items[0].ended_at == meeting.ended_at


def test_item_of_another_meeting_is_refused(cast, meeting):
    with pytest.raises(Refusal):
        next_item(meeting, expected=make.AgendaItemFactory().pk, by=cast.viewer(cast.karno))


@pytest.mark.parametrize(
    ("who", "status"), [("sari", 200), ("karno", 200), ("nia", 200), ("sinta", 403), ("citra", 404)]
)
def test_who_may_run_the_meeting(cast, meeting, login, who, status):
    assert login(getattr(cast, who)).get(reverse("conduct", args=[meeting.public_id])).status_code == status


def test_draft_cannot_be_started(cast, login):
    from tests.conftest import staff_meeting

    meeting = staff_meeting(cast, status="draft")
    item = make.AgendaItemFactory(meeting=meeting)
    press(login(cast.karno), meeting, item)
    meeting.refresh_from_db()
    assert meeting.status == "draft"


def test_adjourned_meeting_leads_with_going_on(cast, items, meeting, login):
    client = login(cast.karno)
    press(client, meeting, items[0])
    client.post(reverse("meeting_adjourn", args=[meeting.public_id]))
    page = client.get(reverse("conduct", args=[meeting.public_id])).content.decode()
    form, _, rest = page.partition('class="btn primary big"')
    assert reverse("meeting_resume", args=[meeting.public_id]) in form
    assert "primary" not in rest


@pytest.fixture
def shown(login, cast):
    """`shown(meeting)`: what Sari's page of the conduct says."""

    def _shown(meeting):
        return login(cast.sari).get(reverse("conduct", args=[meeting.public_id])).content.decode()

    return _shown


def test_adjourned_meeting_offers_one_way_to_go_on(cast, items, meeting, login, shown):
    client = login(cast.karno)
    press(client, meeting, items[0])
    client.post(reverse("meeting_adjourn", args=[meeting.public_id]))

    page = shown(meeting)

    assert reverse("conduct_next", args=[meeting.public_id]) not in page
    assert ("Diskors sejak" in page, "rapat meneruskan acara ini" in page) == (True, True)


@pytest.mark.parametrize(
    ("status", "sentence", "way"),
    [
        ("draft", "Terbitkan rapat dahulu", "meeting_detail"),
        ("postponed", "Setelah ada tanggal baru", "meeting_edit"),
        ("cancelled", "Dialihkan", ""),
    ],
)
def test_meeting_that_cannot_be_started_says_why_and_offers_no_start(cast, shown, status, sentence, way):
    meeting = make.MeetingFactory(host=cast.bureau, status=status)
    bare = shown(meeting)
    make.AgendaItemFactory(meeting=meeting)
    page = shown(meeting)

    assert [address in page for address in (reverse("conduct_next", args=[meeting.public_id]), "/mulai/")] == [
        False
    ] * 2
    assert (sentence in page, "tetap dapat dimulai" in bare, 'id="hadir"' in page) == (True, False, False)
    assert not way or f'class="btn primary" href="{reverse(way, args=[meeting.public_id])}"' in page


@pytest.mark.parametrize(("status", "sentence"), [("held", "Rundown tidak ada."), ("draft", "Rundown belum ada.")])
def test_meeting_without_a_rundown_says_so_in_its_time(cast, shown, status, sentence):
    assert sentence in shown(make.MeetingFactory(host=cast.bureau, status=status))


def test_meeting_without_a_rundown_can_be_started(cast, shown, meeting):
    page = shown(meeting)

    assert ("Rundown tidak ada; rapat tetap dapat dimulai." in page, "Mulai rapat" in page) == (True, True)


def test_meeting_that_is_over_shows_who_was_there(cast, meeting, login, shown):
    """Bait: nobody is there any more."""
    by = cast.viewer(cast.sari)
    meeting.start(by=by)
    make.PresenceFactory(invitation=meeting.invitations.get(), mode="online", since=timezone.now() - timedelta(hours=1))
    running = shown(meeting)
    meeting.end(by=by)

    figures = [
        re.findall(r"<b>(\d+)</b>", page.split('id="hadir"')[1].split("</ul>")[0]) for page in (running, shown(meeting))
    ]

    assert figures == [["0", "1", "1"], ["0", "1", "1"]]

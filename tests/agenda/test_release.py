"""Guests see releases, never the working copy."""

import pytest
from django.urls import reverse

from agenda.models import release
from rakor.lib.access import Refusal
from tests import factories as make


@pytest.fixture
def item(meeting):
    return make.AgendaItemFactory(meeting=meeting, title="Sambutan Deputi", minutes=30)


def test_guest_sees_nothing_before_a_release(meeting, invitation, item, guest):
    page = guest(invitation).get(reverse("agenda", args=[meeting.public_id])).content.decode()
    assert ("Sambutan Deputi" in page, "belum dirilis" in page) == (False, True)


def test_guest_sees_the_release(cast, meeting, invitation, item, guest):
    release(meeting, by=cast.viewer(cast.sari))
    assert "Sambutan Deputi" in guest(invitation).get(reverse("agenda", args=[meeting.public_id])).content.decode()


def test_later_edits_stay_hidden_until_the_next_release(cast, meeting, invitation, item, guest):
    release(meeting, by=cast.viewer(cast.sari))
    item.title = "Rahasia dapur"
    item.save()
    page = guest(invitation).get(reverse("agenda", args=[meeting.public_id])).content.decode()
    assert ("Rahasia dapur" in page, "Sambutan Deputi" in page) == (False, True)


def test_guest_reads_times_in_own_zone(cast, meeting, invitation, item, guest):
    release(meeting, by=cast.viewer(cast.sari))
    assert "10.00 WITA" in guest(invitation).get(reverse("agenda", args=[meeting.public_id])).content.decode()


def test_second_release_says_what_changed(cast, meeting, item):
    by = cast.viewer(cast.sari)
    release(meeting, by=by)
    item.title = "Sambutan Menteri"
    item.save()
    assert release(meeting, by=by).changes == ["Ganti nama: Sambutan Deputi → Sambutan Menteri"]


def test_unchanged_copy_is_not_released_again(cast, meeting, item):
    release(meeting, by=cast.viewer(cast.sari))
    with pytest.raises(Refusal):
        release(meeting, by=cast.viewer(cast.sari))
    assert meeting.agenda_releases.count() == 1


def test_empty_rundown_is_not_released(cast, meeting):
    with pytest.raises(Refusal):
        release(meeting, by=cast.viewer(cast.sari))


def test_release_by_button_and_double_click(cast, meeting, item, login):
    client = login(cast.sari)
    url = reverse("agenda_release", args=[meeting.public_id])
    assert [client.post(url).status_code, client.post(url).status_code, meeting.agenda_releases.count()] == [
        302,
        302,
        1,
    ]

"""Guests see releases, never the working copy."""

import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from django.utils import translation

from agenda.models import release
from agenda.releases import said
from rakor.lib.access import Refusal
from tests import factories as make
from tests.conftest import staff_meeting


@pytest.fixture
def item(meeting):
    return make.AgendaItemFactory(meeting=meeting, title="Sambutan Deputi", minutes=30)


def test_guest_sees_nothing_before_a_release(meeting, invitation, item, guest):
    page = guest(invitation).get(reverse("agenda", args=[meeting.public_id])).content.decode()
    assert ("Sambutan Deputi" in page, "belum dirilis" in page) == (False, True)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [("held", "Pembahasannya tercatat dalam notula."), ("cancelled", "Rapat dibatalkan sebelum itu.")],
)
def test_meeting_that_is_over_promises_no_release(cast, guest, login, status, sentence):
    meeting = staff_meeting(cast, status=status)
    url = reverse("agenda", args=[meeting.public_id])

    page, copy = login(cast.sinta).get(url).content.decode(), login(cast.sari).get(url).content.decode()

    assert (sentence in page, "begitu dirilis" in page) == (True, False)
    assert ("tidak pernah dirilis" in copy, "sampai dirilis" in copy, "di bawah" in copy) == (True, False, False)


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


@pytest.mark.parametrize("page", ["agenda", "meeting_detail"])
def test_guest_of_two_meetings_reads_each_in_the_zone_of_its_invitation(cast, meeting, invitation, item, guest, page):
    release(meeting, by=cast.viewer(cast.sari))
    browser = guest(invitation)
    other = staff_meeting(cast).invitations.get()
    type(other).objects.filter(pk=other.pk).update(zone="Asia/Jayapura")
    browser.get(f"/u/{other.link.rpartition('/u/')[2]}")

    shown = browser.get(reverse(page, args=[meeting.public_id])).content.decode()

    assert re.search(r'<ol class="agenda">.*?10\.00 WITA', shown, re.DOTALL)


def changed_release(cast, meeting, item):
    """The second of two releases: renamed, given to somebody, and pinned an hour later."""
    by = cast.viewer(cast.sari)
    release(meeting, by=by)
    item.title, item.owner, item.starts_at = "Sambutan Menteri", "Menteri", meeting.starts_at + timedelta(hours=1)
    item.save()
    return release(meeting, by=by)


def test_second_release_says_what_changed(cast, meeting, item):
    assert said(changed_release(cast, meeting, item).changes, "Asia/Jakarta") == [
        "Ganti nama: Sambutan Deputi → Sambutan Menteri",
        "Sambutan Menteri: 09.00 WIB → 10.00 WIB",
        "Sambutan Menteri: kini diisi Menteri",
    ]


def test_changes_are_said_in_the_readers_language_and_zone(cast, meeting, invitation, item, guest):
    with translation.override("en"):
        changed_release(cast, meeting, item)
    client = guest(invitation)
    address = reverse("agenda", args=[meeting.public_id])

    indonesian = client.get(address).content.decode()
    client.cookies["django_language"] = "en"
    english = client.get(address).content.decode()

    assert "<li>Sambutan Menteri: 10.00 WITA → 11.00 WITA</li>" in indonesian
    assert "<li>Sambutan Menteri: 10:00 WITA → 11:00 WITA</li>" in english


def test_changes_of_earlier_releases_are_found_again(cast, meeting, item):
    wanted = changed_release(cast, meeting, item).changes
    meeting.agenda_releases.update(changes=[])

    earlier = import_module("agenda.migrations.0004_changes_of_earlier_releases")
    earlier.find_changes(apps, None)

    assert list(meeting.agenda_releases.order_by("number").values_list("changes", flat=True)) == [[], wanted]


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


@pytest.mark.parametrize("status", ["held", "closed", "cancelled"])
def test_rundown_of_what_is_over_is_not_released(cast, status):
    over = make.AgendaItemFactory(meeting=staff_meeting(cast, status=status)).meeting
    with pytest.raises(Refusal, match="Rapat sudah selesai"):
        release(over, by=cast.viewer(cast.sari))
    assert over.agenda_releases.count() == 0

"""Whom a meeting is visible to when it was never published, and when it is restricted."""

import pytest
from django.test import Client

from attendees.models import Invitation
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import staff_meeting


@pytest.fixture
def dropped(cast):
    """A draft that was cancelled before anybody learnt of it."""
    meeting = staff_meeting(cast, status="draft")
    meeting.cancel(by=cast.viewer(cast.sari), reason="Tidak jadi")
    return meeting


def seen_by(cast, meeting, *names):
    """Which of the cast may know of the meeting."""
    rows = Meeting.objects.filter(pk=meeting.pk)
    return [name for name in names if rows.visible_to(cast.viewer(getattr(cast, name))).exists()]


EVERYBODY = ("sari", "karno", "nia", "rina", "sinta", "citra", "aulia", "admin")


def test_dropped_draft_stays_with_those_who_prepared_it(cast, dropped):
    assert seen_by(cast, dropped, *EVERYBODY) == ["sari", "karno", "nia", "aulia"]


def test_cancelled_meeting_stays_with_those_who_knew_it(cast, meeting):
    meeting.cancel(by=cast.viewer(cast.sari), reason="Dialihkan")

    assert seen_by(cast, meeting, *EVERYBODY) == ["sari", "karno", "nia", "rina", "sinta", "aulia"]


def test_dropped_draft_has_no_door(dropped, meeting):
    assert [Client().get(f"/rapat/{m.public_id}/").status_code for m in (dropped, meeting)] == [404, 200]


def test_link_to_a_dropped_draft_opens_nothing(dropped, invitation):
    paths = [row.link.rpartition("/u/")[2] for row in (dropped.invitations.get(), invitation)]

    assert [Client().get(f"/u/{path}").status_code for path in paths] == [404, 302]


def test_contact_sees_no_invitation_to_a_dropped_draft(cast, dropped, invitation):
    assert list(Invitation.objects.visible_to(cast.viewer(cast.rina))) == [invitation]


def test_directory_does_not_open_by_a_dropped_draft(cast, dropped, login):
    assert login(cast.sinta).get("/instansi/").status_code == 404


@pytest.mark.parametrize("security", ["T", "R", "SR"])
def test_restricted_meeting_is_known_to_those_named_in_it_only(cast, security):
    assert seen_by(cast, staff_meeting(cast, security=security), *EVERYBODY) == ["sari", "karno", "nia"]


def test_contact_sees_no_invitation_to_a_restricted_meeting(cast, invitation):
    staff_meeting(cast, security="T")

    assert list(Invitation.objects.visible_to(cast.viewer(cast.rina))) == [invitation]


def test_contact_who_is_invited_by_name_sees_the_restricted_meeting(cast):
    meeting = staff_meeting(cast, security="T")
    meeting.invitations.update(user=cast.rina)

    assert seen_by(cast, meeting, "rina") == ["rina"]


def test_directory_does_not_open_by_a_restricted_meeting(cast, login):
    staff_meeting(cast, security="T")
    make.MembershipFactory(user=cast.citra, agency=cast.bali)

    assert [login(user).get("/instansi/").status_code for user in (cast.sinta, cast.citra)] == [404, 404]

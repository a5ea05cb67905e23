"""Reminders: before the deadline and before the meeting, on working days, to the silent only, each once."""

from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from attendees.chasing import moments, nudge, remind_those_due, unanswered
from attendees.models import Invitation
from rakor.lib.access import Refusal
from rakor.lib.working_days import working_day_before
from rakor.mail.delivery import drain
from rakor.mail.models import OutgoingMail
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.mail.sink import Sink

JAKARTA = ZoneInfo("Asia/Jakarta")


def at(*when):
    return datetime(*when, tzinfo=JAKARTA)


@pytest.fixture
def invited(meeting, invitation):
    """On Monday 25 May 2026 at 09.00 WIB, answers until Wednesday 20 May 16.00; Bali was invited on 11 May."""
    facts = {"starts_at": at(2026, 5, 25, 9), "ends_at": at(2026, 5, 25, 12), "reply_by": at(2026, 5, 20, 16)}
    Meeting.objects.update(status="invited", invited_at=at(2026, 5, 11, 9), invited_by="system", **facts)
    brought(invitation, at(2026, 5, 11, 9))
    return Meeting.objects.get(pk=meeting.pk)


def brought(invitation, moment):
    about = {"subject_kind": "invitation", "subject_id": invitation.public_id, "to": invitation.email}
    make.OutgoingMailFactory(kind="invitation", status="sent", sent_at=moment, **about)


def queued():
    return list(OutgoingMail.objects.filter(kind="reminder").values_list("to", flat=True))


def test_working_day_before_skips_feast_and_weekend():
    # Kenaikan Yesus Kristus on 14 May 2026, joint leave on 15 May
    assert working_day_before(at(2026, 5, 18).date(), 1) == at(2026, 5, 13).date()
    assert working_day_before(at(2026, 5, 18).date(), 2) == at(2026, 5, 12).date()


def test_reminders_fall_on_the_working_day_before_deadline_and_meeting(invited):
    assert [moment for moment, _end in moments(invited)] == [at(2026, 5, 19, 8), at(2026, 5, 22, 8)]


def test_deadline_and_meeting_with_the_same_day_before_remind_once(invited):
    invited.reply_by = at(2026, 5, 25, 7)

    assert [moment for moment, _end in moments(invited)] == [at(2026, 5, 22, 8)]


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (at(2026, 5, 18, 17), 0),
        (at(2026, 5, 19, 7, 59), 0),
        (at(2026, 5, 19, 8), 1),
        (at(2026, 5, 20, 15), 1),  # the worker was down the day before
        (at(2026, 5, 20, 17), 0),  # the deadline has passed
        (at(2026, 5, 22, 8), 1),
        (at(2026, 5, 23, 9), 0),  # a Saturday
        (at(2026, 5, 25, 9, 1), 0),  # the meeting has begun
    ],
)
def test_reminder_leaves_in_its_time_only(invited, now, count):
    assert remind_those_due(now) == count


def test_each_reminder_goes_once_and_stops_with_the_answer(invited, invitation, by):
    assert [remind_those_due(at(2026, 5, 19, 8)), remind_those_due(at(2026, 5, 19, 8, 5))] == [1, 0]
    OutgoingMail.objects.filter(kind="reminder").update(created_at=at(2026, 5, 19, 8))
    Invitation.objects.update(status="declined", answered_at=timezone.now(), answered_by="system")

    assert remind_those_due(at(2026, 5, 22, 8)) == 0
    assert queued() == ["kepala.bali@uji.example"]


def test_second_reminder_goes_to_whoever_is_still_silent(invited):
    remind_those_due(at(2026, 5, 19, 8))
    OutgoingMail.objects.filter(kind="reminder").update(created_at=at(2026, 5, 19, 8))

    assert remind_those_due(at(2026, 5, 22, 8)) == 1


def test_whoever_was_invited_the_same_day_is_not_reminded(invited):
    OutgoingMail.objects.update(sent_at=at(2026, 5, 19, 7))

    assert remind_those_due(at(2026, 5, 19, 9)) == 0


@pytest.mark.parametrize("status", ["draft", "scheduled", "postponed"])
def test_only_invited_meetings_remind(invited, status):
    why = {"postponed_at": timezone.now(), "postponed_by": "system", "postpone_reason": "Uji"}
    Meeting.objects.update(status=status, **why)

    assert remind_those_due(at(2026, 5, 19, 8)) == 0


def test_nudge_reminds_the_silent_and_leaves_them_in_peace_for_a_day(invited, by):
    assert nudge(invited, by=by) == 1
    with pytest.raises(Refusal, match="sudah diingatkan"):
        nudge(invited, by=by)
    OutgoingMail.objects.filter(kind="reminder").update(created_at=timezone.now() - timedelta(hours=21))

    assert nudge(invited, by=by) == 1


def test_nudge_of_one_reminds_only_this_one(invited, offices, by):
    other = make.InvitationFactory(
        meeting=invited, position=offices[0], agency=offices[0].agency, email="a@uji.example"
    )
    brought(other, at(2026, 5, 11, 9))

    assert nudge(invited, by=by, invitation=other.public_id) == 1
    assert queued() == ["a@uji.example"]


def test_whom_no_mail_has_reached_is_not_reminded(invited):
    OutgoingMail.objects.update(status="bounced_hard", sent_at=None)

    assert list(unanswered(invited)) == []


def test_reminder_is_not_sent_when_the_answer_came_first(invited, invitation, by, transactional_db, tmp_path, settings):
    Meeting.objects.update(starts_at=timezone.now() + timedelta(days=9), ends_at=timezone.now() + timedelta(days=9.1))
    with Sink(tmp_path / "maildir") as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.smtp_port, 5
        nudge(invited, by=by)
        assert drain() is None
        (mail,) = [message_from_bytes(p.read_bytes(), policy=default) for p in (tmp_path / "maildir").rglob("*.eml")]
        OutgoingMail.objects.filter(kind="reminder").update(created_at=timezone.now() - timedelta(hours=21))
        nudge(invited, by=by)
        Invitation.objects.get(pk=invitation.pk).respond("accepted", mode="online", by=by)
        assert drain() is None
        assert len(list((tmp_path / "maildir").rglob("*.eml"))) == 1

    assert Invitation.objects.get(pk=invitation.pk).link in mail.get_body(("plain",)).get_content()
    assert sorted(OutgoingMail.objects.filter(kind="reminder").values_list("status", flat=True)) == [
        "cancelled",
        "sent",
    ]


def test_board_offers_to_remind_all_and_each(invited, invitation, sari):
    Meeting.objects.update(starts_at=timezone.now() + timedelta(days=9), ends_at=timezone.now() + timedelta(days=9.1))
    board, url = (reverse(name, args=[invited.public_id]) for name in ("invitation_list", "invitation_nudge"))

    assert f'action="{url}"' in sari.get(board).content.decode()
    assert invitation.public_id in sari.get(f"{board}?answer=pending").content.decode()
    said = sari.post(url, {"invitation": invitation.public_id}, follow=True).content.decode()
    assert "1 undangan sedang diingatkan." in said
    assert queued() == ["kepala.bali@uji.example"]

"""The life cycle by buttons: who may press, what is said, and that a second click does nothing."""

from datetime import timedelta

import pytest
from django.utils.translation import gettext as _

from rakor.audit.models import AuditEvent
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import rows, staff_meeting

PATHS = {
    "terbitkan": ("draft", "scheduled", {}),
    "batalkan": ("scheduled", "cancelled", {"reason": "Dialihkan ke bulan depan"}),
    "mulai": ("scheduled", "in_progress", {}),
    "skors": ("in_progress", "adjourned", {}),
    "lanjutkan": ("adjourned", "in_progress", {}),
    "selesai": ("in_progress", "held", {}),
}


def press(client, meeting, path, data=None, **kwargs):
    return client.post(f"/rapat/{meeting.public_id}/{path}/", data or {}, **kwargs)


def said(answer):
    return [str(message) for message in answer.context["messages"]]


@pytest.mark.parametrize("path", PATHS)
def test_button_moves_the_meeting(cast, login, path):
    old, new, data = PATHS[path]
    meeting = staff_meeting(cast, status=old)

    press(login(cast.sari), meeting, path, data)

    meeting.refresh_from_db()
    assert meeting.status == new


@pytest.mark.parametrize("path", PATHS)
def test_double_click_moves_once(cast, login, path):
    old, _new, data = PATHS[path]
    meeting = staff_meeting(cast, status=old)
    client = login(cast.sari)

    for _again in range(2):
        press(client, meeting, path, data)

    assert AuditEvent.objects.filter(target=f"meetings.Meeting:{meeting.public_id}").count() == 1


@pytest.mark.parametrize("path", [*PATHS, "tutup"])
def test_get_moves_nothing(cast, login, meeting, path):
    before = rows(AuditEvent, Meeting)

    answer = login(cast.sari).get(f"/rapat/{meeting.public_id}/{path}/")

    assert (answer.status_code, rows(AuditEvent, Meeting)) == (405, before)


@pytest.mark.parametrize("path", [*PATHS, "tutup"])
def test_staff_may_not_press(cast, login, meeting, path):
    assert press(login(cast.sinta), meeting, path, {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("path", [*PATHS, "tutup"])
def test_outsider_finds_no_button(cast, login, meeting, path):
    assert press(login(cast.citra), meeting, path, {"reason": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["karno", "nia"])
def test_chair_and_minute_taker_may_start(cast, login, meeting, who):
    press(login(getattr(cast, who)), meeting, "mulai")

    meeting.refresh_from_db()
    assert meeting.status == "in_progress"


def test_chair_may_not_publish(cast, login):
    assert press(login(cast.karno), staff_meeting(cast, status="draft"), "terbitkan").status_code == 403


def test_refusal_comes_back_as_a_message(cast, login):
    meeting = staff_meeting(cast, status="cancelled")

    answer = press(login(cast.sari), meeting, "terbitkan", follow=True)

    assert len(said(answer)) == 1


def test_adjourned_meeting_keeps_its_start(cast, login):
    meeting = staff_meeting(cast, status="adjourned")
    start = meeting.started_at

    press(login(cast.sari), meeting, "mulai")

    meeting.refresh_from_db()
    assert (meeting.status, meeting.started_at) == ("adjourned", start)


def test_scheduled_meeting_cannot_be_resumed(cast, login, meeting):
    answer = press(login(cast.sari), meeting, "lanjutkan", follow=True)

    assert said(answer) == [_("Only an adjourned meeting can be resumed.")]


def test_cancelling_needs_a_reason(cast, login, meeting):
    answer = press(login(cast.sari), meeting, "batalkan", {"reason": " "})

    errors = answer.context["cancel_form"].errors
    assert (answer.status_code, list(errors["reason"])) == (422, [_("Say why the meeting is cancelled.")])


def test_cancelling_with_a_long_reason_loses_nothing(cast, login, meeting):
    answer = press(login(cast.sari), meeting, "batalkan", {"reason": "x" * 301})

    assert answer.context["cancel_form"]["reason"].value() == "x" * 301


def test_meeting_is_not_closed_before_its_minutes_are_signed(cast, login):
    meeting = staff_meeting(cast, status="held")

    answer = press(login(cast.sari), meeting, "tutup", follow=True)

    meeting.refresh_from_db()
    assert (meeting.status, said(answer)) == ("held", [_("The minutes are not signed yet.")])


def test_meeting_is_closed_with_signed_minutes(cast, login):
    meeting = staff_meeting(cast, status="held")
    signed_minutes(meeting)

    press(login(cast.sari), meeting, "tutup")

    meeting.refresh_from_db()
    assert meeting.status == "closed"


def signed_minutes(meeting):
    from django.utils import timezone

    paper = make.FileFactory()
    document = make.DocumentFactory(
        meeting=meeting, status="signed", current=paper, prepared=paper, number="1", date=timezone.localdate(),
        signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip
    make.MinutesFactory(
        meeting=meeting, status="signed", document=document, approved_at=timezone.now(), approved_by="system",
        approved_sha256="0" * 64,
    )  # fmt: skip


def test_postponed_meeting_is_not_published_with_its_old_date(cast, login):
    meeting = staff_meeting(cast, status="postponed")
    press(login(cast.sari), meeting, "terbitkan")

    meeting.refresh_from_db()
    assert meeting.status == "postponed"


def test_new_date_schedules_a_postponed_meeting_again(cast):
    meeting = staff_meeting(cast, status="postponed")
    meeting.starts_at += timedelta(days=7)
    meeting.ends_at += timedelta(days=7)

    meeting.revise(["starts_at", "ends_at"], by=cast.viewer(cast.sari))

    meeting.refresh_from_db()
    verbs = list(AuditEvent.objects.filter(meeting=meeting.public_id).values_list("verb", flat=True))
    assert (meeting.status, "meeting.rescheduled" in verbs) == ("scheduled", True)


def test_other_changes_leave_a_meeting_postponed(cast):
    meeting = staff_meeting(cast, status="postponed")
    meeting.venue = "Aula Lain"

    meeting.revise(["venue"], by=cast.viewer(cast.sari))

    meeting.refresh_from_db()
    assert meeting.status == "postponed"

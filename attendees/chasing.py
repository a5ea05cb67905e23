"""Reminding those who have not answered: twice by itself, and when the organiser asks for it.

By itself at eight in the morning, in the meeting's zone, of the last working day before the answer is due and of the
last one before the meeting (H−1). Each goes once, to those only whose invitation had left before that day, and stops
with the answer: a reminder that waits in the outbox is not needed any more when it is rendered.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from attendees.models import Invitation
from attendees.models.invitations import KIND, InvitationQuerySet
from attendees.notices import reached
from rakor.audit.models import record
from rakor.lib.access import SYSTEM, Refusal, Viewer
from rakor.lib.working_days import is_working_day, working_day_before
from rakor.mail.models import OutgoingMail
from rakor.mail.outbox import queue
from rakor.meetings.models import Meeting, SpecialDay

MAIL = "reminder"
MORNING = time(8)
BETWEEN = timedelta(hours=20)
"""How long somebody is left in peace after a reminder."""
AHEAD = timedelta(days=15)
"""How far before deadline or meeting a reminder can fall: Idul Fitri and its joint leave take eleven days."""


def unanswered(meeting: Meeting) -> InvitationQuerySet:
    """Whom a mail has brought the invitation and who has not answered, or not since the time changed."""
    return reached(meeting).filter(status__in=["pending", "reconfirm"])


def moments(meeting: Meeting, days: Mapping[date, bool] | None = None) -> list[tuple[datetime, datetime]]:
    """When reminders leave by themselves and until when each makes sense, in order; one on the same day only."""
    ends = [meeting.starts_at]
    if meeting.reply_by and meeting.reply_by < meeting.starts_at:
        ends.insert(0, meeting.reply_by)
    found: dict[date, tuple[datetime, datetime]] = {}
    for end in ends:
        morning = working_day_before(timezone.localtime(end, meeting.tz).date(), 1, days)
        found[morning] = (datetime.combine(morning, MORNING, meeting.tz), end)
    return sorted(found.values())


def remind_those_due(now: datetime | None = None) -> int:
    """Queues the reminders whose moment has come, on working days only; how many those are."""
    now = now or timezone.now()
    near = Q(starts_at__lte=now + AHEAD) | Q(reply_by__lte=now + AHEAD)
    meetings = Meeting.objects.filter(near, status="invited", starts_at__gt=now).order_by("starts_at")
    meetings = meetings.select_related("host")
    return sum(_remind(meeting, now) for meeting in meetings)


def nudge(meeting: Meeting, *, by: Viewer, invitation: str = "") -> int:
    """Reminds everybody who has not answered, or the one of this public id; how many those are.

    Whoever was reminded within twenty hours is left in peace; without anybody to remind it is refused.
    """
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
        if not meeting.takes_answers or meeting.invited_at is None:
            raise Refusal(_("Answers are closed: the meeting is over or not open yet."))
        rows = unanswered(meeting)
        if invitation:
            rows = rows.filter(public_id=invitation)
        waiting = list(_not_reminded_since(rows, timezone.now() - BETWEEN))
        if not waiting:
            raise Refusal(_("Nobody is left to be reminded today: all have answered or were reminded already."))
        mails = OutgoingMail.objects.filter(kind=MAIL, subject_kind=KIND, subject_id__in=[i.public_id for i in waiting])
        counts = dict(mails.values_list("subject_id").annotate(count=Count("pk")))
        for row in waiting:
            _queue(row, str(counts.get(row.public_id, 0) + 1))
        record("invitations.reminded", target=meeting, by=by, meeting=meeting, new=str(len(waiting)))
    return len(waiting)


def _remind(meeting: Meeting, now: datetime) -> int:
    days = SpecialDay.objects.of(meeting)
    if not is_working_day(timezone.localtime(now, meeting.tz).date(), days):
        return 0
    for moment, end in moments(meeting, days):
        if moment <= now < end:
            with transaction.atomic():
                meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
                before = unanswered(meeting).filter(Exists(_brought_before(moment - timedelta(hours=MORNING.hour))))
                rows = list(_not_reminded_since(before, moment))
                for row in rows:
                    _queue(row, f"{moment:%Y-%m-%d}")
                if rows:
                    record("invitations.reminded", target=meeting, by=SYSTEM, meeting=meeting, new=str(len(rows)))
            return len(rows)
    return 0


def _brought_before(day: datetime) -> QuerySet[OutgoingMail]:
    mails = OutgoingMail.objects.filter(subject_kind=KIND, subject_id=OuterRef("public_id"), sent_at__lt=day)
    return mails.filter(kind__in=["invitation", "delegation"])


def _not_reminded_since(rows: InvitationQuerySet, moment: datetime) -> InvitationQuerySet:
    mails = OutgoingMail.objects.filter(kind=MAIL, subject_kind=KIND, subject_id=OuterRef("public_id"))
    return rows.filter(~Exists(mails.filter(created_at__gte=moment)))


def _queue(invitation: Invitation, which: str) -> None:
    queue(
        MAIL,
        key=f"{MAIL}:{invitation.public_id}:{which}",
        to=invitation.email,
        to_name=invitation.person_name or invitation.position_name,
        ids={"invitation": invitation.pk},
        about=(KIND, invitation.public_id),
    )

"""Joining, checking in and leaving: one tap records the moment; a second tap never overwrites it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Invitation, Presence
from attendees.models.invitations import KIND
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.meetings.models import Meeting

EARLY = timedelta(minutes=30)
LATEST = timedelta(hours=12)
"""How long after its planned end a meeting that nobody started still lets people in."""

DESK_EARLY = timedelta(hours=4)
"""How long before the start the registration desk begins."""


def opens_at(meeting: Meeting) -> datetime:
    """When *Gabung* opens: half an hour before the planned start."""
    return meeting.starts_at - EARLY


def is_open(meeting: Meeting, now: datetime) -> bool:
    """True while people may join: from half an hour before the start, or once it runs, until it is over."""
    if meeting.is_over or not meeting.has_online_part or not meeting.is_published or meeting.status == "postponed":
        return False
    return meeting.is_running or opens_at(meeting) <= now <= meeting.ends_at + LATEST


def desk_is_open(meeting: Meeting, now: datetime) -> bool:
    """True while people may be checked in in the hall: four hours before the start, and while it runs."""
    if not meeting.takes_answers or not meeting.has_hall:
        return False
    return meeting.is_running or meeting.starts_at - DESK_EARLY <= now <= meeting.ends_at + LATEST


def holds(viewer: Viewer, invitation: Invitation) -> bool:
    """True for the invited person: by personal link or by account."""
    return (KIND, invitation.public_id) in viewer.link_subjects or (
        viewer.user_id is not None and viewer.user_id == invitation.user_id
    )


def may_join(viewer: Viewer, invitation: Invitation) -> None:
    """Only the invited person: a presence is one's own."""
    if not holds(viewer, invitation):
        raise Refusal(_("Only the invited person joins. Use the personal link of the invitation."))


def join(invitation: Invitation, *, by: Viewer, source: str = "personal_link") -> Presence:
    """The open presence online: the one that runs already (a second tap), else a new one from now.

    Joining answers too: whoever had not said *hadir daring* has said it now. The meeting's row is held meanwhile, so
    that its end closes this presence or refuses it.
    """
    with transaction.atomic():
        meeting, present = _taken(invitation)
        if present.status == "delegated":
            raise Refusal(_("Somebody has been sent in your place; joining is done with that person's own link."))
        if not is_open(meeting, timezone.now()):
            raise Refusal(_("The room is not open now. This page says when it opens."))
        running = present.presences.open().first()
        if running and running.mode == "online":
            return running
        if (present.status, present.mode) != ("accepted", "online"):
            present.respond("accepted", mode="online", by=by)
        if running:
            _end(running, by=by, end_source="left", meeting=meeting)
        return _begin(present, meeting, by=by, mode="online", source=source)


def check_in(invitation: Invitation, *, by: Viewer, source: str = "desk") -> Presence:
    """The open presence in the hall: the one that runs already, else a new one from now; one online ends.

    The answer stays as it was given: a principal who comes beside the delegate is recorded too.
    """
    with transaction.atomic():
        meeting, present = _taken(invitation)
        if not desk_is_open(meeting, timezone.now()):
            raise Refusal(
                _("People are checked in on the day, from four hours before the start until the meeting is over.")
            )
        running = present.presences.open().first()
        if running and running.mode == "in_person":
            return running
        if running:
            _end(running, by=by, end_source="by_hand", meeting=meeting)
        return _begin(present, meeting, by=by, mode="in_person", source=source)


def leave(invitation: Invitation, *, by: Viewer, end_source: str = "left") -> bool:
    """Closes the open presence with its source; without one nothing happens, and False says so."""
    with transaction.atomic():
        meeting = invitation.meeting
        running = list(invitation.presences.open().select_for_update())
        for presence in running:
            _end(presence, by=by, end_source=end_source, meeting=meeting)
    return bool(running)


def close(presence: Presence, *, by: Viewer, mistake: bool = False) -> None:
    """Ends an open presence by hand: now, or where it began when it was a mistake; refused once the meeting is over."""
    if presence.meeting.is_over:
        raise Refusal(_("The meeting is over; every presence ended with it."))
    with transaction.atomic():
        running = (
            Presence.objects.open()
            .select_for_update(of=("self",))
            .select_related("meeting")
            .filter(pk=presence.pk)
            .first()
        )
        if running is not None:
            _end(running, by=by, end_source="by_hand", meeting=running.meeting, at=running.since if mistake else None)


def close_all(meeting: Meeting, *, by: Viewer) -> None:
    """Closes every open presence with the end of the meeting as its source."""
    for presence in Presence.objects.filter(meeting=meeting).open().select_for_update():
        _end(presence, by=by, end_source="meeting_end", meeting=meeting, at=meeting.ended_at)


def _taken(invitation: Invitation) -> tuple[Meeting, Invitation]:
    meeting = Meeting.objects.select_for_update(no_key=True).get(pk=invitation.meeting_id)
    present = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if present.ended_at is not None:
        raise Refusal(_("This invitation is no longer in force. Ask the organiser for a new link."))
    return meeting, present


def _begin(invitation: Invitation, meeting: Meeting, *, by: Viewer, mode: str, source: str) -> Presence:
    presence = Presence.objects.create(
        meeting=meeting, invitation=invitation, mode=mode, source=source, recorded_by=by.actor
    )
    record("presence.opened", target=presence, by=by, meeting=meeting, new=mode)
    publish(meeting.channel, "presence")
    return presence


def _end(presence: Presence, *, by: Viewer, end_source: str, meeting: Meeting, at: datetime | None = None) -> None:
    presence.until = max(at or timezone.now(), presence.since)
    presence.end_source, presence.closed_by = end_source, by.actor
    presence.save(update_fields=["until", "end_source", "closed_by"])
    record(
        "presence.closed", target=presence, by=by, meeting=meeting, new="mistake" if presence.is_mistake else end_source
    )
    publish(meeting.channel, "presence")

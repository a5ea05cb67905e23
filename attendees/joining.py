"""Joining and leaving: one tap records the moment; joining again never overwrites."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Invitation, Presence
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.meetings.models import Meeting

EARLY = timedelta(minutes=30)


def opens_at(meeting: Meeting) -> datetime:
    """When *Gabung* opens: half an hour before the planned start."""
    return meeting.starts_at - EARLY


def is_open(meeting: Meeting, now: datetime) -> bool:
    """True while people may join: from half an hour before the start, or once it runs, until it is over."""
    if meeting.is_over or not meeting.has_online_part or not meeting.is_published or meeting.status == "postponed":
        return False
    return meeting.is_running or (now >= opens_at(meeting) and now <= meeting.ends_at + timedelta(hours=12))


def join(invitation: Invitation, *, by: Viewer, source: str = "personal_link") -> Presence:
    """The open presence of the invitation: the one that runs already (a second tap), else a new one from now."""
    meeting = invitation.meeting
    if invitation.ended_at is not None:
        raise Refusal(_("This invitation is no longer in force. Ask the organiser for a new link."))
    if invitation.status == "delegated":
        raise Refusal(_("Somebody has been sent in your place; joining is done with that person's own link."))
    if not is_open(meeting, timezone.now()):
        raise Refusal(_("The room is not open now. This page says when it opens."))
    with transaction.atomic():
        Invitation.objects.select_for_update().get(pk=invitation.pk)
        running = invitation.presences.open().first()
        if running:
            return running
        if invitation.status != "accepted" or invitation.mode != "online":
            invitation.respond("accepted", mode="online", by=by)
        presence = Presence.objects.create(meeting=meeting, invitation=invitation, mode="online", source=source, recorded_by=by.actor)
        record("presence.opened", target=presence, by=by, meeting=meeting, new="online")
        publish(meeting.channel, "presence")
    return presence


def leave(invitation: Invitation, *, by: Viewer, end_source: str = "left") -> None:
    """Closes the open presence with its source; without one nothing happens."""
    with transaction.atomic():
        for presence in invitation.presences.open().select_for_update():
            presence.until, presence.end_source, presence.closed_by = timezone.now(), end_source, by.actor
            presence.save(update_fields=["until", "end_source", "closed_by"])
            record("presence.closed", target=presence, by=by, meeting=invitation.meeting, new=end_source)
        publish(invitation.meeting.channel, "presence")


def close_all(meeting: Meeting, *, by: Viewer) -> None:
    """Closes every open presence with the end of the meeting as its source."""
    for presence in Presence.objects.filter(meeting=meeting).open().select_for_update():
        presence.until = max(meeting.ended_at or timezone.now(), presence.since)
        presence.end_source, presence.closed_by = "meeting_end", by.actor
        presence.save(update_fields=["until", "end_source", "closed_by"])
        record("presence.closed", target=presence, by=by, meeting=meeting, new="meeting_end")

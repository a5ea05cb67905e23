"""What the invited person's page shows now: where the meeting stands, what may be pressed, what may be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone

from attendees.joining import holds, is_open, opens_at
from attendees.letters import letter_in_force
from attendees.models import Invitation
from attendees.models.invitations import KIND
from rakor.conferencing.providers import provider
from rakor.lib.access import Viewer
from rakor.meetings.access import has_proven
from rakor.meetings.models import Meeting
from rakor.meetings.panels import panels

FOR_GUESTS = ("agenda", "minutes")
"""Panels of the meeting's overview that stand on the invited person's page too."""

COUNTED = timedelta(hours=24)
"""How long before it opens the page counts the time down."""


def reader(viewer: Viewer, invitation: Invitation) -> Viewer:
    """The viewer with the time zone in which the page speaks: an account's own, else that of the invited agency."""
    return viewer if viewer.is_authenticated else viewer.but(zone=invitation.zone)


def head_of(invitation: Invitation, viewer: Viewer) -> dict[str, Any]:
    """What stands on every page of an invitation: `invitation`, `meeting`, `title`, `house`, `zone`, `opens`."""
    meeting, zone = invitation.meeting, reader(viewer, invitation).zone
    return {
        "invitation": invitation,
        "meeting": meeting,
        "title": meeting.shown_title,
        "house": meeting.host.house or meeting.host,
        "zone": zone,
        "opens": room_opens(meeting, zone, timezone.now()),
    }


def letterhead_of(viewer: Viewer) -> dict[str, Any]:
    """`invitation`, `meeting` and `house` for a guest's page that is about no one meeting: of the link that acts."""
    links = [] if viewer.is_authenticated else viewer.subject_ids(KIND)
    found = Invitation.objects.for_page().filter(public_id__in=links[-1:]).first()
    if found is None:
        return {}
    host = found.meeting.host
    return {"invitation": found, "meeting": found.meeting, "house": host.house or host}


def page_of(invitation: Invitation, viewer: Viewer, now: datetime) -> dict[str, Any]:
    """Everything of the page for somebody who is known: `head_of` and what depends on state and time."""
    meeting = invitation.meeting
    mine = holds(viewer, invitation)
    room_open = is_open(meeting, now)
    presence = invitation.presences.open().first() if mine and (room_open or meeting.started_at) else None
    online = "online" in invitation.offered_modes and mine
    proven = has_proven(viewer, meeting)
    letter = letter_in_force(meeting) if proven else None
    return head_of(invitation, viewer) | {
        "title": meeting.title if proven else meeting.shown_title,
        "proven": proven,
        "answered": presence is not None or invitation.status in Invitation.ANSWERS,
        "mine": mine,
        "delegate": invitation.delegate if invitation.status == "delegated" else None,
        "deputy": invitation.deputy_requests.first() if meeting.is_restricted and mine else None,
        "offered": invitation.offered_modes,
        "late": meeting.reply_by is not None and meeting.reply_by < now,
        "presence": presence,
        "joinable": online and room_open and invitation.status != "delegated" and presence is None,
        "opening": _opening(invitation, now) if online and not room_open else None,
        "letter": letter,
        "panels": _panels(meeting, reader(viewer, invitation)) if proven else [],
        "unseen": mine and invitation.opened_at is None,
    }


def room_of(invitation: Invitation, viewer: Viewer, seen: str) -> dict[str, Any]:
    """The room to open: `url`, name to copy, and `changed` when it is not the one whose mark the page has `seen`."""
    meeting = invitation.meeting
    mark = room_mark(meeting)
    url = provider(meeting.provider).join_url(meeting.room, invitation.room_name) if meeting.online_url else ""
    return head_of(invitation, viewer) | {
        "title": meeting.title,
        "presence": invitation.presences.open().first(),
        "room": meeting.room,
        "url": url,
        "seen": seen or mark,
        "changed": bool(seen) and seen != mark,
    }


def room_mark(meeting: Meeting) -> str:
    """A short mark of the room's address, code and number; another mark says that the room has changed."""
    room = meeting.room
    return sha256("\x1f".join([room.url, room.code, room.dial_in]).encode()).hexdigest()[:12]


def room_opens(meeting: Meeting, zone: str, now: datetime) -> dict[str, Any]:
    """Whether the online room is `open`; else when it opens, if that is still `today` for the reader."""
    at, here = opens_at(meeting), ZoneInfo(zone)
    is_today = timezone.localtime(at, here).date() == timezone.localtime(now, here).date()
    waits = is_today and at > now and meeting.takes_answers
    return {"open": is_open(meeting, now), "today": at if waits else None}


def _opening(invitation: Invitation, now: datetime) -> dict[str, Any] | None:
    """When the room opens, for those who said they come online; `counts` down on its last day."""
    meeting = invitation.meeting
    if not meeting.takes_answers or (invitation.status, invitation.mode) != ("accepted", "online"):
        return None
    left = opens_at(meeting) - now
    if left <= timedelta(0):
        return None
    return {"at": opens_at(meeting), "seconds": int(left.total_seconds()) + 1, "counts": left <= COUNTED}


def _panels(meeting: Meeting, viewer: Viewer) -> list[str]:
    """The panels for guests that have something to show; once the meeting is over its minutes come first."""
    found = [(panel.template, panel.context(meeting, viewer)) for panel in panels if panel.name in FOR_GUESTS]
    if meeting.is_over:
        found.reverse()
    return [
        render_to_string(template, context | {"meeting": meeting, "viewer": viewer})
        for template, context in found
        if context is not None
    ]

"""rapat.ics: the meeting as one event that every calendar takes in."""

from __future__ import annotations

from datetime import UTC
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from rakor.meetings.models import Meeting

MIMETYPE = "text/calendar; charset=utf-8; method=PUBLISH"


def calendar_file(meeting: Meeting, *, link: str = "") -> bytes:
    """The meeting as iCalendar; the same uid again with a higher sequence replaces the event after a change.

    `link` is the reader's personal link; on paper that is copied it stays out. A restricted meeting has a neutral
    title, and the online room never stands in a calendar.
    """
    from icalendar import Calendar, Event

    event = Event()
    event.add("uid", f"{meeting.public_id}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("sequence", meeting.revision - 1)
    event.add("dtstamp", (meeting.published_at or meeting.created_at).astimezone(UTC))
    event.add("dtstart", meeting.starts_at.astimezone(UTC))
    event.add("dtend", meeting.ends_at.astimezone(UTC))
    event.add("summary", meeting.title if meeting.security == "B" else _("Restricted meeting"))
    if place := _place(meeting):
        event.add("location", place)
    if link:
        event.add("url", link)
        event.add("description", _("Answer, agenda and joining: %(link)s") % {"link": link})
    event.add("status", "CANCELLED" if meeting.status == "cancelled" else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Rakor//rakor//ID")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _place(meeting: Meeting) -> str:
    parts = [meeting.place] if meeting.has_hall and meeting.security == "B" else []
    if meeting.has_online_part:
        parts.append(_("online, by personal link"))
    return "; ".join(part for part in parts if part)

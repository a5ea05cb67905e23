"""rapat.ics: the meeting as one event that every calendar takes in, and as an invitation to one person (iTIP).

What is followed of RFC 5545 (iCalendar), 5546 (iTIP) and 6047 (iMIP):

- One UID for the meeting, the same for everybody and for ever (5545, 3.8.4.7); SEQUENCE rises with each revision of
  the published meeting, never without one (5545, 3.8.7.4). A message about the same revision (a new PARTSTAT, the
  update of somebody who has sent a deputy) is told apart by DTSTAMP, the time at which it was made (5545, 3.8.7.2).
- `REQUEST` carries UID, SEQUENCE, DTSTAMP, DTSTART, SUMMARY, ORGANIZER and one ATTENDEE, the addressee; other guests
  stay out (5546, 3.2.2). Its ATTENDEE has CN, ROLE, PARTSTAT as the answer stands; `RSVP=FALSE`, because answers come
  through the personal link: a REPLY by mail would reach nobody.
- Somebody who has sent a deputy gets PARTSTAT=DELEGATED and DELEGATED-TO, the deputy DELEGATED-FROM (5546, 3.2.2.3).
- `CANCEL` carries UID, a higher SEQUENCE (cancelling is a revision), DTSTAMP, ORGANIZER, the ATTENDEE and
  STATUS:CANCELLED (5546, 3.2.5); it goes to those only who had a REQUEST. When one of them is no longer invited, the
  same goes to him alone, and without STATUS, because the event goes on for the others (3.2.5 again); that too is a
  revision, so that he may be invited again later.
- A postponed meeting is cancelled in calendars too and comes back with its new date: a REQUEST must have a DTSTART
  (5546, 3.2.2), so there is none that says "later, not known when"; at the old time, even as TENTATIVE, it would hold
  an hour that nobody needs any more. The REQUEST with the new date has the same UID and a higher SEQUENCE, which
  reschedules the event (5546, 3.2.2.1).
- Times are local with TZID and the VTIMEZONE of the meeting's zone (5545, 3.6.5 and 3.8.2.4).
- In a mail the object is a `text/calendar` part with `method` and `charset` beside text and HTML, and again as a file
  (6047, 2.4); METHOD and the parameter are the same word.
"""

from __future__ import annotations

from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from rakor.meetings.models import Meeting

if TYPE_CHECKING:
    from attendees.models import Invitation

MIMETYPE = "text/calendar; charset=utf-8; method={method}"
PARTSTAT = {
    "pending": "NEEDS-ACTION",
    "reconfirm": "NEEDS-ACTION",
    "accepted": "ACCEPTED",
    "declined": "DECLINED",
    "delegated": "DELEGATED",
}


def calendar_file(meeting: Meeting, *, link: str = "") -> bytes:
    """The meeting as iCalendar for anybody who may see it (`METHOD:PUBLISH`, without people).

    `link` is the address to open; on paper that is copied it stays out. A restricted meeting has a neutral title, and
    the online room never stands in a calendar.
    """
    event = _event(meeting, link=link)
    event.add("dtstamp", (meeting.published_at or meeting.created_at).astimezone(UTC))
    return _calendar(meeting, event, "PUBLISH")


def calendar_invitation(invitation: Invitation, *, method: str = "REQUEST", organiser: tuple[str, str]) -> bytes:
    """The iTIP message for one invited person: `REQUEST`, or `CANCEL` when the meeting is off or the invitation ended.

    `organiser` is name and mail address; an invitation without an address has no place in iTIP: ValueError.
    """
    if not invitation.email:
        raise ValueError("iTIP knows people by their mail address")
    meeting = invitation.meeting
    cancelled = method == "CANCEL"
    event = _event(meeting, link="" if cancelled else invitation.link, says_status=invitation.ended_at is None)
    event.add("dtstamp", timezone.now().astimezone(UTC))
    event.add("organizer", _address(organiser[1], CN=organiser[0]), encode=0)
    event.add("attendee", _attendee(invitation), encode=0)
    return _calendar(meeting, event, method)


def _event(meeting: Meeting, *, link: str, says_status: bool = True) -> Any:
    from icalendar import Event

    cancelled = meeting.status in {"cancelled", "postponed"}
    event = Event()
    event.add("uid", f"{meeting.public_id}@{urlsplit(settings.BASE_URL).hostname}")
    event.add("sequence", meeting.revision - 1)
    event.add("dtstart", meeting.starts_at.astimezone(meeting.tz))
    event.add("dtend", meeting.ends_at.astimezone(meeting.tz))
    event.add("summary", meeting.shown_title)
    if place := _place(meeting):
        event.add("location", place)
    if link:
        event.add("url", link)
        event.add("description", _("Answer, agenda and joining: %(link)s") % {"link": link})
    if says_status:
        event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    return event


def _calendar(meeting: Meeting, event: Any, method: str) -> bytes:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Rakor//rakor//ID")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_zone(meeting.zone))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


@lru_cache(maxsize=8)
def _zone(name: str) -> Any:
    """VTIMEZONE of the zone; Indonesia has had no summer time since 1970, so one STANDARD says it all."""
    from icalendar import Timezone

    return Timezone.from_tzid(name)


def _attendee(invitation: Invitation) -> Any:
    more: dict[str, str] = {}
    delegate = invitation.delegate if invitation.status == "delegated" else None
    if delegate is not None and delegate.email:
        more["DELEGATED-TO"] = f"mailto:{delegate.email}"
    head = invitation.delegated_from
    if head is not None and head.email:
        more["DELEGATED-FROM"] = f"mailto:{head.email}"
    return _address(
        invitation.email,
        CN=invitation.person_name or invitation.position_name,
        CUTYPE="INDIVIDUAL",
        ROLE="REQ-PARTICIPANT" if invitation.required else "OPT-PARTICIPANT",
        PARTSTAT=PARTSTAT[invitation.status],
        RSVP="FALSE",
        **more,
    )


def _address(email: str, **parameters: str) -> Any:
    from icalendar import vCalAddress, vText

    address = vCalAddress(f"mailto:{email}")
    for name, value in parameters.items():
        # a parameter's value may hold neither a quote nor a control character (RFC 5545, 3.1)
        address.params[name] = vText("".join(letter for letter in value if letter >= " " and letter != '"'))
    return address


def _place(meeting: Meeting) -> str:
    parts = [meeting.place] if meeting.has_hall and meeting.security == "B" else []
    if meeting.has_online_part:
        parts.append(_("online, by personal link"))
    return "; ".join(part for part in parts if part)

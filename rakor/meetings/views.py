"""Pages of a meeting: the list, its overview, its form, its moves, its history and its live channel."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from rakor.lib.wording import clock_range, day, zone_label
from rakor.meetings.models import Meeting
from rakor.meetings.panels import tabs


def frame(request: HttpRequest, meeting: Meeting, active: str) -> dict[str, Any]:
    """What `meetings/base.html` needs: meeting, base, tabs (with counts), when, zone (the reader's), invitation_url."""
    viewer = request.viewer  # type: ignore[attr-defined]
    mine = None
    if viewer.is_guest:
        mine = meeting.invitations.filter(public_id__in=viewer.subject_ids("invitation"), ended_at__isnull=True).first()
    zone = mine.zone if mine else viewer.zone
    return {
        "meeting": meeting,
        "base": "base.html" if viewer.is_authenticated else "guest.html",
        "active": active,
        "zone": zone,
        "when": when(meeting, zone),
        "invitation_url": reverse("invitation_detail", args=[mine.public_id]) if mine else "",
        "tabs": [
            {
                "label": tab.label,
                "url": reverse(tab.url_name, args=[meeting.public_id]),
                "current": tab.name == active,
                "count": tab.count(meeting) if tab.count else None,
            }
            for tab in tabs
            if tab.shown(viewer, meeting)
        ],
    }


def when(meeting: Meeting, zone: str) -> dict[str, Any]:
    """Day, clock and place for people: the reader's zone first, the host's after it where it differs."""
    end = None if meeting.end_open else meeting.ends_at
    place = [meeting.place] if meeting.has_hall and meeting.place else []
    if meeting.has_online_part:
        place.append(_("online"))
    return {
        "day": day(meeting.starts_at, zone),
        "year": timezone.localtime(meeting.starts_at, meeting.tz).year,
        "clock": clock_range(meeting.starts_at, end, zone),
        "host_clock": "" if zone_label(zone) == zone_label(meeting.zone) else clock_range(meeting.starts_at, end, meeting.zone),
        "place": _(" and ").join(place) or _("place not yet known"),
    }

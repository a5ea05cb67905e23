"""What stands on the home page beside the list, and in its place when nothing waits: meetings, minutes, follow-ups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from attendees.tallies import tally_of
from minutes.models import Minutes
from rakor.desk.todo import own_follow_ups
from rakor.lib.access import Viewer
from rakor.meetings.models import Meeting
from rakor.meetings.overview import status_names


def calendar(viewer: Viewer) -> dict[str, Any]:
    """What the viewer may see: `running`, `next`, its `next_status`, `following` as (meeting, its status or "").

    The organiser of the next one gets its `tally` too.
    """
    rows = list(Meeting.objects.visible_to(viewer).upcoming().select_related("host")[:6])
    running = [meeting for meeting in rows if meeting.is_running]
    rest = [meeting for meeting in rows if not meeting.is_running]
    following = next((meeting for meeting in rest if meeting.is_published), rest[0] if rest else None)
    later = [meeting for meeting in rest if meeting is not following][:4]
    names = status_names([meeting for meeting in (following, *later) if meeting], viewer)
    organises = following is not None and following.host_id in viewer.agencies("organiser")
    return {
        "running": running,
        "next": following,
        "next_status": names.get(following.pk, "") if following else "",
        "tally": tally_of(following) if organises and following.is_published else None,
        "following": [(meeting, names.get(meeting.pk, "")) for meeting in later],
    }


def latest_minutes(viewer: Viewer) -> list[Minutes]:
    """The five signed last of all minutes that the viewer may read, with meeting and document."""
    signed = Minutes.objects.visible_to(viewer).filter(status__in=["signed", "distributed"], document__isnull=False)
    return list(signed.select_related("meeting", "document").order_by("-document__signed_at", "-pk")[:5])


def follow_up_bar(viewer: Viewer) -> list[dict[str, Any]]:
    """Parts of the bar of follow-ups: label, colour, count and where it begins; empty without any."""
    today = timezone.localdate()
    open_ = Q(status__in=["assigned", "in_progress"])
    late = open_ & Q(due_date__lt=today)
    found = own_follow_ups(viewer).aggregate(
        done=Count("pk", filter=Q(status="done")),
        claimed=Count("pk", filter=Q(status="done_claimed")),
        running=Count("pk", filter=open_ & ~late),
        late=Count("pk", filter=late),
    )
    labels: Sequence[tuple[str, str, str]] = (
        ("done", _("Done"), "c-ok"),
        ("claimed", _("Reported as done"), "c-soft"),
        ("running", _("Under way"), "c-accent"),
        ("late", _("Overdue"), "c-bad"),
    )
    parts, x = [], 0
    for code, label, colour in labels:
        parts.append({"label": label, "colour": colour, "count": found[code], "x": x})
        x += found[code]
    return parts if x else []

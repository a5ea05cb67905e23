"""What attendees do when a meeting moves."""

from typing import Any

from django.dispatch import receiver

from attendees.joining import close_all
from rakor.lib.access import Viewer
from rakor.meetings.models import Meeting
from rakor.meetings.signals import meeting_moved


@receiver(meeting_moved, dispatch_uid="attendees.close_presences")
def close_presences(sender: Any, *, meeting: Meeting, new: str, by: Viewer, **_signal: Any) -> None:
    """Every open presence ends with the meeting."""
    if new == Meeting.Status.HELD:
        close_all(meeting, by=by)

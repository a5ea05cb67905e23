"""What attendees do when a meeting moves."""

from typing import Any

from django.dispatch import receiver

from attendees.joining import close_all
from attendees.notices import ask_again, tell_cancelled
from attendees.sending import stop_paused
from rakor.lib.access import Viewer
from rakor.meetings.models import Meeting
from rakor.meetings.signals import meeting_moved, meeting_revised


@receiver(meeting_moved, dispatch_uid="attendees.close_presences")
def close_presences(sender: Any, *, meeting: Meeting, new: str, by: Viewer, **_signal: Any) -> None:
    """Every open presence ends with the meeting."""
    if new == Meeting.Status.HELD:
        close_all(meeting, by=by)


@receiver(meeting_moved, dispatch_uid="attendees.tell_cancelled")
def tell_those_invited(sender: Any, *, meeting: Meeting, new: str, by: Viewer, **_signal: Any) -> None:
    """Whoever had an invitation hears that the meeting does not take place."""
    if new == Meeting.Status.CANCELLED:
        tell_cancelled(meeting, by=by)


@receiver(meeting_moved, dispatch_uid="attendees.stop_paused")
def stop_what_is_held(sender: Any, *, meeting: Meeting, new: str, by: Viewer, **_signal: Any) -> None:
    """What was held back does not leave after the meeting, nor for a date that does not hold."""
    if new in {Meeting.Status.POSTPONED, Meeting.Status.CANCELLED, Meeting.Status.HELD}:
        stop_paused(meeting, by=by)


@receiver(meeting_revised, dispatch_uid="attendees.ask_again")
def ask_those_who_answered(sender: Any, *, meeting: Meeting, fields: list[str], by: Viewer, **_signal: Any) -> None:
    """Nobody is silently counted as coming at a time that he did not agree to."""
    ask_again(meeting, fields, by=by)

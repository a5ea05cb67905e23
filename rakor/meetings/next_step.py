"""The one thing to do next with a meeting, for those who prepare, run or record it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.lib.access import Viewer, allowed
from rakor.meetings.access import may_edit, may_run
from rakor.meetings.models import Meeting
from rakor.meetings.panels import ReadinessCheck, readiness

WINDOW = timedelta(hours=12)
"""How long before its start a meeting's conduct page becomes the next step."""


@dataclass(frozen=True)
class Step:
    """A button: its label leads to `url_name` of the meeting, by POST when `moves`; `reason` closes it and says why."""

    label: Any
    url_name: str
    icon: str
    moves: bool = False
    reason: Any = ""


@dataclass(frozen=True)
class Checked:
    """One line of the list *Kesiapan*: what is there, or what is missing and where to add it.

    One without `action` has `advice` as its verb: it never becomes the next step. A `pressing` one does even on the day
    itself, until the meeting should have begun.
    """

    label: Any
    missing: Any
    url_name: str
    action: Any
    advice: Any
    pressing: bool = False


def checklist(meeting: Meeting) -> list[Checked]:
    """Every check that belongs to the meeting's present stage, in order."""
    after = meeting.status in {"held", "closed"}
    return [
        Checked(
            check.label,
            check.missing(meeting),
            check.url_name,
            _verb(check, meeting),
            check.advice,
            pressing=bool(check.status_name),
        )
        for check in readiness
        if check.after == after and (not check.only or meeting.status in check.only) and check.applies(meeting)
    ]


def _verb(check: ReadinessCheck, meeting: Meeting) -> Any:
    return check.action(meeting) if callable(check.action) else check.action


def next_step(meeting: Meeting, viewer: Viewer, checks: Sequence[Checked]) -> Step | None:
    """What this viewer should do next, or None when it is not this viewer's turn."""
    editor, runner = allowed(may_edit, viewer, meeting), allowed(may_run, viewer, meeting)
    missing = next((check for check in checks if check.missing and check.action), None)
    if meeting.status == "draft":
        return Step(_("Publish"), "meeting_publish", "megaphone", moves=True) if editor else None
    if meeting.is_running:
        return Step(_("Open the conduct"), "conduct", "play") if runner else None
    if meeting.status == "postponed":
        return Step(_("Set a new date"), "meeting_edit", "calendar-plus") if editor else None
    if meeting.status in {"scheduled", "invited"}:
        pressing = next((check for check in checks if check.missing and check.pressing), None)
        if editor and pressing and meeting.starts_at > timezone.now():
            return Step(pressing.action, pressing.url_name, "send")
        return _before(meeting, missing, editor=editor, runner=runner)
    if meeting.status == "held":
        if not editor or (missing and missing.url_name == "minutes"):
            return Step(_("Open the minutes"), "minutes", "notebook-pen") if runner else None
        reason = missing.missing if missing else ""
        return Step(_("Close the meeting"), "meeting_close", "archive", moves=True, reason=reason)
    return None


def _before(meeting: Meeting, missing: Checked | None, *, editor: bool, runner: bool) -> Step | None:
    if meeting.starts_at - timezone.now() <= WINDOW and runner:
        return Step(_("Open the conduct"), "conduct", "play")
    if not editor:
        return None
    if missing:
        return Step(missing.action, missing.url_name, "arrow-right")
    if meeting.status == "scheduled":
        return Step(_("Send the invitations"), "invitation_list", "send")
    return Step(_("See the answers"), "invitation_list", "users")

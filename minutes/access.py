"""May this viewer write, read, approve these minutes? Source: product.md's table."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rakor.lib.access import Refusal, Viewer
from rakor.meetings.access import standing
from rakor.meetings.models import Meeting


def may_write(viewer: Viewer, meeting: Meeting) -> None:
    """The meeting's minute-taker."""
    if "minute_taker" not in standing(viewer, meeting):
        raise Refusal(_("Only the meeting's minute-taker writes the minutes."))


def may_read_draft(viewer: Viewer, meeting: Meeting) -> None:
    """Those who prepare the meeting."""
    if not standing(viewer, meeting) & {"host", "secretariat", "chair", "moderator", "minute_taker"}:
        raise Refusal(_("The minutes can be read here once they are signed."))


def may_approve(viewer: Viewer, meeting: Meeting) -> None:
    """The meeting's chair."""
    if "chair" not in standing(viewer, meeting):
        raise Refusal(_("Only the chair approves or returns the minutes."))

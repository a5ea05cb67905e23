"""What the minutes put on a meeting's pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from minutes.models import Minutes
from rakor.lib.access import Viewer, allowed
from rakor.meetings.access import may_edit, may_see_insides
from rakor.meetings.models import Meeting
from rakor.meetings.panels import Panel, ReadinessCheck, Tab, panels, readiness, tabs


def register() -> None:
    """The tab and the panel of the minutes."""
    tabs.add(Tab("minutes", _("Minutes"), "minutes", lambda viewer, meeting: True, order=60))
    panels.add(Panel("minutes", "minutes/panel.html", _panel, order=60))
    check = {"label": _("Minutes signed"), "action": _("Open the minutes"), "after": True}
    readiness.add(ReadinessCheck("minutes", _unsigned, "minutes", order=60, **check))


def _panel(meeting: Meeting, viewer: Viewer) -> dict[str, Any] | None:
    insider = viewer.is_authenticated and allowed(may_see_insides, viewer, meeting)
    if meeting.started_at is None and not insider:
        return None  # nothing can be signed yet, and nothing else is shown to them
    minutes = (
        Minutes.objects.visible_to(viewer)
        .filter(meeting=meeting)
        .select_related("document")
        .order_by("-version")
        .first()
    )
    if minutes is None:
        return None
    signed, closes = minutes.status in {"signed", "distributed"}, allowed(may_edit, viewer, meeting)
    leads = meeting.status != "held" or not closes  # whoever closes the meeting has that button first
    return {"minutes": minutes, "signed": signed, "document": minutes.document, "leads": leads}


def _unsigned(meeting: Meeting) -> Any:
    if Minutes.objects.filter(meeting=meeting, status__in=["signed", "distributed"]).exists():
        return None
    return _("The minutes are not signed yet.")

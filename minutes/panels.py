"""What the minutes put on a meeting's pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from minutes.models import Minutes
from rakor.lib.access import Viewer
from rakor.meetings.models import Meeting
from rakor.meetings.panels import Panel, Tab, panels, tabs


def register() -> None:
    """The tab and the panel of the minutes."""
    tabs.add(Tab("minutes", _("Minutes"), "minutes", lambda viewer, meeting: True, order=60))
    panels.add(Panel("minutes", "minutes/panel.html", _panel, order=60))


def _panel(meeting: Meeting, viewer: Viewer) -> dict[str, Any] | None:
    minutes = Minutes.objects.visible_to(viewer).filter(meeting=meeting).select_related("document").order_by("-version").first()
    if minutes is None:
        return None
    return {"minutes": minutes, "signed": minutes.status in {"signed", "distributed"}, "document": minutes.document}

"""What the agenda puts on a meeting's pages and into its letter."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agenda.models import AgendaItem, latest_release, released_rows, shown_release
from agenda.rundown import rundown
from rakor.lib.access import Viewer, allowed
from rakor.lib.wording import official_day, zone_label
from rakor.meetings.access import may_run, may_see_insides
from rakor.meetings.models import Meeting
from rakor.meetings.panels import Panel, ReadinessCheck, Tab, panels, readiness, tabs


def register() -> None:
    """Tabs, the panel of the overview, the check of readiness, and lampiran II of the letter."""
    from attendees.letters import LetterAttachment, attachments

    tabs.add(Tab("agenda", _("Rundown"), "agenda", lambda viewer, meeting: True, _count, order=30))
    tabs.add(
        Tab("conduct", _("Conduct"), "conduct", lambda viewer, meeting: allowed(may_run, viewer, meeting), order=50)
    )
    panels.add(Panel("agenda", "agenda/panel.html", _panel, order=30, leads=lambda meeting: meeting.is_running))
    make = {"label": _("Rundown released"), "action": _("Make the rundown")}
    readiness.add(ReadinessCheck("agenda", _missing, "agenda", order=15, **make))
    attachments.add(LetterAttachment("agenda", 20, letter_attachment, label=_("Rundown")))


def _count(viewer: Viewer, meeting: Meeting) -> int | None:
    """Items of the working copy, for those who see it."""
    return meeting.agenda_items.count() if allowed(may_see_insides, viewer, meeting) else None


def _panel(meeting: Meeting, viewer: Viewer) -> dict[str, Any] | None:
    latest = shown_release(meeting)
    if latest is None and (meeting.is_over or _says_readiness(viewer, meeting)):
        return None  # nothing will come any more, or the list of what is missing says so
    return {"latest": latest, "rundown": rundown(meeting, latest, viewer.zone) if latest else ""}


def _says_readiness(viewer: Viewer, meeting: Meeting) -> bool:
    return not meeting.is_running and allowed(may_see_insides, viewer, meeting)


def _missing(meeting: Meeting) -> Any:
    if latest_release(meeting):
        return None
    return _("The rundown has not been released yet.")


def letter_attachment(meeting: Meeting) -> dict[str, Any] | None:
    """The released rundown as the letter prints it, times in the meeting's zone, or None."""
    latest = latest_release(meeting)
    if latest is None:
        return None
    rows = released_rows(meeting)
    released = timezone.localtime(latest.released_at, meeting.tz)
    days = list(_days(meeting, rows))
    return {
        "zone": zone_label(meeting.zone),
        "when": official_day(meeting.starts_at, meeting.zone),
        "place": meeting.place or "Daring",
        "version": {"no": latest.number, "at": released},
        "days": days,
    }


def _days(meeting: Meeting, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    def local(row: dict[str, Any]) -> Any:
        return timezone.localtime(row["starts_at"], meeting.tz)

    for number, (date, group) in enumerate(groupby(rows, key=lambda row: local(row).date()), start=1):
        yield {
            "label": f"Hari {number}",
            "date": date,
            "blocks": [
                {
                    "kind": "plenary",
                    "rows": [
                        {
                            "no": row["no"],
                            "start": local(row),
                            "end": timezone.localtime(row["ends_at"], meeting.tz),
                            "title": row["title"],
                            "by": row["owner"],
                            "note": row["note"],
                            "rest": row["kind"] == AgendaItem.Kind.BREAK,
                        }
                        for row in group
                    ],
                }
            ],
        }

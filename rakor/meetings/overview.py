"""What this room itself puts on a meeting's pages, and what its overview shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from rakor.audit.models import AuditEvent
from rakor.lib.access import Viewer, allowed
from rakor.meetings.access import learn_standing, may_see_history, may_see_insides
from rakor.meetings.models import Meeting
from rakor.meetings.officers import OFFICES
from rakor.meetings.panels import ReadinessCheck, Tab, panels, readiness, tabs

STAGES = ("draft", "scheduled", "invited", "in_progress", "held", "closed")


def register() -> None:
    """The tabs *Ringkasan* and *Riwayat*, and the checks of place, room and officers."""
    tabs.add(Tab("overview", _("Overview"), "meeting_detail", lambda viewer, meeting: True, order=0))
    tabs.add(Tab("history", _("History"), "meeting_history", _sees_history, order=90))
    place = {"label": _("Place and online room"), "advice": _("Fill in")}
    people = {"label": _("Chair and minute-taker"), "advice": _("Name them")}
    readiness.add(ReadinessCheck("place", no_place, "meeting_edit", order=5, **place))
    readiness.add(ReadinessCheck("officers", no_officers, "meeting_edit", order=6, **people))


def _sees_history(viewer: Viewer, meeting: Meeting) -> bool:
    return allowed(may_see_history, viewer, meeting)


def no_place(meeting: Meeting) -> Any:
    """A hall without a name, or an online part without a link."""
    if meeting.has_hall and not meeting.venue:
        return _("The hall is not known yet.")
    if meeting.has_online_part and not meeting.online_url:
        return _("The link of the online room is missing.")
    return None


def no_officers(meeting: Meeting) -> Any:
    """Minutes need somebody who writes and somebody else who approves them, both with an account."""
    if not getattr(meeting.officer("chair"), "user_id", None):
        return _("No chair with an account is named yet.")
    if not getattr(meeting.officer("minute_taker"), "user_id", None):
        return _("No minute-taker with an account is named yet.")
    return None


def status_name(meeting: Meeting, viewer: Viewer) -> Any:
    """What the meeting's status is called instead of its name, because of what is missing; for those inside only."""
    return status_names([meeting], viewer).get(meeting.pk, "")


def status_names(meetings: Sequence[Meeting], viewer: Viewer) -> dict[int, Any]:
    """`status_name` of those of the meetings that have one, by primary key; the same few queries for any number."""
    checks = [check for check in readiness if check.status_name]
    asked = [meeting for meeting in meetings if any(meeting.status in check.only for check in checks)]
    learn_standing(viewer, asked)
    inside = [meeting for meeting in asked if allowed(may_see_insides, viewer, meeting)]
    names: dict[int, Any] = {}
    for check in checks:
        mine = [meeting for meeting in inside if meeting.status in check.only and meeting.pk not in names]
        if mine:
            check.gather(mine)
            names |= {meeting.pk: check.status_name for meeting in mine if check.missing(meeting)}
    return names


def adjourned_at(meeting: Meeting) -> datetime | None:
    """Since when a meeting is adjourned, as its trail says; None while it is not."""
    if meeting.status != "adjourned":
        return None
    trail = AuditEvent.objects.filter(meeting=meeting.public_id, verb="meeting.adjourned")
    return trail.order_by("-pk").values_list("at", flat=True).first()


def stages(meeting: Meeting, name: Any = "") -> list[tuple[Any, str]]:
    """The life cycle as (label, state) with state done, current or empty; one that left the path ends where it left.

    A stage that was passed over, such as a meeting held without invitations, is left out.
    `name` is what the present stage is called instead of its status.
    """
    labels = dict(Meeting.Status.choices)
    status = {"adjourned": "in_progress"}.get(meeting.status, meeting.status)
    facts = {"draft": True, "scheduled": meeting.published_at, "invited": meeting.invited_at}
    if status not in STAGES:
        return [(labels[s], "done") for s, at in facts.items() if at] + [(meeting.get_status_display(), "current")]
    place = STAGES.index(status)
    return [
        *((labels[s], "done") for s in STAGES[:place] if facts.get(s, True)),
        (name or meeting.get_status_display(), "current"),
        *((labels[s], "") for s in STAGES[place + 1 :]),
    ]


def officers(meeting: Meeting) -> list[Any]:
    """The roles that are printed, in protocol order."""
    return sorted(
        (role for role in meeting.roles.all() if role.role in OFFICES), key=lambda role: OFFICES.index(role.role)
    )


def rendered_panels(request: HttpRequest, meeting: Meeting, viewer: Viewer, zone: str) -> dict[str, list[str]]:
    """The panels that have something for this viewer, as HTML: `main` for the wide column, `side` for the other."""
    shown: dict[str, list[str]] = {"main": [], "side": []}
    if viewer.zone != zone:
        viewer = viewer.but(zone=zone)
    for panel in sorted(panels, key=lambda panel: not panel.leads(meeting)):
        context = panel.context(meeting, viewer)
        if context is not None:
            html = render_to_string(panel.template, {"meeting": meeting, "zone": zone, **context}, request)
            shown["side" if panel.aside else "main"].append(html)
    return shown

"""What the page of the minutes shows: points grouped by agenda item, and what may be done next."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import uuid4

from django.http import HttpRequest

from agenda.models import timed
from minutes.access import may_approve, may_read_draft, may_write
from minutes.forms import FrameForm, ReturnForm
from minutes.models import Minutes, check_held, check_open
from rakor.lib.access import allowed, refusal
from rakor.lib.numbers import whole_number
from rakor.meetings.models import Meeting


def written(meeting: Meeting, request: HttpRequest) -> dict[str, Any]:
    """The context of the page: sections {row, points}, the chosen item, forms, and what the viewer may do."""
    viewer = request.viewer  # type: ignore[attr-defined]
    minutes = Minutes.objects.filter(meeting=meeting).select_related("document").order_by("-version").first()
    insider = allowed(may_read_draft, viewer, meeting)
    signed = minutes is not None and minutes.status in {"signed", "distributed"}
    writing = allowed(check_open, meeting) and (minutes is None or minutes.is_writable)
    writer = writing and allowed(may_write, viewer, meeting)
    readable = insider or signed
    rows = timed(meeting)
    points = list(minutes.points.select_related("item", "follow_up__agency")) if minutes and readable else []
    by_item = {item_id: list(group) for item_id, group in groupby(points, key=lambda point: point.item_id)}
    sections = [{"row": row, "points": by_item.pop(row["id"], [])} for row in rows]
    loose = by_item.pop(None, [])
    return {
        "minutes": minutes,
        "sections": sections,
        "loose": loose,
        "count": len(points),
        "chosen": _chosen(request, rows),
        "writer": writer,
        "not_submittable": refusal(check_held, meeting) if writer else None,
        "readable": readable,
        "signed": signed,
        "chair": allowed(may_approve, viewer, meeting),
        "client_id": uuid4(),
        "frame_form": FrameForm(instance=minutes),
        "return_form": ReturnForm(),
        "speakers": _speakers(meeting) if writer else [],
        "document": minutes.document if minutes and (insider or signed) else None,
    }


def _chosen(request: HttpRequest, rows: list[dict[str, Any]]) -> Any:
    """The item that a new point goes to: asked for, else on now, else the last that ran, else the first."""
    items = [row["item"] for row in rows]
    asked = whole_number(request.GET.get("acara"))
    if asked is not None:
        return next((item for item in items if item.pk == asked), None)
    running = [item for item in items if item.started_at and not item.ended_at]
    ran = [item for item in items if item.started_at]
    return (running or ran[-1:] or items[:1] or [None])[0]


def _speakers(meeting: Meeting) -> list[str]:
    """Whom the page suggests as speakers: people and positions invited, and those with a role."""
    invited = [
        f"{person}, {position}" if person else position
        for person, position in meeting.invitations.active().values_list("person_name", "position_name")[:300]
    ]
    roles = [", ".join(part for part in (r.name, r.position) if part) for r in meeting.roles.all()]
    return [*dict.fromkeys([*roles, *invited])]

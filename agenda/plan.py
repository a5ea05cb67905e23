"""Changing the working copy of a rundown: every change is audited, guests see nothing of it before a release."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from agenda.models import AgendaItem, check_changeable
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.meetings.models import Meeting

LIMIT = 200  # product.md "Limits to hold"
FACTS = ("title", "kind", "minutes", "owner", "note", "starts_at")


def save_item(item: AgendaItem, meeting: Meeting, *, by: Viewer, after: int | None = None) -> AgendaItem:
    """Saves a new item at the end, or a changed one in its place.

    `after` is the newest item when the form was shown: the same item made since then is this form sent before.
    """
    check_changeable(meeting)
    with transaction.atomic():
        made = item.pk is None
        if made:
            Meeting.objects.select_for_update().get(pk=meeting.pk)
            same = meeting.agenda_items.filter(**{name: getattr(item, name) for name in FACTS})
            if after is not None and (before := same.filter(pk__gt=after).first()):
                return before
            if meeting.agenda_items.count() >= LIMIT:
                raise Refusal(_("A rundown has at most 200 items."))
            item.meeting = meeting
            item.order = (meeting.agenda_items.aggregate(last=Max("order"))["last"] or 0) + 1
        item.save()
        record("agenda_item.added" if made else "agenda_item.changed", target=item, by=by, meeting=meeting)
    return item


def drop_item(item: AgendaItem, *, by: Viewer) -> None:
    """Takes the item out of the working copy; one that has run or has points in the minutes stays."""
    check_changeable(item.meeting)
    if item.started_at or item.points.exists():
        raise Refusal(_("This item has run or has points in the minutes; it stays in the rundown."))
    with transaction.atomic():
        record("agenda_item.dropped", target=item, by=by, meeting=item.meeting)
        item.delete()


def move_item(item: AgendaItem, *, up: bool, by: Viewer) -> None:
    """Changes places with the item before or after it; at the edge nothing happens."""
    check_changeable(item.meeting)
    with transaction.atomic():
        items = list(AgendaItem.objects.select_for_update().filter(meeting=item.meeting).in_order())
        here = next(n for n, other in enumerate(items) if other.pk == item.pk)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(items):
            return
        items[here], items[there] = items[there], items[here]
        for order, other in enumerate(items, start=1):
            other.order = order
        AgendaItem.objects.bulk_update(items, ["order"])
        record("agenda_item.moved", target=item, by=by, meeting=item.meeting)

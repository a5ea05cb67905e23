"""Running the meeting: *mulai* and *berikutnya* record the actual times of items."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agenda.models import AgendaItem
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.meetings.models import Meeting


def current(meeting: Meeting) -> AgendaItem | None:
    """The item that is on now."""
    return meeting.agenda_items.filter(started_at__isnull=False, ended_at__isnull=True).first()


def following(meeting: Meeting) -> AgendaItem | None:
    """The first item in order that has not been started after the one that is on."""
    return meeting.agenda_items.filter(started_at__isnull=True).order_by("order", "pk").first()


def next_item(meeting: Meeting, *, expected: int, by: Viewer) -> AgendaItem:
    """Ends what is on and starts `expected` (an item's pk), starting the meeting itself if need be.

    Asked twice for the same item (double click), the second call returns it unchanged.
    """
    with transaction.atomic():
        locked = Meeting.objects.select_for_update().get(pk=meeting.pk)
        item = locked.agenda_items.filter(pk=expected).first()
        if item is None:
            raise Refusal(_("This item is no longer in the rundown. Load the page again."))
        if item.started_at:
            return item
        if locked.status in {"scheduled", "invited"}:
            locked.start(by=by)
        elif locked.status == "adjourned":
            locked.resume(by=by)
        elif locked.status != "in_progress":
            raise Refusal(_("The meeting is not running."))
        now = timezone.now()
        _end_running(locked, now, by)
        item.started_at, item.started_by = now, by.actor
        item.save(update_fields=["started_at", "started_by"])
        record("agenda_item.started", target=item, by=by, meeting=locked)
        publish(locked.channel, "agenda")
    meeting.refresh_from_db()
    return item


def end_item_with_meeting(sender: Any, *, meeting: Meeting, new: str, by: Viewer, **_signal: Any) -> None:
    """Receiver of meeting_moved: what is on ends when the meeting is held."""
    if new == Meeting.Status.HELD:
        _end_running(meeting, meeting.ended_at or timezone.now(), by)


def _end_running(meeting: Meeting, now: Any, by: Viewer) -> None:
    for running in meeting.agenda_items.filter(started_at__isnull=False, ended_at__isnull=True):
        running.ended_at, running.ended_by = max(now, running.started_at), by.actor
        running.save(update_fields=["ended_at", "ended_by"])
        record("agenda_item.ended", target=running, by=by, meeting=meeting)

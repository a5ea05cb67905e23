"""What is talked about: items in order, frozen in numbered releases; guests see releases only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agenda.releases import changes_between, frozen
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.meetings.models import Meeting


class AgendaItemQuerySet(models.QuerySet["AgendaItem"]):
    def in_order(self) -> AgendaItemQuerySet:
        return self.order_by("order", "pk")


class AgendaItem(models.Model):
    """One row of the rundown's working copy; its actual times are recorded on the day."""

    class Kind(models.TextChoices):
        REGISTRATION = "registration", _("Registration")
        OPENING = "opening", _("Opening")
        REMARKS = "remarks", _("Remarks")
        REPORT = "report", _("Report")
        PRESENTATION = "presentation", _("Presentation")
        DISCUSSION = "discussion", _("Discussion")
        PLENARY = "plenary", _("Plenary")
        COMMISSION = "commission", _("Commission")
        BREAK = "break", _("Break")
        WORDING = "wording", _("Wording of conclusions")
        CLOSING = "closing", pgettext_lazy("agenda", "Closing")
        OTHER = "other", _("Other")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda_items")
    order = models.PositiveIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.PRESENTATION)
    title = models.CharField(_("title"), max_length=250)
    minutes = models.PositiveSmallIntegerField(_("length in minutes"), default=30)
    starts_at = models.DateTimeField(_("planned start"), null=True, blank=True)
    """A pinned start; without it the item follows the one before."""
    owner = models.CharField(_("led or presented by"), max_length=200, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    objects = AgendaItemQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("agenda item")
        constraints = [
            models.CheckConstraint(
                condition=Q(minutes__gte=1) & Q(minutes__lte=1440),
                name="agenda_item_length",
                violation_error_message=_("An item lasts between 1 minute and 24 hours."),
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True) | ~Q(started_by=""), name="agenda_item_started_pair"
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="agenda_item_ended_pair"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(started_at__isnull=False), name="agenda_item_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["meeting"],
                condition=Q(started_at__isnull=False, ended_at__isnull=True),
                name="agenda_item_one_running",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class AgendaRelease(models.Model):
    """Release n of a meeting's rundown, frozen: rows as guests see and letters print them."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="agenda_releases")
    number = models.PositiveSmallIntegerField()
    rows = models.JSONField()
    """[{id, no, kind, title, starts_at, ends_at (ISO, UTC), owner, note}] in order."""
    changes = models.JSONField(default=list, blank=True)
    """[{what, title, old, new}] since the release before, see `changes_between`; `said` puts them into words."""
    released_at = models.DateTimeField(default=timezone.now)
    released_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["meeting", "-number"]
        verbose_name = _("release of the agenda")
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="agenda_release_number_once")]

    def __str__(self) -> str:
        return f"{self.meeting_id} #{self.number}"


def timed(meeting: Meeting) -> list[dict[str, Any]]:
    """The working copy as rows with planned times: a pinned start holds, everything else follows the item before.

    Rows: {id, no, kind, kind_label, title, minutes, pinned, starts_at, ends_at (aware datetimes), owner, note, item}.
    """
    rows: list[dict[str, Any]] = []
    cursor: datetime = meeting.starts_at
    for number, item in enumerate(meeting.agenda_items.all(), start=1):
        start = item.starts_at or cursor
        cursor = start + timedelta(minutes=item.minutes)
        rows.append(
            {
                "id": item.pk,
                "no": number,
                "kind": item.kind,
                "kind_label": item.get_kind_display(),
                "title": item.title,
                "minutes": item.minutes,
                "pinned": item.starts_at is not None,
                "starts_at": start,
                "ends_at": cursor,
                "owner": item.owner,
                "note": item.note,
                "item": item,
            }
        )
    return rows


def latest_release(meeting: Meeting) -> AgendaRelease | None:
    """The release guests see, or None."""
    return meeting.agenda_releases.order_by("-number").first()


def shown_release(meeting: Meeting) -> AgendaRelease | None:
    """The release guests see without its rows, for a page that has them set already; or None."""
    return meeting.agenda_releases.defer("rows").order_by("-number").first()


def released_rows(meeting: Meeting) -> list[dict[str, Any]]:
    """Rows of the latest release with aware datetimes and each item's actual `started_at` and `ended_at`."""
    release = latest_release(meeting)
    return [] if release is None else rows_of(release, actual_times(meeting))


Times = dict[int, tuple[datetime, datetime | None]]


def actual_times(meeting: Meeting) -> Times:
    """Actual start and end of the items that were begun, by id; before the meeting has started there are none."""
    if meeting.started_at is None:
        return {}
    begun = meeting.agenda_items.filter(started_at__isnull=False)
    return {pk: (start, end) for pk, start, end in begun.values_list("pk", "started_at", "ended_at")}


def rows_of(release: AgendaRelease, actual: Times) -> list[dict[str, Any]]:
    """The rows of a release, as `released_rows` gives them."""
    rows = []
    for row in release.rows:
        started_at, ended_at = actual.get(row["id"], (None, None))
        rows.append(
            {
                **row,
                "kind_label": AgendaItem.Kind(row["kind"]).label,
                "starts_at": datetime.fromisoformat(row["starts_at"]),
                "ends_at": datetime.fromisoformat(row["ends_at"]),
                "started_at": started_at,
                "ended_at": ended_at,
                "is_current": started_at is not None and ended_at is None,
                "is_past": ended_at is not None,
            }
        )
    return rows


def check_changeable(meeting: Meeting) -> None:
    """Nothing while the rundown may be changed and released; else a Refusal: afterwards it is a record."""
    if meeting.is_over:
        raise Refusal(_("The meeting is over; its rundown can no longer be changed."))


def release(meeting: Meeting, *, by: Viewer) -> AgendaRelease:
    """Freezes the working copy as the next release and tells open pages; an unchanged copy is refused."""
    rows = frozen(timed(meeting))
    if not rows:
        raise Refusal(_("The rundown is empty. Add at least one item before releasing it."))
    with transaction.atomic():
        check_changeable(Meeting.objects.select_for_update().get(pk=meeting.pk))
        before = latest_release(meeting)
        if before and before.rows == rows:
            raise Refusal(_("Nothing has changed since the last release."))
        made = AgendaRelease.objects.create(
            meeting=meeting,
            number=before.number + 1 if before else 1,
            rows=rows,
            changes=changes_between(before.rows, rows) if before else [],
            released_by=by.actor,
        )
        record("agenda.released", target=made, by=by, meeting=meeting, new=str(made.number))
        publish(meeting.channel, "agenda")
    return made

"""Days that the calendar of holidays does not know, or knows otherwise: local holidays, joint leave taken back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer

if TYPE_CHECKING:
    from rakor.meetings.models import Meeting


class SpecialDayQuerySet(models.QuerySet["SpecialDay"]):
    def overrides(self, province_code: str = "") -> dict[date, bool]:
        """For rakor.lib.working_days: True where a day is free, False where it is worked.

        What is said of the province goes before what is said of the whole country.
        """
        rows = self.filter(province_code__in={"", province_code}).order_by("province_code")
        return dict(rows.values_list("date", "free"))

    def of(self, meeting: Meeting) -> dict[date, bool]:
        """`overrides` where the meeting's host has its seat."""
        return self.overrides(meeting.host.province_code)


class SpecialDay(models.Model):
    """A day that is free, or worked, against the national calendar; everywhere or in one province."""

    date = models.DateField(_("date"))
    name = models.CharField(_("name"), max_length=120)
    free = models.BooleanField(_("kind"), default=True, choices=[(True, _("Free")), (False, _("Working day"))])
    province_code = models.CharField(_("province"), max_length=4, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=80)

    objects = SpecialDayQuerySet.as_manager()

    class Meta:
        ordering = ["-date", "province_code"]
        verbose_name = _("special day")
        constraints = [
            models.UniqueConstraint(
                fields=["date", "province_code"],
                name="special_day_once",
                violation_error_message=_("This day is in the list already."),
            ),
            models.CheckConstraint(condition=~Q(created_by=""), name="special_day_created_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.name}"

    def add(self, *, by: Viewer) -> SpecialDay:
        """Saves a new day; audited. The second of two at once is refused."""
        self.created_by = by.actor
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                record("special_day.added", target=self, by=by, new=self.date.isoformat())
        except IntegrityError as twice:
            raise Refusal(_("This day is in the list already.")) from twice
        return self

    def remove(self, *, by: Viewer) -> None:
        """Takes the day out of the list: the national calendar counts again; audited."""
        with transaction.atomic():
            record("special_day.removed", target=self, by=by, old=self.date.isoformat())
            self.delete()

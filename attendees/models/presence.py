"""Presence is a ledger of intervals, never a boolean: who, how, known from what, from when to when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.lib.access import Viewer


class PresenceQuerySet(models.QuerySet["Presence"]):
    def open(self) -> PresenceQuerySet:
        return self.filter(until__isnull=True)

    def counted(self) -> PresenceQuerySet:
        """Those that say somebody was there: an interval without length was recorded by mistake."""
        return self.exclude(until=F("since"))


class Presence(models.Model):
    class Source(models.TextChoices):
        DESK = "desk", _("Registration desk")
        ROOM_QR = "room_qr", _("QR code in the hall")
        PERSONAL_LINK = "personal_link", _("Personal link")
        PROVIDER = "provider", _("Provider's report")
        BY_HAND = "by_hand", _("By hand")

    class End(models.TextChoices):
        LEFT = "left", _("Left by own button")
        PROVIDER = "provider", _("Provider's report")
        BY_HAND = "by_hand", _("By hand")
        MEETING_END = "meeting_end", _("End of the meeting")

    meeting = models.ForeignKey("meetings.Meeting", models.PROTECT, related_name="presences")
    invitation = models.ForeignKey("attendees.Invitation", models.PROTECT, related_name="presences")
    mode = models.CharField(max_length=10, choices=[("in_person", _("In person")), ("online", _("Online"))])
    source = models.CharField(max_length=20, choices=Source)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)
    end_source = models.CharField(max_length=20, choices=End, blank=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.CharField(max_length=80)
    closed_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=200, blank=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        ordering = ["since", "pk"]
        verbose_name = _("presence")
        constraints = [
            models.UniqueConstraint(fields=["invitation"], condition=Q(until__isnull=True), name="presence_one_open"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")), name="presence_period"
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | ~Q(end_source="") & ~Q(closed_by=""), name="presence_end_has_source"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitation_id} {self.since:%H.%M}"

    @property
    def is_mistake(self) -> bool:
        """True for an entry taken back: it stays in the ledger without a length."""
        return self.until == self.since

    def close(self, *, by: Viewer, mistake: bool = False) -> None:
        """The organiser or the desk closes the interval now, or as a mistake without length; twice changes nothing."""
        from attendees.joining import close

        close(self, by=by, mistake=mistake)

"""Who is to come instead of an invited person to a restricted meeting, until the organiser has decided."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DeputyRequestQuerySet(models.QuerySet["DeputyRequest"]):
    def open(self) -> DeputyRequestQuerySet:
        """Those on which nobody has decided, of invitations that are in force."""
        return self.filter(decided_at__isnull=True, invitation__ended_at__isnull=True)


class DeputyRequest(models.Model):
    """A person named and not accepted yet: no invitation, no link. Decided once; a new name is a new row."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    invitation = models.ForeignKey("attendees.Invitation", models.CASCADE, related_name="deputy_requests")
    name = models.CharField(_("full name"), max_length=120)
    position = models.CharField(_("position"), max_length=200)
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone or WhatsApp"), max_length=30, blank=True)
    mode = models.CharField(max_length=10)
    instruction = models.CharField(_("instruction"), max_length=300, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.CharField(max_length=80)
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)

    objects = DeputyRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("deputy to be accepted")
        constraints = [
            models.UniqueConstraint(
                fields=["invitation"], condition=Q(decided_at__isnull=True), name="deputy_request_one_open"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decision="") | Q(decided_at__isnull=False) & ~Q(decision=""),
                name="deputy_request_decision_has_time",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | ~Q(decided_by=""), name="deputy_request_decided_pair"
            ),
            models.CheckConstraint(
                condition=~Q(decision="refused") | ~Q(reason=""), name="deputy_request_refused_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.position}"

"""The right of one person to read one meeting: named, with a reason, until a day, and audited.

Given by those who organise the meeting to an auditor (who sees no restricted meeting without it) or to a system
administrator (who reads no meeting's content without it). Whoever has it reads what an auditor reads.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.accounts.models import User
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer

if TYPE_CHECKING:
    from rakor.meetings.models import Meeting

LONGEST = timedelta(days=90)


class GrantQuerySet(models.QuerySet["Grant"]):
    def in_force(self) -> GrantQuerySet:
        """Those that were not taken back and whose last day has not passed."""
        return self.filter(ended_at__isnull=True, until__gte=timezone.localdate())

    def held_by(self, viewer: Viewer) -> GrantQuerySet:
        return self.in_force().filter(user_id=viewer.user_id)


class Grant(models.Model):
    """One reader of one meeting until the end of the day `until` (of Jakarta)."""

    meeting = models.ForeignKey("meetings.Meeting", models.CASCADE, related_name="grants")
    user = models.ForeignKey(User, models.PROTECT, related_name="grants", verbose_name=_("Who may read"))
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateField(_("until"))
    granted_at = models.DateTimeField(default=timezone.now)
    granted_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-granted_at", "-pk"]
        verbose_name = _("right to read")
        constraints = [
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="grant_ended_pair"),
            models.CheckConstraint(condition=~Q(reason=""), name="grant_has_reason"),
            models.UniqueConstraint(
                fields=["meeting", "user"], condition=Q(ended_at__isnull=True), name="grant_once",
                violation_error_message=_("This person has the right already. Take it back first."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_in_force(self) -> bool:
        return self.ended_at is None and self.until >= timezone.localdate()

    def end(self, *, by: Viewer) -> None:
        """The right is taken back at once; a second time changes nothing."""
        with transaction.atomic():
            rows = Grant.objects.filter(pk=self.pk, ended_at__isnull=True)
            if rows.update(ended_at=timezone.now(), ended_by=by.actor):
                record("grant.ended", target=self, by=by, meeting=self.meeting)


def can_hold(viewer: Viewer) -> bool:
    """True for those to whom a right to read may be given."""
    return viewer.has_role("auditor") or viewer.is_system_admin


def possible_readers() -> models.QuerySet[User]:
    """Active accounts of auditors and system administrators, by name."""
    auditors = Q(memberships__ended_at__isnull=True, memberships__role="auditor")
    return User.objects.filter(auditors | Q(is_superuser=True), is_active=True).distinct().order_by("full_name")


def give(meeting: Meeting, user: User, *, reason: str, until: date, by: Viewer) -> Grant:
    """The right to read, audited; one that has run out makes room for the new one."""
    today = timezone.localdate()
    if not today <= until <= today + LONGEST:
        raise Refusal(_("The right lasts at least until today and at most 90 days."))
    with transaction.atomic():
        held: Any = Grant.objects.select_for_update().filter(meeting=meeting, user=user, ended_at__isnull=True).first()
        if held is not None and held.is_in_force:
            raise Refusal(_("This person has the right already. Take it back first."))
        if held is not None:
            held.end(by=by)
        made = Grant.objects.create(
            meeting=meeting, user=user, reason=reason.strip(), until=until, granted_by=by.actor
        )  # fmt: skip
        record("grant.given", target=made, by=by, meeting=meeting, fields=("reason", "until"))
    return made

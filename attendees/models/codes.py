"""Codes that go to an invited address and open a restricted meeting on the one device that asked for them."""

from __future__ import annotations

import hmac
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.lib.tokens import new_public_id, one_time_code

MAIL = "access_code"
LASTS = timedelta(minutes=10)
MOST_TRIES = 5


class AccessCodeQuerySet(models.QuerySet["AccessCode"]):
    def open(self) -> AccessCodeQuerySet:
        """Those that can still be entered: young enough, not used, not guessed at too often."""
        return self.filter(used_at__isnull=True, tries__lt=MOST_TRIES, asked_at__gt=timezone.now() - LASTS)


class AccessCode(models.Model):
    """One asking. The digits are in no row: they follow from the public id and LINK_KEY, here and when it is mailed."""

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    invitation = models.ForeignKey("attendees.Invitation", models.CASCADE, related_name="access_codes")
    link_generation = models.PositiveIntegerField(default=1)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    asked_by = models.CharField(max_length=80)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = AccessCodeQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = _("access code")
        indexes = [models.Index(fields=["invitation", "-asked_at"], name="access_code_asked")]
        constraints = [models.CheckConstraint(condition=Q(tries__lte=MOST_TRIES), name="access_code_tries")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def code(self) -> str:
        """The eight digits; of another generation of the link they are others."""
        return one_time_code(self.public_id, self.invitation.public_id, self.link_generation)

    def enter(self, typed: str) -> bool:
        """True once, for the right digits. Each call is a try, counted before it is compared, also by many at once."""
        mine = AccessCode.objects.filter(pk=self.pk)
        if not mine.open().update(tries=F("tries") + 1):
            return False
        if not hmac.compare_digest(self.code.encode(), typed.encode()):
            return False
        return bool(mine.filter(used_at__isnull=True).update(used_at=timezone.now()))

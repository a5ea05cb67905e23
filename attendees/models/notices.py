"""What those invited were told of a meeting, and when."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """One telling: the first when invitations leave, each later one when the organiser lets a change go out.

    `facts` are day, time, place, mode, room and opener as they were told (attendees.notices.facts); the newest notice
    is what people know. Rows are only added.
    """

    class Kind(models.TextChoices):
        INVITATION = "invitation", _("Invitation")
        CHANGE = "change", _("Change")

    meeting = models.ForeignKey("meetings.Meeting", models.CASCADE, related_name="notices")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=Kind)
    facts = models.JSONField()
    told_at = models.DateTimeField(default=timezone.now)
    told_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["meeting", "number"]
        verbose_name = _("notice")
        constraints = [models.UniqueConstraint(fields=["meeting", "number"], name="notice_number_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"

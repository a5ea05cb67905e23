"""Who did what and when: one append-only table that a trigger protects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.lib.access import Viewer
from rakor.logs import concerns


class AuditEvent(models.Model):
    """One fact. Holds ids, verb, states and field names; never contact data or text."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    verb = models.CharField(max_length=60)
    actor = models.CharField(max_length=80)
    target = models.CharField(max_length=80, db_index=True)
    meeting = models.CharField(max_length=12, blank=True, db_index=True)
    old = models.CharField(max_length=40, blank=True)
    new = models.CharField(max_length=40, blank=True)
    fields = ArrayField(models.CharField(max_length=60), default=list, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("audit event")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target}"


def name_of(target: models.Model) -> str:
    """`meetings.Meeting:7QXW…`: label and public id (else primary key) of a row."""
    return f"{target._meta.label}:{getattr(target, 'public_id', None) or target.pk}"


def record_all(verb: str, targets: Iterable[models.Model], *, by: Viewer, meeting: Any = None, new: str = "") -> None:
    """One fact a target, all written at once; as `record` for everything else."""
    concerns(getattr(meeting, "public_id", ""))
    facts = {"verb": verb, "actor": by.actor, "meeting": getattr(meeting, "public_id", ""), "new": new}
    AuditEvent.objects.bulk_create([AuditEvent(target=name_of(target), **facts) for target in targets])


def record(
    verb: str,
    *,
    target: models.Model,
    by: Viewer,
    meeting: Any = None,
    old: str = "",
    new: str = "",
    fields: tuple[str, ...] = (),
) -> AuditEvent:
    """Writes the fact in the caller's transaction. `verb` is `noun.past_participle`, `meeting` a Meeting or None."""
    concerns(getattr(meeting, "public_id", ""))
    return AuditEvent.objects.create(
        verb=verb,
        actor=by.actor,
        target=name_of(target),
        meeting=getattr(meeting, "public_id", ""),
        old=old,
        new=new,
        fields=sorted(fields),
    )

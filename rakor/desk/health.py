"""Whether the installation is well: what a probe or a watchman asks, answered with reasons and no personal data."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection
from django.db.models import Min
from django.utils import timezone

from rakor.documents.models import Document
from rakor.mail.models import OutgoingMail, Pulse

LATE = timedelta(minutes=10)
"""A mail or a paper that has waited longer is not being worked on."""

PATIENCE = 2.0
"""Seconds in which the database must give an answer."""

SILENT = timedelta(minutes=5)
"""Sweeps run every ten seconds; two long papers at once may hold them up for a while."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: well or not, and the words and figures for whoever has to act."""

    name: str
    ok: bool
    reason: str = ""
    figures: tuple[tuple[str, int], ...] = ()

    def told(self) -> dict[str, Any]:
        return {"ok": self.ok, **({"reason": self.reason} if self.reason else {}), **dict(self.figures)}


def ready() -> list[Finding]:
    """What a page needs: database, room for files. Answers within two seconds."""
    return [_database(), _disk()]


def everything() -> list[Finding]:
    """Also what is done behind the pages: broker, sweeps, mails, papers. Three queries, a greeting to the broker."""
    found = [*ready(), _broker()]
    if not found[0].ok:
        return found
    return [*found, _workers(), _mail(), _papers()]


def _database() -> Finding:
    if connection.answers(PATIENCE):
        return Finding("database", True)
    return Finding("database", False, "The database does not answer, or all connections to it are taken.")


def _disk() -> Finding:
    least = settings.LEAST_FREE_MB
    try:
        free = shutil.disk_usage(settings.DATA_DIR).free // 2**20
    except OSError:
        return Finding("disk", False, "The data folder is not there.")
    return Finding("disk", free >= least, "" if free >= least else f"Less than {least} MB free.", (("free_mb", free),))


def _broker() -> Finding:
    try:
        with current_app.connection_for_write() as broker:
            broker.channel().close()
    except Exception:  # whichever the transport raises
        return Finding("broker", False, "The broker does not answer: nothing is lost, but mails and papers wait.")
    return Finding("broker", True)


def _workers() -> Finding:
    last = Pulse.objects.aggregate(last=Min("at"))["last"]
    if last is None:
        return Finding("workers", False, "No sweep has run yet: start worker and beat.")
    seconds = _age(last)
    ok = seconds <= SILENT.total_seconds()
    return Finding("workers", ok, "" if ok else "No sweep has run of late: look at worker and beat.", _seconds(seconds))


def _mail() -> Finding:
    return _waiting("mail", OutgoingMail.objects.unsent_since())


def _papers() -> Finding:
    return _waiting("papers", Document.objects.paper_due_since())


def _waiting(name: str, since: datetime | None) -> Finding:
    seconds = 0 if since is None else _age(since)
    ok = seconds <= LATE.total_seconds()
    return Finding(name, ok, "" if ok else "The oldest has waited too long.", _seconds(seconds))


def _age(moment: datetime) -> int:
    return max(0, int((timezone.now() - moment).total_seconds()))


def _seconds(seconds: int) -> tuple[tuple[str, int], ...]:
    return (("seconds", seconds),)

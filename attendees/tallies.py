"""Who comes, counted: an invitation once, a delegate in place of the principal, an agency once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from rakor.meetings.models import Meeting

BUCKETS = (
    ("in_person", _("Coming in person"), "c-accent"),
    ("online", _("Coming online"), "c-soft"),
    ("delegated", _("Represented"), "c-alt"),
    ("declined", _("Not coming"), "c-mute"),
    ("pending", _("No answer yet"), "c-none"),
)
"""(code, label, class of its colour): an invitation stands in exactly one of these."""


@dataclass(frozen=True)
class Row:
    """What is counted of one active invitation."""

    pk: int
    agency_id: int
    status: str
    mode: str
    delegated_from_id: int | None


@dataclass(frozen=True)
class Tally:
    """`answers` sums to `invitations`; `in_person` and `online` count persons, a delegate in place of another."""

    answers: Counter[str] = field(default_factory=Counter)
    in_person: int = 0
    online: int = 0
    agencies: int = 0
    agencies_answered: int = 0
    agencies_coming: int = 0

    @property
    def invitations(self) -> int:
        return sum(self.answers.values())

    @property
    def answered(self) -> int:
        return self.invitations - self.answers["pending"]

    @property
    def expected(self) -> int:
        """Persons expected, in person and online."""
        return self.in_person + self.online

    @property
    def parts(self) -> list[dict[str, Any]]:
        """The buckets of a stacked bar whose units are the counts: code, label, colour, count, x where it begins."""
        x, found = 0, []
        for code, label, colour in BUCKETS:
            found.append({"code": code, "label": label, "colour": colour, "count": self.answers[code], "x": x})
            x += self.answers[code]
        return found


def tally(rows: Iterable[Row]) -> Tally:
    """Counts active invitations, delegates among them. A delegate who declines leaves his principal as not coming."""
    rows = list(rows)
    delegate_of = {row.delegated_from_id: row for row in rows if row.delegated_from_id}
    answers: Counter[str] = Counter()
    agencies: dict[int, set[str]] = {}
    for row in rows:
        if row.delegated_from_id is None:
            bucket = _bucket(row, delegate_of)
            answers[bucket] += 1
            agencies.setdefault(row.agency_id, set()).add(bucket)
    coming = [row for row in rows if row.status == "accepted"]
    return Tally(
        answers,
        in_person=sum(row.mode == "in_person" for row in coming),
        online=sum(row.mode == "online" for row in coming),
        agencies=len(agencies),
        agencies_answered=sum(bool(found - {"pending"}) for found in agencies.values()),
        agencies_coming=sum(bool(found & {"in_person", "online", "delegated"}) for found in agencies.values()),
    )


def tally_of(meeting: Meeting) -> Tally:
    """The tally of a meeting (one query)."""
    fields = ("pk", "agency_id", "status", "mode", "delegated_from_id")
    return tally(Row(*values) for values in meeting.invitations.active().values_list(*fields))


def _bucket(row: Row, delegate_of: dict[int | None, Row]) -> str:
    if row.status == "accepted":
        return row.mode
    if row.status == "declined":
        return "declined"
    if row.status != "delegated":
        return "pending"
    last = row
    while last.status == "delegated" and last.pk in delegate_of:
        last = delegate_of[last.pk]
    return "declined" if last.status == "declined" else "delegated"

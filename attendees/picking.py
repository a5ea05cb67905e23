"""Choosing invitees from the directory: what is shown, what is chosen so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from attendees.forms import PickFilter
from attendees.models import Agency, Position
from attendees.models.agencies import PositionQuerySet
from rakor.lib.numbers import whole_number
from rakor.meetings.models import Meeting

MOST = 400
"""Positions shown at once; more ask for a narrower search."""


def provinces() -> list[tuple[str, str]]:
    """(code, name) of the provinces that have an agency, by code."""
    rows = Agency.objects.exclude(province_code="").order_by("province_code", "province")
    return list(dict(rows.values_list("province_code", "province").distinct()).items())


class Picker:
    """The page where positions are chosen. `data` holds `q`, `kind`, `province`, chosen `position` ids, an `action`:

    `filter` shows others, `all` chooses all that are shown, `all:<kind>` those of a kind, `none` empties the choice.
    """

    def __init__(self, meeting: Meeting, data: QueryDict) -> None:
        self.meeting = meeting
        self.filter = PickFilter(data, provinces=provinces())
        self.filter.is_valid()
        self.narrowed = {name: value for name, value in self.filter.cleaned_data.items() if value}
        self.invited = set(meeting.invitations.active().addressed().values_list("position_id", flat=True))
        ids = {number for value in data.getlist("position") if (number := whole_number(value))}
        self._ids = ids - self.invited
        action, _colon, kind = data.get("action", "").partition(":")
        if action == "none":
            self._ids = set()
        if action == "all":
            self._ids |= {p.pk for p in self.shown if kind in ("", p.agency.kind)} - self.invited

    @cached_property
    def chosen(self) -> list[Position]:
        """The chosen positions that exist, in protocol order."""
        return list(Position.objects.filter(pk__in=self._ids).select_related("agency").in_protocol_order())

    @cached_property
    def shown(self) -> list[Position]:
        """The positions in protocol order, of a search the nearest first; at most MOST."""
        return list(self._found[:MOST])

    @property
    def there_are_more(self) -> bool:
        return len(self.shown) == MOST and self._found.count() > MOST

    @property
    def agency_count(self) -> int:
        return len({position.agency_id for position in self.chosen})

    @property
    def groups(self) -> list[dict[str, Any]]:
        """What is chosen but not found now, then what is found by kind: {code, label, rows, open, unfolded}."""
        shown = {position.pk for position in self.shown}
        hidden = [position for position in self.chosen if position.pk not in shown]
        found = [{"code": "", "label": None, "rows": self._rows(hidden), "open": 0}] if hidden else []
        for kind in Agency.Kind:
            listed = self._rows(position for position in self.shown if position.agency.kind == kind)
            if listed:
                open_rows = sum(not row["invited"] for row in listed)
                found.append({"code": kind.value, "label": kind.label, "rows": listed, "open": open_rows})
        for group in found:
            group["unfolded"] = bool(self.narrowed) or any(row["chosen"] for row in group["rows"])
        return found

    def _rows(self, positions: Iterable[Position]) -> list[dict[str, Any]]:
        chosen = {position.pk for position in self.chosen}
        return [
            {"position": p, "chosen": p.pk in chosen, "invited": p.pk in self.invited, "facts": self._facts(p)}
            for p in positions
        ]

    def _facts(self, position: Position) -> str:
        agency = "" if position.agency.short in position.name else position.agency.short
        state = "" if position.email else _("no e-mail address")
        state = _("invited already") if position.pk in self.invited else state
        return " · ".join(part for part in (agency, position.holder, state) if part)

    @cached_property
    def _found(self) -> PositionQuerySet:
        on = timezone.localtime(self.meeting.starts_at, self.meeting.tz).date()
        agencies = Agency.objects.in_force(on)
        if kind := self.narrowed.get("kind"):
            agencies = agencies.filter(kind=kind)
        if province := self.narrowed.get("province"):
            agencies = agencies.filter(province_code=province)
        found = Position.objects.filter(agency__in=agencies).select_related("agency")
        words = self.narrowed.get("q", "")
        return found.matching(words).nearest_first(words) if words else found.in_protocol_order()

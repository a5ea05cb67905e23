"""Who opens, chairs, moderates and takes the minutes: an account, or only a printed name and position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from rakor.accounts.models import User
from rakor.meetings.models import Meeting, MeetingRole

OFFICES = ("opener", "chair", "moderator", "minute_taker")
"""The roles that the meeting's form fills, in protocol order; each has one holder there."""


@dataclass(frozen=True)
class Officer:
    """The holder of one office as it is printed; nobody when name and position are empty."""

    user: User | None = None
    name: str = ""
    position: str = ""

    def __bool__(self) -> bool:
        return bool(self.user or self.name or self.position)


Officers = Mapping[str, Officer]


def appoint(meeting: Meeting, officers: Officers) -> list[str]:
    """Gives each named office to its officer and takes it from whoever had it; the offices that changed."""
    changed = []
    for office, officer in officers.items():
        held = list(meeting.roles.filter(role=office))
        if [(r.user_id, r.name, r.position) for r in held] == ([_row(officer)] if officer else []):
            continue
        meeting.roles.filter(pk__in=[r.pk for r in held]).delete()
        if officer:
            user_id, name, position = _row(officer)
            MeetingRole.objects.create(
                meeting=meeting, role=office, user_id=user_id, name=name, position=position, order=OFFICES.index(office)
            )
        changed.append(office)
    return changed


def _row(officer: Officer) -> tuple[int | None, str, str]:
    return officer.user.pk if officer.user else None, officer.name, officer.position


def colleagues(houses: set[int]) -> QuerySet[User]:
    """Active accounts that belong to one of the houses, by name."""
    return User.objects.filter(
        is_active=True, memberships__ended_at__isnull=True, memberships__agency__house_id__in=houses
    ).distinct()

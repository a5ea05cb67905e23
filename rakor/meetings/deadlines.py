"""Deadlines that were counted from a meeting's start move along with it.

One is kept in a column: the day until which answers are asked for. Reminders, the opening of the room and the due dates
of follow-ups are counted whenever they are asked for. A released rundown keeps its times until it is released again.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from rakor.lib.working_days import is_working_day


def moved_along(
    deadline: datetime, old: datetime, new: datetime, now: datetime, overrides: Mapping[date, bool] | None = None
) -> datetime:
    """The deadline as many days later or earlier as the start, on that day or the last working day before it.

    Without another day, or when it would lie in the past then, it stays as it is. All in one time zone.
    """
    days = (new.date() - old.date()).days
    if not days:
        return deadline
    moved = deadline + timedelta(days=days)
    while not is_working_day(moved.date(), overrides):
        moved -= timedelta(days=1)
    return moved if moved > now else deadline

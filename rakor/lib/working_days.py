"""Indonesian working days: national holidays and joint leave, with local overrides. Source: domain.md §8."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=1)
def _calendar() -> Any:
    import holidays

    return holidays.country_holidays("ID", categories=("public", "government"), language="id")


def is_working_day(day: date, overrides: Mapping[date, bool] | None = None) -> bool:
    """True unless weekend, national holiday or joint leave; `overrides[day]` True makes it free, False a workday."""
    if overrides and day in overrides:
        return not overrides[day]
    return day.weekday() < 5 and day not in _calendar()


def working_day_after(start: date, count: int, overrides: Mapping[date, bool] | None = None) -> date:
    """The count-th working day after start; start itself does not count (count ≥ 1)."""
    if count < 1:
        raise ValueError("count must be at least 1")
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, overrides)
    return day


def working_day_before(end: date, count: int, overrides: Mapping[date, bool] | None = None) -> date:
    """The count-th working day before end; end itself does not count (count ≥ 1)."""
    if count < 1:
        raise ValueError("count must be at least 1")
    day = end
    while count:
        day -= timedelta(days=1)
        count -= is_working_day(day, overrides)
    return day

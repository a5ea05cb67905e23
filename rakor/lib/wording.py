"""Numbers, dates and times as the reader's language writes them, and as official paper does. Source: domain.md §7.

What stands on paper goes through the `official_…` functions: Indonesian, whatever language the page has.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format, number_format, time_format
from django.utils.translation import gettext as _

ZONE_LABELS = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}
ZONES = [("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")]
_UNITS = ["nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh", "sebelas"]


def zone_label(zone: str) -> str:
    """WIB, WITA or WIT of an IANA zone; an unknown zone is an error, never a guess."""
    return ZONE_LABELS[zone]


def clock(moment: datetime, zone: str) -> str:
    """`09.00 WIB`, in English `09:00 WIB`: the moment in the zone, with the zone's label."""
    return f"{_hours(moment, zone)} {zone_label(zone)}"


def clock_range(start: datetime, end: datetime | None, zone: str) -> str:
    """`09.00–12.00 WIB`, or `09.00 WIB s.d. selesai` without an end; in the active language."""
    if end is None:
        return _("%(start)s until it ends") % {"start": clock(start, zone)}
    return f"{_hours(start, zone)}–{clock(end, zone)}"


def day(moment: datetime | date, zone: str = "Asia/Jakarta") -> str:
    """`Rabu, 15 April 2026`, in English `Wednesday, 15 April 2026`; a datetime is taken in the zone."""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment, ZoneInfo(zone)).date()
    return date_format(moment, "l, j F Y")


class Number(int):
    """A count for people, said as `10.000`, in English `10,000`; still a number, so that plurals work.

    Django's own setting would put separators into identifiers, years and attributes as well.
    """

    def __str__(self) -> str:
        return number_format(int(self), force_grouping=True)


def official_clock(moment: datetime, zone: str) -> str:
    """`09.00 WIB`, always: for official paper."""
    with translation.override("id"):
        return clock(moment, zone)


def official_clock_range(start: datetime, end: datetime | None, zone: str) -> str:
    """`09.00–12.00 WIB` or `09.00 WIB s.d. selesai`, always: for official paper."""
    with translation.override("id"):
        return clock_range(start, end, zone)


def official_day(moment: datetime | date, zone: str = "Asia/Jakarta") -> str:
    """`Rabu, 15 April 2026`, always: for official paper."""
    with translation.override("id"):
        return day(moment, zone)


def _hours(moment: datetime, zone: str) -> str:
    return time_format(timezone.localtime(moment, ZoneInfo(zone)), "TIME_FORMAT")


def in_words(number: int) -> str:
    """`dua puluh empat`: a whole number from 0 to 999.999.999 in words (terbilang)."""
    if number < 0:
        raise ValueError("only whole numbers from 0 up")
    if number < 12:
        return _UNITS[number]
    if number < 20:
        return f"{in_words(number - 10)} belas"
    for value, word, one in (
        (1_000_000, "juta", None),
        (1000, "ribu", "seribu"),
        (100, "ratus", "seratus"),
        (10, "puluh", None),
    ):
        if number >= value:
            count, rest = divmod(number, value)
            head = one if one and count == 1 else f"{in_words(count)} {word}"
            return f"{head} {in_words(rest)}" if rest else head
    raise AssertionError("unreachable")


def counted(number: int, what: str) -> str:
    """`2 (dua) lembar`: a count as letters write it."""
    return f"{number} ({in_words(number)}) {what}"

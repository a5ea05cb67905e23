"""Numbers, dates and times in the words of Indonesian officialdom. Source: domain.md §7."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.formats import date_format

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
    """`09.00 WIB`: the moment in the zone, with a dot and the zone's label."""
    return f"{timezone.localtime(moment, ZoneInfo(zone)):%H.%M} {zone_label(zone)}"


def clock_range(start: datetime, end: datetime | None, zone: str) -> str:
    """`09.00–12.00 WIB`, or `09.00 WIB s.d. selesai` without an end."""
    if end is None:
        return f"{clock(start, zone)} s.d. selesai"
    return f"{timezone.localtime(start, ZoneInfo(zone)):%H.%M}–{clock(end, zone)}"


def day(moment: datetime | date, zone: str = "Asia/Jakarta") -> str:
    """`Rabu, 15 April 2026` in the active language; a datetime is taken in the zone."""
    if isinstance(moment, datetime):
        moment = timezone.localtime(moment, ZoneInfo(zone)).date()
    return date_format(moment, "l, j F Y")


def official_day(moment: datetime | date, zone: str = "Asia/Jakarta") -> str:
    """`Rabu, 15 April 2026`, always in Indonesian: for official paper."""
    with translation.override("id"):
        return day(moment, zone)


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

"""Official numbers are written by a pattern of each agency, never by code. Real ones stand in domain.md §4.9."""

from __future__ import annotations

import re
from datetime import date as Date
from string import Formatter

from django.utils.translation import gettext as _

TOKENS = ("security", "seq", "unit", "classification", "month_roman", "month_2", "year", "agency", "kind")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")


WORDS = {
    "seq": "nomor",
    "security": "sifat",
    "unit": "unit",
    "classification": "klasifikasi",
    "month_roman": "bulan_romawi",
    "month_2": "bulan",
    "year": "tahun",
    "agency": "instansi",
    "kind": "jenis",
}
"""The tokens as officials read and write them."""


def in_words(pattern: str) -> str:
    """`{sifat}-{nomor}/{unit}`: a stored pattern as a form shows it."""
    return _renamed(pattern, WORDS)


def in_tokens(pattern: str) -> str:
    """`{security}-{seq}/{unit}`: what was typed, in words or in tokens, as it is stored."""
    return _renamed(pattern, {word: token for token, word in WORDS.items()})


def _renamed(pattern: str, names: dict[str, str]) -> str:
    return re.sub(r"(?<={)\w+", lambda found: names.get(found[0], found[0]), pattern)


class PatternRefused(ValueError):
    """The pattern cannot number anything; the message says why, for people."""


def check_pattern(pattern: str) -> None:
    """Nothing happens when the pattern can number documents; else PatternRefused.

    It needs `{seq}` (`{seq:03}` pads with zeros) and may hold the other TOKENS, each written `{token}`.
    """
    try:
        parts = list(Formatter().parse(pattern))
    except ValueError:
        raise PatternRefused(_("A curly bracket in the pattern is not closed.")) from None
    for _text, token, shape, conversion in parts:
        if token is None:
            continue
        if token not in TOKENS:
            raise PatternRefused(
                _("“{%(token)s}” is not known. Known are: %(known)s.")
                % {"token": token, "known": ", ".join(f"{{{WORDS[known]}}}" for known in TOKENS)}
            )
        padded = token == "seq" and shape is not None and shape.startswith("0") and shape[1:] in set("123456789")
        if conversion or (shape and not padded):
            raise PatternRefused(_("“{%(token)s}” stands alone in its brackets, without a format.") % {"token": token})
    if "seq" not in (token for _text, token, _shape, _conversion in parts):
        raise PatternRefused(_("The pattern needs {nomor}, the running number."))


def format_number(
    pattern: str, *, seq: int, date: Date, security: str, unit: str, classification: str, agency: str, kind: str
) -> str:
    """`B-214/RENKS/KS.02/IX/2026`: the pattern filled; PatternRefused when check_pattern would refuse it."""
    check_pattern(pattern)
    return pattern.format(
        seq=seq,
        security=security,
        unit=unit,
        classification=classification,
        agency=agency,
        kind=kind,
        month_roman=ROMAN[date.month - 1],
        month_2=f"{date.month:02}",
        year=f"{date.year:04}",
    )

"""Patterns of official numbers: the real ones of domain.md §4.9, and those that are refused."""

from datetime import date

import pytest

from rakor.documents.numbering_pattern import (
    PatternRefused,
    check_pattern,
    format_number,
    in_tokens,
    in_words,
)

PARTS = {
    "seq": 7,
    "date": date(2026, 1, 5),
    "security": "B",
    "unit": "RENKS",
    "classification": "KS.01",
    "agency": "KP2MI",
    "kind": "MoU",
}


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        ("{kind}. {seq}/02.01/{classification}/{month_roman}/{year}", "MoU. 7/02.01/KS.01/I/2026"),
        ("{security}-{seq}/C.6/{unit}/{month_2}/{year}", "B-7/C.6/RENKS/01/2026"),
        ("{security}-{seq}/{agency}/{unit}/{classification}/{month_2}/{year}", "B-7/KP2MI/RENKS/KS.01/01/2026"),
        ("NT-{seq:03}/{unit}/{year}", "NT-007/RENKS/2026"),
        ("{{{seq}}}", "{7}"),
    ],
)
def test_format_number_fills_real_patterns(pattern, number):
    assert format_number(pattern, **PARTS) == number


@pytest.mark.parametrize(("month", "roman"), [(1, "I"), (4, "IV"), (9, "IX"), (12, "XII")])
def test_format_number_writes_the_month_in_roman(month, roman):
    assert format_number("{seq}/{month_roman}", **(PARTS | {"date": date(2026, month, 1)})) == f"7/{roman}"


@pytest.mark.parametrize(
    ("pattern", "part"),
    [
        ("", "{nomor}"),
        ("B/{unit}/{year}", "{nomor}"),
        ("{seq}/{bulan}", "“{bulan}”"),
        ("{seq}/{}", "“{}”"),
        ("{seq}/{unit.__class__}", "“{unit.__class__}”"),
        ("{seq}/{unit!r}", "“{unit}”"),
        ("{seq}/{unit:>9999999}", "“{unit}”"),
        ("{seq:999999999}", "“{seq}”"),
        ("{seq:0{year}}", "“{seq}”"),
        ("{seq}/{year", "."),
        ("{seq}}", "."),
    ],
)
def test_check_pattern_refuses_what_cannot_number(pattern, part):
    with pytest.raises(PatternRefused) as refused:
        check_pattern(pattern)
    assert part in str(refused.value)


def test_format_number_refuses_what_check_pattern_refuses():
    with pytest.raises(PatternRefused):
        format_number("{tahun}", **PARTS)


def test_pattern_is_shown_and_taken_in_words():
    shown = "{sifat}-{nomor:03}/{unit}/{klasifikasi}/{bulan_romawi}/{tahun}"
    stored = "{security}-{seq:03}/{unit}/{classification}/{month_roman}/{year}"

    assert (in_words(stored), in_tokens(shown), in_tokens(stored)) == (shown, stored, stored)

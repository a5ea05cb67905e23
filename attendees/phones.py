"""Telephone numbers: kept as +628…, shown as 0812-3456-7890. Source: domain.md §7."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def kept(text: str) -> str:
    """`0812 3456 7890` → `+6281234567890`; empty stays empty; ValidationError with a sentence for anything else."""
    digits = re.sub(r"[\s().\-/]", "", text)
    if not digits:
        return ""
    if digits.startswith("0"):
        digits = "+62" + digits[1:]
    elif digits.startswith(("62", "8")):
        digits = "+" + ("" if digits.startswith("62") else "62") + digits
    if not re.fullmatch(r"\+[1-9]\d{7,14}", digits):
        raise ValidationError(_("Enter a telephone number such as 0812-3456-7890."))
    return digits


def shown(number: str) -> str:
    """`+6281234567890` → `0812-3456-7890`; a number of another country stays as it is."""
    if not number.startswith("+62"):
        return number
    digits = "0" + number[3:]
    if not digits.startswith("08"):
        return digits
    return "-".join(part for part in (digits[:4], digits[4:8], digits[8:]) if part)

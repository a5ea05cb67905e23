"""A line of text that people read: names, positions, titles."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters that cannot be seen, or that turn the direction of what stands beside them."""


def without_hidden(text: str) -> None:
    """ValidationError when the text holds a character that nobody sees: it would read otherwise than it is written."""
    if any(unicodedata.category(character) in HIDDEN for character in text):
        raise ValidationError(_("This text holds invisible characters. Type it anew instead of pasting it."))


class LineField(forms.CharField):
    """One line: runs of spaces and line breaks become one space, characters that cannot be seen are refused."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value)).split())

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        without_hidden(value)

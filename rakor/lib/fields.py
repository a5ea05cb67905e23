"""What fields of forms share: a line of text that people read, and the sentence of one that was left empty."""

from __future__ import annotations

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.widgets import ChoiceWidget
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Categories of characters that cannot be seen, or that turn the direction of what stands beside them."""


def without_hidden(text: str) -> None:
    """ValidationError when the text holds a character that nobody sees: it would read otherwise than it is written."""
    if any(unicodedata.category(character) in HIDDEN for character in text):
        raise ValidationError(_("This text holds invisible characters. Type it anew instead of pasting it."))


def asks_for(field: forms.Field, label: Any) -> str:
    """What a required field says when it was left empty: `Isi nama lengkap.`, of a choice `Pilih jenis.`

    In the active language; the label keeps its capitals where it begins with an abbreviation.
    """
    words = str(label)
    if not words[1:2].isupper():
        words = words[:1].lower() + words[1:]
    choosing = isinstance(field.widget, (ChoiceWidget, forms.FileInput))
    return (gettext("Choose the %(label)s.") if choosing else gettext("Enter the %(label)s.")) % {"label": words}


class LineField(forms.CharField):
    """One line: runs of spaces and line breaks become one space, characters that cannot be seen are refused."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value)).split())

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        without_hidden(value)

"""A line of text is what it looks like."""

from copy import deepcopy

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.urls import get_resolver
from django.utils import translation

from rakor.lib.fields import LineField, asks_for

OURS = ("rakor", "attendees", "agenda", "minutes")


@pytest.mark.parametrize("typed", ["Budi\x07", "Budi\u202eitraH", "Bu\u200bdi", "Budi\ue000", "Budi\x00"])
def test_line_with_what_nobody_sees_is_refused(typed):
    with pytest.raises(ValidationError):
        LineField().clean(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  Budi \t Hartanto\n", "Budi Hartanto"), ("Siti Nur’aini, S.H.", "Siti Nur’aini, S.H."), ("Éva 梅", "Éva 梅")],
)
def test_line_keeps_names_as_they_are(typed, kept):
    assert LineField().clean(typed) == kept


@pytest.mark.parametrize(
    ("field", "label", "language", "sentence"),
    [
        (forms.CharField(), "Nama lengkap", "id", "Isi nama lengkap."),
        (forms.ChoiceField(), "Jenis", "id", "Pilih jenis."),
        (forms.CharField(), "URL rapat", "id", "Isi URL rapat."),
        (forms.CharField(), "Full name", "en", "Enter the full name."),
        (forms.ChoiceField(widget=forms.RadioSelect), "Role", "en", "Choose the role."),
    ],
)
def test_empty_field_asks_by_its_label(field, label, language, sentence):
    with translation.override(language):
        assert asks_for(field, label) == sentence


def every_form() -> list[type[forms.BaseForm]]:
    """Each form of the project; the addresses have brought in all of their modules."""
    assert get_resolver().url_patterns
    found, ahead = [], [forms.BaseForm]
    while ahead:
        ahead += (below := ahead.pop().__subclasses__())
        found += [form for form in below if form.__module__.partition(".")[0] in OURS]
    return found


@pytest.mark.parametrize("language", ["id", "en"])
def test_no_form_says_of_an_empty_field_what_any_field_could_say(language):
    forms_of_ours = every_form()

    with translation.override(language):
        generic = str(forms.Field.default_error_messages["required"])
        said = {}
        for form in forms_of_ours:
            empty = forms.Form({})
            empty.fields = deepcopy(form.base_fields)
            said |= {f"{form.__qualname__}.{name}": errors for name, errors in empty.errors.items()}

    assert len(forms_of_ours) > 30
    assert len(said) > 60
    assert [name for name, errors in said.items() if generic in errors] == []


def test_sentence_of_its_own_wins():
    class Form(forms.Form):
        name = forms.CharField(error_messages={"required": "Siapa?"})
        place = forms.CharField(label="Tempat")

    assert Form({}).errors == {"name": ["Siapa?"], "place": ["Isi tempat."]}

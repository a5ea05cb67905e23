"""A line of text is what it looks like."""

import pytest
from django.core.exceptions import ValidationError

from rakor.lib.fields import LineField


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

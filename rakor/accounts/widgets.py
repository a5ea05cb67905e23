"""Inputs beside Django's own: native date and time, segmented radios, large answers."""

from collections.abc import Mapping
from typing import Any

from django import forms


class DateInput(forms.DateInput):
    """The browser's own date picker; reads and writes ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The browser's own time picker, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


class DateTimeInput(forms.DateTimeInput):
    """The browser's own picker of date and time; the field's zone must stand beside it."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class SegRadio(forms.RadioSelect):
    """Two to four short answers side by side."""

    template_name = "components/widgets/seg.html"


class ChoiceCards(forms.RadioSelect):
    """Large answers, one below the other: `icons` and `hints` by choice value."""

    template_name = "components/widgets/choices.html"

    def __init__(
        self, *args: Any, icons: Mapping[str, str] | None = None, hints: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.icons = dict(icons or {})
        self.hints = dict(hints or {})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        return {**option, "icon": self.icons.get(str(value), ""), "hint": self.hints.get(str(value), "")}

"""How every form looks: label, input, error, help and counter, in the markup of templates/django/forms/."""

from typing import Any

from django.forms import BaseForm, CheckboxInput, Field, FileInput, MultiWidget, Select, Textarea
from django.forms import BoundField as DjangoBoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import ChoiceWidget, Input
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from rakor.lib.fields import asks_for

GENERIC = Field.default_error_messages["required"]
"""Django's own sentence for every field that was left empty; none of ours says it."""

SHORT = 200
"""The longest field whose counter waits until it is nearly full."""


class BoundField(DjangoBoundField):
    """A field that also knows its counter and names it, its help and its error to screen readers.

    Where nobody wrote what it says when it is left empty, it says so by its label.
    """

    def __init__(self, form: BaseForm, field: Field, name: str) -> None:
        super().__init__(form, field, name)
        if field.error_messages["required"] is GENERIC:
            field.error_messages["required"] = asks_for(field, self.label)

    @property
    def aria_describedby(self) -> str | None:
        """Ids of error, help and counter; None leaves what the widget says itself."""
        described = super().aria_describedby
        if described is None or not self.auto_id or self.is_hidden:
            return described
        ids = described.split()
        if self.counted:
            ids.append(f"{self.auto_id}_counter")
        return " ".join(ids)

    @property
    def counted(self) -> int | None:
        """The maximum length to count against while typing; None for fields without one."""
        limit = getattr(self.field, "max_length", None)
        kind = getattr(self.field.widget, "input_type", "text")
        return limit if limit and kind == "text" and not self.is_check else None

    @property
    def counts_late(self) -> bool:
        """True for a short field: its counter shows up only when the field is nearly full."""
        return bool(self.counted and self.counted <= SHORT)

    @property
    def is_roomy(self) -> bool:
        """True while the counter of a short field is not needed."""
        return self.counts_late and len(str(self.value() or "")) < 0.8 * (self.counted or 0)

    @property
    def count(self) -> str:
        """`12/1.000`: characters in the field now, and the most it takes."""
        used = len(str(self.value() or "").replace("\r\n", "\n"))
        return "/".join(number_format(number, force_grouping=True) for number in (used, self.counted))

    @property
    def is_check(self) -> bool:
        """True for a single tick box, whose label stands beside it."""
        return isinstance(self.field.widget, CheckboxInput)

    @property
    def mark(self) -> Any:
        """What stands beside the label: the field's own `mark`, or that it may be left empty."""
        own = getattr(self.field, "mark", None)
        if own is not None:
            return own
        return "" if self.field.required else _("(may be left empty)")

    @property
    def was_typed(self) -> bool:
        """True when somebody wrote here, or chose a file, in the form that came back."""
        widget: Any = self.field.widget
        by_hand = isinstance(widget, (Input, Textarea)) and not self.is_check and not self.is_hidden
        return by_hand and bool(self.data) and self.name in self.form.changed_data

    @property
    def comes_back(self) -> bool:
        """False for what is never shown again: most passwords, and files."""
        widget: Any = self.field.widget
        return not isinstance(widget, FileInput) and getattr(widget, "render_value", True)

    @property
    def use_fieldset(self) -> bool:
        """True for several inputs under one legend; a file field is one input, also when it can be emptied."""
        return super().use_fieldset and not isinstance(self.field.widget, FileInput)

    @property
    def anchor(self) -> str:
        """The id of the input that a link in the error summary leads to."""
        widget = self.field.widget
        many = isinstance(widget, MultiWidget) or (isinstance(widget, ChoiceWidget) and not isinstance(widget, Select))
        return f"{self.auto_id}_0" if many else self.id_for_label or self.auto_id


class Renderer(TemplatesSetting):
    """Form templates from the project's `templates/`, and bound fields of this module."""

    bound_field_class = BoundField

"""Forms of the import: the file, and which of its rows are shown."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SheetForm(forms.Form):
    """A list as XLSX or CSV; what is in it decides, not its name."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("XLSX or CSV, at most 2,000 rows and 5 MB."),
        error_messages={
            "required": _("Choose the file."),
            "invalid": _("Choose the file."),
            "empty": _("The file is empty."),
        },
    )


class ImportFilter(forms.Form):
    """Which rows of a list are shown."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Position, agency or name")}),
    )  # fmt: skip
    show = forms.ChoiceField(
        label=_("Rows"), required=False,
        choices=[("", _("All rows")), ("bad", _("With errors")), ("warn", _("With remarks"))],
    )  # fmt: skip

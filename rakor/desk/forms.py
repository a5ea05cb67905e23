"""The form of the first run."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from attendees.forms import LinesField
from attendees.models import Letterhead
from rakor.accounts.forms import PASSWORD_HELP
from rakor.accounts.models import User
from rakor.accounts.widgets import SegRadio
from rakor.documents.numbering_pattern import check_pattern, in_tokens, in_words
from rakor.lib.fields import LineField
from rakor.lib.wording import ZONES

PATTERN: str = Letterhead._meta.get_field("number_pattern").default


def _new_password(label: Any, help_text: Any = "") -> forms.CharField:
    attrs = {"autocomplete": "new-password"}
    return forms.CharField(
        label=label, help_text=help_text, strip=False, max_length=128,
        widget=forms.PasswordInput(attrs=attrs, render_value=True),
    )  # fmt: skip


class SetupForm(forms.Form):
    """Who invites, on which letterhead, and who organises first. A wrong code says nothing about the rest."""

    code = forms.CharField(
        label=_("Set-up code"), max_length=200, strip=True,
        help_text=_("It stands in the environment of this installation as SETUP_CODE."),
        error_messages={"required": _("Enter the set-up code of this installation.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=True),
    )  # fmt: skip
    ministry_name = forms.CharField(
        label=_("Ministry or agency"), max_length=200,
        help_text=_("The full name, for example Kementerian Pelindungan Pekerja Migran Indonesia."),
        error_messages={"required": _("Enter the full name of the ministry or agency.")},
    )  # fmt: skip
    ministry_short = forms.CharField(
        label=_("Short name of the ministry or agency"), max_length=40,
        error_messages={"required": _("Enter the short name, such as KP2MI.")},
    )  # fmt: skip
    unit_name = forms.CharField(
        label=_("Unit that organises meetings"), max_length=200,
        error_messages={"required": _("Enter the full name of the unit.")},
    )  # fmt: skip
    unit_short = forms.CharField(label=_("Short name of the unit"), max_length=40, required=False)
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=ZONES, widget=SegRadio, initial="Asia/Jakarta",
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Choose WIB, WITA or WIT.")),
    )  # fmt: skip
    directory = forms.BooleanField(
        label=_("Load the directory of agencies"), required=False, initial=True,
        help_text=_("Ministries, BP3MI and bodies to invite, without names of persons; everything can be changed."),
    )  # fmt: skip
    lines = LinesField(
        most=5, longest=120, label=_("Name lines"),
        help_text=_("One line each, the unit last; as the letterhead shows them, in capitals."),
        error_messages={"required": _("Enter at least one line of the letterhead.")},
    )  # fmt: skip
    address = LinesField(most=3, longest=160, required=False, label=_("Address lines"))
    place = forms.CharField(label=_("Place of letters"), max_length=60, initial="Jakarta")
    number_pattern = forms.CharField(
        label=_("Number pattern"), max_length=120, initial=in_words(PATTERN),
        help_text=_(
            "{sifat}-{nomor}/{unit}/{klasifikasi}/{bulan_romawi}/{tahun} writes B-214/RENKS/KS.02/IX/2026."
            " Also known: {bulan} month in digits, {instansi} code of the agency, {jenis} kind of paper."
        ),
    )  # fmt: skip
    unit_code = forms.CharField(label=_("Unit code"), max_length=30, help_text=_("For {unit} in the number."))
    classification = forms.CharField(label=_("Classification code"), max_length=30, initial="KS.01")
    full_name = LineField(
        label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Enter your full name.")},
    )  # fmt: skip
    email = forms.EmailField(
        label=_("Official e-mail"), max_length=254, help_text=_("You log in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        error_messages={"required": _("Enter your official e-mail.")},
    )  # fmt: skip
    password1 = _new_password(_("Password"), PASSWORD_HELP)
    password2 = _new_password(_("Password, once more"))

    def __init__(self, *args: Any, with_code: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_code:
            del self.fields["code"]

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if not settings.SETUP_CODE or not compare_digest(code.encode(), settings.SETUP_CODE.encode()):
            raise ValidationError(_("This is not the set-up code of this installation."))
        return code

    def clean_number_pattern(self) -> str:
        pattern = in_tokens(str(self.cleaned_data["number_pattern"]))
        try:
            check_pattern(pattern)
        except ValueError as wrong:
            raise ValidationError(str(wrong)) from wrong
        return pattern

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean(self) -> dict[str, Any]:
        """Asks the rules for passwords, with name and address in mind."""
        data = super().clean() or self.cleaned_data
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        if first:
            try:
                validate_password(first, User(email=data.get("email", ""), full_name=data.get("full_name", "")))
            except ValidationError as weak:
                self.add_error("password1", weak)
        return data

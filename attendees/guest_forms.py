"""What the invited person fills in: the answer, and who comes instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from attendees import phones
from attendees.door import FEWEST_LETTERS
from attendees.models import Invitation
from rakor.accounts.widgets import ChoiceCards
from rakor.lib.fields import LineField

MODES = {"in_person": _("In person"), "online": _("Online")}
NOT_OFFERED = _("This way of attending is not offered. Choose one of those shown.")
SHORTEST, LONGEST = 10, 13
"""Digits of an Indonesian mobile number, with its 0."""


class ContactField(forms.CharField):
    """An e-mail address or a WhatsApp number; cleaned to {"email", "phone"}, of which at most one is filled."""

    widget = forms.TextInput(attrs={"autocomplete": "off", "inputmode": "email"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=254, **kwargs)

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "").strip()
        if "@" in text:
            return {"email": _email(text), "phone": ""}
        return {"email": "", "phone": _mobile(text) if text else ""}


def _email(text: str) -> str:
    try:
        validate_email(text)
    except ValidationError:
        raise ValidationError(_("This e-mail address is not complete. Example: name@office.go.id.")) from None
    return text.lower()


def _mobile(text: str) -> str:
    digits = sum(c.isdigit() for c in text)
    if not digits or any(c.isalpha() for c in text):
        raise ValidationError(_("Enter an e-mail address, or a WhatsApp number such as 0812-3456-7890."))
    if text.startswith("08") and digits < SHORTEST:
        missing = SHORTEST - digits
        raise ValidationError(
            ngettext(
                "This number is at least %(missing)s digit short. Example: 0812-3456-7890.",
                "This number is at least %(missing)s digits short. Example: 0812-3456-7890.",
                missing,
            )
            % {"missing": missing}
        )
    if text.startswith("08") and digits > LONGEST:
        raise ValidationError(_("This number has too many digits. Example: 0812-3456-7890."))
    number = phones.kept(text)
    if number.startswith("+62") and not number.startswith("+628"):
        raise ValidationError(_("WhatsApp needs a mobile number. Example: 0812-3456-7890."))
    return number


class AgencySearch(forms.Form):
    """Some words of an agency's name, at the door."""

    q = LineField(
        label=_("Name of your agency or office"), max_length=80, min_length=FEWEST_LETTERS,
        help_text=_("At least three letters of its name or place."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "organization"}),
        error_messages={"min_length": _("Type at least three letters.")},
    )  # fmt: skip


class LinkAgainForm(forms.Form):
    """The address to which an invitation went, at the door."""

    email = forms.CharField(
        label=_("E-mail address of the invitation"), max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )  # fmt: skip

    def clean_email(self) -> str:
        return _email(self.cleaned_data["email"])


class RespondForm(forms.Form):
    """One of the offered answers; the reason only goes with *declined*."""

    answer = forms.ChoiceField(
        label=_("Answer given"),
        error_messages={"required": _("Choose one of the answers."), "invalid_choice": NOT_OFFERED},
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, offered: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [(mode, MODES[mode]) for mode in offered] + [("declined", _("Not coming"))]  # type: ignore[attr-defined]

    def verb(self) -> dict[str, str]:
        """The arguments of `Invitation.respond`."""
        answer = self.cleaned_data["answer"]
        if answer == "declined":
            return {"answer": "declined", "reason": " ".join(self.cleaned_data["reason"].split())}
        return {"answer": "accepted", "mode": answer}


class DelegateForm(forms.Form):
    """Who comes instead. `myself` words it for the person who says *Saya mewakili*."""

    name = LineField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    position = LineField(
        label=_("Position"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("As it will stand in the attendance list"),
    )  # fmt: skip
    contact = ContactField(help_text=_("Only used to send the link."))
    mode = forms.ChoiceField(
        label=_("Way of attending"),
        error_messages={"required": _("Say whether in person or online."), "invalid_choice": NOT_OFFERED},
    )
    instruction = forms.CharField(
        label=_("Instruction for the deputy"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Read by the deputy and the organiser"),
    )  # fmt: skip

    def __init__(self, *args: Any, principal: Invitation, myself: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.principal, self.myself = principal, myself
        offered = principal.offered_modes
        hints = {"in_person": principal.meeting.place, "online": _("Joins from a personal link")}
        mode: Any = self.fields["mode"]
        mode.widget = ChoiceCards(icons={"in_person": "users", "online": "video"}, hints=hints)
        mode.choices = [(value, MODES[value]) for value in offered]
        if len(offered) == 1:
            mode.initial = offered[0]
        self.fields["name"].label = _("Your full name") if myself else _("Full name of the deputy")
        self.fields["name"].help_text = _("A single name is enough. Titles are not needed.")
        self.fields["contact"].label = (
            _("Your e-mail or WhatsApp number") if myself else _("E-mail or WhatsApp number of the deputy")
        )
        if myself:
            self.fields["name"].error_messages["required"] = _("Enter your full name.")
            self.fields["contact"].required = False
            del self.fields["instruction"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not any(c.isalpha() for c in name):
            raise ValidationError(_("Enter a name in letters."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        before = self.principal.delegate if self.myself else None
        if before is not None and not self.errors:
            contact = cleaned["contact"]
            if (before.person_name, before.email, before.phone) != (
                cleaned["name"],
                contact["email"],
                contact["phone"],
            ):
                raise ValidationError(
                    _("Somebody else represents this position already. Ask the person who sent you the link.")
                )
        return cleaned

    def verb(self) -> dict[str, str]:
        """The arguments of `Invitation.delegate_to`."""
        facts = {name: self.cleaned_data.get(name, "") for name in ("name", "position", "mode", "instruction")}
        return {**facts, **self.cleaned_data["contact"]}


class LedgerFilter(forms.Form):
    """What the list of presences is narrowed to; each choice says how many there are."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Position, agency or name")}),
    )  # fmt: skip
    state = forms.ChoiceField(label=_("Presence"), required=False)

    def __init__(self, *args: Any, states: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [("", _("Everybody")), *states]  # type: ignore[attr-defined]

    def kept(self) -> str:
        """The filter as a query string, empty without one."""
        values = {name: value for name, value in self.cleaned_data.items() if value} if self.is_valid() else {}
        return urlencode(values)

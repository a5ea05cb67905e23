"""Forms around the account: log-in, password, profile."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.utils.translation import gettext_lazy as _

from rakor.accounts.models import User
from rakor.accounts.widgets import SegRadio
from rakor.lib.fields import LineField

PASSWORD_HELP = _("At least 12 characters. Not a well-known password, not only digits, not your name or address.")


class PlainFields:
    """Drops the placeholders of allauth's fields: a label says it once and does not vanish while typing."""

    fields: dict[str, forms.Field]
    labels: dict[str, Any] = {}
    helps: dict[str, Any] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            field.label = self.labels.get(name, field.label)
            field.help_text = self.helps.get(name, "")


class LoginForm(PlainFields, allauth_forms.LoginForm):
    labels = {"login": _("Official e-mail"), "password": _("Password")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"


class ResetPasswordForm(PlainFields, allauth_forms.ResetPasswordForm):
    labels = {"email": _("Official e-mail")}
    helps = {"email": _("The address with which you log in.")}


class ResetPasswordKeyForm(PlainFields, allauth_forms.ResetPasswordKeyForm):
    labels = {"password1": _("New password"), "password2": _("New password, once more")}
    helps = {"password1": PASSWORD_HELP}


class SetPasswordForm(PlainFields, allauth_forms.SetPasswordForm):
    labels = {"password1": _("New password"), "password2": _("New password, once more")}
    helps = {"password1": PASSWORD_HELP}


class ChangePasswordForm(PlainFields, allauth_forms.ChangePasswordForm):
    labels = {
        "oldpassword": _("Present password"),
        "password1": _("New password"),
        "password2": _("New password, once more"),
    }
    helps = {"password1": PASSWORD_HELP}


class ReauthenticateForm(PlainFields, allauth_forms.ReauthenticateForm):
    labels = {"password": _("Password")}


class ProfileForm(forms.ModelForm):
    """Name and time zone of the account; the e-mail is the log-in and is changed by the administrator."""

    class Meta:
        model = User
        fields = ["full_name", "zone"]
        field_classes = {"full_name": LineField}
        widgets = {"full_name": forms.TextInput(attrs={"autocomplete": "name"}), "zone": SegRadio}
        labels = {"full_name": _("Full name"), "zone": _("Time zone")}
        help_texts = {
            "full_name": _("As it stands in minutes and on attendance lists, with titles if you wish."),
            "zone": _("Times appear in this zone first, with the organiser's after it."),
        }

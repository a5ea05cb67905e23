"""Forms of the register: the search, the signature, the upload, the certificate, the verification."""

from __future__ import annotations

from datetime import date as Date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.accounts.models import User
from rakor.accounts.widgets import DateInput
from rakor.documents.authority import PASSPHRASE_LEAST
from rakor.documents.certificates import TooManyTries, WrongPassword, make_sure_of
from rakor.documents.kinds import kinds
from rakor.documents.models import Document
from rakor.documents.verification import SIZE_LIMIT

EARLIEST = Date(1945, 8, 17)


class PassphraseField(forms.CharField):
    """Goes in, never comes back: what was typed is not shown again, and spaces at its ends count."""

    def __init__(self, **options: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": options.pop("autocomplete", "off"), "spellcheck": "false"})
        super().__init__(max_length=200, strip=False, widget=widget, **options)


class PdfField(forms.FileField):
    """A PDF by content, at most 20 MB; gives its bytes."""

    def __init__(self, **options: Any) -> None:
        widget = forms.FileInput(attrs={"accept": "application/pdf,.pdf"})
        super().__init__(
            widget=widget,
            error_messages={
                "required": _("Choose the PDF file."),
                "empty": _("The file is empty."),
                "invalid": _("Choose the PDF file."),
            },
            **options,
        )

    def clean(self, data: Any, initial: Any = None) -> bytes:
        upload = super().clean(data, initial)
        assert isinstance(upload, UploadedFile)
        if (upload.size or 0) > SIZE_LIMIT:
            raise ValidationError(_("The file is larger than 20 MB."))
        content: bytes = upload.read()
        if b"%PDF-" not in content[:1024]:
            raise ValidationError(_("The file is not a PDF."))
        return content


class RegisterFilter(forms.Form):
    """Search and filters of the register; a GET form whose wrong values are left out."""

    q = forms.CharField(label=_("Search"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *Document.Status.choices])
    year = forms.IntegerField(label=_("Year"), required=False, min_value=1945, max_value=2200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("All")), *((kind.name, kind.label) for kind in kinds)]

    def narrow(self, documents: QuerySet[Document]) -> QuerySet[Document]:
        """The documents that fit what was entered."""
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("q"):
            documents = documents.matching(wanted["q"])  # type: ignore[attr-defined]
        if wanted.get("kind"):
            documents = documents.filter(kind=wanted["kind"])
        if wanted.get("status"):
            documents = documents.filter(status=wanted["status"])
        if wanted.get("year"):
            documents = documents.of_year(wanted["year"])  # type: ignore[attr-defined]
        return documents


class SignForm(forms.Form):
    signatory = forms.IntegerField(widget=forms.HiddenInput)
    read = forms.BooleanField(
        label=_("I have read the whole document."),
        help_text=_("Once signed, its content cannot be changed. A correction is a new document that names this one."),
        error_messages={"required": _("Open the document and confirm that you have read it.")},
    )
    passphrase = PassphraseField(
        label=_("Passphrase of your certificate"),
        help_text=_("Used once, for this signature; never stored."),
        error_messages={"required": _("Type the passphrase of your certificate.")},
    )


class UploadForm(forms.Form):
    number = forms.CharField(
        label=_("Number"),
        max_length=100,
        help_text=_("As given where the document was signed, for example in SRIKANDI."),
        error_messages={"required": _("Enter the number that the document got where it was signed.")},
    )
    date = forms.DateField(
        label=_("Date of the document"),
        widget=DateInput,
        error_messages={"required": _("Enter the date on the document.")},
    )
    file = PdfField(label=_("Signed PDF"), help_text=_("At most 20 MB. The file is kept exactly as it is."))

    def clean_date(self) -> Date:
        date: Date = self.cleaned_data["date"]
        if date > timezone.localdate():
            raise ValidationError(_("A signed document cannot have a date in the future."))
        if date < EARLIEST:
            raise ValidationError(_("This date lies too far back. Check the year."))
        return date


class ConfirmUploadForm(forms.Form):
    sha256 = forms.RegexField(r"^[0-9a-f]{64}$", widget=forms.HiddenInput)
    confirmed = forms.BooleanField(
        label=_("I have opened this file and compared it with the document."),
        help_text=_("Your name is kept with the document as the one who confirmed its content."),
        error_messages={"required": _("Open the file, compare it, and confirm here.")},
    )


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it revoked?"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Anybody who checks the document reads this sentence."),
        error_messages={"required": _("Say why the document is revoked.")},
    )


class CertificateForm(forms.Form):
    """The log-in password, which is tried when the form is read, and a new passphrase, twice.

    `replaces` is the serial of the certificate in whose place the new one comes.
    """

    replaces = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    password = PassphraseField(
        label=_("Your log-in password"),
        autocomplete="current-password",
        help_text=_("So that nobody who finds your screen open can come to sign in your name."),
        error_messages={"required": _("Type the password with which you log in.")},
    )
    passphrase1 = PassphraseField(
        label=_("New passphrase"),
        autocomplete="new-password",
        help_text=_(
            "At least 12 characters, such as four words that only you put together. Not your log-in password."
            " It cannot be reset, only replaced together with the certificate."
        ),
        error_messages={"required": _("Choose a passphrase.")},
    )
    passphrase2 = PassphraseField(
        label=_("New passphrase, once more"),
        autocomplete="new-password",
        error_messages={"required": _("Type the passphrase once more.")},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        try:
            make_sure_of(self.user, password)
        except (WrongPassword, TooManyTries) as no:
            raise ValidationError(no.reason) from None
        return password

    def clean_passphrase1(self) -> str:
        passphrase: str = self.cleaned_data["passphrase1"]
        if len(passphrase) < PASSPHRASE_LEAST:
            raise ValidationError(_("Use at least %(least)d characters."), params={"least": PASSPHRASE_LEAST})
        if passphrase == self.cleaned_data.get("password"):  # only told to who typed it above
            raise ValidationError(_("This is your log-in password. Choose another one for signing."))
        validate_password(passphrase, self.user)
        return passphrase

    def clean(self) -> dict[str, Any]:
        first, second = self.cleaned_data.get("passphrase1"), self.cleaned_data.get("passphrase2")
        if first and second and first != second:
            self.add_error("passphrase2", _("The two passphrases are not the same. Type them again."))
        return self.cleaned_data


class RevokeCertificateForm(forms.Form):
    serial = forms.CharField(max_length=60, widget=forms.HiddenInput)


class CodeForm(forms.Form):
    kode = forms.CharField(
        label=_("Document code"),
        max_length=40,
        help_text=_("Twelve characters below the QR code, such as DAKM-CYKW-B44W. Dashes and capitals do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Type the code that stands below the QR code.")},
    )


class FileForm(forms.Form):
    file = PdfField(
        label=_("The PDF that you received"),
        help_text=_("At most 20 MB. The file is compared and then thrown away; it is not stored."),
    )

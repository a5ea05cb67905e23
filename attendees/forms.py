"""Forms of the directory, of the invitations and of the letter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees import phones
from attendees.models import Agency, Letterhead, Membership, Position
from rakor.accounts.models import User
from rakor.accounts.widgets import DateInput, SegRadio
from rakor.documents.models import Document
from rakor.documents.numbering_pattern import in_tokens, in_words
from rakor.lib.fields import LineField
from rakor.meetings.models import Meeting

ZONE_CHOICES = [("WIB", "WIB"), ("WITA", "WITA"), ("WIT", "WIT")]
HOW = [
    ("WhatsApp", "WhatsApp"),
    ("Kurir", _("Courier")),
    ("Telepon", _("Telephone")),
    ("SRIKANDI", "SRIKANDI"),
    ("Langsung", _("Handed over in person")),
]
ANSWERS = [
    ("in_person", _("Coming in person")),
    ("online", _("Coming online")),
    ("declined", _("Not coming")),
    ("delegated", _("Represented")),
]
MODES = [("in_person", _("In person")), ("online", _("Online"))]


class PhoneField(forms.CharField):
    """A telephone number, kept as +628…"""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=30, **{"required": False, "label": _("Phone or WhatsApp"), **kwargs})

    def clean(self, value: Any) -> Any:
        return phones.kept(super().clean(value))

    def prepare_value(self, value: Any) -> Any:
        return phones.shown(value) if value else value


class LinesField(forms.CharField):
    """Several short lines in one box; cleaned to a list."""

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        self.most, self.longest = most, longest
        super().__init__(widget=forms.Textarea(attrs={"rows": 3}), max_length=most * (longest + 1), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:  # type: ignore[override]
        lines = [" ".join(line.split()) for line in (super().clean(value) or "").splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > self.most:
            raise ValidationError(_("At most %(most)s lines.") % {"most": self.most})
        if any(len(line) > self.longest for line in lines):
            raise ValidationError(_("A line has at most %(longest)s characters.") % {"longest": self.longest})
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


def _all(label: Any) -> list[tuple[str, Any]]:
    return [("", label)]


# -- the directory -------------------------------------------------------------------------------------------


class DirectoryFilter(forms.Form):
    """What the list of agencies is narrowed to."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Name, short name, former name or city")}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[*_all(_("All kinds")), *Agency.Kind.choices])
    province = forms.ChoiceField(label=_("Province"), required=False)
    zone = forms.ChoiceField(label=_("Time zone"), required=False, choices=[*_all(_("All zones")), *ZONE_CHOICES])
    data = forms.ChoiceField(
        label=_("Entries"), required=False,
        choices=[("", _("Names in use")), ("verify", _("To be verified")), ("former", _("Former names"))],
    )  # fmt: skip

    def __init__(self, *args: Any, provinces: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["province"].choices = [*_all(_("All provinces")), *provinces]  # type: ignore[attr-defined]


class PositionForm(forms.ModelForm):
    """A position and who holds it. The e-mail is for delivery and stands in no list that is given away."""

    phone = PhoneField()
    email_is_right = forms.BooleanField(
        label=_("I have made sure that this e-mail address is right"), required=False,
        help_text=_("A server has refused it. Without this tick, or another address, nothing is sent to it."),
    )  # fmt: skip

    class Meta:
        model = Position
        fields = ["name", "acting", "holder", "email", "phone", "user", "order"]
        field_classes = {"name": LineField, "holder": LineField}
        labels = {
            "name": _("Position"),
            "acting": _("Acting"),
            "holder": _("Holder"),
            "email": _("E-mail"),
            "user": _("Account of the holder"),
        }
        help_texts = {
            "name": _("As letters address it, for instance Kepala BP3MI Bali."),
            "email": _("The official address; invitations are sent to it."),
            "user": _("With an account the holder finds invitations after logging in."),
            "order": _("Within the agency; the head is 1."),
        }
        widgets = {"acting": SegRadio, "email": forms.EmailInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not getattr(self.instance, "refused_at", None):
            del self.fields["email_is_right"]
        members = Membership.objects.in_force().filter(agency=self.instance.agency)
        self.fields["user"].queryset = User.objects.filter(memberships__in=members, is_active=True).distinct()  # type: ignore[attr-defined]
        self.fields["user"].required = False
        self.fields["user"].empty_label = _("No account")  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Column and value of every field."""
        return {name: self.cleaned_data[name] for name in self.fields if name != "email_is_right"}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        twins = Position.objects.filter(agency=self.instance.agency, name__iexact=name).exclude(pk=self.instance.pk)
        if twins.exists():
            raise ValidationError(_("This position exists already in the agency."))
        return name


class ColleagueForm(forms.Form):
    full_name = LineField(label=_("Full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(
        label=_("Official e-mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, roles: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class LetterheadForm(forms.ModelForm):
    """Kop surat with the pattern of its numbers, from a day on."""

    lines = LinesField(
        most=5,
        longest=120,
        label=_("Name lines"),
        help_text=_("One line each, the unit last; as the letterhead shows them, in capitals."),
        error_messages={"required": _("Enter at least one line of the letterhead.")},
    )
    address = LinesField(most=3, longest=160, required=False, label=_("Address lines"))

    class Meta:
        model = Letterhead
        fields = [
            "lines",
            "address",
            "place",
            "layout",
            "number_pattern",
            "unit_code",
            "classification",
            "valid_from",
            "valid_to",
        ]
        labels = {"layout": _("Place of the addressee")}
        help_texts = {
            "number_pattern": _(
                "{sifat}-{nomor}/{unit}/{klasifikasi}/{bulan_romawi}/{tahun} writes B-214/RENKS/KS.02/IX/2026."
                " Also known: {bulan} month in digits, {instansi} code of the agency, {jenis} kind of paper."
            ),
            "valid_from": _("A later day begins a new letterhead and ends the present one; old papers keep theirs."),
            "valid_to": _("The first day on which it is no longer used."),
        }
        error_messages = {"valid_from": {"required": _("Enter the first day on which it is used.")}}
        widgets = {"valid_from": DateInput, "valid_to": DateInput, "layout": SegRadio}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["number_pattern"] = in_words(self.instance.number_pattern)
        self.fields["layout"].choices = [("A", _("Left, below the subject")), ("B", _("Right, below the date"))]  # type: ignore[attr-defined]

    def clean_number_pattern(self) -> str:
        return in_tokens(self.cleaned_data["number_pattern"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("valid_from"), cleaned.get("valid_to")
        if start and end and end <= start:
            self.add_error("valid_to", _("The end of validity must be after its start."))
        return cleaned

    def validate_unique(self) -> None:
        """Nothing: saving a letterhead of the same first day replaces it."""


# -- invitations -----------------------------------------------------------------------------------------------


class PickFilter(forms.Form):
    """Which positions of the directory are shown to choose from."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Position, agency or holder")}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[*_all(_("All kinds")), *Agency.Kind.choices])
    province = forms.ChoiceField(label=_("Province"), required=False)

    def __init__(self, *args: Any, provinces: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["province"].choices = [*_all(_("All provinces")), *provinces]  # type: ignore[attr-defined]


class TermsForm(forms.Form):
    """On which terms the chosen positions are invited."""

    offer = forms.ChoiceField(label=_("Way of attending"), initial="either", widget=SegRadio)
    required = forms.BooleanField(label=_("Must attend"), required=False)
    head_only = forms.BooleanField(
        label=_("Cannot be represented"), required=False, help_text=_("A deputy is taken all the same, and marked.")
    )

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offers = {"hybrid": ["either", "in_person", "online"], "in_person": ["in_person"], "online": ["online"]}[
            meeting.mode
        ]
        labels = {"either": _("In person or online"), **dict(MODES)}
        self.fields["offer"].choices = [(offer, labels[offer]) for offer in offers]  # type: ignore[attr-defined]
        self.fields["offer"].initial = offers[0]


class BoardFilter(forms.Form):
    """What the delivery board is narrowed to; each choice says how many there are."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=120,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Position, agency or name")}),
    )  # fmt: skip
    answer = forms.ChoiceField(label=_("Answer given"), required=False)
    delivery = forms.ChoiceField(label=_("Delivery"), required=False)

    def __init__(
        self, *args: Any, answers: Sequence[tuple[str, Any]], deliveries: Sequence[tuple[str, Any]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [*_all(_("All answers")), *answers]  # type: ignore[attr-defined]
        self.fields["delivery"].choices = [*_all(_("All deliveries")), *deliveries]  # type: ignore[attr-defined]


class AddressForm(forms.Form):
    """Where one invitation goes."""

    person_name = forms.CharField(label=_("Name of the holder"), required=False, max_length=120)
    email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    phone = PhoneField()
    keep_in_directory = forms.BooleanField(label=_("Correct it in the directory too"), required=False, initial=True)

    def clean_person_name(self) -> str:
        return " ".join(self.cleaned_data["person_name"].split())

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class ByHandForm(forms.Form):
    how = forms.ChoiceField(
        label=_("How"), choices=HOW, error_messages={"required": _("Choose how it was handed over.")}
    )


class AnswerForm(forms.Form):
    """An answer that came by telephone or on paper, recorded by the organiser and marked so."""

    answer = forms.ChoiceField(label=_("Answer given"), choices=ANSWERS, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300, help_text=_("When nobody comes."))
    name = forms.CharField(label=_("Full name of the deputy"), required=False, max_length=120)
    position = forms.CharField(label=_("Position of the deputy"), required=False, max_length=200)
    email = forms.EmailField(
        label=_("E-mail of the deputy"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    phone = PhoneField(label=_("Phone or WhatsApp of the deputy"))
    mode = forms.ChoiceField(label=_("The deputy comes"), required=False, widget=SegRadio)

    def __init__(self, *args: Any, offered: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {*offered, "declined", "delegated"}
        self.fields["answer"].choices = [choice for choice in ANSWERS if choice[0] in kept]  # type: ignore[attr-defined]
        self.fields["mode"].choices = [choice for choice in MODES if choice[0] in offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == "delegated":
            for name, sentence in (
                ("name", _("Enter the full name of the deputy.")),
                ("position", _("Enter the position of the deputy.")),
                ("mode", _("Say whether in person or online.")),
            ):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, sentence)
        return cleaned


# -- the letter --------------------------------------------------------------------------------------------------


class LetterForm(forms.Form):
    """Everything about the letter that is not taken from the meeting and its invitations, in the order of the page."""

    place = forms.CharField(label=_("Place"), max_length=60)
    date = forms.DateField(label=_("Date of the letter"), required=False, widget=DateInput)
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Document.Urgency.choices, widget=SegRadio)
    subject = LineField(label=_("Subject"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    opening = forms.CharField(label=_("Opening sentence"), max_length=800, widget=forms.Textarea(attrs={"rows": 3}))
    closing = forms.CharField(
        label=_("Closing"),
        max_length=1600,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("An empty line begins a new paragraph."),
    )
    attachments = forms.MultipleChoiceField(label=_("Attachments"), required=False, widget=forms.CheckboxSelectMultiple)
    signatory_position = forms.CharField(label=_("Position as printed"), max_length=200)
    signatory_name = forms.CharField(label=_("Name as printed"), max_length=160)
    signatory = forms.ModelChoiceField(label=_("Signed by the account"), queryset=User.objects.none(), required=False)
    cc = LinesField(
        most=15, longest=200, label=_("Copies to (tembusan)"), required=False, help_text=_("One line each.")
    )

    def __init__(
        self, *args: Any, meeting: Meeting, attachments: Sequence[tuple[str, Any]], here: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.here, self.meeting = here, meeting
        for name in ("date", "signatory"):
            self.fields[name].mark = _("(needed when the letter is signed here)")  # type: ignore[attr-defined]
        members = Membership.objects.in_force().filter(agency__house_id=meeting.host.house_id)
        field: Any = self.fields["signatory"]
        field.queryset = User.objects.filter(memberships__in=members, is_active=True).distinct()
        self.fields["attachments"].choices = attachments  # type: ignore[attr-defined]

    def clean_date(self) -> Any:
        day, tz = self.cleaned_data["date"], self.meeting.tz
        if day and day > timezone.localtime(self.meeting.starts_at, tz).date():
            raise ValidationError(_("The letter must be dated before the meeting."))
        if day and self.here and day < timezone.localdate(timezone=tz):
            raise ValidationError(
                _("A letter with a number of this house is not dated back. Choose today or a later day.")
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self._name_the_signatory(cleaned)
        if self.here:
            if not cleaned.get("date") and "date" not in self.errors:
                self.add_error("date", _("A letter that is signed here needs its date."))
            if not cleaned.get("signatory") and "signatory" not in self.errors:
                self.add_error("signatory", _("Choose who signs the letter here."))
        self._refuse_unprintable(cleaned)
        return cleaned

    def values(self) -> dict[str, Any]:
        """What `attendees.letters` keeps of the letter; the account as its id."""
        cleaned = self.cleaned_data
        return {
            **cleaned,
            "closing": cleaned["closing"].replace("\r\n", "\n"),
            "opening": " ".join(cleaned["opening"].split()),
            "cc": "\n".join(cleaned["cc"]),
            "signatory": cleaned["signatory"].pk if cleaned["signatory"] else None,
        }

    def _name_the_signatory(self, cleaned: dict[str, Any]) -> None:
        """Another account brings its name and position along; a name that is not the account's is refused."""
        account, printed = cleaned.get("signatory"), cleaned.get("signatory_name")
        if account is None or not printed:
            return
        if "signatory" in self.changed_data and "signatory_name" not in self.changed_data:
            position = account.positions.order_by("order", "pk").first()
            cleaned["signatory_name"] = account.full_name
            if "signatory_position" not in self.changed_data and position is not None:
                cleaned["signatory_position"] = str(position)
        elif not set(account.full_name.casefold().split()) & set(printed.casefold().replace(",", " ").split()):
            self.add_error("signatory_name", _("This is not the name of the account that signs. Change one of them."))

    def _refuse_unprintable(self, cleaned: dict[str, Any]) -> None:
        from rakor.documents.rendering import uncovered

        for name in ("place", "subject", "opening", "closing", "signatory_position", "signatory_name", "cc"):
            value = cleaned.get(name) or ""
            text = "\n".join(value) if isinstance(value, list) else value
            if missing := uncovered(text):
                shown = " ".join(missing[:5])
                self.add_error(
                    name,
                    _("These characters cannot be printed on official paper: %(characters)s") % {"characters": shown},
                )

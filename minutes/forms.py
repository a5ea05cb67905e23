"""Forms of the minutes: a point with its follow-up, the frame, and the chair's note."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import Agency
from minutes.models import FollowUp, FollowUpQuerySet, Minutes, Point


class PointForm(forms.ModelForm):
    """Kind, text, speaker; for a follow-up also agency and due date or working days."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label=_("Responsible agency"), required=False)
    due_date = forms.DateField(
        label=_("Due date"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    due_days = forms.IntegerField(
        label=_("Or working days after distribution"), required=False, min_value=1, max_value=365
    )
    output = forms.CharField(label=_("Expected output"), required=False, max_length=200)

    class Meta:
        model = Point
        fields = ["kind", "speaker", "text"]
        error_messages = {"text": {"required": _("Write what was said or agreed.")}}
        widgets = {
            "text": forms.Textarea(attrs={"rows": 4}),
            "speaker": forms.TextInput(attrs={"list": "pembicara", "autocomplete": "off"}),
        }

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agency"].queryset = agencies  # type: ignore[attr-defined]
        follow_up = FollowUp.objects.filter(point=self.instance).first() if self.instance.pk else None
        if follow_up:
            self.initial |= {
                "agency": follow_up.agency_id,
                "due_date": follow_up.due_date,
                "due_days": follow_up.due_days,
                "output": follow_up.output,
            }

    def clean_due_date(self) -> Any:
        due = self.cleaned_data["due_date"]
        if due and due < timezone.localdate():
            raise forms.ValidationError(_("This day is past. Choose today or later."))
        return due

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("due_date") and cleaned.get("due_days"):
            self.add_error("due_days", _("Enter either a date or a number of working days, not both."))
        return cleaned

    @property
    def said(self) -> dict[str, Any]:
        """What the form says of the point itself."""
        return {name: self.cleaned_data[name] for name in ("kind", "text", "speaker")}

    @property
    def follow_up(self) -> dict[str, Any]:
        """What the form says of the follow-up."""
        return {
            name: self.cleaned_data.get(name) or ("" if name == "output" else None)
            for name in ("agency", "due_date", "due_days", "output")
        }


class FrameForm(forms.ModelForm):
    """Opening and closing."""

    class Meta:
        model = Minutes
        fields = ["opening", "closing"]
        widgets = {"opening": forms.Textarea(attrs={"rows": 3}), "closing": forms.Textarea(attrs={"rows": 3})}


class FollowUpFilter(forms.Form):
    """Search and status of the list of follow-ups; what it does not know is left out."""

    q = forms.CharField(
        label=_("Search"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False,
        choices=[
            ("", _("All")), *(choice for choice in FollowUp.Status.choices if choice[0] != "draft"),
            ("overdue", _("Overdue")),
        ],
    )  # fmt: skip

    def narrow(self, follow_ups: FollowUpQuerySet) -> FollowUpQuerySet:
        """Those that fit what was entered."""
        self.is_valid()
        words, status = self.cleaned_data.get("q"), self.cleaned_data.get("status")
        if words:
            follow_ups = follow_ups.matching(words)
        if status == "overdue":
            return follow_ups.overdue()
        return follow_ups.filter(status=status) if status else follow_ups


class ReturnForm(forms.Form):
    """Why the chair sends the minutes back."""

    note = forms.CharField(
        label=_("What has to be changed"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Say what has to be changed.")},
    )

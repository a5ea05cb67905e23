"""The form of one row of the rundown."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agenda.models import AgendaItem
from rakor.lib.wording import clock, day
from rakor.meetings.models import Meeting


def days_of(meeting: Meeting) -> list[date]:
    """The calendar days of the meeting in its own zone."""
    first = timezone.localtime(meeting.starts_at, meeting.tz).date()
    last = timezone.localtime(meeting.ends_at, meeting.tz).date()
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


class AgendaItemForm(forms.ModelForm):
    """Title, kind, length and, if wanted, a pinned start in the meeting's zone.

    The first item is proposed as the opening; of every other one the kind is asked.
    """

    at = forms.TimeField(
        label=_("Pinned start"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}),
        help_text=_("Leave empty: the item then follows the one before."),
    )
    day = forms.ChoiceField(label=_("Day"), required=False)

    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = AgendaItem
        fields = ["title", "kind", "minutes", "owner", "note"]
        error_messages = {
            "kind": {"required": _("Choose what kind of item it is.")},
            "minutes": {"required": _("Enter how many minutes it takes.")},
        }

    def __init__(self, *args: Any, meeting: Meeting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meeting = meeting
        self.initial["after"] = meeting.agenda_items.aggregate(last=Max("pk"))["last"] or 0
        if self.instance.pk is None:
            self.fields["kind"].choices = [("", _("Choose the kind")), *AgendaItem.Kind.choices]  # type: ignore[attr-defined]
            self.initial["kind"] = "" if self.initial["after"] else AgendaItem.Kind.OPENING
        days = days_of(meeting)
        self.fields["day"].choices = [(d.isoformat(), day(d)) for d in days]  # type: ignore[attr-defined]
        if len(days) == 1:
            self.fields["day"].widget = forms.HiddenInput()
        if self.instance.starts_at:
            local = timezone.localtime(self.instance.starts_at, meeting.tz)
            self.initial |= {"at": local.strftime("%H:%M"), "day": local.date().isoformat()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        at = cleaned.get("at")
        start = None
        if at is not None:
            on = date.fromisoformat(cleaned.get("day") or days_of(self.meeting)[0].isoformat())
            start = datetime.combine(on, at, tzinfo=self.meeting.tz)
            if start < self.meeting.starts_at - timedelta(hours=4) or start > self.meeting.ends_at:
                self.add_error(
                    "at",
                    _("This time lies outside the meeting, which ends at %(end)s. Correct the time or the meeting.")
                    % {"end": clock(self.meeting.ends_at, self.meeting.zone)},
                )
        self.instance.starts_at = start
        return cleaned

"""The one form of a meeting, the filter of the list, and the reasons of postponing and cancelling."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.db.models.functions import ExtractYear
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.accounts.widgets import DateInput, SegRadio, TimeInput
from rakor.conferencing.providers import provider
from rakor.lib.access import Viewer
from rakor.lib.wording import ZONES, zone_label
from rakor.lib.working_days import working_day_after
from rakor.meetings.deadlines import moved_along
from rakor.meetings.grants import possible_readers
from rakor.meetings.models import Meeting, MeetingRole, SpecialDay
from rakor.meetings.officers import OFFICES, Officer, colleagues

LONGEST_DAYS = 10
FARTHEST = timedelta(days=3 * 366)
AGENCIES = Meeting._meta.get_field("host").related_model._default_manager  # type: ignore[union-attr]


def _text(label: Any, limit: int, help_text: Any = "", **attrs: Any) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=limit, required=False, help_text=help_text, widget=forms.TextInput(attrs=attrs)
    )


def _account(label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(
        label=label, queryset=None, required=False, empty_label=_("— nobody yet —"),
        error_messages={"invalid_choice": _("Choose an account of the host's house from the list.")},
    )  # fmt: skip


class MeetingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a meeting is, when, where and who leads it. Times are entered in the meeting's own zone.

    After `is_valid()`: `changed` names the columns that differ from the row, `officers` who holds which office,
    and `instance` carries the new values, not saved yet.
    """

    date = forms.DateField(
        label=_("Date"), widget=DateInput, error_messages={"required": _("Enter the date of the meeting.")}
    )
    last_day = forms.DateField(
        label=_("Last day"), widget=DateInput, required=False, help_text=_("Only when the meeting lasts several days.")
    )
    start = forms.TimeField(
        label=_("Starts at"), widget=TimeInput, error_messages={"required": _("Enter when the meeting starts.")}
    )
    end = forms.TimeField(label=_("Ends at"), widget=TimeInput, required=False)
    end_open = forms.BooleanField(
        label=_("Until finished"), required=False, help_text=_("Letters then print “s.d. selesai”.")
    )
    reply_date = forms.DateField(
        label=_("Answers until"), widget=DateInput, required=False,
        help_text=_("Left as proposed, it moves along when the date of the meeting moves; typed by you, it stays."),
    )  # fmt: skip
    reply_time = forms.TimeField(label=_("Answers until (time)"), widget=TimeInput, required=False)
    opener_name = _text(_("Opened by"), 160, _("Full name with titles; may be left empty."))
    opener_position = _text(_("Position of the opener"), 200)
    chair = _account(_("Chair"))
    chair_position = _text(_("Position of the chair"), 200, _("As it is printed below the signature."))
    moderator = _account(_("Moderator"))
    moderator_name = _text(_("Moderator without an account"), 160, _("Full name, when no account is chosen."))
    moderator_position = _text(_("Position of the moderator"), 200)
    minute_taker = _account(_("Minute-taker"))
    minute_taker_position = _text(_("Position of the minute-taker"), 200, _("As it is printed below the signature."))
    token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200)
    read = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    field_order = [
        "title", "theme", "kind", "scope", "host", "security", "date", "start", "end", "zone", "end_open", "last_day",
        "reply_date", "reply_time", "mode", "venue", "city", "online_url", "online_code", "online_dial_in", "provider",
        "opener_name", "opener_position", "chair", "chair_position", "moderator", "moderator_position",
        "moderator_name", "minute_taker", "minute_taker_position", "dress_code", "contact_name", "contact_phone",
    ]  # fmt: skip
    """As on the page, where the summary of errors names them in this order."""

    class Meta:
        model = Meeting
        fields = [
            "title", "theme", "kind", "scope", "host", "security", "end_open", "zone", "mode", "venue", "city",
            "provider", "online_url", "online_code", "online_dial_in", "dress_code", "contact_name", "contact_phone",
        ]  # fmt: skip
        widgets = {
            "zone": SegRadio, "mode": SegRadio, "security": SegRadio, "title": forms.Textarea(attrs={"rows": 2}),
            "theme": forms.Textarea(attrs={"rows": 2}), "contact_phone": forms.TextInput(attrs={"inputmode": "tel"}),
        }  # fmt: skip
        labels = {
            "title": _("Title"), "theme": _("Theme"), "kind": _("Kind of meeting"), "scope": _("Scope"),
            "host": _("Host unit"), "security": _("Security class"), "zone": _("Time zone"),
            "mode": _("How people take part"),
            "venue": _("Hall or building"), "city": _("City"), "provider": _("Online room"),
            "online_url": _("Link of the online room"),
            "online_code": _("Meeting code"), "online_dial_in": _("Number to dial"), "dress_code": _("Dress code"),
            "contact_name": _("Contact person"), "contact_phone": _("Contact's phone"),
        }  # fmt: skip
        help_texts = {
            "title": _("As it is printed in the letter, without “Undangan”."),
            "scope": _("For example the region or the programme it is about."),
            "security": _(
                "Of any class but the ordinary one only those named learn of the meeting. Mails and lists then say"
                " “Restricted meeting”, and whoever reads it proves twice who he is."
            ),
            "online_url": _("Guests find it on their personal page only."),
            "dress_code": _("For example PDH or batik."),
        }
        error_messages = {
            "title": {"required": _("Enter the title of the meeting.")},
            "host": {
                "required": _("Choose the unit that invites."),
                "invalid_choice": _("Choose one of your own units."),
            },
            "zone": dict.fromkeys(("required", "invalid_choice"), _("Choose WIB, WITA or WIT.")),
            "security": dict.fromkeys(("required", "invalid_choice"), _("Choose one of the classes shown.")),
            "mode": dict.fromkeys(("required", "invalid_choice"), _("Choose one of the ways shown.")),
            "kind": dict.fromkeys(("required", "invalid_choice"), _("Choose one of the kinds shown.")),
        }
        field_classes = {"online_url": forms.CharField}

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        meeting: Meeting | None = kwargs.get("instance")
        hosts = AGENCIES.filter(pk__in=viewer.agencies("organiser") | ({meeting.host_id} if meeting else set()))
        self.hosts = list(hosts)
        start_values = _values_of(meeting) if meeting else _defaults(viewer, self.hosts)
        super().__init__(*args, **{**kwargs, "initial": {**start_values, **(kwargs.get("initial") or {})}})
        self.before = self._row()
        self.now = timezone.now()
        self._offer(hosts)

    columns = (*Meta.fields, "starts_at", "ends_at", "reply_by", "reply_by_hand")

    def _row(self) -> dict[str, Any]:
        return {name: getattr(self.instance, Meeting._meta.get_field(name).attname) for name in self.columns}

    def _offer(self, hosts: QuerySet[Any]) -> None:
        self.fields["host"].queryset = hosts.order_by("protocol_order", "name")  # type: ignore[attr-defined]
        self.fields["host"].empty_label = None  # type: ignore[attr-defined]
        self.fields["zone"].choices = ZONES  # type: ignore[attr-defined]
        self.fields["provider"].required = self.fields["security"].required = False
        self.fields["security"].mark = ""  # type: ignore[attr-defined]
        people = colleagues({host.house_id for host in self.hosts})
        for office in ("chair", "moderator", "minute_taker"):
            self.fields[office].queryset = people  # type: ignore[attr-defined]
        self.fields["read"].initial = self.initial["read"] = self.fingerprint

    # -- cleaning ----------------------------------------------------------------------------------------

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_theme(self) -> str:
        return " ".join(self.cleaned_data["theme"].split())

    def clean_security(self) -> str:
        return self.cleaned_data["security"] or self.instance.security

    def clean_provider(self) -> str:
        return self.cleaned_data["provider"] or self.instance.provider

    def clean(self) -> dict[str, Any]:
        """Puts the moments together and asks the provider whether the room can be opened."""
        data = super().clean() or self.cleaned_data
        zone = ZoneInfo(data["zone"]) if data.get("zone") else None
        if zone and data.get("date") and data.get("start"):
            starts = datetime.combine(data["date"], data["start"], zone)
            self._clean_period(data, starts)
            if "date" not in self.errors:
                self._clean_reply(data, starts)
        if data.get("online_url"):
            self._clean_room(data)
        if data.get("moderator_name") and data.get("moderator"):
            data["moderator_name"] = ""
        self._clean_people(data)
        return data

    def _clean_period(self, data: dict[str, Any], starts: datetime) -> None:
        first, last = starts.date(), data.get("last_day") or starts.date()
        if starts != self.before["starts_at"] and starts <= self.now:
            self.add_error("date", _("This lies in the past. Enter a date and time from now on."))
        elif starts > self.now + FARTHEST:
            self.add_error("date", _("This is more than three years away. Check the year."))
        if last < first:
            self.add_error("last_day", _("The last day must not be before the first."))
        elif last - first >= timedelta(days=LONGEST_DAYS):
            self.add_error("last_day", _("A meeting lasts at most 10 days."))
        elif "end" not in self.errors:
            self._clean_end(data, starts, last)

    def _clean_end(self, data: dict[str, Any], starts: datetime, last: date) -> None:
        if data.get("end"):
            ends = datetime.combine(last, data["end"], starts.tzinfo)
        elif not data.get("end_open"):
            self.add_error("end", _("Enter when the meeting ends, or tick “until finished”."))
            return
        else:
            one_day = last == starts.date()
            ends = starts + timedelta(hours=3) if one_day else datetime.combine(last, time(17), starts.tzinfo)
        if ends <= starts:
            self.add_error("end", _("The end must be after the start."))
            return
        self.instance.starts_at, self.instance.ends_at = starts, ends

    def _clean_reply(self, data: dict[str, Any], starts: datetime) -> None:
        if not data.get("reply_date"):
            self.instance.reply_by, self.instance.reply_by_hand = None, False
            return
        reply_by = datetime.combine(data["reply_date"], data.get("reply_time") or time(16), starts.tzinfo)
        if {"reply_date", "reply_time"} & set(self.changed_data):
            self.instance.reply_by_hand = True
        elif self.instance.pk and not self.instance.reply_by_hand:
            old, days = self.before["starts_at"].astimezone(starts.tzinfo), SpecialDay.objects.of(self.instance)
            reply_by = moved_along(reply_by, old, starts, self.now, days)
        if reply_by >= starts:
            self.add_error("reply_date", _("Answers are needed before the meeting starts."))
        elif reply_by != self.before["reply_by"] and reply_by <= self.now:
            self.add_error("reply_date", _("This lies in the past. Leave guests some time to answer."))
        else:
            self.instance.reply_by = reply_by

    def _clean_room(self, data: dict[str, Any]) -> None:
        from rakor.conferencing.providers import Room

        try:
            room = Room(data["online_url"], data.get("online_code", ""), data.get("online_dial_in", ""))
            provider(data.get("provider") or self.instance.provider).check(room)
        except ValueError as wrong:
            self.add_error("online_url", str(wrong))

    def _clean_people(self, data: dict[str, Any]) -> None:
        host = data.get("host")
        for office in ("chair", "moderator", "minute_taker"):
            user = data.get(office)
            if user and host and not colleagues({host.house_id}).filter(pk=user.pk).exists():
                self.add_error(office, _("This account does not belong to the house of the host unit."))
        if data.get("chair") and data.get("chair") == data.get("minute_taker"):
            self.add_error("minute_taker", _("The chair cannot take the minutes, since the chair approves them."))

    # -- what came out -----------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """Of the row's values as they were read; tells an edit that it would overwrite somebody else's."""
        roles = MeetingRole.objects.filter(meeting=self.instance.pk).order_by("role", "pk")
        held = list(roles.values_list("role", "user_id", "name", "position"))
        text = json.dumps([self.before, held], default=str, sort_keys=True)
        return sha256(text.encode()).hexdigest()[:16]

    @property
    def changed(self) -> list[str]:
        """Columns whose new value differs from the row's."""
        return [name for name, value in self._row().items() if value != self.before[name]]

    @property
    def officers(self) -> dict[str, Officer]:
        """Who holds which office from now on; one that is printed without an account stays when nobody is chosen."""
        data = self.cleaned_data
        named = {"opener": data["opener_name"], "moderator": data["moderator_name"]}
        given: dict[str, Officer] = {}
        for office in OFFICES:
            user, position = data.get(office), data[f"{office}_position"]
            if user is None and office not in named and self._printed_only(office):
                continue
            name = user.full_name if user else named.get(office, "")
            position = position or (_position_of(user) if user else "")
            given[office] = Officer(user, name, position if user or office in named else "")
        return given

    def _printed_only(self, office: str) -> bool:
        role = self.instance.officer(office) if self.instance.pk else None
        return role is not None and role.user_id is None

    @property
    def overwrites(self) -> bool:
        """True when the row was changed after this form had been loaded."""
        return bool(self.data.get("read")) and self.data["read"] != self.fingerprint


def _position_of(user: Any) -> str:
    held = user.positions.order_by("order", "pk").first()
    return str(held) if held else ""


def _defaults(viewer: Viewer, hosts: list[Any]) -> dict[str, Any]:
    host = hosts[0] if hosts else None
    labels = {label: zone for zone, label in ZONES}
    today = timezone.localdate()
    days = SpecialDay.objects.overrides(host.province_code if host else "")
    return {
        "host": host.pk if host else None,
        "zone": labels[zone_label(host.zone)] if host else "Asia/Jakarta",
        "date": working_day_after(today, 7, days),
        "start": time(9),
        "end": time(12),
        "mode": "hybrid",
        "reply_date": working_day_after(today, 5, days),
        "reply_time": time(16),
        "contact_name": viewer.name,
    }


def _values_of(meeting: Meeting) -> dict[str, Any]:
    starts, ends = timezone.localtime(meeting.starts_at, meeting.tz), timezone.localtime(meeting.ends_at, meeting.tz)
    values: dict[str, Any] = {
        "date": starts.date(),
        "start": starts.time(),
        "end": ends.time(),
        "last_day": ends.date() if ends.date() != starts.date() else None,
    }
    if meeting.reply_by:
        reply_by = timezone.localtime(meeting.reply_by, meeting.tz)
        values |= {"reply_date": reply_by.date(), "reply_time": reply_by.time()}
    for office in OFFICES:
        if role := meeting.officer(office):
            values |= {office: role.user_id, f"{office}_position": role.position}
            values |= {f"{office}_name": "" if role.user_id else role.name}
    return values


class MeetingFilter(forms.Form):
    """Words, status, year and whose meetings; unknown values are as good as none."""

    WHOSE = [("", _("All meetings")), ("host", _("Hosted by my unit")), ("mine", _("I have a part in it"))]

    STATUSES = [("", _("Every status")), *Meeting.Status.choices]

    q = forms.CharField(label=_("Search"), required=False, max_length=100, widget=forms.TextInput({"type": "search"}))
    status = forms.ChoiceField(label=_("Status"), required=False, choices=STATUSES)
    year = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)
    whose = forms.ChoiceField(label=_("Whose"), required=False, choices=WHOSE)

    def __init__(self, data: Any, *, viewer: Viewer, rows: QuerySet[Meeting]) -> None:
        super().__init__(data)
        self.viewer, self.rows = viewer, rows
        years = rows.annotate(year=ExtractYear("starts_at")).order_by("-year").values_list("year", flat=True).distinct()
        self.fields["year"].choices = [("", _("Every year")), *((y, str(y)) for y in years)]  # type: ignore[attr-defined]

    def found(self) -> QuerySet[Meeting]:
        """The rows that match what was entered."""
        self.is_valid()
        given, rows = self.cleaned_data, self.rows
        if given.get("q"):
            rows = rows.matching(given["q"])  # type: ignore[attr-defined]
        if given.get("status"):
            rows = rows.filter(status=given["status"])
        if given.get("year"):
            rows = rows.filter(starts_at__year=given["year"])
        if given.get("whose") == "host":
            rows = rows.filter(host_id__in=self.viewer.agencies())
        if given.get("whose") == "mine":
            rows = rows.taken_part_in_by(self.viewer)  # type: ignore[attr-defined]
        return rows


class GrantForm(forms.Form):
    """Who else may read this meeting, why and how long."""

    user = forms.ModelChoiceField(
        label=_("Who may read"), queryset=None, empty_label=_("— choose —"),
        help_text=_("Auditors and system administrators; nobody else can be given this right."),
        error_messages={"required": _("Choose who may read."), "invalid_choice": _("Choose somebody from the list.")},
    )  # fmt: skip
    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("It stays in the history of the meeting."),
        error_messages={"required": _("Say why this person has to read the meeting.")},
    )  # fmt: skip
    until = forms.DateField(
        label=_("Last day"), widget=DateInput, help_text=_("At most 90 days from today."),
        error_messages={"required": _("Enter the last day.")},
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = possible_readers()  # type: ignore[attr-defined]
        self.fields["until"].initial = timezone.localdate() + timedelta(days=14)


class SpecialDayForm(forms.ModelForm):  # type: ignore[type-arg]
    """A day that is free, or worked, against the national calendar."""

    class Meta:
        model = SpecialDay
        fields = ["date", "name", "free", "province_code"]
        labels = {"date": _("Date"), "name": _("Name"), "free": _("Kind"), "province_code": _("Where")}
        help_texts = {"name": _("For example Galungan, or Cuti bersama tambahan.")}
        widgets = {"date": DateInput, "free": SegRadio}
        error_messages = {
            "date": {"required": _("Enter the date.")}, "name": {"required": _("Enter what the day is called.")},
        }  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["province_code"] = forms.ChoiceField(
            label=_("Where"), required=False, choices=[("", _("Everywhere")), *provinces().items()]
        )
        self.fields["province_code"].help_text = _("A local holiday counts for meetings whose host has its seat there.")


def provinces() -> dict[str, str]:
    """Code and name of the provinces that have an agency."""
    rows = AGENCIES.exclude(province_code="").order_by("province_code")
    return dict(rows.values_list("province_code", "province"))


class PostponeForm(forms.Form):
    """Why the meeting takes place later; invitees read it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody invited reads this sentence."),
        error_messages={"required": _("Say why the meeting is postponed.")},
    )  # fmt: skip


class CancelForm(forms.Form):
    """Why the meeting does not take place; invitees read it."""

    reason = forms.CharField(
        label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Everybody invited reads this sentence."),
        error_messages={"required": _("Say why the meeting is cancelled.")},
    )  # fmt: skip

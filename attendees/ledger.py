"""Who was there, read off the ledger of presences: per person and per agency, each counted once."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from attendees.models import Invitation, Presence
from rakor.lib.access import Refusal, Viewer, allowed
from rakor.lib.sheets import Sheet
from rakor.lib.wording import clock, day
from rakor.meetings.access import may_check_in, may_see_insides
from rakor.meetings.models import Meeting

STATES = (
    ("present", gettext_lazy("Present now")),
    ("left", gettext_lazy("Was there, has left")),
    ("represented", pgettext_lazy("presence", "Represented")),
    ("expected", gettext_lazy("Expected")),
    ("absent", gettext_lazy("Absent")),
    ("excused", gettext_lazy("Declined")),
    ("silent", gettext_lazy("No word yet")),
)
"""(code, label): every person of the list is in exactly one of these. After the meeting `left` reads as present."""


def may_see_presence(viewer: Viewer, meeting: Meeting) -> None:
    """Those who prepare the meeting, the auditor and the registration desk."""
    if not (allowed(may_see_insides, viewer, meeting) or allowed(may_check_in, viewer, meeting)):
        raise Refusal(gettext_lazy("Only those who prepare the meeting and the registration desk see who is there."))


@dataclass
class Person:
    """One invitation with its intervals, oldest first; those recorded by mistake stay visible and do not count."""

    invitation: Invitation
    intervals: list[Presence]
    over: bool
    principal_present: bool = False

    @property
    def counted(self) -> list[Presence]:
        return [interval for interval in self.intervals if not interval.is_mistake]

    @property
    def open(self) -> Presence | None:
        return next((interval for interval in self.intervals if interval.until is None), None)

    @property
    def modes(self) -> set[str]:
        return {interval.mode for interval in self.counted}

    @property
    def state(self) -> str:
        """The code of STATES."""
        if self.open:
            return "present"
        if self.counted:
            return "present" if self.over else "left"
        if self.invitation.status == "delegated":
            return "represented"
        if self.invitation.status == "accepted":
            return "absent" if self.over else "expected"
        return "excused" if self.invitation.status == "declined" else "silent"

    @property
    def label(self) -> Any:
        """The state in words; after the meeting whoever was there was *hadir*."""
        return _("Present") if self.over and self.state == "present" else dict(STATES)[self.state]

    @property
    def chip(self) -> str:
        """Class of the state's chip."""
        return {"left": "held", "expected": self.invitation.chip, "excused": "declined", "silent": "pending"}.get(
            self.state, self.state
        )

    @property
    def is_companion(self) -> bool:
        """True for a deputy whose principal turned up too."""
        return bool(self.counted) and self.principal_present


@dataclass(frozen=True)
class Count:
    """Heads `in_person` and `online` (whoever changed over counts where he was last), and agencies seen."""

    in_person: int
    online: int
    here: int
    agencies: int
    agencies_present: int
    agencies_represented: int

    @property
    def heads(self) -> int:
        return self.in_person + self.online

    @property
    def agencies_missing(self) -> int:
        """Those of which nobody has come."""
        return self.agencies - self.agencies_present - self.agencies_represented


class Ledger:
    """The presences of a meeting in protocol order: `people`, `count`, and a narrowed list (two queries)."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        intervals: dict[int, list[Presence]] = {}
        for presence in Presence.objects.filter(meeting=meeting).order_by("since", "pk"):
            intervals.setdefault(presence.invitation_id, []).append(presence)
        rows = (
            Invitation.objects.filter(meeting=meeting)
            .select_related("agency", "delegated_from__delegated_from")
            .in_protocol_order()
        )
        over = meeting.status in {"held", "closed"}
        self.people = [
            Person(row, intervals.get(row.pk, []), over) for row in rows if row.ended_at is None or row.pk in intervals
        ]
        present = {person.invitation.pk for person in self.people if person.counted}
        for person in self.people:
            person.principal_present = person.invitation.delegated_from_id in present

    @property
    def count(self) -> Count:
        """Who was there, or is."""
        last = [person.counted[-1].mode for person in self.people if person.counted]
        present = {p.invitation.agency_id for p in self.people if p.counted and not p.invitation.delegated_from_id}
        represented = {p.invitation.agency_id for p in self.people if p.counted} - present
        return Count(
            in_person=last.count("in_person"),
            online=last.count("online"),
            here=sum(person.open is not None for person in self.people),
            agencies=len({person.invitation.agency_id for person in self.people}),
            agencies_present=len(present),
            agencies_represented=len(represented),
        )

    def choices(self) -> list[tuple[str, str]]:
        """States that occur, with how many people are in each."""
        found = [person.state for person in self.people]
        return [(code, f"{label} ({found.count(code)})") for code, label in STATES if code in found]

    def narrowed(self, q: str = "", state: str = "") -> list[Person]:
        """The people of one state whose names have every word."""
        words = q.casefold().split()[:8]
        return [
            p for p in self.people if state in ("", p.state) and all(word in _words(p.invitation) for word in words)
        ]


def _words(invitation: Invitation) -> str:
    return " ".join(
        [invitation.position_name, invitation.person_name, invitation.agency_name, invitation.agency.short]
    ).casefold()


def story(presence: Presence, zone: str) -> str:
    """`bergabung 09.03 WIB (tautan pribadi)`: what is known of an interval, and from what."""
    source = _inside(presence.get_source_display())
    begun = clock(presence.since, zone)
    if presence.until is None:
        facts = {"clock": begun, "source": source}
        return (
            _("joined %(clock)s (%(source)s)") % facts
            if presence.mode == "online"
            else _("checked in %(clock)s (%(source)s)") % facts
        )
    if presence.is_mistake:
        return _("%(clock)s (%(source)s): taken back") % {"clock": begun, "source": source}
    end = _inside(presence.get_end_source_display())
    return _("%(since)s to %(until)s (%(source)s; %(end)s)") % {
        "since": begun,
        "until": clock(presence.until, zone),
        "source": source,
        "end": end,
    }


def _inside(label: str) -> str:
    """A label within a sentence: without its capital, but `QR` stays."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def as_csv(ledger: Ledger) -> str:
    """The whole list for a spreadsheet, a line an interval, times in the meeting's zone; all who are invited."""
    out = StringIO()
    table = csv.writer(out, delimiter=";")
    table.writerow(_heading())
    for person in ledger.people:
        table.writerows([_plain(cell) for cell in line] for line in _lines(person, ledger.meeting.zone))
    return "\ufeff" + out.getvalue()


def as_sheet(ledger: Ledger, people: Iterable[Person]) -> Sheet:
    """These people for a spreadsheet, otherwise as `as_csv`."""
    rows = (line for person in people for line in _lines(person, ledger.meeting.zone))
    return Sheet(_("Attendance"), _heading(), rows, [36, 36, 28, 28, 18, 14, 26])


def _heading() -> list[str]:
    return [
        _("Agency"), _("Position"), _("Name"), _("Representing"), _("State"), _("Mode"), _("Day"),
        pgettext("presence", "From"), pgettext("presence", "To"), _("Source"), pgettext("presence", "End"),
    ]  # fmt: skip


def _lines(person: Person, zone: str) -> Iterator[list[str]]:
    row = person.invitation
    head = [row.agency_name, row.position_name, row.person_name, row.represents, str(person.label)]
    intervals: Iterable[Presence | None] = person.counted or [None]
    for one in intervals:
        yield [*head, *(_facts(one, zone) if one else [""] * 6)]


def _facts(one: Presence, zone: str) -> list[str]:
    def at(moment: datetime | None) -> str:
        return clock(moment, zone) if moment else ""

    return [
        str(one.get_mode_display()), day(one.since, zone), at(one.since), at(one.until),
        str(one.get_source_display()), str(one.get_end_source_display()),
    ]  # fmt: skip


def _plain(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    shown = unicodedata.normalize("NFKC", text).lstrip("\t\r\n \u200b\u200e\u200f\ufeff")
    return f"'{text}" if shown[:1] in {"=", "+", "-", "@"} or text[:1] in {"\t", "\r"} else text

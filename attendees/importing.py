"""Lists of positions and of invitees from spreadsheets: read, looked at row by row, then written all or not at all.

What is uploaded waits in a row of its own (`Import`) that only its owner sees; nothing of it is in a session or a
file. What it would do is worked out anew each time it is looked at, so that a gap filled in the directory is seen at
once, and once more when it is confirmed: if that differs from what the person saw, nothing is written.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from attendees import phones
from attendees.access import may_edit_directory
from attendees.inviting import invite
from attendees.matching import Agencies
from attendees.models import Agency, Import, Position
from attendees.models.searching import plain
from rakor.audit.models import record_all
from rakor.audit.moves import StaleState
from rakor.lib.access import Refusal, Viewer, allowed
from rakor.lib.fields import without_hidden
from rakor.lib.numbers import whole_number
from rakor.lib.sheets import Row, Sheet, Unreadable, read_rows
from rakor.meetings.models import Meeting

KEPT = timedelta(days=1)
MOST_DOUBTS = 200
"""Names without an agency for which something similar is looked for."""

FIELDS: dict[str, tuple[Any, int, tuple[str, ...]]] = {
    # field: heading of the template, longest text, other headings that are understood
    "agency": (gettext_lazy("Agency"), 200, ("instansi", "kode instansi", "unit", "agency", "lembaga")),
    "position": (gettext_lazy("Position"), 200, ("jabatan", "position", "nama jabatan")),
    "acting": (gettext_lazy("Plt./Plh."), 4, ("plt", "plh", "plt plh", "acting")),
    "holder": (
        pgettext_lazy("import", "Name of the holder"), 120, ("nama", "nama pejabat", "pejabat", "holder", "name"),
    ),
    "email": (gettext_lazy("E-mail"), 254, ("surel", "email", "e mail", "alamat surel", "surat elektronik")),
    "phone": (
        gettext_lazy("Phone or WhatsApp"), 30, ("telepon", "hp", "no hp", "whatsapp", "wa", "phone", "nomor telepon"),
    ),
    "order": (gettext_lazy("Order"), 5, ("urutan", "order")),
    "required": (gettext_lazy("Must attend"), 10, ("wajib hadir", "wajib", "must attend")),
    "head_only": (gettext_lazy("Cannot be represented"), 10, ("tidak dapat diwakilkan", "cannot be represented")),
    "offer": (gettext_lazy("Way of attending"), 30, ("cara hadir", "moda", "way of attending")),
}  # fmt: skip
OF_DIRECTORY = ("agency", "position", "acting", "holder", "email", "phone", "order")
OF_INVITEES = ("agency", "position", "holder", "email", "phone", "required", "head_only", "offer")
KEPT_FACTS = ("acting", "holder", "email", "phone", "order")

YES = {"ya", "y", "yes", "1", "x", "true", "wajib"}
NO = {"", "tidak", "t", "no", "n", "0", "false"}
OFFERS = {
    "luring": "in_person", "tatap muka": "in_person", "langsung": "in_person", "in person": "in_person",
    "daring": "online", "online": "online", "keduanya": "either", "luring atau daring": "either", "either": "either",
}  # fmt: skip


# -- taking a file in --------------------------------------------------------------------------------------------


def receive(content: bytes, *, by: Viewer, meeting: Meeting | None = None) -> Import:
    """Keeps the file's rows for a look; Unreadable or NoPlaceToLook with a sentence when it is no use."""
    rows = read_rows(content)
    wanted = OF_INVITEES if meeting else OF_DIRECTORY
    columns, headings = _columns(rows, wanted)
    kept = [
        (number, {name: cells[at] for name, at in columns.items() if at < len(cells) and cells[at].strip()})
        for number, cells in rows[1:]
    ]
    kept = [row for row in kept if row[1]]
    if not kept:
        raise Unusable(_("The file has a heading and no rows below it."))
    return Import.objects.create(
        user_id=by.user_id, meeting=meeting, headings=headings, rows=kept, uploaded_by=by.actor
    )


class Unusable(Unreadable):
    """A spreadsheet, but not such a list."""

    def __init__(self, reason: str) -> None:
        Exception.__init__(self, reason)
        self.reason = reason


def _columns(rows: list[Row], wanted: tuple[str, ...]) -> tuple[dict[str, int], dict[str, str]]:
    known = {plain(name): field for field in wanted for name in (*FIELDS[field][2], str(FIELDS[field][0]))}
    columns: dict[str, int] = {}
    headings: dict[str, str] = {}
    for at, text in enumerate(rows[0][1] if rows else []):
        found = known.get(plain(text))
        if found and found not in columns:
            columns[found], headings[found] = at, " ".join(text.split())[:60]
    if missing := [str(FIELDS[name][0]) for name in ("agency", "position") if name not in columns]:
        raise Unusable(
            _("The first row must name the columns; missing: %(columns)s. Start from the template.")
            % {"columns": ", ".join(missing)}
        )
    return columns, headings


def template(*, invitees: bool) -> tuple[Sheet, Sheet]:
    """An empty list with its headings, and a second sheet that says what goes where."""
    fields = OF_INVITEES if invitees else OF_DIRECTORY
    notes = {
        "agency": _("Code, name or short name, as in the directory. Needed."),
        "position": _("As letters address it, for instance Kepala BP3MI Bali. Needed."),
        "acting": _("Plt., Plh. or empty."),
        "holder": _("One name is enough. Left empty, the directory's stays."),
        "email": _("The official address. Left empty, the directory's stays."),
        "phone": _("For instance 0812-3456-7890. Left empty, the directory's stays."),
        "order": _("Within the agency; the head is 1."),
        "required": _("ya or tidak"),
        "head_only": _("ya or tidak"),
        "offer": _("luring, daring or keduanya"),
    }
    heading = [str(FIELDS[name][0]) for name in fields]
    filling = [(str(FIELDS[name][0]), notes[name]) for name in fields]
    return (
        Sheet(_("List"), heading, [], [36, 36]),
        Sheet(_("How to fill it in"), [_("Column"), _("What goes there")], filling, [28, 80]),
    )


def forget_imports() -> int:
    """Lists that are older than a day are removed, confirmed or not; how many those were."""
    removed, _by_model = Import.objects.filter(uploaded_at__lt=timezone.now() - KEPT).delete()
    return removed


# -- what it would do --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """Something about one cell: `bad` keeps the whole list from being written, `warn` only wants to be seen."""

    tone: str
    column: str
    sentence: str


@dataclass
class Line:
    """One row of the file and what becomes of it."""

    number: int
    texts: dict[str, str]
    agency: Agency | None = None
    position: Position | None = None
    values: dict[str, Any] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    invited: bool = False

    @property
    def is_wrong(self) -> bool:
        return any(fault.tone == "bad" for fault in self.faults)

    @property
    def tone(self) -> str:
        return "bad" if self.is_wrong else "warn" if self.faults else ""

    @property
    def state(self) -> str:
        """`wrong`, `invited` (already), `new` in the directory, `changed`, `same`."""
        if self.is_wrong:
            return "wrong"
        if self.invited:
            return "invited"
        return "new" if self.position is None else "changed" if self.changed else "same"

    @property
    def changed_labels(self) -> list[str]:
        return [str(FIELDS[name][0]) for name in self.changed]


@dataclass
class Doubt:
    """What the file calls an agency, and which may be meant."""

    text: str
    suggestions: list[Agency]
    numbers: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    added: int
    changed: int
    invited: int


class Plan:
    """What the list would do today: `lines`, `doubts`, `count` of lines by state; a constant number of queries."""

    def __init__(self, waiting: Import, viewer: Viewer, *, lock: bool = False) -> None:
        self.waiting, self.viewer = waiting, viewer
        self.meeting: Meeting | None = waiting.meeting
        self.agencies = Agencies()
        self.doubts: dict[str, Doubt] = {}
        self.lines = [Line(number, texts) for number, texts in waiting.rows]
        for line in self.lines:
            self._read(line)
        self._positions(lock)
        self._twins()
        self.count = Counter(line.state for line in self.lines)

    @property
    def ready(self) -> bool:
        return not self.count["wrong"]

    @property
    def writes(self) -> int:
        """Rows that change something."""
        there = ("new", "changed", "same") if self.meeting else ("new", "changed")
        return sum(self.count[state] for state in there)

    @property
    def warned(self) -> int:
        return sum(line.tone == "warn" for line in self.lines)

    @property
    def seal(self) -> str:
        """The same as long as the list would do the same."""
        facts = [
            (line.number, line.state, line.agency and line.agency.pk, line.position and line.position.pk, line.changed)
            for line in self.lines
        ]
        return sha256(json.dumps(facts).encode()).hexdigest()[:32]

    # the cells of one row

    def _fault(self, line: Line, name: str, sentence: Any, tone: str = "bad") -> None:
        column = self.waiting.headings.get(name) or str(FIELDS[name][0])
        line.faults.append(Fault(tone, column, str(sentence)))

    def _read(self, line: Line) -> None:
        for name in OF_INVITEES if self.meeting else OF_DIRECTORY:
            text = line.texts.get(name, "").strip()
            most = FIELDS[name][1]
            if len(text) > most:
                line.texts[name] = text[:60] + "…"
                self._fault(line, name, _("Longer than %(most)s characters. Shorten it.") % {"most": most})
                continue
            try:
                without_hidden(text)
                line.values[name] = self._reader(name)(" ".join(text.split()))
            except ValidationError as wrong:
                self._fault(line, name, " ".join(wrong.messages))
            if text.startswith("=") and name in ("position", "holder"):
                self._fault(line, name, _("This is a formula; it is taken as the text that it is."), "warn")
        self._agency(line)

    def _reader(self, name: str) -> Callable[[str], Any]:
        readers: dict[str, Callable[[str], Any]] = {
            "email": _email, "phone": phones.kept, "acting": _acting, "order": _order, "required": _yes,
            "head_only": _yes, "offer": self._offer, "position": _needed,
        }  # fmt: skip
        return readers.get(name, str)

    def _offer(self, text: str) -> str:
        assert self.meeting is not None
        offers = {"hybrid": ("either", "in_person", "online"), "in_person": ("in_person",), "online": ("online",)}
        offered = offers[self.meeting.mode]
        wanted = OFFERS.get(plain(text)) if text else offered[0]
        if wanted is None:
            raise ValidationError(_("Write luring, daring or keduanya."))
        if wanted not in offered:
            raise ValidationError(_("The meeting does not offer this way of attending."))
        return wanted

    def _agency(self, line: Line) -> None:
        text = line.values.get("agency")
        if text is None:
            return
        if not text:
            self._fault(line, "agency", _("Name the agency."))
            return
        found = self.agencies.called(text)
        chosen = self.agencies.by_pk.get(self.waiting.choices.get(plain(text), 0))
        if chosen or len(found) == 1:
            line.agency = chosen or found[0]
            return
        doubt = self.doubts.get(plain(text))
        if doubt is None:
            looked = self.agencies.suggested(text) if len(self.doubts) < MOST_DOUBTS else []
            doubt = self.doubts[plain(text)] = Doubt(text, looked)
        doubt.numbers.append(line.number)
        if doubt.suggestions:
            names = "; ".join(agency.name for agency in doubt.suggestions)
            self._fault(line, "agency", _("Not certain which agency is meant. Perhaps: %(names)s") % {"names": names})
        else:
            self._fault(line, "agency", _("No agency of the directory is called so. Check the name, or use its code."))

    # the rows together

    def _positions(self, lock: bool) -> None:
        wanted = {line.agency.pk for line in self.lines if line.agency}
        rows = Position.objects.filter(agency__in=wanted)
        known = {}
        for position in rows.select_for_update(of=("self",)).order_by("pk") if lock else rows:
            position.agency = self.agencies.by_pk[position.agency_id]
            known[position.agency_id, plain(position.name)] = position
        invited = set()
        if self.meeting:
            invited = set(self.meeting.invitations.active().addressed().values_list("position_id", flat=True))
        may = {pk: allowed(may_edit_directory, self.viewer, self.agencies.by_pk[pk]) for pk in wanted}
        for line in self.lines:
            if line.agency is None or not line.values.get("position"):
                continue
            line.position = known.get((line.agency.pk, plain(line.values["position"])))
            line.invited = line.position is not None and line.position.pk in invited
            if self.meeting is None and not may[line.agency.pk]:
                self._fault(line, "agency", _("You may change the entry of your own agency only."))
            elif line.position is None and not may[line.agency.pk]:
                self._fault(line, "position", _("The directory has no such position. Ask an organiser to add it."))
            if line.position and self.meeting is None:
                line.changed = [
                    name for name in KEPT_FACTS
                    if line.texts.get(name, "").strip() and line.values.get(name) != getattr(line.position, name)
                ]  # fmt: skip

    def _twins(self) -> None:
        positions: dict[tuple[int, str], int] = {}
        people: dict[tuple[int, str], Line] = {}
        for line in self.lines:
            if line.agency is None:
                continue
            if name := plain(line.values.get("position") or ""):
                first = positions.setdefault((line.agency.pk, name), line.number)
                if first != line.number:
                    self._fault(line, "position", _("This position stands in row %(row)s already.") % {"row": first})
                    continue
            if holder := plain(line.values.get("holder") or ""):
                other = people.setdefault((line.agency.pk, holder), line)
                if other is not line and not (line.values.get("acting") or other.values.get("acting")):
                    self._same_name(line, holder, other)

    def _same_name(self, line: Line, holder: str, other: Line) -> None:
        row = {"row": other.number}
        if " " in holder:
            self._fault(line, "holder", _("This person stands in row %(row)s already. Delete one.") % row)
        else:
            said = _("Row %(row)s has the same single name in this agency. Check that these are two people.") % row
            self._fault(line, "holder", said, "warn")


def _needed(text: str) -> str:
    if not text:
        raise ValidationError(_("Enter the position."))
    return text


def _email(text: str) -> str:
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise ValidationError(_("This is not an e-mail address. Write it like name@office.go.id.")) from None
    return text.lower()


def _acting(text: str) -> str:
    known = {"": "", "plt": "Plt.", "plh": "Plh."}
    if plain(text) not in known:
        raise ValidationError(_("Write Plt., Plh. or leave it empty."))
    return known[plain(text)]


def _order(text: str) -> int:
    number = whole_number(text) if text else 10
    if number is None or not 1 <= number <= 32_767:
        raise ValidationError(_("Write a whole number from 1 on."))
    return number


def _yes(text: str) -> bool:
    if plain(text) not in YES | NO:
        raise ValidationError(_("Write ya or tidak."))
    return plain(text) in YES


# -- writing -----------------------------------------------------------------------------------------------------


def apply(waiting: Import, *, seen: str, by: Viewer) -> Outcome:
    """Writes every row in one transaction; the list's rows are gone afterwards.

    StaleState when it was confirmed or given up before; a Refusal with its sentence when something is wrong or has
    changed since the person looked (`seen` is the seal of what was shown). Then nothing is written.
    """
    try:
        with transaction.atomic():
            present = Import.objects.select_for_update().filter(pk=waiting.pk, applied_at__isnull=True).first()
            if present is None:
                raise StaleState
            plan = Plan(present, by, lock=True)
            if not plan.ready:
                raise Refusal(_("Rows are still wrong; nothing was written. Correct them first."))
            if plan.seal != seen:
                raise Refusal(_("The directory has changed since you looked; nothing was written. Look again."))
            done = _written(plan, by)
            present.rows, present.choices, present.headings = [], {}, {}
            present.applied_at, present.applied_by = timezone.now(), by.actor
            present.save()
            return done
    except IntegrityError as twice:
        raise Refusal(_("Somebody added the same position just now; nothing was written. Look again.")) from twice


def _written(plan: Plan, by: Viewer) -> Outcome:
    added = Position.objects.bulk_create([_position(line) for line in plan.lines if line.state == "new"])
    changed = []
    for line in plan.lines:
        if line.state == "changed" and line.position:
            for name in line.changed:
                setattr(line.position, name, line.values[name])
            changed.append(line.position)
    if changed:
        Position.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["pk"], update_fields=list(KEPT_FACTS)
        )
    record_all("position.added", added, by=by)
    record_all("position.changed", changed, by=by)
    if plan.meeting is None:
        return Outcome(len(added), len(changed), 0)
    return Outcome(len(added), 0, _invited(plan, plan.meeting, added, by))


def _position(line: Line) -> Position:
    facts = {name: line.values[name] for name in KEPT_FACTS if line.values.get(name)}
    return Position(agency=line.agency, name=line.values["position"], **facts)


def _invited(plan: Plan, meeting: Meeting, added: Iterable[Position], by: Viewer) -> int:
    """One call for each set of terms: twelve at the most. The name and address of the file go on the invitation."""
    new = iter(added)
    groups: dict[tuple[bool, bool, str], list[Position]] = defaultdict(list)
    for line in plan.lines:
        if line.state == "invited":
            continue
        position = line.position or next(new)
        for name in ("holder", "email", "phone"):
            if line.values.get(name):
                setattr(position, name, line.values[name])
        groups[line.values["required"], line.values["head_only"], line.values["offer"]].append(position)
    made = [
        invite(meeting, positions, by=by, required=required, head_only=head_only, offer=offer)
        for (required, head_only, offer), positions in groups.items()
    ]
    return sum(map(len, made))

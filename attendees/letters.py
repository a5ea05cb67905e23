"""The surat undangan: composed from the meeting, frozen when it is prepared, signed here or elsewhere.

Official wording is Indonesian in every language of the screen. Layout: domain.md §4.4, pdf/invitation_letter.html.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.calendar_file import calendar_file
from attendees.models import Agency, Invitation, Letterhead
from rakor.documents.kinds import AttachedFile, DocumentKind
from rakor.documents.models import Document, NumberCounter, Signatory
from rakor.documents.numbering import counted_as
from rakor.documents.numbering_pattern import PatternRefused, format_number
from rakor.lib.access import Refusal, Viewer
from rakor.lib.registry import Registry
from rakor.lib.wording import counted, official_clock, official_clock_range, official_day
from rakor.live.publish import publish
from rakor.meetings.access import may_edit
from rakor.meetings.models import Meeting

KIND = "invitation_letter"
KIND_CODE = "UND"
FIELD = "sig-penandatangan"
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")
URGENCY = {"normal": "Biasa", "urgent": "Segera", "very_urgent": "Sangat Segera"}
MOMENTS = frozenset({"start", "end", "date", "at"})
"""Keys of an attachment's context that hold a date or a time: frozen as text and given back as what they were."""


@dataclass(frozen=True)
class LetterAttachment:
    """A lampiran: `context(meeting)` gives what the letter's template finds under `name`, None to leave it out.

    Its Roman numeral `roman` is added here. Dates and times stand under the keys of MOMENTS only: times aware, or ISO
    text in the meeting's zone. `label` names it on the page where the letter is composed.
    """

    name: str
    order: int
    context: Callable[[Meeting], dict[str, Any] | None]
    label: Any = ""


attachments: Registry[LetterAttachment] = Registry("letter attachment")


def letter_in_force(meeting: Meeting) -> Document | None:
    """The signed letter, or None; its `content`, which lists every invitee, is fetched only where it is read."""
    letters = Document.objects.in_force().filter(meeting=meeting, kind=KIND)
    return letters.defer("content").order_by("-signed_at", "-pk").first()


def letter_of(meeting: Meeting) -> Document | None:
    """The signed letter, else the one that is being composed or waits for its signature, else None."""
    letters = Document.objects.filter(meeting=meeting, kind=KIND).exclude(status__in=["superseded", "revoked"])
    return max(letters, key=lambda letter: (letter.is_in_force, letter.pk), default=None)


def letter_on_the_way(meeting: Meeting) -> Document | None:
    """The letter that is being composed or waits for its signature, or None."""
    open_states = ["draft", "in_verification", "numbered", "awaiting_signature"]
    return Document.objects.filter(meeting=meeting, kind=KIND, status__in=open_states).order_by("-pk").first()


# -- composing -----------------------------------------------------------------------------------------------


def proposal(meeting: Meeting) -> dict[str, Any]:
    """What the form begins with: official wording built from the meeting."""
    today = timezone.localdate(timezone=meeting.tz)
    letterhead = meeting.host.letterhead_on(today)
    chair = meeting.officer("chair")
    return {
        "date": today,
        "urgency": Document.Urgency.URGENT,
        "place": letterhead.place if letterhead else "Jakarta",
        "subject": f"Undangan {meeting.title}"[:300],
        "opening": _opening(meeting),
        "closing": _closing(meeting),
        "cc": "",
        "signatory": chair.user_id if chair else None,
        "signatory_name": chair.name if chair else "",
        "signatory_position": chair.position if chair else "",
        "attachments": [attachment.name for attachment in attachments],
    }


def present_values(meeting: Meeting) -> dict[str, Any]:
    """The draft as it was saved, else the proposal."""
    letter = letter_on_the_way(meeting)
    if letter is None or "form" not in letter.content:
        return proposal(meeting)
    values = dict(letter.content["form"])
    values["date"] = date.fromisoformat(values["date"]) if values.get("date") else None
    return values


def next_number(letterhead: Letterhead | None, day: date, security: str = "B") -> str:
    """The number a letter of that day would get now; "" without letterhead. Nothing is counted."""
    if letterhead is None:
        return ""
    scope = letterhead.agency.code
    counter = NumberCounter.objects.filter(
        scope=scope, year=day.year, kind=counted_as(KIND, letterhead.number_pattern)
    ).first()
    try:
        return format_number(
            letterhead.number_pattern, seq=counter.last + 1 if counter else 1, date=day, security=security,
            unit=letterhead.unit_code, classification=letterhead.classification, agency=scope, kind=KIND_CODE,
        )  # fmt: skip
    except PatternRefused:
        return ""


def check_writable(meeting: Meeting) -> None:
    """Nothing while a letter may be composed; else a Refusal: nobody is invited to what is over."""
    if meeting.is_over:
        raise Refusal(_("The meeting is over; no invitation letter is written for it any more."))


def check_preparable(meeting: Meeting) -> None:
    """Nothing while the letter may become a paper; else a Refusal: it names the day of the meeting."""
    check_writable(meeting)
    if meeting.status == Meeting.Status.POSTPONED:
        raise Refusal(_("The meeting is postponed; its letter waits for the new date."))
    if not meeting.invitations.active().addressed().exists():
        raise Refusal(_("Choose the invitees first: the letter is addressed to them."))


def save_letter(meeting: Meeting, values: Mapping[str, Any], *, by: Viewer) -> Document:
    """Keeps the letter as a draft, worded as given; the one draft of the meeting, made at the first time."""
    with transaction.atomic():
        check_writable(Meeting.objects.select_for_update().get(pk=meeting.pk))
        if letter_in_force(meeting) is not None:
            raise Refusal(_("The invitation letter is signed already; what is signed is never edited."))
        letter = letter_on_the_way(meeting)
        if letter is None:
            letter = Document(kind=KIND, meeting=meeting).register(by=by)
        letter.reword(
            by=by,
            content=_content(meeting, values),
            subject=values["subject"],
            security=meeting.security,
            urgency=values["urgency"],
            place=values["place"],
        )
        letter.signatories.all().delete()
        Signatory.objects.create(
            document=letter, order=1, field=FIELD, role="Penanda tangan", user_id=values["signatory"],
            name=values["signatory_name"], position=values["signatory_position"],
        )  # fmt: skip
    return letter


def prepare_here(meeting: Meeting, values: Mapping[str, Any], *, by: Viewer) -> Document:
    """Gives the letter its number and has its paper made, for the signature of an account."""
    with transaction.atomic():
        check_preparable(Meeting.objects.select_for_update().get(pk=meeting.pk))
        letterhead = meeting.host.letterhead_on(values["date"])
        if letterhead is None:
            raise Refusal(_("No letterhead of the host unit is valid on the letter’s date."))
        letter = save_letter(meeting, values, by=by)
        letter.number_it(letterhead=letterhead, date=values["date"], kind_code=KIND_CODE, by=by)
    return letter


def prepare_elsewhere(meeting: Meeting, values: Mapping[str, Any], *, by: Viewer) -> Document:
    """Makes the paper of the draft, to be numbered and signed in another system and uploaded."""
    check_preparable(meeting)
    letter = save_letter(meeting, values, by=by)
    letter.prepare(by=by)
    return letter


def preview(meeting: Meeting) -> bytes:
    """The PDF of the letter as it stands now, marked as a draft; nothing is saved or counted."""
    from rakor.documents.rendering import render

    letter = letter_on_the_way(meeting) or Document(kind=KIND, meeting=meeting, security=meeting.security)
    values = present_values(meeting)
    if "form" not in letter.content:
        letter.content = _content(meeting, values)
    if letter.date is None and values["date"]:
        letterhead = meeting.host.letterhead_on(values["date"])
        letter.date, letter.number = values["date"], next_number(letterhead, values["date"], meeting.security)
    context = letter_context(letter) | {"mark": {"kind": "draft", "word": "KONSEP"}}
    context.pop("verify", None)
    return render(
        KIND,
        context,
        fields={s["id"]: s["label"] for s in context["signatures"]},
        data=context["data"],
        files=context["files"],
    )


def _content(meeting: Meeting, values: Mapping[str, Any]) -> dict[str, Any]:
    """Everything the paper says but its number and date, as plain JSON."""
    day = values["date"] or timezone.localdate(timezone=meeting.tz)
    letterhead = meeting.host.letterhead_on(day)
    attached = []  # a list: PostgreSQL keeps no order of the keys of an object
    for attachment in attachments:
        if attachment.name in values["attachments"] and (context := attachment.context(meeting)):
            attached.append([attachment.name, _frozen(context, meeting)])
    content = {
        "form": {**values, "attachments": list(values["attachments"])},
        "letterhead": letterhead.as_printed() if letterhead else None,
        "layout": letterhead.layout if letterhead else "A",
        "author": meeting.host.name,
        "particulars": particulars(meeting),
        "attached": attached,
        "meeting": {
            "public_id": meeting.public_id, "code": meeting.code, "title": meeting.title, "mode": meeting.mode,
            "starts_at": meeting.starts_at.astimezone(UTC), "ends_at": meeting.ends_at.astimezone(UTC),
            "zone": meeting.zone, "place": meeting.place,
        },
        "door": reverse("door", args=[meeting.short]) if meeting.security == "B" and meeting.short else "",
        "calendar": calendar_file(meeting).decode(),
    }  # fmt: skip
    return json.loads(json.dumps(content, cls=DjangoJSONEncoder))  # type: ignore[no-any-return]


def particulars(meeting: Meeting) -> list[dict[str, str]]:
    """hari, tanggal · pukul · tempat · acara · pimpinan rapat · pakaian, in the host's zone; never the online link."""
    zone, last = meeting.zone, timezone.localtime(meeting.ends_at, meeting.tz).date()
    day = official_day(meeting.starts_at, zone)
    if timezone.localtime(meeting.starts_at, meeting.tz).date() != last:
        day = f"{day} s.d. {official_day(last)}"
    hours = official_clock_range(meeting.starts_at, None if meeting.end_open else meeting.ends_at, zone)
    places = [f"{meeting.place or 'disampaikan kemudian'} (luring)"] if meeting.has_hall else []
    if meeting.has_online_part:
        places.append("rapat daring, tautan pribadi disampaikan terpisah")
    chair = meeting.officer("chair")
    rows = [
        ("hari, tanggal", day),
        ("pukul", hours.replace("–", " s.d. ", 1) if "s.d." not in hours else hours),
        ("tempat", "; ".join(places)),
        ("acara", meeting.title),
        ("pimpinan rapat", chair.position or chair.name if chair else ""),
        ("pakaian", meeting.dress_code),
    ]
    return [{"label": label, "value": value} for label, value in rows if value]


def _opening(meeting: Meeting) -> str:
    purpose = " ".join(meeting.purpose.split()).rstrip(".")
    reason = f"Dalam rangka {purpose[:1].lower()}{purpose[1:]}" if purpose else f"Sehubungan dengan {meeting.title}"
    return f"{reason}, kami mengundang Bapak/Ibu untuk hadir pada:"


def _closing(meeting: Meeting) -> str:
    until = (
        f" paling lambat {official_day(meeting.reply_by, meeting.zone)},"
        f" pukul {official_clock(meeting.reply_by, meeting.zone)},"
        if meeting.reply_by
        else ""
    )
    contact = ""
    if meeting.contact_name:
        phone = f" ({meeting.contact_phone})" if meeting.contact_phone else ""
        contact = f", atau melalui narahubung {meeting.contact_name}{phone}"
    return (
        "Mengingat pentingnya acara dimaksud, Bapak/Ibu dimohon hadir tepat waktu. Konfirmasi kehadiran disampaikan"
        f"{until} melalui tautan pribadi yang dikirim ke alamat dinas masing-masing{contact}.\n\n"
        "Atas perhatian dan kerja sama Bapak/Ibu, kami sampaikan terima kasih."
    )


# -- the paper -----------------------------------------------------------------------------------------------


def letter_context(document: Document) -> dict[str, Any]:
    """What templates/pdf/invitation_letter.html needs, from what was frozen and the number and date of the register."""
    content = document.content
    form, meeting = content["form"], content["meeting"]
    number, day = document.number, document.date
    attached = {name: _thawed(context) for name, context in content["attached"]}
    for roman, context in zip(ROMAN, attached.values(), strict=False):
        context["roman"] = roman if len(attached) > 1 else ""
    restricted = document.security != "B"
    position = form["signatory_position"]
    heads = (
        "Undangan" if restricted else _shortened(form["subject"]),
        number,
        official_day(day).partition(", ")[2] if day else "",
    )
    paper = {
        "title": "Surat undangan" if restricted else form["subject"],
        "author": content["author"],
        "description": "Surat undangan rapat koordinasi",
        "running_head": " · ".join(part for part in heads if part),
        "kind": "Surat undangan",
        "number": number,
        "date": day,
        "place": form["place"],
        "security": document.security,
        "urgency": URGENCY[form["urgency"]],
        "is_sample": settings.DEMO,
        "footer": [],
        "layout": content["layout"],
        "attachments": counted(len(attached), "berkas") if attached else "-",
        "subject": _kept_together(form["subject"]),
        "addressee": [
            "Yth. (Daftar Undangan Terlampir)" if "invitees" in attached else "Yth. Bapak/Ibu undangan",
            "di tempat",
        ],
        "attached_to": f"Surat {position}",
        "meeting": _kept_together(meeting["title"]),
        "cc": form["cc"].splitlines(),
    }
    return {
        "document": paper,
        "letterhead": content["letterhead"],
        "opening": _kept_together(form["opening"]),
        "particulars": content["particulars"],
        "closing": [_kept_together(" ".join(part.split())) for part in form["closing"].split("\n\n") if part.strip()],
        "signatures": [
            {"id": FIELD, "label": f"Tanda tangan {position}", "position": position, "name": form["signatory_name"]}
        ],
        "verify": _verify(document),
        "door": _door(document),
        "data": {
            "number": number,
            "date": day,
            "subject": form["subject"],
            "security": document.security,
            "urgency": form["urgency"],
            "signatory": {"name": form["signatory_name"], "position": position},
            "meeting": meeting,
            "code": document.public_id,
            **dict(content["attached"]),
        },
        "files": [AttachedFile("rapat.ics", content["calendar"].encode(), "Undangan kalender", "Supplement")],
        **attached,
    }


def _verify(document: Document) -> dict[str, str]:
    path = reverse("verify_document", args=[document.public_id])
    return {
        "url": f"{settings.BASE_URL}{path}",
        "short_url": f"{urlsplit(settings.BASE_URL).netloc}{reverse('verify').rstrip('/')}",
        "code": document.code,
    }


def _door(document: Document) -> dict[str, str] | None:
    """Where whoever has the letter but no link asks for it; None on a letter that only named persons may have."""
    path = document.content.get("door", "")
    if not path or document.security != "B":
        return None
    return {"url": f"{settings.BASE_URL}{path}", "short_url": f"{urlsplit(settings.BASE_URL).netloc}{path.rstrip('/')}"}


def _kept_together(text: str) -> str:
    """Names that must not part at the end of a line, joined by no-break spaces."""
    return text.replace("Pekerja Migran Indonesia", "Pekerja\u00a0Migran\u00a0Indonesia")


def _shortened(text: str) -> str:
    return text if len(text) <= 70 else text[:69].rsplit(" ", 1)[0] + "…"


def _frozen(value: Any, meeting: Meeting) -> Any:
    """Dates and times as text, times as the wall clock of the meeting's zone."""
    if isinstance(value, Mapping):
        return {key: _frozen(part, meeting) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_frozen(part, meeting) for part in value]
    if isinstance(value, datetime):
        local = timezone.localtime(value, meeting.tz) if timezone.is_aware(value) else value
        return local.replace(tzinfo=None).isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def _thawed(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _thawed(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_thawed(part) for part in value]
    if key in MOMENTS and isinstance(value, str) and value:
        return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return value


# -- lampiran: daftar undangan ---------------------------------------------------------------------------------

OUTSIDE = "Kementerian, lembaga, dan badan penyelenggara"
GROUPS = {
    Agency.Kind.BP3MI: "Balai Pelayanan Pelindungan Pekerja Migran Indonesia (BP3MI)",
    Agency.Kind.LOCAL_GOVERNMENT: "Pemerintah daerah",
}


def invitee_list(meeting: Meeting) -> dict[str, Any] | None:
    """Lampiran *daftar undangan*: positions in protocol order, grouped, numbered through; no names and no contacts."""
    rows = (
        meeting.invitations.active()
        .addressed()
        .select_related("agency__house", "meeting__host__house")
        .in_protocol_order()
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for invitation in rows:
        row = {
            "position": invitation.position_name,
            "agency": _agency_column(invitation, meeting),
            "mode": _mode(invitation),
        }
        groups.setdefault(_group(invitation, meeting), []).append(row)
    if not groups:
        return None
    number = 0
    for listed in groups.values():
        for row in listed:
            number += 1
            row["no"] = number
    lettered = len(groups) > 1
    return {
        "groups": [
            {"letter": chr(65 + i) if lettered else "", "name": name if lettered else "", "rows": listed}
            for i, (name, listed) in enumerate(groups.items())
        ]
    }


def _group(invitation: Invitation, meeting: Meeting) -> str:
    agency = invitation.agency
    if agency.kind in GROUPS:
        return GROUPS[Agency.Kind(agency.kind)]
    return meeting.host.house.name if agency.house_id == meeting.host.house_id else OUTSIDE  # type: ignore[union-attr]


def _agency_column(invitation: Invitation, meeting: Meeting) -> str:
    agency = invitation.agency
    if agency.house_id == agency.pk or agency.house is None:
        return invitation.agency_name
    own = agency.house_id == meeting.host.house_id
    house = agency.house.short if own else agency.house.name
    return f"{house}, {agency.city}" if agency.kind == Agency.Kind.BP3MI and agency.city else house


def _mode(invitation: Invitation) -> str:
    words = {"in_person": "luring", "online": "daring"}
    return "/".join(words[mode] for mode in invitation.offered_modes)


# -- the register ----------------------------------------------------------------------------------------------


def readable_q(viewer: Viewer) -> Q:
    """Whoever may know of the meeting reads its letter once it is signed; before, only those who organise it."""
    seen = Q(meeting__in=Meeting.objects.visible_to(viewer), status__in=["signed", "distributed", "superseded"])
    return seen | Q(meeting__in=Meeting.objects.editable_by(viewer))


def may_manage(viewer: Viewer, document: Document) -> None:
    may_edit(viewer, document.meeting)


def on_signed(document: Document, by: Viewer) -> None:
    """The delivery board learns that it may send."""
    publish(document.meeting.channel, "answers")


def numbered_at(document: Document) -> str:
    """Where the letter is composed, down at its two ways to a signature; "" once the meeting is over."""
    return "" if document.meeting.is_over else f"{reverse('letter', args=[document.meeting.public_id])}#jalur"


def letter_kind() -> DocumentKind:
    """The entry of the document register."""
    return DocumentKind(
        KIND, _("Invitation letter"), KIND, letter_context, readable_q, may_manage, on_signed,
        order=10, numbered_at=numbered_at,
    )  # fmt: skip

"""From approved minutes to the document that chair and minute-taker sign, and to everybody who was invited."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from attendees.models import Invitation, Presence
from attendees.models.invitations import KIND as INVITATION
from minutes.models import Minutes, MinutesVersion, Point
from rakor.documents.kinds import DocumentKind
from rakor.documents.models import Document, Signatory
from rakor.lib.access import Refusal, Viewer
from rakor.lib.wording import official_clock, official_clock_range, official_day
from rakor.mail.outbox import queue
from rakor.meetings.access import standing
from rakor.meetings.models import Meeting

KIND = "minutes"
DISCUSSED = ("presentation", "response", "directive")


def register_document(minutes: Minutes, version: MinutesVersion, *, by: Viewer) -> Document:
    """The numbered document of approved minutes with its two signatories in order: minute-taker, then chair."""
    meeting = minutes.meeting
    chair, minute_taker = meeting.officer("chair"), meeting.officer("minute_taker")
    if chair is None or minute_taker is None or chair.user is None or minute_taker.user is None:
        raise Refusal(
            gettext("Minutes need a chair and a minute-taker with an account. Name them on the meeting's page first.")
        )
    letterhead = meeting.host.letterhead_on(timezone.localdate())
    document = Document.objects.create(
        kind=KIND,
        meeting=meeting,
        subject=f"Notula {meeting.title}"[:300],
        security=meeting.security,
        place=letterhead.place if letterhead else "Jakarta",
        version=minutes.version,
        created_by=by.actor,
    )
    for order, (officer, field, role) in enumerate(
        ((minute_taker, "sig-notulis", "Notulis"), (chair, "sig-pimpinan", "Pimpinan rapat")), start=1
    ):
        Signatory.objects.create(
            document=document,
            order=order,
            field=field,
            role=role,
            user=officer.user,
            name=officer.name or officer.user.full_name,
            position=officer.position or role,
        )
    with override("id"):
        document.content = content_of(meeting, version)
    document.save(update_fields=["content"])
    document.number_it(letterhead=letterhead, kind_code="NOT", by=by)
    return document


def content_of(meeting: Meeting, version: MinutesVersion) -> dict[str, Any]:
    """What the paper says, as plain values in Indonesian, frozen at approval."""
    said = version.content
    items = {item.pk: (number, item) for number, item in enumerate(meeting.agenda_items.all(), start=1)}
    points = said["points"]
    discussed = [p for p in points if p["kind"] in DISCUSSED]
    topics = []
    for item_id, group in groupby(discussed, key=lambda p: p["item"]):
        _number, item = items.get(item_id, (None, None))
        topics.append(
            {
                "no": f"{len(topics) + 1}.",
                "title": item.title if item else "Hal lain",
                "by": item.owner if item else "",
                "points": [
                    {"no": f"{len(topics) + 1}.{n}", "who": p["speaker"], "text": p["text"]}
                    for n, p in enumerate(group, start=1)
                ],
            }
        )
    concluded = [p for p in points if p["kind"] in Point.NUMBERED and p["kind"] != "follow_up"]
    follow_ups = [p for p in points if p["kind"] == "follow_up"]
    start, end = meeting.started_at or meeting.starts_at, meeting.ended_at
    present = Presence.objects.filter(meeting=meeting).counted()
    attending = Invitation.objects.filter(pk__in=present.values("invitation"))
    letterhead = meeting.host.letterhead_on(timezone.localdate())
    return {
        "document": {
            "title": f"Notula {meeting.title}",
            "author": meeting.host.name,
            "description": "Notula rapat koordinasi",
            "running_head": f"Notula, {official_day(meeting.starts_at, meeting.zone)}",
            "security": meeting.security,
            "meeting": meeting.title,
            "is_sample": settings.DEMO,
            "footer": [],
            "compact": len(points) <= 8,
            "sample_note": meeting.note,
            "urgency": "Biasa",
        },
        "letterhead": letterhead.as_printed()
        if letterhead
        else {"lines": [{"text": meeting.host.name.upper(), "level": 1}], "address": []},
        "particulars": [
            {"label": "Hari, tanggal", "value": official_day(meeting.starts_at, meeting.zone)},
            {"label": "Waktu", "value": official_clock_range(start, end, meeting.zone)},
            {"label": "Tempat", "value": _place(meeting)},
            {"label": "Acara", "value": meeting.theme or meeting.title},
            *[
                {"label": label, "value": _named(meeting, role)}
                for role, label in (
                    ("opener", "Pembuka"),
                    ("chair", "Pimpinan rapat"),
                    ("moderator", "Moderator"),
                    ("minute_taker", "Notulis"),
                )
                if _named(meeting, role)
            ],
            {
                "label": "Peserta",
                "value": _participants(attending.count(), attending.values("agency").distinct().count()),
            },
        ],
        "minutes": {
            "opening": _paragraphs(said["opening"]) or [f"Rapat dimulai pukul {official_clock(start, meeting.zone)}."],
            "topics": topics,
            "conclusions": [{"points": [{"no": f"C.{p['number']}", "text": p["text"]} for p in concluded]}]
            if concluded
            else [],
            "follow_ups": [
                {
                    "no": f"C.{p['number']}",
                    "text": p["text"],
                    "assignee": p["follow_up"]["agency_name"],
                    "due": p["follow_up"]["due_date"],
                    "due_days": p["follow_up"]["due_days"],
                    "note": p["follow_up"]["output"],
                }
                for p in follow_ups
            ],
            "closing": _paragraphs(said["closing"])
            or ([f"Rapat ditutup pukul {official_clock(end, meeting.zone)}."] if end else []),
        },
        "version": {"number": version.number, "sha256": version.sha256},
        "signatures": [
            {
                "id": "sig-pimpinan",
                "label": "Tanda tangan pimpinan rapat",
                "intro": "Mengetahui,",
                **_signature(meeting, "chair", "Pimpinan Rapat"),
            },
            {
                "id": "sig-notulis",
                "label": "Tanda tangan notulis",
                "intro": " ",
                **_signature(meeting, "minute_taker", "Notulis"),
            },
        ],
    }


def context(document: Document) -> dict[str, Any]:
    """The template's context of a minutes document, with its machine-readable data."""
    content = document.content
    follow_ups = [
        {
            **row,
            "due": date.fromisoformat(row["due"]) if row["due"] else None,
            "note": row["note"] or (f"{row['due_days']} hari kerja setelah diedarkan" if row["due_days"] else ""),
        }
        for row in content["minutes"]["follow_ups"]
    ]
    return {
        **content,
        "document": {**content["document"], "number": document.number, "date": document.date, "place": document.place},
        "minutes": {**content["minutes"], "follow_ups": follow_ups},
        "data": {
            "schema": "rakor.minutes/1",
            "number": document.number,
            "date": document.date.isoformat() if document.date else None,
            "meeting": {
                "code": document.meeting.code,
                "title": document.meeting.title,
                "starts_at": document.meeting.starts_at.isoformat(),
                "zone": document.meeting.zone,
            },
            **{key: content[key] for key in ("particulars", "minutes", "version")},
        },
    }


def readable_q(viewer: Viewer) -> Q:
    """Those who may read the minutes may read their document."""
    return Q(minutes__in=Minutes.objects.visible_to(viewer))


def may_manage(viewer: Viewer, document: Document) -> None:
    """Organiser and secretariat of the meeting."""
    if not standing(viewer, document.meeting) & {"host", "secretariat"}:
        raise Refusal(gettext("Only the organising unit manages this document."))


def on_signed(document: Document, by: Viewer) -> None:
    """The last signature: minutes signed, follow-ups assigned, the invited told, both distributed."""
    minutes = document.minutes
    minutes.signed(by=by)
    for invitation in Invitation.objects.filter(meeting=document.meeting).active().exclude(email=""):
        queue(
            "minutes_signed",
            key=f"minutes:{document.public_id}:{invitation.public_id}",
            to=invitation.email,
            to_name=invitation.person_name,
            ids={"invitation": invitation.pk, "document": document.pk},
            about=(INVITATION, invitation.public_id),
        )
    document.distribute(by=by)
    minutes.distributed(by=by)


def document_kind() -> DocumentKind:
    """The entry of minutes in the register."""

    return DocumentKind(
        name=KIND,
        label=_("Minutes"),
        distributed=_("Distributed"),
        template="minutes",
        context=context,
        readable_q=readable_q,
        may_manage=may_manage,
        on_signed=on_signed,
        order=20,
    )


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _place(meeting: Meeting) -> str:
    parts = [
        f"{meeting.place} (luring)" if meeting.place and meeting.has_hall else "",
        "rapat daring" if meeting.has_online_part else "",
    ]
    return " dan ".join(part for part in parts if part)


def _named(meeting: Meeting, role: str) -> str:
    officer = meeting.officer(role)
    return ", ".join(part for part in (officer.name, officer.position) if part) if officer else ""


def _participants(people: int, agencies: int) -> str:
    return f"{people} orang dari {agencies} instansi tercatat hadir" if people else "sebagaimana daftar undangan"


def _signature(meeting: Meeting, role: str, title: str) -> dict[str, str]:
    officer = meeting.officer(role)
    return {"position": title, "name": (officer.name or str(officer.user)) if officer else ""}

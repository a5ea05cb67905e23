"""The audit trail of one meeting as sentences. Names are looked up when it is shown; the trail keeps ids only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from rakor.accounts.models import User
from rakor.audit.models import AuditEvent
from rakor.documents.kinds import kinds
from rakor.documents.models import Document
from rakor.meetings.access import ROLE_LABELS
from rakor.meetings.models import Meeting

SENTENCES = {
    "meeting.planned": N_("planned the meeting"),
    "meeting.revised": N_("changed %(fields)s"),
    "meeting.published": N_("published the meeting"),
    "meeting.invited": N_("had the invitations sent"),
    "meeting.started": N_("started the meeting"),
    "meeting.adjourned": N_("adjourned the meeting"),
    "meeting.resumed": N_("resumed the meeting"),
    "meeting.ended": N_("ended the meeting"),
    "meeting.closed": N_("closed the meeting"),
    "meeting.cancelled": N_("cancelled the meeting"),
    "invitations.queued": N_("handed %(new)s invitations to the mail"),
    "invitation.added": N_("invited %(what)s"),
    "invitation.answered": N_("answered for %(what)s: %(answer)s"),
    "invitation.delegated": N_("sent %(what)s as a deputy"),
    "invitation.delegate_lost": N_("had to look for another deputy for %(what)s"),
    "invitation.delegation_changed": N_("changed the details of the deputy %(what)s"),
    "invitation.opened": N_("opened the invitation of %(what)s"),
    "invitation.not_mine": N_("said that the invitation of %(what)s reached the wrong person"),
    "invitation.withdrawn": N_("withdrew the invitation of %(what)s"),
    "invitation.delivered_by_hand": N_("recorded that the invitation of %(what)s was delivered by hand"),
    "invitation.resent": N_("sent the invitation of %(what)s again"),
    "invitation.address_corrected": N_("corrected the address of %(what)s"),
    "invitation.link_shown": N_("looked at the personal link of %(what)s"),
    "presence.opened": N_("recorded that %(what)s came"),
    "presence.closed": N_("recorded that %(what)s left"),
    "agenda.released": N_("released revision %(new)s of the rundown"),
    "agenda_item.added": N_("added an item to the rundown"),
    "agenda_item.changed": N_("changed an item of the rundown"),
    "agenda_item.moved": N_("moved an item of the rundown"),
    "agenda_item.dropped": N_("dropped an item of the rundown"),
    "agenda_item.started": N_("started the agenda item %(what)s"),
    "agenda_item.ended": N_("ended the agenda item %(what)s"),
    "minutes.begun": N_("began the minutes"),
    "minutes.submitted": N_("submitted the minutes"),
    "minutes.returned": N_("returned the minutes"),
    "minutes.approved": N_("approved the minutes"),
    "minutes.signed": N_("completed the signatures of the minutes"),
    "minutes.distributed": N_("had the minutes distributed"),
    "point.struck": N_("struck a point of the minutes"),
    "follow_up.assigned": N_("assigned a follow-up"),
    "document.registered": N_("registered the document %(what)s"),
    "document.reworded": N_("changed the wording of the document %(what)s"),
    "document.prepared": N_("prepared the document %(what)s"),
    "document.numbered": N_("gave a number to the document %(what)s"),
    "document.paper_made": N_("had the paper of the document %(what)s made"),
    "document.tried_again": N_("had the paper of the document %(what)s made again"),
    "document.signed": N_("completed the signatures of the document %(what)s"),
    "document.signed_elsewhere": N_("filed the document %(what)s as signed elsewhere"),
    "document.uploaded": N_("uploaded a file to the document %(what)s"),
    "document.downloaded": N_("downloaded the document %(what)s"),
    "document.passphrase_refused": N_("typed a wrong passphrase for the document %(what)s"),
    "document.distributed": N_("had the document %(what)s distributed"),
    "document.revoked": N_("revoked the document %(what)s"),
    "document.superseded": N_("replaced the document %(what)s"),
    "signatory.signed": N_("signed a document"),
}
"""Every verb that is recorded with a meeting, as what its actor did."""

ANSWERS = {
    "accepted": N_("coming"),
    "declined": N_("not coming"),
    "delegated": N_("represented"),
    "pending": N_("no answer"),
    "reconfirm": N_("to be confirmed again"),
}
TONES = {
    "meeting.cancelled": "bad", "document.revoked": "bad", "invitation.not_mine": "warn",
    "invitation.withdrawn": "warn",
    "document.passphrase_refused": "warn", "minutes.returned": "warn", "meeting.published": "accent",
    "meeting.invited": "accent", "meeting.started": "accent", "meeting.ended": "ok", "meeting.closed": "ok",
    "minutes.signed": "ok", "document.signed": "ok", "signatory.signed": "ok", "agenda.released": "accent",
    "invitation.delegated": "alt",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One line: when, who, what they did; `tone` marks news."""

    at: datetime
    who: str
    did: str
    tone: str = ""

    @property
    def text(self) -> str:
        return f"{self.who} {self.did}"


def told(meeting: Meeting, events: Iterable[AuditEvent]) -> list[Entry]:
    """The events as sentences in the same order; at most five queries, whatever their number."""
    events = list(events)
    names = _names(meeting, events)
    return [
        Entry(event.at, _who(event.actor, names), _did(event, names), TONES.get(event.verb, "")) for event in events
    ]


def _did(event: AuditEvent, names: dict[tuple[str, str], str]) -> str:
    label, _dot, key = event.target.partition(":")
    sentence = SENTENCES.get(event.verb)
    if sentence is None:
        return _("recorded “%(verb)s”") % {"verb": event.verb}
    return _(sentence) % {
        "what": names.get((label, key)) or _("(no longer there)"),
        "new": event.new,
        "answer": _(ANSWERS.get(event.new, event.new or "–")),
        "fields": _listed(event.fields),
    }


def _who(actor: str, names: dict[tuple[str, str], str]) -> str:
    kind, _colon, key = actor.partition(":")
    if kind == "system":
        return _("The system")
    label = {"user": User._meta.label, "invitation": "attendees.Invitation"}.get(kind, kind)
    return names.get((label, key)) or _("Somebody who is no longer known")


def _listed(fields: list[str]) -> str:
    words = []
    for name in fields:
        if name in ROLE_LABELS:
            words.append(str(ROLE_LABELS[name]))
            continue
        try:
            words.append(str(getattr(Meeting._meta.get_field(name), "verbose_name", name)))
        except FieldDoesNotExist:
            words.append(name)
    return ", ".join(words).lower() or _("the meeting")


def _names(meeting: Meeting, events: list[AuditEvent]) -> dict[tuple[str, str], str]:
    """Display names by (label, key): of accounts, invitations, documents, agenda items and presences."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for event in events:
        label, _dot, key = event.target.partition(":")
        wanted[label].add(key)
        kind, _colon, key = event.actor.partition(":")
        wanted[{"user": User._meta.label, "invitation": "attendees.Invitation"}.get(kind, kind)].add(key)
    names: dict[tuple[str, str], str] = {}

    def put(label: str, rows: Iterable[tuple[Any, str]]) -> None:
        names.update({(label, str(key)): name for key, name in rows})

    if ids := wanted[User._meta.label]:
        put(User._meta.label, ((u.pk, str(u)) for u in User.objects.filter(pk__in=ids)))
    if ids := wanted["attendees.Invitation"]:
        rows = meeting.invitations.filter(public_id__in=ids).values_list("public_id", "position_name", "agency_name")
        put("attendees.Invitation", ((key, _place(position, agency)) for key, position, agency in rows))
    if ids := wanted["attendees.Presence"]:
        fields = ("pk", "invitation__position_name", "invitation__agency_name")
        rows = meeting.presences.filter(pk__in=ids).values_list(*fields)
        put("attendees.Presence", ((key, _place(position, agency)) for key, position, agency in rows))
    if ids := wanted[Document._meta.label]:
        put(Document._meta.label, ((d.public_id, _paper(d)) for d in Document.objects.filter(public_id__in=ids)))
    if ids := wanted["agenda.AgendaItem"]:
        items = meeting.agenda_items.filter(pk__in=ids).values_list("pk", "title")
        put("agenda.AgendaItem", ((key, f"“{title}”") for key, title in items))
    return names


def _place(position: str, agency: str) -> str:
    return position if agency.casefold() in position.casefold() else f"{position}, {agency}"


def _paper(document: Document) -> str:
    label = str(kinds[document.kind].label) if document.kind in kinds else document.subject
    return f"{label} {document.number}".strip()

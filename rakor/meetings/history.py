"""The audit trail of one meeting as sentences. Names are looked up when it is shown; the trail keeps ids only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from rakor.accounts.models import User
from rakor.audit.models import AuditEvent
from rakor.documents.kinds import kinds
from rakor.documents.models import Document
from rakor.meetings.access import ROLE_LABELS
from rakor.meetings.models import Meeting
from rakor.meetings.panels import tabs

SENTENCES = {
    "meeting.planned": gettext_noop("planned the meeting"),
    "meeting.revised": gettext_noop("changed %(fields)s"),
    "meeting.published": gettext_noop("published the meeting"),
    "meeting.rescheduled": gettext_noop("gave the postponed meeting a new date"),
    "meeting.invited": gettext_noop("had the invitations sent"),
    "meeting.started": gettext_noop("started the meeting"),
    "meeting.adjourned": gettext_noop("adjourned the meeting"),
    "meeting.resumed": gettext_noop("resumed the meeting"),
    "meeting.ended": gettext_noop("ended the meeting"),
    "meeting.closed": gettext_noop("closed the meeting"),
    "meeting.cancelled": gettext_noop("cancelled the meeting"),
    "meeting.postponed": gettext_noop("postponed the meeting"),
    "invitations.asked_again": gettext_noop("asked %(new)s invitees to confirm again, because the time has changed"),
    "change.told": gettext_noop("told %(new)s invitees of the change"),
    "cancellation.told": gettext_noop("told %(new)s invitees that the meeting is cancelled"),
    "invitations.reminded": gettext_noop("reminded %(new)s invitees of the answer"),
    "invitations.queued": gettext_noop("handed %(new)s invitations to the mail"),
    "invitations.resumed": gettext_noop("let the paused sending of %(new)s invitations go on"),
    "invitations.stopped": gettext_noop("ended the paused sending; %(new)s invitations were not sent"),
    "invitation.added": gettext_noop("invited %(what)s"),
    "invitation.answered": gettext_noop("answered for %(what)s: %(answer)s"),
    "invitation.delegated": gettext_noop("sent %(what)s as a deputy"),
    "deputy.asked_for": gettext_noop("named a deputy for %(what)s, who waits for acceptance"),
    "deputy.accepted": gettext_noop("accepted the deputy of %(what)s"),
    "deputy.refused": gettext_noop("refused the deputy of %(what)s"),
    "invitation.delegate_lost": gettext_noop("had to look for another deputy for %(what)s"),
    "invitation.delegation_changed": gettext_noop("changed the details of the deputy %(what)s"),
    "invitation.opened": gettext_noop("opened the invitation of %(what)s"),
    "invitation.not_mine": gettext_noop("said that the invitation of %(what)s reached the wrong person"),
    "invitation.withdrawn": gettext_noop("withdrew the invitation of %(what)s"),
    "invitation.delivered_by_hand": gettext_noop("recorded that the invitation of %(what)s was delivered by hand"),
    "invitation.resent": gettext_noop("sent the invitation of %(what)s again"),
    "invitation.address_corrected": gettext_noop("corrected the address of %(what)s"),
    "invitation.link_shown": gettext_noop("looked at the personal link of %(what)s"),
    "invitation.link_asked_for": gettext_noop("asked at the door for the link of %(what)s"),
    "access_code.sent": gettext_noop("had the code for %(what)s sent to the address on file"),
    "access_code.refused": gettext_noop("typed a wrong code for %(what)s"),
    "access_code.used": gettext_noop("typed the code sent for %(what)s and may read the meeting on that device"),
    "meeting.read": gettext_noop("read the meeting: %(page)s"),
    "document.read": gettext_noop("opened the document %(what)s"),
    "presence.opened": gettext_noop("recorded that %(what)s came"),
    "presence.closed": gettext_noop("recorded that %(what)s left"),
    "agenda.released": gettext_noop("released revision %(new)s of the rundown"),
    "agenda_item.added": gettext_noop("added an item to the rundown"),
    "agenda_item.changed": gettext_noop("changed an item of the rundown"),
    "agenda_item.moved": gettext_noop("moved an item of the rundown"),
    "agenda_item.dropped": gettext_noop("dropped an item of the rundown"),
    "agenda_item.started": gettext_noop("started the agenda item %(what)s"),
    "agenda_item.ended": gettext_noop("ended the agenda item %(what)s"),
    "minutes.begun": gettext_noop("began the minutes"),
    "minutes.submitted": gettext_noop("submitted the minutes"),
    "minutes.returned": gettext_noop("returned the minutes"),
    "minutes.approved": gettext_noop("approved the minutes"),
    "minutes.signed": gettext_noop("completed the signatures of the minutes"),
    "minutes.distributed": gettext_noop("had the minutes distributed"),
    "point.struck": gettext_noop("struck a point of the minutes"),
    "follow_up.assigned": gettext_noop("assigned a follow-up"),
    "document.registered": gettext_noop("registered the document %(what)s"),
    "document.reworded": gettext_noop("changed the wording of the document %(what)s"),
    "document.prepared": gettext_noop("prepared the document %(what)s"),
    "document.numbered": gettext_noop("gave a number to the document %(what)s"),
    "document.paper_made": gettext_noop("had the paper of the document %(what)s made"),
    "document.tried_again": gettext_noop("had the paper of the document %(what)s made again"),
    "document.signed": gettext_noop("completed the signatures of the document %(what)s"),
    "document.signed_elsewhere": gettext_noop("filed the document %(what)s as signed elsewhere"),
    "document.uploaded": gettext_noop("uploaded a file to the document %(what)s"),
    "document.downloaded": gettext_noop("downloaded the document %(what)s"),
    "document.passphrase_refused": gettext_noop("typed a wrong passphrase for the document %(what)s"),
    "document.distributed": gettext_noop("had the document %(what)s distributed"),
    "document.revoked": gettext_noop("revoked the document %(what)s"),
    "document.superseded": gettext_noop("replaced the document %(what)s"),
    "signatory.signed": gettext_noop("signed a document"),
    "grant.given": gettext_noop("gave %(what)s the right to read this meeting"),
    "grant.ended": gettext_noop("took the right to read this meeting from %(what)s"),
}
"""Every verb that is recorded with a meeting, as what its actor did."""

PAGES = {
    "meeting_edit": gettext_lazy("Change the meeting"),
    "meeting_grants": gettext_lazy("Who else may read"),
    "invitation_detail": gettext_lazy("Invitation"),
    "invitation_export": gettext_lazy("List of invitations, for a spreadsheet"),
    "presence_export": gettext_lazy("Attendance, for a spreadsheet"),
    "presence_sheet": gettext_lazy("Attendance, for a spreadsheet"),
    "letter_preview": gettext_lazy("Letter, as it will be printed"),
}
"""What a reading of a page is called that is no tab."""

OWN = {
    "invitation.answered": gettext_noop("answered: %(answer)s"),
    "invitation.opened": gettext_noop("opened the invitation"),
    "invitation.not_mine": gettext_noop("said that the invitation reached the wrong person"),
}
"""The same, said of one's own invitation."""

ANSWERS = {
    "accepted": gettext_noop("coming"),
    "declined": gettext_noop("not coming"),
    "delegated": gettext_noop("represented"),
    "pending": gettext_noop("no answer"),
    "reconfirm": gettext_noop("to be confirmed again"),
}
TONES = {
    "meeting.cancelled": "bad", "meeting.postponed": "warn", "document.revoked": "bad", "invitation.not_mine": "warn",
    "invitation.withdrawn": "warn",
    "document.passphrase_refused": "warn", "access_code.refused": "warn", "minutes.returned": "warn",
    "meeting.published": "accent",
    "meeting.invited": "accent", "meeting.started": "accent", "meeting.ended": "ok", "meeting.closed": "ok",
    "minutes.signed": "ok", "document.signed": "ok", "signatory.signed": "ok", "agenda.released": "accent",
    "invitation.delegated": "alt", "grant.given": "warn", "grant.ended": "ok",
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
    if event.verb in OWN and event.actor == f"invitation:{key}":
        sentence = OWN[event.verb]
    pages = {tab.url_name: tab.label for tab in tabs} | PAGES
    if sentence is None:
        return _("recorded “%(verb)s”") % {"verb": event.verb}
    return _(sentence) % {
        "what": names.get((label, key)) or _("(no longer there)"),
        "new": event.new,
        "answer": _(ANSWERS.get(event.new, event.new or "–")),
        "fields": _listed(event.fields),
        "page": pages.get(event.new, event.new),
    }


def _who(actor: str, names: dict[tuple[str, str], str]) -> str:
    kind, _colon, key = actor.partition(":")
    if kind == "system":
        return _("The system")
    if kind == "anonymous":
        return _("A visitor without a name")
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
    return ", ".join(dict.fromkeys(words)).lower() or _("the meeting")


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
        fields = ("public_id", "position_name", "agency__short_name", "agency_name")
        rows = meeting.invitations.filter(public_id__in=ids).values_list(*fields)
        put("attendees.Invitation", ((key, _place(*place)) for key, *place in rows))
    if ids := wanted["attendees.Presence"]:
        fields = ("pk", "invitation__position_name", "invitation__agency__short_name", "invitation__agency_name")
        rows = meeting.presences.filter(pk__in=ids).values_list(*fields)
        put("attendees.Presence", ((key, _place(*place)) for key, *place in rows))
    if ids := wanted[Document._meta.label]:
        put(Document._meta.label, ((d.public_id, _paper(d)) for d in Document.objects.filter(public_id__in=ids)))
    if ids := wanted["meetings.Grant"]:
        put("meetings.Grant", meeting.grants.filter(pk__in=ids).values_list("pk", "user__full_name"))
    if ids := wanted["agenda.AgendaItem"]:
        items = meeting.agenda_items.filter(pk__in=ids).values_list("pk", "title")
        put("agenda.AgendaItem", ((key, f"“{title}”") for key, title in items))
    return names


def _place(position: str, short: str, name: str) -> str:
    agency = short or name
    return position if agency.casefold() in position.casefold() else f"{position}, {agency}"


def _paper(document: Document) -> str:
    label = str(kinds[document.kind].label) if document.kind in kinds else document.subject
    return f"{label} {document.number}".strip()

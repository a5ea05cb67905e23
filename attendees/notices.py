"""Changes of a meeting reach those who were invited: once, in words, after the organiser has seen them.

Nothing goes out by itself when a meeting is edited. What people were told last is kept; the difference between that and
the meeting as it is now is what a notice says, so several edits make one notice and an edit taken back makes none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from attendees.models import Invitation, Notice
from attendees.models.invitations import KIND, InvitationQuerySet
from rakor.audit.models import record
from rakor.documents.models import Document
from rakor.lib.access import Refusal, Viewer
from rakor.lib.wording import clock, clock_range, day
from rakor.live.publish import publish
from rakor.mail.models import OutgoingMail
from rakor.mail.outbox import cancel, queue
from rakor.meetings.models import Meeting

Facts = dict[str, str]
BROUGHT = ("invitation", "delegation")
"""The kinds of mail after which somebody has an invitation to be told of."""
BROUGHT_IT = Q(status__in=["sent", "sending"]) | Q(maybe_twice=True)


@dataclass(frozen=True)
class Change:
    """One line of the difference, for people: `label`, and what it was `before` and is `after` (either may be "")."""

    label: str
    before: str
    after: str


def facts(meeting: Meeting) -> Facts:
    """What a notice would tell. The room's address never leaves the meeting: a mark of it says that it changed."""
    opener = meeting.officer("opener")
    room = f"{meeting.online_url} {meeting.online_code} {meeting.online_dial_in}" if meeting.has_online_part else ""
    return {
        "start": meeting.starts_at.astimezone(UTC).isoformat(),
        "end": "" if meeting.end_open else meeting.ends_at.astimezone(UTC).isoformat(),
        "mode": meeting.mode,
        "place": meeting.place if meeting.has_hall else "",
        "room": sha256(room.encode()).hexdigest()[:16] if meeting.online_url and room else "",
        "security": meeting.security,
        "opener": ", ".join(part for part in (opener.name, opener.position) if part) if opener else "",
        "reply_by": meeting.reply_by.astimezone(UTC).isoformat() if meeting.reply_by else "",
        "postponed": meeting.postpone_reason if meeting.status == "postponed" else "",
    }


def difference(before: Facts, after: Facts, zone: str, *, open_to_read: bool = True) -> list[Change]:
    """What changed, in words and in the reader's zone; of a restricted meeting only the time and its class.

    Another deadline for answers is said together with another time; by itself it is no news. Notices of earlier
    versions know neither deadline nor postponing.
    """
    found = []
    postponed = after.get("postponed", "")
    if _when(before) != _when(after):
        found.append(Change(_("Time"), _time(before, zone), _time(after, zone)))
        due = [told.get("reply_by", "") for told in (before, after)]
        if due[1] and due[0] != due[1] and not postponed:
            found.append(Change(_("Answers until"), *(_moment(told, zone) for told in due)))
    if before.get("security", after["security"]) != after["security"]:
        classes = dict(Document.Security.choices)
        found.append(Change(_("Security class"), str(classes[before["security"]]), str(classes[after["security"]])))
    if not open_to_read:
        return found
    if postponed and before.get("postponed", "") != postponed:
        found.append(Change(_("Reason"), "", postponed))
    if before["mode"] != after["mode"]:
        modes = dict(Meeting.Mode.choices)
        found.append(Change(_("Form"), str(modes[before["mode"]]), str(modes[after["mode"]])))
    if before["place"] != after["place"]:
        found.append(Change(_("Place"), before["place"], after["place"]))
    if before["room"] != after["room"] and before["room"]:
        found.append(Change(_("Online room"), "", _("another room; your personal link stays the same")))
    if before["opener"] != after["opener"]:
        found.append(Change(_("Opening"), before["opener"], after["opener"]))
    return found


def mark(told: Facts) -> str:
    """A short mark of the facts: a form carries it, so that only what was looked at goes out."""
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def last_told(meeting: Meeting) -> Notice | None:
    """What those invited know of the meeting."""
    return meeting.notices.order_by("number").last()


def untold(meeting: Meeting, zone: str, now: Facts | None = None, last: Notice | None = None) -> list[Change]:
    """What has changed since those invited were told last; nothing before invitations went out or after the meeting.

    `now` are the meeting's facts and `last` what they were told last, where those are known already.
    """
    if meeting.invited_at is None or meeting.is_over:
        return []
    last = last or last_told(meeting)
    if last is None or (meeting.status == "postponed" and last.facts.get("postponed")):
        return []  # whoever knows that it is postponed hears the rest together with the new date
    return difference(last.facts, now or facts(meeting), zone)


def reached(meeting: Meeting) -> InvitationQuerySet:
    """Active invitations, deputies among them, that a mail has brought, or may have."""
    mails = OutgoingMail.objects.filter(subject_kind=KIND, subject_id=OuterRef("public_id"), kind__in=BROUGHT)
    brought = mails.filter(BROUGHT_IT)
    rows = Invitation.objects.filter(meeting=meeting).active().exclude(email="")
    return rows.filter(Exists(brought)).in_protocol_order()


def by_hand(meeting: Meeting) -> InvitationQuerySet:
    """Active invitations that no mail has brought: to be told by WhatsApp or telephone, if they know of the meeting."""
    known = Q(delivered_by_hand_at__isnull=False) | Q(opened_at__isnull=False) | Q(answered_at__isnull=False)
    rows = Invitation.objects.filter(meeting=meeting).active().filter(known)
    return rows.exclude(pk__in=reached(meeting).order_by().values("pk")).in_protocol_order()


def note_invited(meeting: Meeting, *, by: Viewer) -> None:
    """Keeps what the invitations say when the first of them leaves."""
    if not meeting.notices.exists():
        Notice.objects.create(
            meeting=meeting, number=1, kind=Notice.Kind.INVITATION, facts=facts(meeting), told_by=by.actor
        )


def tell_change(meeting: Meeting, seen: str, *, by: Viewer) -> int:
    """Queues the notice to everybody whom an invitation reached; how many those are.

    `seen` is the `mark` of what the organiser looked at; if the meeting has changed since, or everybody knows already,
    it is refused.
    """
    with transaction.atomic():
        meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
        now = facts(meeting)
        if not untold(meeting, meeting.zone, now):
            raise Refusal(_("Everybody has been told of every change already."))
        if mark(now) != seen:
            raise Refusal(_("The meeting has changed again in the meantime. Look at the changes once more."))
        number = meeting.notices.count() + 1
        notice = Notice.objects.create(
            meeting=meeting, number=number, kind=Notice.Kind.CHANGE, facts=now, told_by=by.actor
        )
        rows = list(reached(meeting))
        for invitation in rows:
            _queue("change", invitation, number, {"notice": notice.pk})
        if meeting.status == "scheduled":  # a postponed meeting that has its new date
            meeting.invitations_went_out(by=by)
        record("change.told", target=meeting, by=by, meeting=meeting, new=str(len(rows)))
        publish(meeting.channel, "answers")
    return len(rows)


def tell_cancelled(meeting: Meeting, *, by: Viewer) -> None:
    """Queues the cancellation to exactly those who had an invitation; what still waited is not sent any more."""
    rows = list(reached(meeting))
    for invitation in rows:
        _queue("cancellation", invitation, 1, {})
    if rows:
        record("cancellation.told", target=meeting, by=by, meeting=meeting, new=str(len(rows)))


def tell_withdrawn(invitation: Invitation, *, by: Viewer) -> None:
    """Queues the news that it is withdrawn to whom a mail had brought it, or may have; what still waits never leaves.

    The event leaves that one calendar, which takes it for newer only when the meeting's revision is.
    """
    cancel(by=by, about=(KIND, invitation.public_id))
    if OutgoingMail.objects.about(KIND, [invitation.public_id]).filter(BROUGHT_IT, kind__in=BROUGHT).exists():
        Meeting.objects.filter(pk=invitation.meeting_id).update(revision=F("revision") + 1)
        _queue("withdrawn", invitation, 1, {})


def ask_again(meeting: Meeting, fields: Sequence[str], *, by: Viewer) -> int:
    """After a new date or time everybody who had answered is asked once more; how many those are.

    Not once the meeting has begun. A deputy is asked himself; whoever sent him stays represented.
    """
    if meeting.invited_at is None or meeting.started_at is not None or "starts_at" not in fields:
        return 0
    answered = meeting.invitations.active().filter(status__in=["accepted", "declined"])
    count = answered.update(status=Invitation.Status.RECONFIRM, late=False)
    if count:
        record("invitations.asked_again", target=meeting, by=by, meeting=meeting, new=str(count))
        publish(meeting.channel, "answers")
    return count


def _queue(kind: str, invitation: Invitation, number: int, ids: dict[str, Any]) -> None:
    queue(
        kind,
        key=f"{kind}:{invitation.public_id}:{number}",
        to=invitation.email,
        to_name=invitation.person_name or invitation.position_name,
        ids={"invitation": invitation.pk, **ids},
        about=(KIND, invitation.public_id),
    )


def kept_deadline(meeting: Meeting, now: Facts, last: Notice | None) -> datetime | None:
    """The deadline for answers that stayed although those invited were told of another time; None otherwise."""
    if last is None or meeting.reply_by is None or meeting.status == "postponed":
        return None
    stayed = last.facts.get("reply_by", now["reply_by"]) == now["reply_by"]
    return meeting.reply_by if stayed and _when(last.facts) != _when(now) else None


def _when(told: Facts) -> tuple[str, str, bool]:
    return told["start"], told["end"], bool(told.get("postponed"))


def _time(told: Facts, zone: str) -> str:
    """The time in words; of a postponed meeting that there is none, and which it was."""
    words = _period(told, zone)
    if told.get("postponed"):
        return _("postponed, a new date follows (it was %(when)s)") % {"when": words}
    return words


def _moment(told: str, zone: str) -> str:
    if not told:
        return ""
    moment = datetime.fromisoformat(told)
    return f"{day(moment, zone)}, {clock(moment, zone)}"


def _period(told: Facts, zone: str) -> str:
    start = datetime.fromisoformat(told["start"])
    end = datetime.fromisoformat(told["end"]) if told["end"] else None
    return f"{day(start, zone)}, {clock_range(start, end, zone)}"

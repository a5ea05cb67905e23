"""The mails of this room, rendered from ids when they are delivered: the personal link is made only then."""

from __future__ import annotations

from collections.abc import Collection
from email.utils import parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings

from attendees.calendar_file import MIMETYPE, calendar_invitation
from attendees.chasing import MAIL as REMINDER
from attendees.delegation import REFUSED
from attendees.door import MAIL as LINK_AGAIN
from attendees.door import check_open
from attendees.letters import letter_in_force
from attendees.models import AccessCode, DeputyRequest, Invitation, Notice
from attendees.models.codes import LASTS
from attendees.models.codes import MAIL as CODE
from attendees.models.invitations import KIND
from attendees.notices import difference
from rakor.documents.models import Document, File
from rakor.lib.access import refusal
from rakor.lib.wording import clock, day
from rakor.live.publish import publish
from rakor.mail.kinds import Attachment, Message, MessageKind, from_templates
from rakor.mail.models import OutgoingMail
from rakor.meetings.models import Meeting

_OF_INVITATION = (
    "public_id link_generation delegated_from position zone position_name agency_name person_name email required"
    " status ended_at"
)
_OF_MEETING = (
    "public_id short code title security status starts_at ends_at end_open zone mode venue city reply_by contact_name"
    " contact_phone created_at published_at revision cancel_reason postpone_reason host"
)
NAMED = (
    *_OF_INVITATION.split(),
    *(f"meeting__{column}" for column in _OF_MEETING.split()),
    *(f"meeting__host__{column}" for column in ("name", "short_name", "house", "house__name", "house__short_name")),
)
"""What mails say of an invitation, its meeting and its host."""


def invitation_mail(invitation: int) -> Message | None:
    """The signed letter, the calendar file and the personal link; None when invitation, letter or date do not hold."""
    found = _found(invitation)
    if found is None or found.delegated_from_id is not None or found.meeting.status == "postponed":
        return None
    letter = letter_in_force(found.meeting)
    return _message("invitation", found, letter) if letter is not None else None


def delegation_mail(invitation: int) -> Message | None:
    """The delegate's own link, with whom he or she represents; None when somebody else was sent meanwhile."""
    found = _found(invitation)
    if found is None or found.delegated_from_id is None or found.status == "delegated":
        return None
    if found.meeting.status == "postponed":
        return _message("delegation", found, None, method="")
    return _message("delegation", found, letter_in_force(found.meeting))


def represented_mail(invitation: int) -> Message | None:
    """To whoever is represented: by whom, with the event as delegated; None when that was taken back meanwhile."""
    found = _found(invitation)
    if found is None or found.status != "delegated" or found.delegate is None:
        return None
    return _message("represented", found, None, delegate=found.delegate)


def link_again_mail(invitation: int) -> Message | None:
    """The personal link that was asked for at the door; None when invitation or door no longer hold."""
    found = _active(invitation)
    if found is None or not found.meeting.has_door or refusal(check_open, found.meeting):
        return None
    return _message(LINK_AGAIN, found, None, method="")


def tell_board(mails: Collection[OutgoingMail]) -> None:
    """The delivery boards of the meetings fetch themselves anew."""
    about = [mail.subject_id for mail in mails if mail.subject_kind == KIND]
    for meeting in Meeting.objects.filter(invitations__public_id__in=about).only("public_id").order_by().distinct():
        publish(meeting.channel, "answers")


def change_mail(invitation: int, notice: int) -> Message | None:
    """What changed, in the reader's zone, with the event moved; None when a later notice says more.

    Of a restricted meeting only the time is said; for the rest the reader opens the link. A postponed one leaves the
    calendar until it has its new date.
    """
    found = _found(invitation)
    told = Notice.objects.filter(pk=notice).first()
    if found is None or told is None or found.meeting.notices.filter(number__gt=told.number).exists():
        return None
    before = found.meeting.notices.get(number=told.number - 1)
    changes = difference(before.facts, told.facts, found.zone, open_to_read=found.meeting.security == "B")
    postponed = bool(told.facts.get("postponed"))
    if postponed != (found.meeting.status == "postponed"):
        return None  # the next notice, which the organiser looks at, says how it stands
    asks = found.status == "reconfirm" and not postponed
    method = "CANCEL" if postponed else "REQUEST"
    return _message("change", found, None, method=method, changes=changes, asks=asks, postponed=postponed)


def cancellation_mail(invitation: int) -> Message | None:
    """That the meeting does not take place and why; it takes the event out of the calendar."""
    found = _active(invitation)
    if found is None or found.meeting.status != "cancelled":
        return None
    return _message("cancellation", found, None, method="CANCEL")


def withdrawn_mail(invitation: int) -> Message | None:
    """That somebody is no longer invited, or no longer represents; the event leaves the calendar.

    None when the position was invited again meanwhile, or the meeting is over.
    """
    rows = Invitation.objects.filter(end_reason="withdrawn").select_related("meeting__host__house").only(*NAMED)
    found = rows.filter(pk=invitation).order_by().first()
    if found is None or found.meeting.is_over:
        return None
    again = Invitation.objects.active().filter(meeting_id=found.meeting_id, email=found.email)
    if found.position_id is not None and again.filter(position_id=found.position_id).exists():
        return None
    return _message("withdrawn", found, None, method="CANCEL")


def reminder_mail(invitation: int) -> Message | None:
    """Once more the link, to somebody who has not answered; None as soon as there is an answer."""
    found = _found(invitation)
    if found is None or found.status not in {"pending", "reconfirm"}:
        return None
    return _message(REMINDER, found, None, method="")


def deputy_refused_mail(request: int) -> Message | None:
    """To whoever wanted to send somebody: that the organiser did not accept the person, and to answer anew."""
    asked = DeputyRequest.objects.filter(pk=request, decision="refused").first()
    found = _found(asked.invitation_id) if asked else None
    return _message(REFUSED, found, None, method="", asked=asked) if found is not None else None


def access_code_mail(code: int) -> Message | None:
    """The code that opens a restricted meeting on one device; None once it has run out, was used or replaced."""
    found = AccessCode.objects.open().filter(pk=code).first()
    invitation = _active(found.invitation_id) if found else None
    if found is None or invitation is None:
        return None
    context = {"code": found.code, "minutes": int(LASTS.total_seconds() // 60), "host": invitation.meeting.host}
    house = invitation.meeting.host.house or invitation.meeting.host
    return from_templates(CODE, context, secret=found.code, from_name=f"{house.short} – Rakor")


KINDS = (
    MessageKind(CODE, access_code_mail),
    MessageKind(REFUSED, deputy_refused_mail, settled=tell_board),
    MessageKind("represented", represented_mail, settled=tell_board),
    MessageKind(REMINDER, reminder_mail, settled=tell_board),
    MessageKind("change", change_mail, settled=tell_board),
    MessageKind("cancellation", cancellation_mail, settled=tell_board),
    MessageKind("withdrawn", withdrawn_mail, settled=tell_board),
    MessageKind("invitation", invitation_mail, settled=tell_board),
    MessageKind("delegation", delegation_mail, settled=tell_board),
    MessageKind(LINK_AGAIN, link_again_mail),
)


def times_of(meeting: Meeting, zone: str) -> dict[str, Any]:
    """`day`, `clock`, `end` in the reader's zone; `host_day`, `host_clock` in the host's where they differ, else ""."""
    mine, hosts = (day(meeting.starts_at, z) for z in (zone, meeting.zone))
    my_clock, host_clock = (clock(meeting.starts_at, z) for z in (zone, meeting.zone))
    return {
        "day": mine,
        "clock": my_clock,
        "end": "" if meeting.end_open else clock(meeting.ends_at, zone),
        "host_day": hosts if hosts != mine else "",
        "host_clock": host_clock if host_clock != my_clock else "",
    }


def _found(invitation: int) -> Invitation | None:
    """The invitation with what its mail says, as long as it holds."""
    found = _active(invitation)
    return found if found and found.meeting.is_published and not found.meeting.is_over else None


def _active(invitation: int) -> Invitation | None:
    """The invitation if it has not ended; one narrow query, for hundreds ask it in a row."""
    rows = Invitation.objects.active().select_related("meeting__host__house").only(*NAMED)
    return rows.filter(pk=invitation).order_by().first()


@lru_cache(maxsize=4)
def _content(sha256: str) -> bytes:
    """The file of this name, which is the hash of what it holds; kept, because hundreds of mails bring the same one."""
    return bytes(File.objects.get(pk=sha256).content)


def _message(
    name: str, invitation: Invitation, letter: Document | None, *, method: str = "REQUEST", **more: Any
) -> Message:
    """With the letter and the event for the calendar (`method`; without one the words go alone)."""
    meeting = invitation.meeting
    open_to_read = meeting.security == "B"
    context = {
        "invitation": invitation,
        "meeting": meeting,
        "open_to_read": open_to_read,
        "letter": letter,
        "link": invitation.link,
        "when": times_of(meeting, invitation.zone),
        "answer_until": f"{day(meeting.reply_by, invitation.zone)}, {clock(meeting.reply_by, invitation.zone)}"
        if meeting.reply_by
        else "",
        "host": meeting.host,
        "represents": invitation.represents,
        **more,
    }
    attachments = []
    if letter is not None and open_to_read and letter.current_id is not None:
        attachments.append(Attachment(letter.filename(), _content(letter.current_id), "application/pdf"))
    house = meeting.host.house or meeting.host
    return from_templates(
        name,
        context,
        attachments=attachments,
        event=_event(invitation, method) if method else None,
        from_name=f"{house.short} – Rakor",
    )


def _event(invitation: Invitation, method: str) -> Attachment:
    """The meeting for the calendar of the invited person; the organiser's address is the one that mails come from."""
    organiser = (invitation.meeting.host.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    content = calendar_invitation(invitation, method=method, organiser=organiser)
    return Attachment("rapat.ics", content, MIMETYPE.format(method=method))

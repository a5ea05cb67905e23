"""Messages about minutes."""

from __future__ import annotations

from typing import Any

from attendees.models import Invitation
from rakor.documents.models import Document
from rakor.mail.kinds import Message, MessageKind, from_templates


def minutes_signed(*, invitation: int, document: int) -> Message | None:
    """The signed minutes lie ready behind the invitee's own link; None when either is no longer in force."""
    invited = Invitation.objects.active().select_related("meeting__host").filter(pk=invitation).first()
    signed = Document.objects.in_force().filter(pk=document).first()
    if invited is None or signed is None:
        return None
    context: dict[str, Any] = {"invitation": invited, "meeting": invited.meeting, "document": signed}
    context["open_to_read"] = not invited.meeting.is_restricted
    return from_templates("minutes_signed", context)


def kinds() -> list[MessageKind]:
    """The message kinds of this room."""
    return [MessageKind("minutes_signed", minutes_signed)]

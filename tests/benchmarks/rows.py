"""What the figures look at: meetings with rundowns, invitations and sessions, made with the tests' factories."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from agenda.models import AgendaItem, release
from attendees.devices import open_link, remember
from attendees.links import Subject
from rakor.lib.access import SYSTEM
from tests import factories as make
from tests.conftest import Cast, make_cast, staff_meeting

__all__ = [
    "Cast",
    "make_cast",
    "meeting_to_invite",
    "meeting_with_invitees",
    "meeting_with_rundown",
    "session_of_guest",
    "session_of_user",
]


@dataclass
class Seen:
    """A meeting with the session of its guest."""

    meeting: Any
    invitation: Any
    session: str


def meeting_with_rundown(cast: Cast, items: int) -> Seen:
    meeting = staff_meeting(cast)
    AgendaItem.objects.bulk_create(
        make.AgendaItemFactory.build(
            meeting=meeting, order=n, minutes=5, owner=f"Direktur Uji {n}", note="Paparan dan tanya jawab"
        )
        for n in range(items)
    )
    release(meeting, by=SYSTEM)
    invitation = meeting.invitations.get()
    return Seen(meeting, invitation, session_of_guest(invitation))


def meeting_with_invitees(cast: Cast, number: int) -> Any:
    meeting = staff_meeting(cast)
    for _ in range(number - 1):
        make.InvitationFactory(meeting=meeting, person_name="Pejabat Uji")
    return meeting


def meeting_to_invite(cast: Cast, number: int) -> Any:
    """A meeting with so many invitees and a signed letter of 60 kB; nothing has been sent."""
    meeting = meeting_with_invitees(cast, number)
    content = b"%PDF-1.7\n" + random.Random(1).randbytes(60_000)
    make.DocumentFactory(
        kind="invitation_letter", meeting=meeting, status="signed", number=f"UND.{meeting.pk}/BENCH/2026",
        date=date(2026, 11, 20), current=make.FileFactory(content=content),
        signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip
    return meeting


def session_of_guest(invitation: Any) -> str:
    """Key of a session that has opened the personal link and said who it is."""
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    open_link(session, Subject("invitation", invitation.public_id, invitation.link_generation))
    remember(session, invitation)
    session.save()
    return str(session.session_key)


def session_of_user(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.cookies["sessionid"].value

"""The door of a meeting: whoever has a letter but no link asks for it, and it goes to the address on file.

It stands open to anybody, so it tells nobody who is invited: agencies are those of the whole directory, an answer is
the same whether a link was sent or not, and what is asked for too often is left undone in silence.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.letters import KIND as LETTER
from attendees.links import formerly
from attendees.models import Agency, Invitation
from attendees.models.agencies import AgencyQuerySet
from attendees.models.invitations import KIND, InvitationQuerySet
from attendees.sending import MAILS
from rakor.audit.models import record
from rakor.documents.models import Document
from rakor.documents.verdicts import validity_of
from rakor.lib.access import Refusal, Viewer
from rakor.mail.models import OutgoingMail
from rakor.mail.outbox import queue
from rakor.meetings.models import Meeting

MAIL = "link_again"
FEWEST_LETTERS = 3
"""Of an agency's name, before a search begins."""

SHOWN = 8
"""Agencies that a search shows; whoever does not find his own among them types more of its name."""

UNITS_SHOWN = 40
"""Units of a ministry that are listed at once."""

AGAIN_AFTER, A_DAY, MOST_A_DAY = timedelta(minutes=15), timedelta(days=1), 4
"""An invitation's link leaves again a quarter of an hour after the one before, and at most four times in a day."""

AT_ONCE = 20
"""Links that one asking sends; an agency with more invited positions asks again for the others."""


def check_open(meeting: Meeting) -> None:
    """Nothing while links may be asked for; else a Refusal that says what to do instead."""
    if meeting.status == "cancelled":
        raise Refusal(_("The meeting is cancelled; no links are sent for it any more."))
    if meeting.status == "closed":
        raise Refusal(_("The meeting is closed; no links are sent for it any more. Ask the organising unit."))


def agencies_named(words: str) -> tuple[list[Agency], bool]:
    """Some agencies of the directory with these words, invited or not, and whether there are more."""
    if len(words.replace(" ", "")) < FEWEST_LETTERS:
        return [], False
    found = list(_in_force().named(words).select_related("house").protocol()[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN


def units_of(code: str) -> tuple[Agency | None, list[Agency], bool]:
    """The agency with this code, its units in the directory, invited or not, and whether there are more."""
    above = Agency.objects.in_force().filter(code=code).first()
    if above is None:
        return None, [], False
    found = list(_in_force().filter(parent=above).select_related("house").protocol()[: UNITS_SHOWN + 1])
    return above, found[:UNITS_SHOWN], len(found) > UNITS_SHOWN


def _in_force() -> AgencyQuerySet:
    units = Agency.objects.in_force().filter(parent=OuterRef("pk"))
    return Agency.objects.in_force().annotate(has_units=Exists(units))


def send_to_agency(meeting: Meeting, agency: str, *, by: Viewer) -> int:
    """Sends the links of the agency with this code to the addresses on file; how many, which no visitor may learn."""
    return _send(meeting, Q(agency__code=agency), by=by)


def send_to_address(meeting: Meeting, email: str, *, by: Viewer) -> int:
    """Sends the links of those invitations that have exactly this address; how many, which no visitor may learn."""
    return _send(meeting, Q(email__iexact=email), by=by)


def _send(meeting: Meeting, whose: Q, *, by: Viewer) -> int:
    """Whose invitation never left, gets no link here: that is for the organiser to begin."""
    with transaction.atomic():
        check_open(meeting)
        rows = _sent(meeting.invitations.active()).filter(whose).exclude(email="")
        due = list(islice(filter(_is_due, rows.select_for_update(of=("self",)).order_by("pk")), AT_ONCE))
        for invitation in due:
            _queue(invitation)
            record("invitation.link_asked_for", target=invitation, by=by, meeting=meeting)
    return len(due)


def _sent(invitations: InvitationQuerySet) -> InvitationQuerySet:
    mails = OutgoingMail.objects.filter(subject_kind=KIND, subject_id=OuterRef("public_id"), kind__in=MAILS)
    return invitations.filter(Exists(mails) | Q(delivered_by_hand_at__isnull=False))


def _again(invitation: Invitation) -> Any:
    return OutgoingMail.objects.about(KIND, [invitation.public_id]).filter(kind=MAIL)


def _is_due(invitation: Invitation) -> bool:
    now = timezone.now()
    times = list(_again(invitation).filter(created_at__gt=now - A_DAY).values_list("created_at", flat=True))
    return len(times) < MOST_A_DAY and all(time <= now - AGAIN_AFTER for time in times)


def _queue(invitation: Invitation) -> None:
    queue(
        MAIL,
        key=f"{MAIL}:{invitation.public_id}:{_again(invitation).count() + 1}",
        to=invitation.email,
        to_name=invitation.person_name or invitation.position_name,
        ids={"invitation": invitation.pk},
        about=(KIND, invitation.public_id),
    )


def letter_shown(meeting: Meeting) -> dict[str, Any]:
    """`letter` and its `validity`: the one in force, else the one that was; nothing of one that was never signed."""
    letters = Document.objects.filter(meeting=meeting, kind=LETTER, signed_at__isnull=False).defer("content")
    letter = max(letters, key=lambda paper: (paper.is_in_force, paper.pk), default=None)
    return {"letter": letter, "validity": validity_of(letter) if letter else None}


def door_behind(token: str) -> Meeting | None:
    """The meeting whose door may be told to whoever holds this link, which was in force once; None for all others."""
    held = formerly(token)
    return Meeting.objects.with_a_door().exclude(short="").filter(invitations__public_id=held).first() if held else None

"""Putting positions of the directory on a meeting's list of invitees."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from attendees.models import Invitation, Position
from rakor.audit.models import record_all
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.meetings.models import Meeting


def invite(
    meeting: Meeting,
    positions: Iterable[Position],
    *,
    by: Viewer,
    required: bool = False,
    head_only: bool = False,
    offer: str = "either",
) -> list[Invitation]:
    """Invites each position that is not invited yet, with names as they are today; returns those that are new.

    Twice, or by two people at once, invites nobody twice. `positions` come with their `agency`.
    """
    with transaction.atomic():
        present = Meeting.objects.select_for_update().get(pk=meeting.pk)
        if present.is_over:
            raise Refusal(_("The meeting is over; nobody can be invited any more."))
        there = set(meeting.invitations.active().addressed().values_list("position_id", flat=True))
        wanted = {position.pk: position for position in positions if position.pk not in there}
        made = Invitation.objects.bulk_create(
            [
                Invitation(
                    meeting=meeting,
                    agency=position.agency,
                    position=position,
                    user_id=position.user_id,
                    agency_name=position.agency.name,
                    position_name=str(position),
                    person_name=position.holder[:120],
                    zone=position.agency.zone,
                    protocol_order=position.agency.protocol_order,
                    order=position.order,
                    email=position.email,
                    phone=position.phone,
                    required=required,
                    head_only=head_only,
                    offer=offer,
                    invited_by=by.actor,
                )
                for position in wanted.values()
            ]
        )
        record_all("invitation.added", made, by=by, meeting=meeting, new=Invitation.Status.PENDING)
        if made:
            publish(meeting.channel, "answers")
    return made

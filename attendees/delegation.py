"""Sending somebody in one's place: when it is allowed, and how both sides learn of it."""

from django.utils.translation import gettext_lazy as _

from attendees.models import Invitation
from attendees.models.invitations import KIND
from rakor.lib.access import Refusal, Viewer
from rakor.mail.outbox import queue


def may_delegate(viewer: Viewer, invitation: Invitation) -> None:
    """Whoever may answer; at a restricted meeting the organiser must accept the person first."""
    if invitation.meeting.security != "B":
        raise Refusal(
            _("At this meeting somebody else may come only after the organiser has agreed. Call the contact person.")
        )


def tell_delegate(delegate: Invitation) -> None:
    """Queues the delegate's own link once, when there is an address; else the organiser's manual list shows him."""
    if delegate.email:
        queue(
            "delegation",
            key=f"delegation:{delegate.public_id}",
            to=delegate.email,
            to_name=delegate.person_name,
            ids={"invitation": delegate.pk},
            about=(KIND, delegate.public_id),
        )


def tell_principal(principal: Invitation, delegate: Invitation) -> None:
    """Queues the news to whom a mail had brought the invitation: who comes instead, and the event says so too.

    So a position hears of it when somebody else with its link, or its secretary, has sent a deputy.
    """
    from attendees.notices import reached

    if reached(principal.meeting).filter(pk=principal.pk).exists():
        queue(
            "represented",
            key=f"represented:{principal.public_id}:{delegate.public_id}",
            to=principal.email,
            to_name=principal.person_name or principal.position_name,
            ids={"invitation": principal.pk},
            about=(KIND, principal.public_id),
        )

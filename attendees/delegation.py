"""Sending somebody in one's place: after the organiser's acceptance where that is needed, and how both sides learn."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import DeputyRequest, Invitation
from attendees.models.invitations import KIND
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.mail.outbox import queue

REFUSED = "deputy_refused"


def ask_for_deputy(
    principal: Invitation,
    *,
    name: str,
    position: str,
    email: str = "",
    phone: str = "",
    mode: str,
    instruction: str = "",
    by: Viewer,
) -> DeputyRequest:
    """Asks the organiser of a restricted meeting to accept this person; a name given before is withdrawn."""
    with transaction.atomic():
        principal._take()
        principal._check_open()
        principal._check_mode("accepted", mode)
        withdraw_requests(principal, by=by)
        asked = DeputyRequest.objects.create(
            invitation=principal, name=name, position=position, email=email, phone=phone, mode=mode,
            instruction=instruction.strip(), asked_by=by.actor,
        )  # fmt: skip
        record("deputy.asked_for", target=principal, by=by, meeting=principal.meeting)
        publish(principal.meeting.channel, "answers")
    return asked


def withdraw_requests(principal: Invitation, *, by: Viewer) -> None:
    """Another answer or another name takes the place of the one that waits."""
    waiting = principal.deputy_requests.filter(decided_at__isnull=True)
    waiting.update(decision="withdrawn", decided_at=timezone.now(), decided_by=by.actor)


def accept(asked: DeputyRequest, *, by: Viewer) -> Invitation:
    """The person becomes the delegate, with a link of his own that goes out now; both sides get a mail."""
    with transaction.atomic():
        _decide(asked, "accepted", by=by)
        record("deputy.accepted", target=asked.invitation, by=by, meeting=asked.invitation.meeting)
        person = {name: getattr(asked, name) for name in ("name", "position", "email", "phone", "mode", "instruction")}
        return asked.invitation.delegate_to(**person, by=by, accepted=True)


def refuse(asked: DeputyRequest, reason: str, *, by: Viewer) -> None:
    """The person stays without a link; the principal reads the reason, in a mail and on the page."""
    if not reason.strip():
        raise Refusal(_("Say why this person is not accepted; the invited person reads it."))
    principal = asked.invitation
    with transaction.atomic():
        _decide(asked, "refused", by=by, reason=reason.strip()[:300])
        record("deputy.refused", target=principal, by=by, meeting=principal.meeting)
        if principal.email:
            queue(
                REFUSED,
                key=f"{REFUSED}:{asked.pk}",
                to=principal.email,
                to_name=principal.person_name or principal.position_name,
                ids={"request": asked.pk},
                about=(KIND, principal.public_id),
            )
        publish(principal.meeting.channel, "answers")


def _decide(asked: DeputyRequest, decision: str, *, by: Viewer, reason: str = "") -> None:
    waiting = DeputyRequest.objects.open().filter(pk=asked.pk)
    if not waiting.update(decision=decision, reason=reason, decided_at=timezone.now(), decided_by=by.actor):
        raise Refusal(_("This was decided already, or withdrawn."))


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

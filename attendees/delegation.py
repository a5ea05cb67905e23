"""What follows a delegation: the delegate is told, by a mail with a link of his own."""

from attendees.models import Invitation
from attendees.models.invitations import KIND
from rakor.mail.outbox import queue


def tell_delegate(delegate: Invitation) -> None:
    """Queues the delegate's own link once, when there is an address; otherwise the organiser's manual list shows him."""
    if delegate.email:
        queue(
            "delegation",
            key=f"delegation:{delegate.public_id}",
            to=delegate.email,
            to_name=delegate.person_name,
            ids={"invitation": delegate.pk},
            about=(KIND, delegate.public_id),
        )

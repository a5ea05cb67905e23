"""Messages about certificates."""

from __future__ import annotations

from rakor.documents.models import Certificate
from rakor.mail.kinds import Message, MessageKind, from_templates


def certificate_issued(*, certificate: int) -> Message | None:
    """Tells the holder of each new certificate, also of one that signs no more: somebody else may have made it."""
    made = Certificate.objects.select_related("user").filter(pk=certificate).first()
    return from_templates("certificate_issued", {"certificate": made, "user": made.user}) if made else None


def kinds() -> list[MessageKind]:
    """The message kinds of this room."""
    return [MessageKind("certificate_issued", certificate_issued)]

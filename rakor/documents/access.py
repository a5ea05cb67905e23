"""May this viewer do that with a document? Each check raises a Refusal with a sentence. Source: product.md's table.

Who may read is a question for `Document.objects.visible_to(viewer)`; who prepares, numbers, uploads and revokes is told
by the owner of the document's kind.
"""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rakor.documents.models import Document
from rakor.lib.access import Refusal, Viewer


def may_read(viewer: Viewer, document: Document) -> None:
    """Those to whom the document is visible."""
    if not Document.objects.visible_to(viewer).filter(pk=document.pk).exists():
        raise Refusal(_("This document is not open to you. Ask the organising unit."))


def may_see_register(viewer: Viewer) -> None:
    """Organisers, for their own house, and the auditor."""
    if not (viewer.has_role("organiser") or viewer.has_role("auditor")):
        raise Refusal(_("Only organisers and the auditor read the register of documents."))


def may_manage(viewer: Viewer, document: Document) -> None:
    """Those who prepare, number, upload and revoke this kind of document."""
    document.about.may_manage(viewer, document)


def may_sign(viewer: Viewer, document: Document) -> None:
    """The account holders named as signatories. Whether it is their turn is a question of state."""
    if viewer.user_id is None or viewer.user_id not in {s.user_id for s in document.signing_order}:
        raise Refusal(_("Only the signatories named in the document may sign it."))

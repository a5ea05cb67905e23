"""What the pages of one document show to this viewer: facts, signatures, what is next, why a button is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from rakor.accounts.models import User
from rakor.documents import certificates
from rakor.documents.access import may_manage, may_sign
from rakor.documents.models import Document, File, Signatory, Upload
from rakor.documents.register import paper_for, turn_of
from rakor.lib.access import Refusal, Viewer, allowed, refusal

FRAME = {True: "base.html", False: "guest.html"}
"""By whether the viewer has an account."""


def facts_of(viewer: Viewer, document: Document) -> dict[str, Any]:
    """The context of documents/detail.html."""
    taken = paper_for(viewer, document)
    manages = allowed(may_manage, viewer, document)
    upload = Upload.objects.defer("content").filter(document=document).first() if document.takes_upload else None
    return {
        "document": document,
        "meeting": document.meeting,
        "house": document.meeting.host.house or document.meeting.host,
        "meeting_open": type(document.meeting)
        ._default_manager.visible_to(viewer)
        .filter(pk=document.meeting_id)
        .exists(),
        "base": FRAME[viewer.is_authenticated],
        "register_open": viewer.has_role("organiser") or viewer.has_role("auditor"),
        "history": _history(document),
        "next_step": _next_step(viewer, document, manages=manages, uploaded=upload is not None),
        "numbered_at": document.about.numbered_at(document) if manages and document.takes_upload and not upload else "",
        "manages": manages,
        "manage_reason": refusal(may_manage, viewer, document),
        "is_signatory": allowed(may_sign, viewer, document),
        "sign_reason": _turn(viewer, document)[1],
        "paper": File.objects.defer("content").get(pk=taken[0]) if taken else None,
        "bare": bool(taken and taken[1] and document.is_open),
        "being_made": document.status == "numbered" and not document.render_error,
        "upload": upload,
    }


def sign_facts_of(viewer: Viewer, document: Document) -> dict[str, Any]:
    """The context of documents/sign.html."""
    turn, waits_for = _turn(viewer, document)
    letterhead = document.content.get("letterhead", {})
    return facts_of(viewer, document) | {
        "turn": turn,
        "waits_for": waits_for,
        "own_certificate": certificates.in_force(viewer.user_id),
        "letterhead_lines": [line.get("text", "") for line in letterhead.get("lines", [])],
        "particulars": document.content.get("particulars", []),
        "last": document.signed_count + 1 == len(document.signing_order),
    }


def upload_facts_of(viewer: Viewer, document: Document) -> dict[str, Any]:
    """The context of documents/upload.html."""
    facts = facts_of(viewer, document)
    upload = facts["upload"]
    return facts | {"uploaded_by": name_of(upload.uploaded_by) if upload else ""}


def _turn(viewer: Viewer, document: Document) -> tuple[Signatory | None, Any]:
    """The signature that the viewer may put on now, or why not."""
    try:
        return turn_of(document, viewer.user_id), ""
    except Refusal as no:
        return None, no.reason


def name_of(actor: str) -> str:
    """The person behind what `*_by` columns keep, as far as it is an account; else a plain word."""
    kind, _colon, key = actor.partition(":")
    if kind == "user" and key.isascii() and key.isdigit():
        return User.objects.filter(pk=int(key)).values_list("full_name", flat=True).first() or _("an account")
    return _("the system") if kind == "system" else _("a guest")


def _history(document: Document) -> list[dict[str, Any]]:
    """Registered, distributed, ended: what the order of signatures does not show."""
    told: list[tuple[datetime | None, str, str]] = [
        (document.created_at, "", _("Registered by %(name)s") % {"name": name_of(document.created_by)}),
        (document.signed_at, "ok", _signed_sentence(document)),
        (document.distributed_at, "ok", document.about.distributed or pgettext("document", "Distributed")),
        (document.ended_at, "bad" if document.status == "revoked" else "alt", _ended_sentence(document)),
    ]
    return [{"at": at, "tone": tone, "text": text} for at, tone, text in told if at is not None]


def _signed_sentence(document: Document) -> str:
    if not document.signed_elsewhere:
        return _("Signed by all")
    name = name_of(document.signed_by)
    if document.upload_finding == "same":
        return _("Signed elsewhere, taken in by %(name)s: the prepared paper with signatures added") % {"name": name}
    return _("Signed elsewhere, taken in by %(name)s; content confirmed by %(name)s") % {"name": name}


def _ended_sentence(document: Document) -> str:
    name = name_of(document.ended_by) if document.ended_by else ""
    if document.status == "superseded":
        return _("Superseded by %(number)s") % {"number": document.successor or ""}
    return _("Revoked by %(name)s: %(reason)s") % {"name": name, "reason": document.end_reason}


def _next_step(viewer: Viewer, document: Document, *, manages: bool, uploaded: bool) -> str:
    """One sentence: what happens next, and who does it; whoever manages the document is told what to do."""
    if manages and (own := _own_step(document, uploaded=uploaded)):
        return own
    following = document.next_signatory
    if document.status == "awaiting_signature" and following:
        if viewer.user_id is not None and following.user_id == viewer.user_id:
            return _("It is your turn to sign.")
        return _("Waiting for the signature of %(name)s, %(position)s.") % {
            "name": following.name,
            "position": following.position,
        }
    if document.status == "numbered" and document.render_error:
        return _("The paper could not be made; the organiser sees why below.")
    return {
        "draft": _(
            "The organiser numbers it and has it signed here,"
            " or prepares the PDF, has it signed elsewhere and uploads it."
        ),
        "in_verification": _("It is being checked. Then the organiser numbers it, or uploads it signed."),
        "numbered": _("The paper is being made. Then it can be signed."),
        "signed": _("Signed. It can be sent out."),
    }.get(document.status, "")


def _own_step(document: Document, *, uploaded: bool) -> str:
    """What whoever manages the document does next, or "" where others are to do something."""
    if document.takes_upload and uploaded:
        return _("Compare the uploaded file with the prepared paper, then take it into the register.")
    if document.status == "draft":
        if document.about.numbered_at(document):
            return _("Number it to have it signed here, or prepare the PDF, have it signed elsewhere and upload it.")
        return _("Prepare the PDF, have it signed elsewhere and upload it.")
    if document.status == "in_verification":
        return _("It is being checked. Then number it, or upload it signed.")
    if document.status == "numbered" and document.render_error:
        return _("The paper could not be made; below you read why.")
    return ""

"""What a stranger is told of a document: by its code what the register says, by its file whether it is genuine.

A code names a document and proves nothing; "genuine" is only said of the bytes of a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.documents import certificates
from rakor.documents.models import Document
from rakor.documents.verification import Report, Verdict, examine


@dataclass(frozen=True)
class Result:
    """The answer on one file: the sentence above, and four verdicts, each with its own word."""

    tone: str
    icon: str
    heading: Any
    sentence: Any
    rows: tuple[tuple[Any, Verdict], ...]
    report: Report
    checked_at: Any


def shown_to_strangers(document: Document) -> dict[str, Any]:
    """The context of documents/verify_document.html; of a restricted document only its number, date and state."""
    is_open = not document.is_restricted
    successor = document.successor
    return {
        "document": document,
        "is_open": is_open,
        "meeting_title": document.meeting.title if is_open else "",
        "signers": document.signing_order if is_open else [],
        "validity": validity_of(document),
        "successor": successor if successor is not None and successor.is_in_force else None,
        "reason": document.end_reason if is_open else "",
        "result": None,
    }


def validity_of(document: Document) -> Verdict:
    """Whether the document is in force, as the register knows it."""
    if document.is_in_force:
        return Verdict("ok", _("In force"), _("It is signed, and has been neither superseded nor revoked."))
    if document.status == "superseded":
        return Verdict("warn", _("Superseded"), _("Another document has taken its place."))
    if document.status == "revoked":
        return Verdict("bad", _("Revoked"), _("The document was revoked. Do not use it."))
    return Verdict("warn", _("Not yet in force"), _("Signatures are still missing; the document is not in force yet."))


def result_of(document: Document, pdf: bytes) -> Result:
    """The file measured against the document; nothing is stored. NoPlaceToLook when too many are being measured.

    Everything that is asked of the database comes first: while the file is measured there is no connection.
    """
    fields = () if document.signed_elsewhere else tuple(s.field for s in document.signing_order)
    authority = certificates.authority(certificates.house_of(document.meeting.host))
    validity = validity_of(document)
    report = examine(pdf, expected_sha256=document.current_id, expected_fields=fields, authority=authority)
    tone, icon, heading, sentence = _summary(document, report, validity)
    rows = (
        (_("File"), report.file),
        (_("Signatures"), report.signatures),
        (_("Completeness"), report.completeness),
        (_("Registered document"), validity),
    )
    return Result(tone, icon, heading, sentence, rows, report, timezone.now())


def _summary(document: Document, report: Report, validity: Verdict) -> tuple[str, str, Any, Any]:
    if report.pages is None:
        return "bad", "file-x", _("Cannot be read"), report.file.sentence
    if report.file.tone != "ok":
        return _on_other_bytes(document, report)
    if not document.signed_elsewhere and not report.genuine and document.status != "awaiting_signature":
        return (
            "bad",
            "shield-x",
            _("Signatures not sound"),
            _("The file is the registered one, but its signatures do not pass. Tell the sender."),
        )
    if document.status == "superseded":
        return (
            "warn",
            "history",
            _("Genuine, but superseded"),
            _("This file was in force once. Another document has taken its place."),
        )
    if document.status == "revoked":
        return (
            "bad",
            "shield-x",
            _("Genuine, but revoked"),
            _("This file is the registered one, and it has been revoked. Do not use it."),
        )
    if not document.is_in_force:
        return "warn", "hourglass", _("Not complete yet"), validity.sentence
    if not document.signed_elsewhere:
        return (
            "ok",
            "shield-check",
            _("Genuine and in force"),
            _("This file is exactly the one that was signed, and it has not been superseded."),
        )
    return (
        "ok" if report.signatures.tone != "bad" else "warn",
        "shield-check",
        _("The registered file, in force"),
        _(
            "This file is exactly the one that the organising unit took in as signed elsewhere."
            " Its signatures are shown below as found."
        ),
    )


def _on_other_bytes(document: Document, report: Report) -> tuple[str, str, Any, Any]:
    if report.sha256 == document.prepared_id:
        return (
            "bad",
            "shield-x",
            _("Not signed"),
            _("This is the paper as it was before the signatures. It has no force."),
        )
    if report.missing and report.signatures.tone != "bad":
        return (
            "bad",
            "shield-x",
            _("Signatures are missing"),
            _(
                "This is not the complete document: a signature that belongs to it is not in the file."
                " Ask the sender for the final PDF."
            ),
        )
    return (
        "bad",
        "shield-x",
        _("Does not match"),
        _("The document is registered, but this file differs from the one that was signed. Do not use it."),
    )

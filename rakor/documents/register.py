"""What a document does with files: its paper is made, signed here, taken in from elsewhere, handed out.

Callers use the verbs of Document; those that span files and keys live here.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import date as Date
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from rakor.audit.models import record
from rakor.audit.moves import StaleState
from rakor.documents import certificates, signing
from rakor.documents.access import may_manage
from rakor.documents.models import Document, Download, File, Signatory, Tries, Upload
from rakor.documents.rendering import UncoveredCharacters, pages, render
from rakor.documents.verification import TIME_LIMIT, UploadFinding, compare_upload, examine
from rakor.lib.access import Refusal, Viewer, allowed

log = logging.getLogger(__name__)

KEPT_UPLOADS = timedelta(days=1)
QUIET = 30  # seconds during which a broker that was down is not tried again

_quiet_until = 0.0


class AlreadySigned(Refusal):
    """The form was sent twice, or opened in two windows."""

    def __init__(self) -> None:
        super().__init__(_("Your signature is on the document already."))


class PassphraseRefused(Refusal):
    """The passphrase does not open the certificate."""

    def __init__(self) -> None:
        super().__init__(_("Wrong passphrase. Check it and type it again; the document is unchanged."))


class UnusableFile(Refusal):
    """An uploaded file that cannot be taken, and why."""


# -- the paper -------------------------------------------------------------------------------------------------


def render_soon(document_id: int) -> None:
    """Tells a worker of the document. A broker that is down costs one short try in half a minute; the sweep does it."""
    global _quiet_until
    from rakor.documents.tasks import render_document

    if time.monotonic() < _quiet_until:
        return
    try:
        render_document.apply_async((document_id,), retry=False)
    except Exception as down:  # whichever the transport raises: the row is the truth, the queue only a hint
        _quiet_until = time.monotonic() + QUIET
        log.warning("documents: the broker cannot be reached (%s); the sweep will render", type(down).__name__)


def make_paper(document_id: int) -> None:
    """numbered → awaiting_signature, or the reason why not; nothing when it is made or being made by another worker.

    The row is locked while the paper is set; a worker that dies lets go of it, and the next sweep begins anew.
    """
    with transaction.atomic():
        due = Document.objects.due_for_rendering().filter(pk=document_id)
        document = due.select_for_update(skip_locked=True, no_key=True).first()
        if document is None:
            return
        try:
            with transaction.atomic():
                paper = _paper(document, fields={s.field: _label(s) for s in document.signing_order})
        except UncoveredCharacters as unprintable:
            document.paper_failed(str(unprintable))
        except Exception:
            log.exception("documents: the paper of %s could not be made", document.public_id)
            document.paper_failed(
                gettext("The paper could not be made because of a fault of the system. It is in the log of the server.")
            )
        else:
            document.paper_made(File.objects.keep(paper), pages(paper))


def prepare_paper(document: Document, *, by: Viewer) -> None:
    """The paper of a draft, with room for number, date and signature, kept as `prepared`; audited."""
    if not document.takes_upload:
        raise Refusal(_("The document is numbered here already; its paper is made by itself."))
    try:
        paper = _paper(document, fields={})
    except UncoveredCharacters as unprintable:
        raise Refusal(str(unprintable)) from unprintable
    with transaction.atomic():
        file, count = File.objects.keep(paper), pages(paper)
        same = Document.objects.filter(pk=document.pk, status=document.status, content=document.content)
        if not same.update(prepared=file, pages=count):
            raise StaleState
        Upload.objects.filter(document=document).delete()
        document.prepared, document.pages = file, count
        record("document.prepared", target=document, by=by, meeting=document.meeting, fields=("pages", "prepared"))


def verification_url(document: Document) -> str:
    """Where the QR code on the paper leads."""
    return f"{settings.BASE_URL}{reverse('verify_document', args=[document.public_id])}"


def _paper(document: Document, *, fields: dict[str, str]) -> bytes:
    about = document.about
    context = dict(about.context(document))
    data, files = context.pop("data", None), context.pop("files", None)
    return render(about.template, _completed(context, document), fields=fields, data=data or {}, files=files or ())


def _completed(context: dict[str, Any], document: Document) -> dict[str, Any]:
    """The kind's context, with what the register knows better: number, date, class, verification, sample mark."""
    shown = {"title": document.subject, "description": document.subject, "subject": document.subject}
    known = {
        "number": document.number,
        "date": document.date,
        "security": document.security,
        "is_sample": settings.DEMO,
    }
    if document.place:
        known["place"] = document.place
    home = urlsplit(settings.BASE_URL)
    return {
        "signatures": [{"id": s.field, "position": s.position, "name": s.name} for s in document.signing_order],
        "verify": {
            "url": verification_url(document),
            "short_url": f"{home.netloc}{home.path}{reverse('verify').rstrip('/')}",
            "code": document.code,
        },
        **context,
        "document": {**shown, **context.get("document", {}), **known},
    }


def _label(signatory: Signatory) -> str:
    return gettext("Signature of %(name)s, %(position)s") % {"name": signatory.name, "position": signatory.position}


# -- signing here ----------------------------------------------------------------------------------------------


def turn_of(document: Document, user_id: int | None, signatory_id: int | None = None) -> Signatory:
    """The signature that this account may put on now; else a Refusal that says what it waits for.

    With `signatory_id` only that one: a form sent twice never puts on the next signature of the same person.
    """
    mine = [s for s in document.signing_order if s.user_id == user_id and signatory_id in (None, s.pk)]
    if mine and all(s.signed_at for s in mine):
        raise AlreadySigned
    if document.status in {"draft", "in_verification"}:
        raise Refusal(_("The document has no number yet. It can be signed once the organiser has numbered it."))
    if document.status == "numbered":
        raise Refusal(_("The paper is being made. It can be signed as soon as it is there."))
    if document.status == "revoked":
        raise Refusal(_("The document has been revoked; nothing can be signed any more."))
    following = document.next_signatory
    if document.status != "awaiting_signature" or following is None:
        raise Refusal(_("All signatures are on the document already."))
    if not mine:
        raise Refusal(_("Only the signatories named in the document may sign it."))
    if following.pk not in {s.pk for s in mine}:
        raise Refusal(_("It is not your turn yet: %(name)s signs before you.") % {"name": following.name})
    return following


@sensitive_variables("passphrase", "bundle")
def sign_here(document: Document, signatory: Signatory, *, passphrase: str, by: Viewer) -> None:
    """Puts the signature on with the account's own certificate (0.7 s); the last one → signed, and the kind is told.

    The row stays locked meanwhile, so of two requests the second finds AlreadySigned. Any failure leaves the document
    as it was. The try at the passphrase is counted before, in a transaction of its own.
    """
    if by.user_id is None:
        raise certificates.NoCertificate
    try:
        with certificates.counted_try(by.user_id, Tries.Secret.PASSPHRASE), transaction.atomic():
            present = _locked(document)
            signatory = turn_of(present, by.user_id, signatory.pk)
            certificate = certificates.in_force(by.user_id)
            if certificate is None or present.current is None:
                raise certificates.NoCertificate
            before = bytes(present.current.content)
            bundle = certificates.open_bundle(certificate)
            signed = signing.sign(
                before,
                field=signatory.field,
                pkcs12=bundle,
                passphrase=passphrase,
                reason=_reason(present, signatory),
                location=present.place,
                certify=present.signed_count == 0,
                verify_url=verification_url(present),
                authority=certificates.authority(),
                zone=present.meeting.zone,
            )
            signatory.signed(serial=signed.serial, level=signed.level, by=by)
            _take_over(present, File.objects.keep(signed.pdf), by=by)
    except signing.WrongPassphrase:
        record("document.passphrase_refused", target=document, by=by, meeting=document.meeting)
        raise PassphraseRefused from None
    except signing.AlreadySigned:
        raise AlreadySigned from None
    except signing.SigningRefused as no:
        raise Refusal(str(no)) from None
    document.__dict__.pop("_signing_order", None)
    document.refresh_from_db()


def _locked(document: Document) -> Document:
    rows = Document.objects.select_for_update(no_key=True, of=("self",)).select_related("meeting", "current")
    return rows.get(pk=document.pk)


def _take_over(document: Document, file: File, *, by: Viewer) -> None:
    """The paper with one more signature becomes the current one; with the last it is signed."""
    document.__dict__.pop("_signing_order", None)
    document._prefetched_objects_cache = {}  # type: ignore[attr-defined]
    Document.objects.filter(pk=document.pk).update(current=file)
    document.current = file
    if document.next_signatory is None:
        facts: dict[str, Any] = {"signed_at": timezone.now(), "signed_by": by.actor}
        document._move("signed", by=by, verb="document.signed", meeting=document.meeting, **facts)
        document.about.on_signed(document, by)
    document._tell()


def _reason(document: Document, signatory: Signatory) -> str:
    with override("id"):  # it stands in the signed file, whatever language the page has
        what = f"{document.about.label} {document.number}"
    return f"{what}, {signatory.role}" if signatory.role else what


# -- signed elsewhere ------------------------------------------------------------------------------------------


def receive_upload(document: Document, *, pdf: bytes, number: str, date: Date, by: Viewer) -> Upload:
    """Keeps a paper signed elsewhere until a person confirms the comparison.

    UnusableFile when it is no use, NoPlaceToLook when too many are being compared.
    """
    if not document.takes_upload:
        raise Refusal(_("The document is numbered or signed already; nothing can be uploaded any more."))
    finding = _compared(document, pdf)
    if finding.outcome in {"unreadable", "unsigned"}:
        raise UnusableFile(finding.sentence)
    facts = {
        "number": " ".join(number.split()),
        "date": date,
        "content": pdf,
        "sha256": sha256(pdf).hexdigest(),
        "finding": Document.Finding.SAME if finding.outcome == "signed" else Document.Finding.OTHER,
        "pages": finding.pages or 1,
        "signatures": len(finding.signers),
        "uploaded_at": timezone.now(),
        "uploaded_by": by.actor,
    }
    with transaction.atomic():
        _locked(document)
        upload, _made = Upload.objects.update_or_create(document=document, defaults=facts)
        record("document.uploaded", target=document, by=by, meeting=document.meeting)
    return upload


def _compared(document: Document, pdf: bytes) -> UploadFinding:
    authority = certificates.authority(certificates.house_of(document.meeting.host))
    if document.prepared is not None:
        return compare_upload(bytes(document.prepared.content), pdf, authority)
    report = examine(pdf, expected_sha256=None, expected_fields=(), authority=authority, seconds=TIME_LIMIT)
    if report.pages is None:
        return UploadFinding("unreadable", report.file.sentence)
    return UploadFinding("another", report.signatures.sentence, report.signers, report.pages)


def confirm_upload(document: Document, *, sha256: str, by: Viewer) -> None:
    """The person has looked at the waiting file with this SHA-256: the document is signed with it."""
    with transaction.atomic():
        upload = Upload.objects.select_for_update().filter(document=document, sha256=sha256).first()
        if upload is None:
            raise StaleState
        document.accept_upload(
            pdf=bytes(upload.content), number=upload.number, date=upload.date, finding=upload.finding, by=by
        )


def accept_upload(document: Document, *, pdf: bytes, number: str, date: Date, finding: str, by: Viewer) -> None:
    """→ signed with the file as it is: number and date set in the same move, the kind told in the same transaction."""
    number = " ".join(number.split())
    if not number:
        raise Refusal(_("Enter the number that the document got where it was signed."))
    with transaction.atomic():
        document._move(
            "signed",
            by=by,
            verb="document.signed_elsewhere",
            meeting=document.meeting,
            number=number,
            number_elsewhere=True,
            date=date,
            current=File.objects.keep(pdf),
            signed_at=timezone.now(),
            signed_by=by.actor,
            signed_elsewhere=True,
            upload_finding=finding,
        )
        Upload.objects.filter(document=document).delete()
        document.about.on_signed(document, by)
        document._tell()


def forget_uploads() -> int:
    """Uploads that nobody confirmed within a day are removed; how many those were."""
    removed, _by_model = Upload.objects.filter(uploaded_at__lt=timezone.now() - KEPT_UPLOADS).delete()
    return removed


# -- handing out -----------------------------------------------------------------------------------------------


def paper_for(viewer: Viewer, document: Document, version: str = "") -> tuple[str, bool] | None:
    """(SHA-256, whether it is the paper before any signature) that this viewer may take, or None.

    Readers get the paper as signed so far; `version` "awal" and the paper of a draft are for those who manage it.
    """
    chosen = document.prepared_id if version == "awal" else document.current_id or document.prepared_id
    if chosen is None or (version and version != "awal"):
        return None
    bare = chosen == document.prepared_id
    if version or document.current_id is None:
        with suppress(Refusal):
            may_manage(viewer, document)
            return chosen, bare
        return None
    return chosen, bare


def waiting_upload(viewer: Viewer, document: Document) -> Upload | None:
    """The uploaded file that nobody has confirmed yet, for those who manage the document; else None."""
    if not document.takes_upload or not allowed(may_manage, viewer, document):
        return None
    return Upload.objects.filter(document=document).first()


def hand_out(document: Document, digest: str, *, by: Viewer) -> bytes:
    """The file's bytes; who took it is logged and audited."""
    _log_taking(document, by)
    return bytes(File.objects.get(pk=digest).content)


def hand_out_upload(upload: Upload, *, by: Viewer) -> bytes:
    """The bytes that wait for confirmation, to be compared; who took them is logged and audited."""
    _log_taking(upload.document, by)
    return bytes(upload.content)


def _log_taking(document: Document, by: Viewer) -> None:
    with transaction.atomic():
        Download.objects.create(document=document, actor=by.actor)
        record("document.downloaded", target=document, by=by, meeting=document.meeting)


def for_page(documents: QuerySet[Document]) -> QuerySet[Document]:
    """With everything a page shows of them, and without the bytes of their files."""
    return (
        documents.select_related("meeting__host__house", "successor", "current", "prepared")
        .defer("content", "successor__content", "current__content", "prepared__content")
        .prefetch_related("signatories")
    )

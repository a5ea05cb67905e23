"""The register's pages: list, document, paper, signing, upload; the own certificate; verification for anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import consume_or_429
from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from rakor.accounts.models import User
from rakor.documents import certificates, register
from rakor.documents.access import may_manage, may_see_register, may_sign
from rakor.documents.forms import (
    CertificateForm,
    CodeForm,
    ConfirmUploadForm,
    FileForm,
    RegisterFilter,
    RevokeCertificateForm,
    RevokeForm,
    SignForm,
    UploadForm,
)
from rakor.documents.models import Certificate, Document, plain_code
from rakor.documents.page import facts_of, sign_facts_of, upload_facts_of
from rakor.documents.verdicts import result_of, shown_to_strangers
from rakor.lib.access import Refusal, allowed
from rakor.lib.apart import NoPlaceToLook
from rakor.lib.sheets import Sheet, download

ON_PAGE = 25
PAPER_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "object-src": [SELF],
    "frame-ancestors": [NONE],
    "sandbox": ["allow-downloads"],
}
"""For a PDF in the browser's own viewer, whatever it holds."""
CHECKS = {"verify_file": "60/10m/ip"}
"""A file to examine costs seconds of a processor; a whole office may stand behind one address."""


def _visible(request: HttpRequest, public_id: str) -> Document:
    documents = register.for_page(Document.objects.visible_to(request.viewer))
    return get_object_or_404(documents, public_id=public_id)


@require_safe
@login_required
def document_list(request: HttpRequest) -> HttpResponse:
    """The register of the viewer's own house, searched and filtered; the auditor's of every house."""
    form, found = _register(request)
    page = Paginator(found, ON_PAGE).get_page(request.GET.get("page"))
    return render(request, "documents/list.html", {"form": form, "page": page, "searched": form.has_changed()})


def _register(request: HttpRequest) -> tuple[RegisterFilter, QuerySet[Document]]:
    """(filter, what it leaves of the register, latest first); 404 for whom it is closed."""
    if not allowed(may_see_register, request.viewer):
        raise Http404
    documents = Document.objects.visible_to(request.viewer).of_own_house(request.viewer)
    form = RegisterFilter(request.GET)
    return form, register.for_page(form.narrow(documents)).order_by("-date", "-created_at", "-pk")


@require_safe
@login_required
@never_cache
def document_export(request: HttpRequest) -> HttpResponse:
    """The register as it is narrowed, for a spreadsheet."""
    heading = [_("Number"), _("Date"), _("Kind"), _("Document"), _("Meeting"), _("Status"), _("Signatures")]
    rows = (
        [
            d.number, d.date, d.about.label, d.shown_subject, d.meeting.code, d.status_name,
            _("signed elsewhere") if d.signed_elsewhere else ", ".join(s.name for s in d.signing_order if s.signed_at),
        ]
        for d in _register(request)[1]
    )  # fmt: skip
    return download("register-dokumen", Sheet(_("Documents"), heading, rows, [32, 14, 24, 60, 24, 22, 40]))


@require_safe
@never_cache
def document_detail(request: HttpRequest, document: str) -> HttpResponse:
    """What the document is, who signed, what comes next; while its paper is being made it looks again by itself."""
    facts = facts_of(request.viewer, _visible(request, document)) | {"revoke_form": RevokeForm()}
    response = render(request, "documents/detail.html", facts)
    if request.htmx and not facts["being_made"]:
        response["HX-Refresh"] = "true"
    return response


@require_safe
@csp_replace(PAPER_POLICY)  # type: ignore[arg-type]
def document_download(request: HttpRequest, document: str) -> HttpResponse:
    """The PDF as a file, or with `?tampil` in the browser's viewer; each taking is logged.

    `?versi=awal` is the paper before its signatures, `?versi=unggahan` the file that waits for confirmation.
    """
    viewer, found = request.viewer, _visible(request, document)
    version = request.GET.get("versi", "")
    if version == "unggahan":
        upload = register.waiting_upload(viewer, found)
        if upload is None:
            raise Http404
        return _handed(request, found.filename(uploaded=True), lambda: register.hand_out_upload(upload, by=viewer))
    chosen = register.paper_for(viewer, found, version)
    if chosen is None:
        raise Http404
    digest, bare = chosen
    return _handed(request, found.filename(prepared=bare), lambda: register.hand_out(found, digest, by=viewer))


def _handed(request: HttpRequest, name: str, take: Callable[[], bytes]) -> HttpResponse:
    """The PDF that `take` gives, and logs, once more than its head is asked for."""
    place = "inline" if "tampil" in request.GET else "attachment"
    return HttpResponse(
        take() if request.method == "GET" else b"",
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'{place}; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@require_POST
def document_prepare(request: HttpRequest, document: str) -> HttpResponse:
    """Makes the paper of a draft, or tries again where it could not be made."""
    found = _visible(request, document)
    may_manage(request.viewer, found)
    try:
        found.try_again(by=request.viewer) if found.status == "numbered" else found.prepare(by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
    return _to(found)


@require_POST
def document_revoke(request: HttpRequest, document: str) -> HttpResponse:
    """Revokes the document with a reason."""
    found = _visible(request, document)
    may_manage(request.viewer, found)
    form = RevokeForm(request.POST)
    if form.is_valid():
        try:
            found.revoke(reason=form.cleaned_data["reason"], by=request.viewer)
        except Refusal as no:
            messages.error(request, no.reason)
        else:
            messages.success(request, _("The document is revoked. Its verification page says so from now on."))
        return _to(found)
    return render(request, "documents/detail.html", facts_of(request.viewer, found) | {"revoke_form": form}, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("passphrase")
def document_sign(request: HttpRequest, document: str) -> HttpResponse:
    """Shows what is signed, and puts the viewer's signature on."""
    found = _visible(request, document)
    may_sign(request.viewer, found)
    form = SignForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (answer := _signed(request, found, form)):
        return answer
    return render(
        request,
        "documents/sign.html",
        sign_facts_of(request.viewer, found) | {"form": form},
        status=422 if form.errors else 200,
    )


@sensitive_variables("passphrase")
def _signed(request: HttpRequest, document: Document, form: SignForm) -> HttpResponse | None:
    passphrase = form.cleaned_data["passphrase"]
    try:
        signatory = register.turn_of(document, request.viewer.user_id, form.cleaned_data["signatory"])
        document.sign(signatory, passphrase=passphrase, by=request.viewer)
    except (register.PassphraseRefused, certificates.TooManyTries) as no:
        form.add_error("passphrase", no.reason)
        return None
    except register.AlreadySigned as done:
        messages.info(request, done.reason)
    except Refusal as no:
        messages.error(request, no.reason)
    else:
        messages.success(request, _("Your signature is on the document."))
    return _to(document)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def document_upload(request: HttpRequest, document: str) -> HttpResponse:
    """Takes in a paper signed elsewhere in two steps: the file with number and date, then a person's confirmation."""
    found = _visible(request, document)
    may_manage(request.viewer, found)
    confirming = "sha256" in request.POST
    form = UploadForm() if confirming else UploadForm(request.POST or None, request.FILES or None)
    confirm = ConfirmUploadForm(request.POST if confirming else None)
    if request.method == "POST":
        answer = _confirmed(request, found, confirm) if confirming else _received(request, found, form)
        if answer:
            return answer
    facts = upload_facts_of(request.viewer, found) | {
        "form": form,
        "confirm": confirm,
        "again": "lain" in request.GET or form.is_bound,
    }
    return render(request, "documents/upload.html", facts, status=422 if form.errors or confirm.errors else 200)


def _received(request: HttpRequest, document: Document, form: UploadForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    entered = form.cleaned_data
    try:
        register.receive_upload(
            document, pdf=entered["file"], number=entered["number"], date=entered["date"], by=request.viewer
        )
    except (register.UnusableFile, NoPlaceToLook) as no:
        form.add_error("file", no.reason)
        return None
    except Refusal as no:
        messages.error(request, no.reason)
        return _to(document)
    return redirect("document_upload", document.public_id)


def _confirmed(request: HttpRequest, document: Document, confirm: ConfirmUploadForm) -> HttpResponse | None:
    if not confirm.is_valid():
        return None
    try:
        register.confirm_upload(document, sha256=confirm.cleaned_data["sha256"], by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
    else:
        messages.success(request, _("The signed document is in the register."))
    return _to(document)


def _to(document: Document) -> HttpResponse:
    return redirect("document_detail", document.public_id)


# -- the own certificate ---------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
@sensitive_post_parameters("password", "passphrase1", "passphrase2")
def certificate(request: HttpRequest) -> HttpResponse:
    """The visitor's certificate: made and renewed with the log-in password, revoked."""
    user: User = request.user  # type: ignore[assignment]
    present = Certificate.objects.filter(user=user, revoked_at__isnull=True).first()
    form = CertificateForm(request.POST or None, user=user, initial={"replaces": present.serial if present else ""})
    revoking = "serial" in request.POST
    if request.method == "POST" and (revoking or form.is_valid()):
        return _revoked(request, present) if revoking else _issued(request, user, form)
    facts = {"form": form, "present": present, "holder": _holder(user), "next": _next(request)}
    return render(request, "documents/certificate.html", facts, status=422 if form.errors else 200)


@sensitive_variables("passphrase")
def _issued(request: HttpRequest, user: User, form: CertificateForm) -> HttpResponse:
    passphrase = form.cleaned_data["passphrase1"]
    try:
        certificates.issue(user, passphrase=passphrase, replaces=form.cleaned_data["replaces"], by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
    else:
        messages.success(
            request, _("Your certificate is ready. Keep the passphrase to yourself; nobody can look it up.")
        )
    return redirect(_next(request) or reverse("certificate"))


def _revoked(request: HttpRequest, present: Certificate | None) -> HttpResponse:
    form = RevokeCertificateForm(request.POST)
    if present is not None and form.is_valid() and form.cleaned_data["serial"] == present.serial:
        certificates.revoke(present, by=request.viewer)
    messages.success(request, _("The certificate is revoked. It signs nothing any more; what it signed stays signed."))
    return redirect("certificate")


def _holder(user: User) -> certificates.Holder | str:
    try:
        return certificates.holder_of(user)
    except Refusal as no:
        return str(no.reason)


def _next(request: HttpRequest) -> str:
    """The page of ours to go back to, or nothing."""
    wanted = request.POST.get("lanjut", "") or request.GET.get("lanjut", "")
    return wanted if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else ""


# -- verification, for anybody ---------------------------------------------------------------------------------


def _too_often(request: HttpRequest) -> HttpResponse | None:
    closed: HttpResponse | None = consume_or_429(request, action="verify_file", config=CHECKS)
    return closed


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Asks for a code or for a PDF; a PDF that is registered here is examined at once."""
    if closed := _too_often(request):
        return closed
    code_form = CodeForm(request.GET if "kode" in request.GET else None)
    form = FileForm(request.POST or None, request.FILES or None) if request.method == "POST" else FileForm()
    facts: dict[str, Any] = {"code_form": code_form, "form": form}
    if code_form.is_bound and code_form.is_valid():
        return redirect("verify_document", code_form.cleaned_data["kode"].replace("/", " "))
    if request.method == "POST" and form.is_valid():
        document = register.for_page(Document.objects.on_paper().by_bytes(form.cleaned_data["file"])).first()
        if document is not None:
            return _shown(request, document, form)
        facts["unknown"] = True
    return render(request, "documents/verify.html", facts, status=422 if form.errors or code_form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def verify_document(request: HttpRequest, code: str) -> HttpResponse:
    """What the register says of this code; with a PDF, whether the file is that document."""
    if closed := _too_often(request):
        return closed
    document = register.for_page(Document.objects.on_paper().by_code(code)).first()
    if document is None:
        facts = {
            "code": code[:40],
            "code_form": CodeForm(initial={"kode": code[:40]}),
            "readable": bool(plain_code(code)),
        }
        return render(request, "documents/verify_unknown.html", facts, status=404)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    return _shown(request, document, form)


def _shown(request: HttpRequest, document: Document, form: FileForm) -> HttpResponse:
    facts = shown_to_strangers(document) | {"form": form}
    if form.is_bound and form.is_valid():
        try:
            facts["result"] = result_of(document, form.cleaned_data["file"])
        except NoPlaceToLook as no:
            answer = render(request, "documents/verify_document.html", facts | {"busy": no.reason}, status=503)
            answer["Retry-After"] = "30"
            return answer
    return render(request, "documents/verify_document.html", facts, status=422 if form.errors else 200)

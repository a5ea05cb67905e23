"""Says what can be said of a PDF's bytes: the same as the registered ones? Soundly signed, by whom, by all?

With signing.py the only module that imports pyHanko, and only inside functions.

A file from outside is hostile until shown otherwise and is read in a process of its own (rakor.lib.apart). Only bytes
whose SHA-256 is the registered one are read in the caller's process: they are ours.

`pdfsig` alone would not do: it calls a file with an appended page "valid", and nobody's tool misses a signature that
was cut off with its whole revision. Therefore four things are asked apart: the same bytes, every signature sound and
the document unchanged since, every expected field signed, the last signature covering the whole file.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from rakor.lib.apart import TookTooLong, keep_to_limits, read_apart

if TYPE_CHECKING:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
    from pyhanko_certvalidator import ValidationContext

    from rakor.documents.authority import Authority

SIZE_LIMIT = 20 * 1024 * 1024
PAGE_LIMIT = 2000
SIGNATURE_LIMIT = 100
NAME_LIMIT = 200
"""Characters that are shown of what a certificate says; a stranger's may say anything, and a lot of it."""
TIME_LIMIT = 20
"""Seconds of a processor for what an organiser uploads."""
STRANGERS_TIME_LIMIT = 8


@dataclass(frozen=True)
class Verdict:
    """One answer: `tone` is ok, warn or bad; `word` and `sentence` are for people, translated when shown."""

    tone: str
    word: str | Promise
    sentence: str | Promise


@dataclass(frozen=True)
class SignatureFinding:
    """One signature as measured. `signed_at` is proven only when `timestamped`; else it is the signer's word.

    `problem` is empty for a sound one, else one of broken, changed, revoked, expired, unknown_issuer, untrusted_time,
    not_accepted. `level` is B-B or B-T as found in the bytes (never more is claimed), empty when it is no PAdES.
    """

    field: str
    signer: str
    position: str
    organisation: str
    subject: str
    issuer: str
    serial: str
    signed_at: datetime | None
    timestamped: bool
    level: str
    covers_whole_file: bool
    problem: str

    @property
    def sound(self) -> bool:
        return not self.problem

    @property
    def intact(self) -> bool:
        """The signed bytes are unchanged, whoever signed them."""
        return self.problem not in ("broken", "changed")


@dataclass(frozen=True)
class Report:
    """Three verdicts on a file; the fourth, whether the document is in force, is the register's."""

    file: Verdict
    signatures: Verdict
    completeness: Verdict
    signers: tuple[SignatureFinding, ...]
    missing: tuple[str, ...]
    """Expected fields that are not signed."""
    sha256: str
    size: int
    pages: int | None
    """None when the file cannot be read."""

    @property
    def genuine(self) -> bool:
        """Same bytes, sound signatures, all there."""
        return {self.file.tone, self.signatures.tone, self.completeness.tone} == {"ok"}


@dataclass(frozen=True)
class UploadFinding:
    """What an uploaded file is, beside the paper that was prepared for signing.

    `outcome`: "signed" (the prepared bytes, and nothing but signatures after them), "unsigned" (the prepared bytes,
    nothing more), "another" (a different file; a person decides), "unreadable".
    """

    outcome: str
    sentence: str | Promise
    signers: tuple[SignatureFinding, ...] = ()
    pages: int | None = None
    prepared_pages: int | None = None

    @property
    def lineage_proven(self) -> bool:
        return self.outcome == "signed"


def examine(
    pdf: bytes,
    *,
    expected_sha256: str | None,
    expected_fields: Sequence[str],
    authority: Authority,
    seconds: int = STRANGERS_TIME_LIMIT,
) -> Report:
    """What is true of these bytes, whatever they are; never raises for what they hold, only NoPlaceToLook.

    `expected_sha256` is the registered file's hash (None: no document was named), `expected_fields` the signature
    fields that it needs. 0.4 s for a registered file, 2 s for another one.

    For registered bytes a certificate is judged at the time of signing, because the register is the evidence that the
    signature existed then: a certificate that ended since does not unmake it. For any other file it is judged now.
    """
    digest = sha256(pdf).hexdigest()
    ours = digest == expected_sha256
    facts = (
        _looked_into(pdf, Trust.of(authority, at_signing=True))
        if ours
        else _looked_into_apart(pdf, Trust.of(authority), seconds)
    )
    signers = _findings(facts)
    signed = {finding.field for finding in signers if finding.intact}
    missing = tuple(field for field in expected_fields if field not in signed)
    return Report(
        file=_on_file(facts, expected_sha256, ours),
        signatures=_on_signatures(facts, signers),
        completeness=_on_completeness(facts, expected_fields, missing, signers),
        signers=signers,
        missing=missing,
        sha256=digest,
        size=len(pdf),
        pages=facts.get("pages"),
    )


def compare_upload(prepared: bytes, uploaded: bytes, authority: Authority) -> UploadFinding:
    """Whether an uploaded file is the prepared paper with signatures added, or another file.

    Never raises for what it holds, only NoPlaceToLook.

    The issuer need not be known here: a paper is signed elsewhere with certificates that this installation cannot
    check. Each finding's `problem` then says unknown_issuer; the lineage is proven all the same.
    """
    before = page_count(prepared)
    if uploaded == prepared:
        return UploadFinding(
            "unsigned", _("This is the prepared file itself; nobody has signed it."), (), before, before
        )
    same_start = uploaded.startswith(prepared)
    trust = Trust.of(authority, prepared_size=len(prepared) if same_start else 0)
    facts = _looked_into_apart(uploaded, trust, TIME_LIMIT)
    signers = _findings(facts)
    pages = facts.get("pages")
    if "error" in facts:
        return UploadFinding("unreadable", UNREADABLE[facts["error"]], (), None, before)
    if not same_start:
        sentence = _("This is another file than the prepared one. Compare the two before you take it.")
        return UploadFinding("another", sentence, signers, pages, before)
    whole = signers and all(finding.intact for finding in signers) and facts["last_covers_all"]
    if not (whole and facts["only_signed_since"]):
        sentence = _("The file begins as the prepared one, but more than signatures was added. Do not take it.")
        return UploadFinding("another", sentence, signers, pages, before)
    return UploadFinding("signed", _("This is the prepared file with signatures added."), signers, pages, before)


def page_count(pdf: bytes) -> int:
    """How many pages a PDF of ours has; ValueError when it is none."""
    try:
        return _counted_pages(_opened(pdf))
    except _Unreadable as unreadable:
        raise ValueError(unreadable.reason) from unreadable
    except Exception as damaged:
        raise ValueError("damaged") from damaged


def inspect_own(pdf: bytes, authority: Authority) -> tuple[SignatureFinding, ...]:
    """The signatures of a file that we keep or have just made, oldest first, each judged at its own time."""
    return _findings(_looked_into(pdf, Trust.of(authority, at_signing=True)))


# ---- verdicts ----------------------------------------------------------------------------------------------

UNREADABLE: dict[str, str | Promise] = {
    "empty": _("The file is empty."),
    "not_pdf": _("The file is not a PDF."),
    "too_large": _("The file is larger than 20 MB."),
    "encrypted": _("The file is encrypted and cannot be read."),
    "no_pages": _("The PDF has no pages, or was cut off."),
    "too_many_pages": _("The PDF has more pages than can be checked."),
    "too_many_signatures": _("The PDF has more signatures than can be checked."),
    "too_long": _("Checking the file took too long and was stopped."),
    "damaged": _("The PDF is damaged and cannot be read."),
}
PROBLEMS: dict[str, Verdict] = {
    "broken": Verdict("bad", _("Broken"), _("A signature does not fit the content: the file was changed.")),
    "changed": Verdict("bad", _("Changed afterwards"), _("The file was changed after it had been signed.")),
    "revoked": Verdict("bad", _("Revoked"), _("A certificate used for signing was revoked.")),
    "not_accepted": Verdict("bad", _("Not accepted"), _("A certificate must not be used for signing documents.")),
    "expired": Verdict("warn", _("Expired"), _("The signatures are intact, but a certificate is no longer valid.")),
    "untrusted_time": Verdict(
        "warn", _("Time not proven"), _("The signatures are intact, but the time stamp's issuer is not known here.")
    ),
    "unknown_issuer": Verdict(
        "warn",
        _("Issuer unknown"),
        _("The signatures are intact, but this installation does not know who issued a certificate."),
    ),
}


def _on_file(facts: dict[str, Any], expected_sha256: str | None, ours: bool) -> Verdict:
    if "error" in facts:
        return Verdict("bad", _("Cannot be read"), UNREADABLE[facts["error"]])
    if ours:
        return Verdict("ok", _("Identical"), _("The file is the same, byte for byte, as the registered one."))
    if expected_sha256:
        return Verdict("bad", _("Different"), _("The file is not the registered one. Do not use it."))
    return Verdict("warn", _("Not compared"), _("No registered document was named, so nothing could be compared."))


def _on_signatures(facts: dict[str, Any], signers: Sequence[SignatureFinding]) -> Verdict:
    if "error" in facts:
        return Verdict("bad", _("Cannot be read"), _("Signatures cannot be checked in a file that cannot be read."))
    if not signers:
        return Verdict("bad", _("Not signed"), _("The file carries no signature."))
    found = {finding.problem for finding in signers}
    for problem, verdict in PROBLEMS.items():
        if problem in found:
            return verdict
    if not facts["last_covers_all"]:
        return PROBLEMS["changed"]
    return Verdict("ok", _("Valid"), _("Every signature is valid, and the file was not changed since."))


def _on_completeness(
    facts: dict[str, Any], expected: Sequence[str], missing: Sequence[str], signers: Sequence[SignatureFinding]
) -> Verdict:
    if "error" in facts:
        return Verdict("bad", _("Cannot be read"), _("Signatures cannot be counted in a file that cannot be read."))
    if not expected:
        return Verdict("warn", _("Unknown"), _("It is not known which signatures this file needs."))
    if missing:
        sentence = _("{missing} of {all} signatures are missing.")
        if set(missing) <= {finding.field for finding in signers}:
            sentence = _("{missing} of {all} signatures do not hold.")
        return Verdict("bad", _("Incomplete"), format_lazy(sentence, missing=len(missing), all=len(expected)))
    return Verdict("ok", _("Complete"), format_lazy(_("All signatures are there: {all}."), all=len(expected)))


def _findings(facts: dict[str, Any]) -> tuple[SignatureFinding, ...]:
    return tuple(
        SignatureFinding(**raw | {"signed_at": datetime.fromisoformat(raw["signed_at"]) if raw["signed_at"] else None})
        for raw in facts.get("signatures", ())
    )


# ---- looking ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trust:
    """What a look needs beside the bytes; plain values, so that it can be handed to another process."""

    roots: tuple[bytes, ...]
    between: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    timestamp_roots: tuple[bytes, ...] = ()
    at_signing: bool = False
    prepared_size: int = 0

    @classmethod
    def of(cls, authority: Authority, *, at_signing: bool = False, prepared_size: int = 0) -> Trust:
        return cls(
            tuple(authority.trust_roots),
            tuple(authority.other_certs),
            tuple(authority.crls),
            tuple(authority.timestamp_roots),
            at_signing,
            prepared_size,
        )

    def to_json(self) -> bytes:
        lists = {name: [base64.b64encode(der).decode() for der in getattr(self, name)] for name in DER_LISTS}
        return json.dumps(lists | {"at_signing": self.at_signing, "prepared_size": self.prepared_size}).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Trust:
        values = json.loads(text)
        return cls(**values | {name: tuple(map(base64.b64decode, values[name])) for name in DER_LISTS})

    def of_signers(self, moment: datetime | None) -> ValidationContext:
        """Our own certificates at `moment` (None: now), each checked against a revocation list. Nothing is fetched."""
        from asn1crypto.x509 import Certificate
        from pyhanko_certvalidator import ValidationContext

        # "require": without an address of a list in the certificate, every other mode skips the lists at hand.
        return ValidationContext(
            trust_roots=[Certificate.load(der) for der in self.roots],
            other_certs=[Certificate.load(der) for der in self.between],
            crls=list(self.crls),
            revocation_mode="require",
            moment=moment,
            retroactive_revinfo=moment is not None,
        )

    def of_time_stamps(self, moment: datetime | None) -> ValidationContext:
        """Authorities outside, whose revocation lists are not at hand. Nothing is fetched."""
        from asn1crypto.x509 import Certificate
        from pyhanko_certvalidator import ValidationContext

        roots = [Certificate.load(der) for der in self.timestamp_roots]
        return ValidationContext(trust_roots=roots, revocation_mode="soft-fail", moment=moment)


DER_LISTS = ("roots", "between", "crls", "timestamp_roots")


class _Unreadable(Exception):
    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def _looked_into_apart(pdf: bytes, trust: Trust, seconds: int) -> dict[str, Any]:
    """The facts of bytes that may be hostile, read apart; NoPlaceToLook when too many others are at it."""
    if reason := _refused_unread(pdf):
        return {"error": reason}
    try:
        return dict(json.loads(read_apart(__name__, trust.to_json() + b"\n" + pdf, seconds=seconds)))
    except TookTooLong:
        return {"error": "too_long"}
    except ValueError:
        return {"error": "damaged"}


def _refused_unread(pdf: bytes) -> str:
    if not pdf:
        return "empty"
    if len(pdf) > SIZE_LIMIT:
        return "too_large"
    return "" if b"%PDF-" in pdf[:1024] else "not_pdf"


def _looked_into(pdf: bytes, trust: Trust) -> dict[str, Any]:
    """The facts: {"error"} or {"pages", "signatures", "last_covers_all", "only_signed_since"}."""
    try:
        if reason := _refused_unread(pdf):
            raise _Unreadable(reason)
        reader = _opened(pdf)
        pages = _counted_pages(reader)
        signatures = list(_signatures(reader, trust))
        stamps = [] if "broken" in (s["problem"] for s in signatures) else reader.embedded_timestamp_signatures
        covering = [s["covers_whole_file"] for s in signatures] + [_covers_whole_file(stamp) for stamp in stamps]
        since = _only_signed_since(reader, pdf[: trust.prepared_size]) if trust.prepared_size else False
        return {
            "pages": pages,
            "signatures": signatures,
            "last_covers_all": any(covering),
            "only_signed_since": since,
        }
    except _Unreadable as unreadable:
        return {"error": unreadable.reason}
    except Exception:
        return {"error": "damaged"}


def _opened(pdf: bytes) -> PdfFileReader:
    from pyhanko.pdf_utils.misc import PdfReadError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(BytesIO(pdf))
        encrypted = reader.encrypted
    except PdfReadError:
        # Software outside is less strict about the standard than our own.
        reader = PdfFileReader(BytesIO(pdf), strict=False)
        encrypted = reader.encrypted
    if encrypted:
        raise _Unreadable("encrypted")
    return reader


def _counted_pages(reader: PdfFileReader) -> int:
    """Counted by walking, because /Count can lie and a page tree can bite its own tail."""
    from pyhanko.pdf_utils.generic import IndirectObject

    count, seen, ahead = 0, set(), [reader.root.raw_get("/Pages")]
    while ahead:
        node = ahead.pop()
        if isinstance(node, IndirectObject):
            if node.idnum in seen:
                raise _Unreadable("damaged")
            seen.add(node.idnum)
            node = node.get_object()  # type: ignore[no-untyped-call]
        if "/Kids" in node:
            ahead.extend(node["/Kids"])
        else:
            count += 1
        if count + len(ahead) > PAGE_LIMIT * 4 or count > PAGE_LIMIT:
            raise _Unreadable("too_many_pages")
    if not count:
        raise _Unreadable("no_pages")
    return count


def _signatures(reader: PdfFileReader, trust: Trust) -> Iterable[dict[str, Any]]:
    """Every filled signature field but document time stamps, oldest first; one that cannot be read is broken."""
    from pyhanko.sign.fields import enumerate_sig_fields
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

    found: list[tuple[int, str, EmbeddedPdfSignature | None]] = []
    for name, _value, field in enumerate_sig_fields(reader, filled_status=True):
        if len(found) == SIGNATURE_LIMIT:
            raise _Unreadable("too_many_signatures")
        try:
            signature = EmbeddedPdfSignature(reader, field, name)
            found.append((signature.signed_revision, name, signature))
        except Exception:
            found.append((reader.total_revisions, name, None))
    for _revision, name, readable in sorted(found, key=lambda entry: entry[0]):
        if readable is None:
            yield _described(name, None, "broken")
        elif readable.sig_object_type != "/DocTimeStamp":
            yield _judged(readable, trust)


def _judged(signature: EmbeddedPdfSignature, trust: Trust) -> dict[str, Any]:
    from pyhanko.sign.validation import validate_pdf_signature

    try:
        moment = signature.self_reported_timestamp if trust.at_signing else None
        status = validate_pdf_signature(signature, trust.of_signers(moment), trust.of_time_stamps(moment))
        return _described(signature.field_name, signature, _problem(status), status)
    except Exception:
        return _described(signature.field_name, None, "broken")


def _problem(status: Any) -> str:
    from pyhanko.sign.ades.report import AdESFailure, AdESIndeterminate

    if not (status.intact and status.valid):
        return "broken"
    if not status.docmdp_ok:
        return "changed"
    if status.revoked:
        return "revoked"
    reasons = {
        AdESFailure.NOT_YET_VALID: "expired",
        AdESIndeterminate.NOT_YET_VALID: "expired",
        AdESIndeterminate.EXPIRED: "expired",
        AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: "expired",
        AdESIndeterminate.OUT_OF_BOUNDS_NOT_REVOKED: "expired",
        AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: "not_accepted",
        AdESIndeterminate.SIG_CONSTRAINTS_FAILURE: "not_accepted",
    }
    if not status.trusted:
        return reasons.get(status.trust_problem_indic, "unknown_issuer")
    stamp = status.timestamp_validity
    if stamp is not None and not stamp.trusted:
        return "untrusted_time" if stamp.intact and stamp.valid else "broken"
    return "" if status.bottom_line else "broken"


def _described(field: str, signature: EmbeddedPdfSignature | None, problem: str, status: Any = None) -> dict[str, Any]:
    certificate = signature.signer_cert if signature else None
    names = certificate.subject.native if certificate else {}
    stamp = status.timestamp_validity if status else None
    at = stamp.timestamp if stamp else status.signer_reported_dt if status else None
    return {
        "field": field,
        "signer": _one(names, "common_name"),
        "position": _one(names, "title"),
        "organisation": _one(names, "organization_name"),
        "subject": certificate.subject.human_friendly[: 3 * NAME_LIMIT] if certificate else "",
        "issuer": certificate.issuer.human_friendly[: 3 * NAME_LIMIT] if certificate else "",
        "serial": f"{certificate.serial_number:x}" if certificate else "",
        "signed_at": at.isoformat() if at and at.tzinfo else None,
        "timestamped": bool(stamp and stamp.intact and stamp.valid and stamp.trusted),
        "level": _level(signature, stamp) if signature else "",
        "covers_whole_file": bool(signature and _covers_whole_file(signature)),
        "problem": problem,
    }


def _one(names: dict[str, Any], part: str) -> str:
    value = names.get(part, "")
    return str(value[0] if isinstance(value, list) and value else value)[:NAME_LIMIT]


def _level(signature: EmbeddedPdfSignature, stamp: Any) -> str:
    """B-B: PAdES with the signer's certificate among the signed attributes; B-T: and a sound, trusted time stamp."""
    from pyhanko.sign.validation.generic_cms import get_signing_cert_attr

    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        return ""
    if get_signing_cert_attr(signature.signer_info["signed_attrs"]) is None:
        return ""
    return "B-T" if stamp and stamp.intact and stamp.valid and stamp.trusted else "B-B"


def _covers_whole_file(signature: EmbeddedPdfSignature) -> bool:
    from pyhanko.sign.validation import SignatureCoverageLevel

    return signature.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE


def _only_signed_since(reader: PdfFileReader, prepared: bytes) -> bool:
    """Whether everything after the prepared revision is the filling or adding of signature fields.

    pyHanko's rules are made for what follows a signature; here the first one may still come, so the catalogue may gain
    its certification (/Perms) and the form say that signatures exist. What follows it is judged by its own rules too.
    """
    from pyhanko.sign.diff_analysis import (
        DEFAULT_DIFF_POLICY,
        CatalogModificationRule,
        DiffResult,
        FormUpdatingRule,
        ModificationLevel,
        StandardDiffPolicy,
    )
    from pyhanko.sign.diff_analysis.constants import ROOT_EXEMPT_STRICT_COMPARISON

    usual = DEFAULT_DIFF_POLICY
    assert usual.form_rule is not None
    allowed = ROOT_EXEMPT_STRICT_COMPARISON | {"/Perms"}
    catalogue = CatalogModificationRule(allowed)  # type: ignore[no-untyped-call]
    form = FormUpdatingRule(
        usual.form_rule.field_rules, ignored_acroform_keys=usual.form_rule.ignored_acroform_keys | {"/SigFlags"}
    )
    policy = StandardDiffPolicy([catalogue, *usual.global_rules[1:]], form)
    result = policy.review_file(reader, _opened(prepared).total_revisions - 1)
    return isinstance(result, DiffResult) and result.modification_level <= ModificationLevel.FORM_FILLING


def _serve(seconds: int) -> None:
    """The process apart: limits first, then one JSON line of Trust and the file on stdin, facts as JSON on stdout."""
    keep_to_limits(seconds)
    trust, _newline, pdf = sys.stdin.buffer.read().partition(b"\n")
    sys.stdout.write(json.dumps(_looked_into(pdf, Trust.from_json(trust))))


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

"""Puts an official's electronic signature into a field of a PDF (PAdES), with the official's own certificate.

With verification.py the only module that imports pyHanko, and only inside functions. Sign in the request that brought
the passphrase (0.7 s): it lives in memory for that call and goes into no log, row or queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from rakor.documents import fonts, verification

if TYPE_CHECKING:
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko.stamp import TextStampStyle

    from rakor.documents.authority import Authority

FONT_SIZE = 8
LEADING = 10
INSET = 6


class SigningRefused(ValueError):
    """The document was not signed; the message says why, for people. Nothing was changed."""


class WrongPassphrase(SigningRefused):
    def __init__(self) -> None:
        super().__init__(_("The passphrase is not the one of this certificate."))


class CertificateExpired(SigningRefused):
    def __init__(self) -> None:
        super().__init__(_("Your certificate is no longer valid. Ask for a new one and sign with it."))


class FieldMissing(SigningRefused):
    def __init__(self) -> None:
        super().__init__(_("The document has no place for this signature."))


class AlreadySigned(SigningRefused):
    def __init__(self) -> None:
        super().__init__(_("This signature is in the document already."))


class NoTimeStamp(SigningRefused):
    def __init__(self) -> None:
        super().__init__(_("The time-stamping service did not answer. Try again in a moment."))


class SignatureNotSound(SigningRefused):
    """Our own check of the result failed: an earlier signature is not sound, or the file is damaged."""

    def __init__(self) -> None:
        super().__init__(_("The signature did not pass our own check and was thrown away. Tell the administrator."))


@dataclass(frozen=True)
class SignedPdf:
    """The signed file, and what was measured in it: who, when, which level (B-B, or B-T with a time stamp)."""

    pdf: bytes
    signer_name: str
    serial: str
    signed_at: datetime
    level: str


def sign(
    pdf: bytes,
    *,
    field: str,
    pkcs12: bytes,
    passphrase: str,
    reason: str,
    location: str,
    certify: bool,
    verify_url: str,
    authority: Authority,
    zone: str = "Asia/Jakarta",
    tsa_url: str | None = None,
) -> SignedPdf:
    """The PDF with one signature more, appended to the unchanged bytes; raises a SigningRefused, or returns it sound.

    `field` is the id of an empty signature field, `pkcs12` the unsealed key file of the official. `certify` for the
    first signature of a document: from then on only signing is allowed in it. The visible box says who, when (in
    `zone`) and where to check (`verify_url`, shown without its scheme). With `tsa_url` a time stamp is asked for.

    Call it from synchronous code: pyHanko runs an event loop of its own.
    """
    _check_field(pdf, field)
    signer = _unlocked(pkcs12, passphrase, authority)
    name = _name_of(signer)
    lines = [*_stamp_lines(name, timezone.now().astimezone(ZoneInfo(zone)), verify_url)]
    if authority.sample:
        lines.append("CONTOH – bukan TTE tersertifikasi")
    signed = _signed(pdf, signer, field, reason, location, certify, lines, tsa_url)
    return _checked(pdf, signed, field, authority)


def _check_field(pdf: bytes, field: str) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.fields import enumerate_sig_fields

    found = list(enumerate_sig_fields(PdfFileReader(BytesIO(pdf)), with_name=field))
    if not found:
        raise FieldMissing
    if found[0][1] is not None:
        raise AlreadySigned


def _unlocked(pkcs12: bytes, passphrase: str, authority: Authority) -> SimpleSigner:
    from pyhanko.sign.signers import SimpleSigner

    try:
        signer: SimpleSigner = SimpleSigner.load_pkcs12_data(pkcs12, other_certs=[], passphrase=passphrase.encode())
    except ValueError:
        raise WrongPassphrase from None
    certificate = _certificate(signer)
    if certificate.not_valid_after <= timezone.now() or authority.has_revoked(certificate.serial_number):
        raise CertificateExpired
    return signer


def _certificate(signer: SimpleSigner) -> Any:
    return signer.signing_cert


def _name_of(signer: SimpleSigner) -> str:
    return str(_certificate(signer).subject.native["common_name"])


def _signed(
    pdf: bytes,
    signer: SimpleSigner,
    field: str,
    reason: str,
    location: str,
    certify: bool,
    lines: list[str],
    tsa_url: str | None,
) -> bytes:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
    from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError

    metadata = PdfSignatureMetadata(
        field_name=field,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=certify,
        docmdp_permissions=MDPPerm.FILL_FORMS,
        name=_name_of(signer),
        reason=reason or None,
        location=location or None,
    )
    stamper = HTTPTimeStamper(tsa_url, timeout=10) if tsa_url else None

    class SigningOnly(IncrementalPdfFileWriter):
        """Leaves the metadata alone; pyHanko would write it anew, and lose the form that PDF/A and PDF/UA ask for."""

        def _update_meta(self) -> None:
            pass

    writer = SigningOnly(BytesIO(pdf))
    style = _stamp_style(lines, _box_width(writer, field))
    output = BytesIO()
    try:
        PdfSigner(metadata, signer=signer, stamp_style=style, timestamper=stamper).sign_pdf(
            writer, existing_fields_only=True, output=output
        )
    except TimestampRequestError:
        raise NoTimeStamp from None
    return output.getvalue()


def _checked(sent: bytes, signed: bytes, field: str, authority: Authority) -> SignedPdf:
    """Believes nothing: the sent bytes first, one signature more, every one sound, ours covering the whole file."""
    before = verification.inspect_own(sent, authority)
    after = verification.inspect_own(signed, authority)
    mine = after[-1] if after else None
    grown = signed.startswith(sent) and len(after) == len(before) + 1
    if not grown or mine is None or mine.field != field or not mine.covers_whole_file or mine.signed_at is None:
        raise SignatureNotSound
    if mine.problem in ("expired", "revoked"):
        raise CertificateExpired
    if not all(finding.sound for finding in after):
        raise SignatureNotSound
    return SignedPdf(signed, mine.signer, mine.serial, mine.signed_at, mine.level)


# ---- the visible box -----------------------------------------------------------------------------------------


def _stamp_lines(name: str, at: datetime, verify_url: str) -> Iterator[str]:
    yield "Ditandatangani secara elektronik oleh:"
    yield name
    yield f"{at:%d-%m-%Y %H.%M} {at.tzname()}"
    yield verify_url.removeprefix("https://").removeprefix("http://")


def _box_width(writer: Any, field: str) -> float:
    from pyhanko.sign.fields import enumerate_sig_fields

    _name, _value, reference = next(iter(enumerate_sig_fields(writer, with_name=field)))
    left, _bottom, right, _top = (float(value) for value in reference.get_object()["/Rect"])
    return abs(right - left)


def _stamp_style(lines: list[str], box_width: float) -> TextStampStyle:
    """Text only, left, in an embedded face (pyHanko's own Courier is not embedded and would break PDF/A)."""
    from pyhanko.pdf_utils.font.api import FontEngineFactory
    from pyhanko.pdf_utils.font.opentype import GlyphAccumulator
    from pyhanko.pdf_utils.layout import AxisAlignment, InnerScaling, Margins, SimpleBoxLayoutRule
    from pyhanko.pdf_utils.text import TextBoxStyle
    from pyhanko.stamp import TextStampStyle

    face = fonts.stamp_face(settings.DATA_DIR / "fonts")

    class Face(FontEngineFactory):
        def create_font_engine(self, writer: Any, obj_stream: Any = None) -> GlyphAccumulator:
            return GlyphAccumulator(writer, BytesIO(face.read_bytes()), font_size=FONT_SIZE, obj_stream=obj_stream)

    wrapped = [part for line in lines for part in _wrapped(line, face, box_width - 2 * INSET)]
    left = SimpleBoxLayoutRule(
        x_align=AxisAlignment.ALIGN_MIN,
        y_align=AxisAlignment.ALIGN_MID,
        margins=Margins(left=INSET, right=INSET, top=1, bottom=4),
        inner_content_scaling=InnerScaling.SHRINK_TO_FIT,
    )
    tight = SimpleBoxLayoutRule(x_align=AxisAlignment.ALIGN_MIN, y_align=AxisAlignment.ALIGN_MID, margins=Margins())
    return TextStampStyle(
        border_width=0,
        background=None,
        inner_content_layout=left,
        stamp_text="\n".join(wrapped).replace("%", "%%"),
        text_box_style=TextBoxStyle(
            font=Face(),
            font_size=FONT_SIZE,
            leading=LEADING,
            border_width=0,
            box_layout_rule=tight,
        ),
    )


def _wrapped(line: str, face: Path, width: float) -> list[str]:
    """The line in pieces that fit the width (points); pyHanko does not break lines itself."""
    units, advances, shown = _metrics(face)
    text = "".join(character for character in line if ord(character) in shown)
    pieces, current = [], ""
    for word in text.split():
        longer = f"{current} {word}".strip()
        if current and sum(advances[ord(c)] for c in longer) * FONT_SIZE / units > width:
            pieces.append(current)
            current = word
        else:
            current = longer
    return [*pieces, current]


@cache
def _metrics(face: Path) -> tuple[int, dict[int, int], frozenset[int]]:
    """Units per em and the advance of each code point of the face."""
    from fontTools.ttLib import TTFont

    with TTFont(face, lazy=True) as font:
        advances = {code: font["hmtx"][glyph][0] for code, glyph in font.getBestCmap().items()}
        return font["head"].unitsPerEm, advances, frozenset(advances)

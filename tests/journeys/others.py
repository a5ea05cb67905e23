"""What other people's tools do to a PDF and say of it: another signing service, forgers, pyHanko as a verifier."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from io import BytesIO
from pathlib import Path

from pikepdf import Pdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from rakor.documents.authority import Authority


def apart(work: Callable) -> Callable:
    """Does the work in another thread: pyHanko starts an event loop, and the test's thread has that of Playwright."""

    @wraps(work)
    def done(*args, **kwargs):
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(work, *args, **kwargs).result()

    return done


@apart
def sign_elsewhere(pdf: bytes, folder: Path) -> bytes:
    """As SRIKANDI does it: a field of its own, a certificate that this installation does not know."""
    passphrase = "frasa sandi di tempat lain"
    other = Authority.open_or_create(folder / "lain", "Tempat Lain", sample=False, secret="rahasia tempat lain " * 3)
    official = other.issue("Ratna Uji", "Sekretaris Jenderal", "Tempat Lain", passphrase)
    signer = signers.SimpleSigner.load_pkcs12_data(official.pkcs12, [], passphrase.encode())
    writer, target = IncrementalPdfFileWriter(BytesIO(pdf)), BytesIO()
    append_signature_field(writer, SigFieldSpec("ttd_pengirim", box=(300, 100, 500, 160)))
    signers.PdfSigner(signers.PdfSignatureMetadata(field_name="ttd_pengirim"), signer).sign_pdf(writer, output=target)
    return target.getvalue()


@apart
def pyhanko_says(pdf: bytes, root_pem: bytes) -> list[tuple[str, bool, bool, str]]:
    """(field, valid and trusted, permitted, how much it covers) of each signature, in order."""
    from asn1crypto import pem, x509

    _type, _headers, root = pem.unarmor(root_pem)
    found = []
    for signature in PdfFileReader(BytesIO(pdf)).embedded_signatures:
        context = ValidationContext(trust_roots=[x509.Certificate.load(root)])
        status = validate_pdf_signature(signature, context, context)
        found.append((signature.field_name, status.bottom_line, bool(status.docmdp_ok), status.coverage.name))
    return found


def flip_a_byte(pdf: bytes) -> bytes:
    """One bit of the first stream is another."""
    changed = bytearray(pdf)
    changed[changed.index(b"stream\n") + 200] ^= 1
    return bytes(changed)


def append_a_page(pdf: bytes) -> bytes:
    """An empty page behind the signatures, by an incremental update, which `pdfsig` still calls valid."""
    writer, target = IncrementalPdfFileWriter(BytesIO(pdf)), BytesIO()
    content = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    box = generic.ArrayObject([generic.NumberObject(value) for value in (0, 0, 595, 842)])
    writer.insert_page(PageObject(contents=content, media_box=box))
    writer.write(target)
    return target.getvalue()


def drop_the_last_signature(pdf: bytes) -> bytes:
    """Cut back to what the first signature covered: what is left is valid by itself."""
    first = PdfFileReader(BytesIO(pdf)).embedded_signatures[0].byte_range
    return pdf[: first[2] + first[3]]


def links_of(pdf: bytes) -> list[str]:
    """The addresses that the file's link annotations lead to."""
    with Pdf.open(BytesIO(pdf)) as opened:
        marks = [mark for page in opened.pages for mark in page.obj.get("/Annots", [])]
        return sorted({str(mark.A.URI) for mark in marks if mark.Subtype == "/Link"})

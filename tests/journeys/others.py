"""What other people's tools do to a PDF and say of it: another signing service, forgers, pyHanko as a verifier."""

from __future__ import annotations

import itertools
import re
import subprocess
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


FINDER = re.compile(rb"(?<=0)(1{3,})(0{3,})(1{9,})(0{3,})(1{3,})(?=0)")
"""The middle of a QR code's corner in one row of pixels: dark, light, thrice dark, light, dark."""


def qr_on_last_page(pdf: bytes, folder: Path) -> list[list[bool]]:
    """The modules (dark is True) of the QR code as it stands on the printed page, read from a picture of it."""
    (folder / "cetak.pdf").write_bytes(pdf)
    last = str(_pages(pdf))
    command = ["pdftoppm", "-gray", "-r", "300", "-f", last, "-l", last, "-singlefile", "cetak.pdf", "cetak"]
    subprocess.run(command, cwd=folder, check=True, timeout=60)
    _magic, size, _depth, pixels = (folder / "cetak.pgm").read_bytes().split(b"\n", 3)
    width = int(size.split()[0])
    rows = [bytes(48 + (p < 128) for p in pixels[at : at + width]) for at in range(0, len(pixels), width)]
    (left, right, module), top = _upper_corners(rows)
    count = round((right - left) / module / 4) * 4 + 1
    module = (right - left) / count
    at = [round(module * (number + 0.5)) for number in range(count)]
    return [[rows[round(top - 2 * module) + y][left + x] == ord("1") for x in at] for y in at]


def _upper_corners(rows: list[bytes]) -> tuple[tuple[int, int, float], int]:
    """(left edge, right edge, size of a module) of the two corners that stand side by side, and their first row."""
    seen: dict[tuple[int, int, float], list[int]] = {}
    for y, row in enumerate(rows):
        found = []
        for match in re.finditer(rb"(?=" + FINDER.pattern + rb")", row):
            widths = [len(part) for part in match.groups()]
            module = sum(widths) / 7
            if all(abs(w - m * module) < module / 2 for w, m in zip(widths, (1, 1, 3, 1, 1), strict=True)):
                found.append((match.start(), match.start() + sum(widths), module))
        for first, second in itertools.combinations(found, 2):
            if first[2] == second[2]:
                seen.setdefault((first[0], second[1], first[2]), []).append(y)
    corners, where = max(seen.items(), key=lambda entry: len(entry[1]))
    return corners, where[0]


def _pages(pdf: bytes) -> int:
    with Pdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)

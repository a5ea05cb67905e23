"""Signatures in order, in the bytes: what other tools say of them, and every refusal."""

import logging
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from zoneinfo import ZoneInfo

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rakor.documents import signing
from tests.documents import papers
from tests.documents.papers import CHAIR, MINUTE_TAKER
from tests.documents.pdf_assertions import assert_archival, assert_sound_to_qpdf, pdfsig, text

SOUND = ("Signature is Valid.", "Certificate is Trusted.")


@pytest.mark.parametrize("signed", [papers.half_signed_minutes, papers.signed_minutes])
def test_sign_keeps_the_paper_archival(signed):
    assert_archival(signed())


def test_sign_letter_keeps_it_archival():
    assert_archival(papers.sign(papers.letter().set(), "sig-penandatangan").pdf)


def test_sign_appends_to_the_unchanged_bytes():
    assert papers.half_signed_minutes().startswith(papers.unsigned_minutes())
    assert papers.signed_minutes().startswith(papers.half_signed_minutes())


def test_sign_agrees_with_pdfsig(tmp_path):
    assert pdfsig(papers.signed_minutes(), papers.authority().root_pem, tmp_path) == [SOUND, SOUND]


def test_sign_agrees_with_pyhanko():
    from asn1crypto import pem, x509
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    _type, _headers, root = pem.unarmor(papers.authority().root_pem)
    reader = PdfFileReader(BytesIO(papers.signed_minutes()))
    found = []
    for signature in reader.embedded_signatures:
        context = ValidationContext(trust_roots=[x509.Certificate.load(root)])
        status = validate_pdf_signature(signature, context, context)
        found.append((signature.field_name, status.bottom_line, status.docmdp_ok, status.coverage.name))
    assert found == [(MINUTE_TAKER, True, True, "ENTIRE_REVISION"), (CHAIR, True, True, "ENTIRE_FILE")]


def test_sign_is_sound_to_qpdf(tmp_path):
    assert_sound_to_qpdf(papers.signed_minutes(), tmp_path)


def test_sign_says_what_it_measured():
    before = datetime.now(UTC).replace(microsecond=0)
    signed = papers.sign(papers.unsigned_minutes(), MINUTE_TAKER)
    assert (signed.signer_name, signed.serial, signed.level) == ("Nia Kurniasih", papers.nia().serial, "B-B")
    assert before <= signed.signed_at <= datetime.now(UTC)


def test_sign_first_signature_allows_only_signing():
    with pikepdf.open(BytesIO(papers.half_signed_minutes())) as pdf:
        reference = pdf.Root.Perms.DocMDP.Reference[0]
        assert (str(reference.TransformMethod), int(reference.TransformParams.P)) == ("/DocMDP", 2)


def test_sign_shows_who_when_and_where_to_check(tmp_path):
    read = text(papers.signed_minutes(), tmp_path)
    shown = ["Ditandatangani secara elektronik oleh:", "Karno Wibisono, S.H., M.Si.", "rakor.example/verifikasi/NG8M"]
    assert [part for part in shown if part not in read] == []
    assert read.count("CONTOH – bukan TTE tersertifikasi") == 2


@pytest.mark.parametrize(
    ("zone", "label"), [("Asia/Jakarta", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")]
)
def test_sign_shows_the_time_in_the_meetings_zone(zone, label, tmp_path):
    signed = papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, zone=zone)
    local = signed.signed_at.astimezone(ZoneInfo(zone))
    read = text(signed.pdf, tmp_path)
    assert f"{local:%d-%m-%Y}" in read
    assert any(line.endswith(f" {label}") and line.startswith(f"{local:%d-%m-%Y}") for line in read.splitlines())


def test_sign_wraps_a_long_name_within_the_box(tmp_path):
    name = "Prof. Dr. Raden Ajeng Contoh Kusumawardani Wiratmadja, S.H., M.H."
    official = papers.authority().issue(name, "Ketua", "Kementerian Contoh", papers.KARNO_PASSPHRASE)
    signed = papers.sign(papers.half_signed_minutes(), CHAIR, pkcs12=official.pkcs12)
    assert_archival(signed.pdf)
    assert "Wiratmadja" in text(signed.pdf, tmp_path)


def test_sign_adds_no_second_qr():
    def pictures(pdf):
        with pikepdf.open(BytesIO(pdf)) as opened:
            return sum(
                1 for found in opened.objects if isinstance(found, pikepdf.Stream) and found.get("/Subtype") == "/Image"
            )

    assert pictures(papers.signed_minutes()) == pictures(papers.unsigned_minutes())


# ---- refusals --------------------------------------------------------------------------------------------


def test_sign_refuses_a_wrong_passphrase():
    with pytest.raises(signing.WrongPassphrase):
        papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, passphrase="bukan frasa sandinya")


def test_sign_refuses_an_expired_certificate():
    ended = papers.authority().issue("Nia Kurniasih", "Notulis", "Kementerian Contoh", papers.NIA_PASSPHRASE, days=0)
    with pytest.raises(signing.CertificateExpired):
        papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, pkcs12=ended.pkcs12)


def test_sign_refuses_a_revoked_certificate():
    revoked = papers.authority().issue("Nia Kurniasih", "Notulis", "Kementerian Contoh", papers.NIA_PASSPHRASE)
    papers.authority().revoke(revoked.serial)
    with pytest.raises(signing.CertificateExpired):
        papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, pkcs12=revoked.pkcs12)


def test_sign_refuses_a_field_that_is_not_there():
    with pytest.raises(signing.FieldMissing):
        papers.sign(papers.unsigned_minutes(), "sig-lain")


def test_sign_refuses_a_field_twice():
    with pytest.raises(signing.AlreadySigned):
        papers.sign(papers.half_signed_minutes(), MINUTE_TAKER)


def test_sign_refuses_a_paper_whose_first_signature_is_broken():
    broken = bytearray(papers.half_signed_minutes())
    broken[broken.index(b"stream\n") + 200] ^= 1
    with pytest.raises(signing.SignatureNotSound):
        papers.sign(bytes(broken), CHAIR)


def test_sign_refuses_when_another_authority_issued_the_certificate(tmp_path):
    from rakor.documents.authority import Authority

    other = Authority.open_or_create(tmp_path / "lain", "Lain", sample=False, secret=papers.SECRET)
    stranger = other.issue("Nia Kurniasih", "Notulis", "Lain", papers.NIA_PASSPHRASE)
    with pytest.raises(signing.SignatureNotSound):
        papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, pkcs12=stranger.pkcs12)


@pytest.mark.parametrize(
    "refusal", [signing.WrongPassphrase, signing.CertificateExpired, signing.FieldMissing, signing.AlreadySigned]
)
def test_refusals_say_a_sentence(refusal):
    assert str(refusal()).endswith(".")


@pytest.mark.parametrize("passphrase", [papers.NIA_PASSPHRASE, "salah tetapi tetap rahasia"])
def test_sign_says_the_passphrase_to_no_log(passphrase, caplog):
    caplog.set_level(logging.DEBUG)
    with suppress(signing.WrongPassphrase):
        papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, passphrase=passphrase)
    assert passphrase not in caplog.text


# ---- time stamps -----------------------------------------------------------------------------------------


@pytest.fixture
def time_stamps():
    """A time-stamping authority on loopback (RFC 3161) whose root our authority trusts; its address."""
    from asn1crypto import keys, tsp
    from asn1crypto import x509 as asn1
    from pyhanko.sign.timestamps import DummyTimeStamper

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TSA Contoh")])
    now = datetime.now(UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    der, plain = (
        certificate.public_bytes(Encoding.DER),
        key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    )
    stamper = DummyTimeStamper(asn1.Certificate.load(der), keys.PrivateKeyInfo.load(plain))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
            answer = stamper.request_tsa_response(asked).dump()
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args):
            pass

    trusted = papers.authority().folder / "time-stamping"
    trusted.mkdir(exist_ok=True)
    (trusted / "tsa.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
    (trusted / "tsa.pem").unlink()


def test_sign_with_a_time_stamp_is_measured_as_b_t(time_stamps):
    signed = papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, tsa_url=time_stamps)
    assert signed.level == "B-T"
    assert_archival(signed.pdf)


def test_sign_refuses_when_no_time_stamp_comes():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with pytest.raises(signing.NoTimeStamp):
        papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, tsa_url=address)

"""A mail server that asks for encryption and a password."""

import ipaddress
import ssl
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.utils import timezone

from rakor.mail.delivery import drain
from rakor.mail.models import OutgoingMail
from tests.mail.sink import Sink


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that signs itself: (certificate file, key file)."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "penerima.example")])
    now = timezone.now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def server(tmp_path, settings, certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with Sink(tmp_path / "maildir", tls=context, password="sandi-surat") as running:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", running.smtp_port, True
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "rakor", "sandi-surat"
        yield running


def outcome() -> tuple[str, str]:
    return OutgoingMail.objects.values_list("status", "reply").get()


def test_deliver_encrypts_and_logs_in(server, letter, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    letter()

    drain()

    assert outcome() == ("sent", "250 2.0.0 Kept")
    assert server.count() == 1


def test_deliver_sends_nothing_to_a_server_whose_certificate_is_not_trusted(server, letter):
    letter()

    drain()

    assert outcome() == ("bounced_soft", "rakor:tls")
    assert server.count() == 0


def test_deliver_wrong_password_is_our_fault_and_not_the_recipients(server, letter, certificate, monkeypatch, settings):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    settings.EMAIL_HOST_PASSWORD = "salah"
    letter()

    drain()

    assert outcome() == ("bounced_soft", "rakor:auth")


def test_deliver_sends_nothing_unencrypted_when_encryption_is_asked_for(sink, letter, settings):
    settings.EMAIL_USE_TLS = True
    letter()

    drain()

    assert outcome() == ("bounced_soft", "rakor:tls")
    assert sink.count() == 0

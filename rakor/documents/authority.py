"""The installation's own certificate authority: root, issuing authority, officials' certificates, revocation lists.

It lets officials sign where no certified signature (BSrE) is at hand. Its signatures are sound, but not certified
("tersertifikasi") in the sense of the law; papers and pages never say they are.

Everything lies in one folder. Private keys of the two authorities are encrypted with a key derived from a secret of
the environment; whoever copies the folder alone can neither issue nor revoke. Checking signatures needs no secret.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from django.utils import timezone
from django.utils.translation import gettext as _

PASSPHRASE_LEAST = 12
KDF_ROUNDS = 600_000
ROOT_DAYS, ISSUING_DAYS, OFFICIAL_DAYS = 7300, 3650, 730
LIST_DAYS, LIST_RENEWED_BEFORE = 60, timedelta(days=30)
SEALED = b"RKR1"
KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


class WeakPassphrase(ValueError):
    """The passphrase is too short to protect a key."""

    def __init__(self) -> None:
        super().__init__(_("The passphrase needs at least %(least)d characters.") % {"least": PASSPHRASE_LEAST})


class SealBroken(ValueError):
    """The sealed bytes were changed, or the secret of the environment is not the one they were sealed with."""

    def __init__(self) -> None:
        super().__init__(_("The stored key cannot be opened: it was changed, or the server's secret was replaced."))


@dataclass(frozen=True)
class IssuedCertificate:
    """A new certificate with its key. `pkcs12` opens with the official's passphrase only; seal it before storing."""

    pkcs12: bytes
    certificate_pem: bytes
    subject: str
    serial: str
    not_after: datetime


def seal(content: bytes, secret: str) -> bytes:
    """The bytes encrypted (AES-256-GCM) under a key derived from the environment's secret, for keeping at rest.

    A PKCS#12's own integrity code is cheap to guess against, so a stolen copy of the database must not contain it bare.
    """
    nonce = os.urandom(12)
    return SEALED + nonce + AESGCM(_key(secret)).encrypt(nonce, content, SEALED)


def unseal(sealed: bytes, secret: str) -> bytes:
    """What was sealed; SealBroken when it was changed or the secret is another."""
    sealed = bytes(sealed)
    if not sealed.startswith(SEALED):
        raise SealBroken
    nonce, content = sealed[4:16], sealed[16:]
    try:
        return AESGCM(_key(secret)).decrypt(nonce, content, SEALED)
    except (InvalidTag, ValueError):
        raise SealBroken from None


def _key(secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"rakor: keys at rest").derive(secret.encode())


class Authority:
    """The certificate authority in `folder`; made by `open_or_create`."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.folder = folder
        self._secret = secret
        self._root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
        self._issuing = x509.load_pem_x509_certificate((folder / "issuing.pem").read_bytes())

    @classmethod
    def open_or_create(cls, folder: Path, organisation: str, *, sample: bool, secret: str) -> Authority:
        """The authority of this installation, made the first time (0.1 s). Safe when processes do it at once.

        `organisation` names it in its certificates; with `sample` they say CONTOH. Both count only at the making.
        """
        if not (folder / "root.pem").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            with _locked(folder.parent / f".{folder.name}.lock"):
                if not (folder / "root.pem").exists():
                    _create(folder, organisation, sample, secret)
        return cls(folder, secret)

    @property
    def sample(self) -> bool:
        """Whether the authority was made for a demo: papers signed with it say so."""
        return "CONTOH" in _common_name(self._root.subject)

    @property
    def root_pem(self) -> bytes:
        """The root certificate, for those who want to check with tools of their own."""
        return self._root.public_bytes(Encoding.PEM)

    @property
    def trust_roots(self) -> list[bytes]:
        """DER certificates that a signature must lead to."""
        return [self._root.public_bytes(Encoding.DER)]

    @property
    def timestamp_roots(self) -> list[bytes]:
        """DER certificates of time-stamping authorities: those that an administrator put into `time-stamping/*.pem`."""
        return [
            certificate.public_bytes(Encoding.DER)
            for path in sorted((self.folder / "time-stamping").glob("*.pem"))
            for certificate in x509.load_pem_x509_certificates(path.read_bytes())
        ]

    @property
    def other_certs(self) -> list[bytes]:
        """DER certificates between the roots and the officials."""
        return [self._issuing.public_bytes(Encoding.DER)]

    @property
    def crls(self) -> list[bytes]:
        """DER revocation lists of root and issuing authority, renewed in time."""
        for name, issuer in (("root", self._root), ("issuing", self._issuing)):
            if _is_due(self._list(name)):
                with _locked(self.folder / ".lock"):
                    if _is_due(self._list(name)):
                        self._publish(name, issuer, list(self._list(name)))
        return [self._list(name).public_bytes(Encoding.DER) for name in ("issuing", "root")]

    def issue(
        self, name: str, position: str, organisation: str, passphrase: str, days: int = OFFICIAL_DAYS
    ) -> IssuedCertificate:
        """A certificate for signing documents, with a new RSA-3072 key; WeakPassphrase under 12 characters.

        RSA and not an elliptic curve: with the latter the signed PDF would claim version 2.0 and leave PDF/A-3.
        """
        if len(passphrase) < PASSPHRASE_LEAST:
            raise WeakPassphrase
        key = rsa.generate_private_key(65537, 3072)
        subject = _name(name, organisation, position)
        certificate = _certificate(
            subject,
            key.public_key(),
            self._issuing,
            self._private("issuing"),
            days=days,
            usages=("digital_signature", "content_commitment"),
        )
        protection = (
            PrivateFormat.PKCS12.encryption_builder()
            .kdf_rounds(KDF_ROUNDS)
            .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
            .hmac_hash(hashes.SHA256())
            .build(passphrase.encode())
        )
        bundle = pkcs12.serialize_key_and_certificates(
            _common_name(subject).encode(), key, certificate, [self._issuing, self._root], protection
        )
        return IssuedCertificate(
            pkcs12=bundle,
            certificate_pem=certificate.public_bytes(Encoding.PEM),
            subject=subject.rfc4514_string(),
            serial=f"{certificate.serial_number:x}",
            not_after=certificate.not_valid_after_utc,
        )

    def revoke(self, serial: str) -> None:
        """From now on the certificate (its hexadecimal serial) signs nothing valid; a second call changes nothing."""
        with _locked(self.folder / ".lock"):
            if self.has_revoked(int(serial, 16)):
                return
            revoked = list(self._list("issuing"))
            entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16)).revocation_date(_now()).build()
            self._publish("issuing", self._issuing, [*revoked, entry])

    def has_revoked(self, serial_number: int) -> bool:
        """True when the official's certificate stands on the revocation list, whatever the second."""
        return serial_number in (entry.serial_number for entry in self._list("issuing"))

    def _list(self, name: str) -> x509.CertificateRevocationList:
        return x509.load_der_x509_crl((self.folder / f"{name}.crl").read_bytes())

    def _private(self, name: str) -> ec.EllipticCurvePrivateKey:
        key = load_der_private_key(unseal((self.folder / f"{name}.key").read_bytes(), self._secret), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def _publish(self, name: str, issuer: x509.Certificate, revoked: list[x509.RevokedCertificate]) -> None:
        aside = self.folder / f"{name}.crl.{os.getpid()}"
        aside.write_bytes(_revocation_list(issuer, self._private(name), revoked))
        aside.replace(self.folder / f"{name}.crl")


def _is_due(revocations: x509.CertificateRevocationList) -> bool:
    ends = revocations.next_update_utc
    return ends is None or ends - timezone.now() < LIST_RENEWED_BEFORE


def _create(folder: Path, organisation: str, sample: bool, secret: str) -> None:
    mark = "CONTOH – " if sample else ""
    root_key, issuing_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = _name(f"{mark}Rakor Root CA", organisation)
    root = _certificate(
        root_name, root_key.public_key(), None, root_key, days=ROOT_DAYS, path=1, usages=("key_cert_sign", "crl_sign")
    )
    issuing = _certificate(
        _name(f"{mark}Rakor Issuing CA", organisation),
        issuing_key.public_key(),
        root,
        root_key,
        days=ISSUING_DAYS,
        path=0,
        usages=("key_cert_sign", "crl_sign"),
    )
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, certificate, key in (("root", root, root_key), ("issuing", issuing, issuing_key)):
            plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            (aside / f"{name}.key").touch(mode=0o600)
            (aside / f"{name}.key").write_bytes(seal(plain, secret))
            (aside / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
            (aside / f"{name}.crl").write_bytes(_revocation_list(certificate, key, []))
        aside.replace(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _certificate(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
    *,
    days: int,
    usages: tuple[str, ...],
    path: int | None = None,
) -> x509.Certificate:
    """Signed by issuer_key, with the critical key usages; `path` (how many authorities may follow) makes it one."""
    now = _now()
    usage = dict.fromkeys(KEY_USAGES, False) | dict.fromkeys(usages, True)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(path is not None, path), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def _revocation_list(
    issuer: x509.Certificate, key: ec.EllipticCurvePrivateKey, revoked: list[x509.RevokedCertificate]
) -> bytes:
    now = _now()
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(now + timedelta(days=LIST_DAYS))
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    for entry in revoked:
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _name(common: str, organisation: str, position: str = "") -> x509.Name:
    parts = [(NameOID.COUNTRY_NAME, "ID"), (NameOID.ORGANIZATION_NAME, organisation), (NameOID.TITLE, position)]
    return x509.Name(
        [x509.NameAttribute(oid, _shortened(text)) for oid, text in [*parts, (NameOID.COMMON_NAME, common)] if text]
    )


def _shortened(text: str) -> str:
    """At most 64 bytes, so that the limit of X.520 holds however it is counted; cut between words."""
    text = " ".join(text.split())
    if len(text.encode()) <= 64:
        return text
    return text.encode()[:61].decode(errors="ignore").rsplit(" ", 1)[0] + "…"


def _common_name(name: x509.Name) -> str:
    return str(name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def _now() -> datetime:
    """Whole seconds: X.509 knows no smaller ones."""
    return timezone.now().astimezone(UTC).replace(microsecond=0)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

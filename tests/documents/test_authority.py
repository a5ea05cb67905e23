"""The installation's own certificate authority: its certificates, its lists, and keys that lie closed."""

import multiprocessing
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key, load_pem_private_key, pkcs12
from cryptography.x509.oid import NameOID

from rakor.documents.authority import Authority, SealBroken, WeakPassphrase, seal, unseal
from tests.documents import papers
from tests.documents.papers import NIA_PASSPHRASE, SECRET


@pytest.fixture
def authority(tmp_path):
    return Authority.open_or_create(tmp_path / "authority", "Kementerian Contoh", sample=False, secret=SECRET)


@pytest.fixture
def opened():
    """Key and certificate of an official, opened with the passphrase."""
    return pkcs12.load_pkcs12(papers.nia().pkcs12, NIA_PASSPHRASE.encode())


def _serials(der):
    return [entry.serial_number for entry in x509.load_der_x509_crl(der)]


def test_issue_makes_an_rsa_3072_key(opened):
    assert (isinstance(opened.key, rsa.RSAPrivateKey), opened.key.key_size) == (True, 3072)


def test_issue_allows_signing_documents_only(opened):
    usage = opened.cert.certificate.extensions.get_extension_for_class(x509.KeyUsage)
    names = ("digital_signature", "content_commitment", "key_encipherment", "key_cert_sign", "crl_sign")
    assert (usage.critical, [name for name in names if getattr(usage.value, name)]) == (
        True,
        ["digital_signature", "content_commitment"],
    )
    constraints = opened.cert.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca) == (True, False)


def test_issue_says_what_the_certificate_says(opened):
    issued = papers.nia()
    certificate = x509.load_pem_x509_certificate(issued.certificate_pem)
    assert certificate == opened.cert.certificate
    assert (int(issued.serial, 16), issued.not_after) == (certificate.serial_number, certificate.not_valid_after_utc)
    assert "CN=Nia Kurniasih" in issued.subject


def test_issue_counts_for_two_years(opened):
    certificate = opened.cert.certificate
    lasts = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=728) < lasts <= timedelta(days=730)


def test_issue_shortens_names_to_what_x509_allows(authority):
    position = "Direktur Jenderal Promosi dan Pemanfaatan Peluang Kerja Luar Negeri"
    issued = authority.issue("Contoh " * 12, position, "Kementerian " * 9, NIA_PASSPHRASE)
    subject = x509.load_pem_x509_certificate(issued.certificate_pem).subject
    values = [subject.get_attributes_for_oid(oid)[0].value for oid in (NameOID.COMMON_NAME, NameOID.TITLE)]
    assert [len(value) <= 64 and value.endswith("…") for value in values] == [True, True]


def test_issue_leads_to_the_root_for_openssl(authority, tmp_path):
    issued = authority.issue("Nia Kurniasih", "Notulis", "Kementerian Contoh", NIA_PASSPHRASE)
    (tmp_path / "nia.pem").write_bytes(issued.certificate_pem)
    issuing, root = authority.crls
    lists = b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in (issuing, root))
    (tmp_path / "lists.pem").write_bytes(lists)
    command = ["openssl", "verify", "-x509_strict", "-crl_check_all", "-CRLfile", str(tmp_path / "lists.pem")]
    command += ["-CAfile", str(authority.folder / "root.pem"), "-untrusted", str(authority.folder / "issuing.pem")]
    done = subprocess.run([*command, str(tmp_path / "nia.pem")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_issue_protects_the_key_as_openssl_reads_it(tmp_path):
    (tmp_path / "nia.p12").write_bytes(papers.nia().pkcs12)
    command = [
        "openssl",
        "pkcs12",
        "-info",
        "-noout",
        "-in",
        str(tmp_path / "nia.p12"),
        "-passin",
        f"pass:{NIA_PASSPHRASE}",
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256" in said


@pytest.mark.parametrize("passphrase", ["", "pendek", "sebelas abc"])
def test_issue_refuses_a_weak_passphrase(authority, passphrase):
    with pytest.raises(WeakPassphrase, match="12"):
        authority.issue("Nia", "Notulis", "K", passphrase)


def test_issue_takes_twelve_characters(authority):
    assert authority.issue("Nia", "Notulis", "K", "dua belas ab").serial != ""


def test_issue_needs_the_secret_of_the_environment(authority):
    copied = Authority(authority.folder, "rahasia lain")
    with pytest.raises(SealBroken):
        copied.issue("Nia", "Notulis", "K", NIA_PASSPHRASE)


def test_checking_needs_no_secret(authority):
    copied = Authority(authority.folder, "")
    assert (copied.trust_roots, copied.crls) == (authority.trust_roots, authority.crls)


def test_keys_lie_closed(authority):
    for name in ("root.key", "issuing.key"):
        content = (authority.folder / name).read_bytes()
        for load in (load_der_private_key, load_pem_private_key):
            with pytest.raises(ValueError):
                load(content, None)
        assert (authority.folder / name).stat().st_mode & 0o077 == 0


def test_open_or_create_opens_what_is_there(authority):
    again = Authority.open_or_create(authority.folder, "Nama Baru", sample=True, secret=SECRET)
    assert (again.root_pem, again.sample) == (authority.root_pem, False)


def _root(folder, found):
    found.put(Authority.open_or_create(folder, "Kementerian Contoh", sample=False, secret=SECRET).root_pem)


def test_open_or_create_makes_one_authority_for_processes_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    found = context.Queue()
    both = [context.Process(target=_root, args=(tmp_path / "authority", found)) for _ in range(2)]
    for process in both:
        process.start()
    roots = {found.get(timeout=60) for _ in both}
    for process in both:
        process.join()
    assert len(roots) == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["authority"]


def test_sample_authority_says_so():
    root = x509.load_pem_x509_certificate(papers.authority().root_pem)
    assert "CONTOH" in root.subject.rfc4514_string()
    assert papers.authority().sample


def test_real_authority_does_not_say_contoh(authority):
    root = x509.load_pem_x509_certificate(authority.root_pem)
    assert root.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "Rakor Root CA"


def test_crls_are_signed_and_count_for_weeks(authority):
    issuing, root = (x509.load_der_x509_crl(der) for der in authority.crls)
    certificates = [x509.load_der_x509_certificate(der) for der in (*authority.other_certs, *authority.trust_roots)]
    signed = [crl.is_signature_valid(c.public_key()) for crl, c in zip((issuing, root), certificates, strict=True)]
    assert signed == [True, True]
    assert min(issuing.next_update_utc, root.next_update_utc) > datetime.now(UTC) + timedelta(days=30)


def test_revoke_puts_the_certificate_on_the_list_once(authority):
    issued = authority.issue("Nia", "Notulis", "K", NIA_PASSPHRASE)
    authority.revoke(issued.serial)
    authority.revoke(issued.serial)
    assert _serials(authority.crls[0]) == [int(issued.serial, 16)]


def test_crls_are_renewed_before_they_end_and_keep_who_is_revoked(authority):
    authority.revoke("abc123")
    old = x509.load_der_x509_crl(authority.crls[0])
    now = datetime.now(UTC).replace(microsecond=0)
    builder = x509.CertificateRevocationListBuilder().issuer_name(old.issuer)
    builder = builder.last_update(now - timedelta(days=50)).next_update(now + timedelta(days=10))
    for entry in old:
        builder = builder.add_revoked_certificate(entry)
    ending = builder.sign(authority._private("issuing"), hashes.SHA256())
    (authority.folder / "issuing.crl").write_bytes(ending.public_bytes(Encoding.DER))
    renewed = x509.load_der_x509_crl(authority.crls[0])
    assert renewed.next_update_utc > now + timedelta(days=50)
    assert [(entry.serial_number, entry.revocation_date_utc) for entry in renewed] == [
        (entry.serial_number, entry.revocation_date_utc) for entry in old
    ]


def test_unseal_gives_back_what_was_sealed():
    assert unseal(seal(b"isi", SECRET), SECRET) == b"isi"


def test_seal_never_looks_the_same_twice():
    assert seal(b"isi", SECRET) != seal(b"isi", SECRET)


def test_unseal_takes_a_memoryview():
    assert unseal(memoryview(seal(b"isi", SECRET)), SECRET) == b"isi"


def _flipped(sealed):
    return sealed[:-1] + bytes([sealed[-1] ^ 1])


@pytest.mark.parametrize(
    "spoil", [_flipped, lambda sealed: sealed[:10], lambda sealed: b"", lambda sealed: b"XXXX" + sealed[4:]]
)
def test_unseal_refuses_what_was_changed(spoil):
    with pytest.raises(SealBroken):
        unseal(spoil(seal(b"isi", SECRET)), SECRET)


def test_unseal_refuses_another_secret():
    with pytest.raises(SealBroken):
        unseal(seal(b"isi", SECRET), "rahasia lain")

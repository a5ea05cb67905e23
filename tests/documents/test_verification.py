"""What the bytes of a file show, whatever they are: three verdicts, and never a crash."""

import os
import signal
import subprocess
import sys
import time
import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest

from rakor.documents import verification
from rakor.documents.authority import Authority
from rakor.documents.verification import Trust, compare_upload, examine
from rakor.lib import apart
from rakor.lib.apart import NoPlaceToLook
from tests.documents import papers
from tests.documents.papers import CHAIR, MINUTE_TAKER

FIELDS = (MINUTE_TAKER, CHAIR)


def _examine(pdf, *, registered=None, fields=FIELDS, authority=None):
    """Against the registered minutes, which both have signed."""
    expected = sha256(papers.signed_minutes() if registered is None else registered).hexdigest()
    return examine(pdf, expected_sha256=expected, expected_fields=fields, authority=authority or papers.authority())


def _tones(report):
    return (report.file.tone, report.signatures.tone, report.completeness.tone)


def _problems(report):
    return [(finding.field, finding.problem) for finding in report.signers]


def _saved(pdf, **options):
    with pikepdf.open(BytesIO(pdf)) as opened:
        target = BytesIO()
        opened.save(target, **options)
    return target.getvalue()


def _with_page_appended(pdf):
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.writer import PageObject

    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    content = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    box = generic.ArrayObject([generic.NumberObject(value) for value in (0, 0, 595, 842)])
    writer.insert_page(PageObject(contents=content, media_box=box))
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


def _with_note(pdf):
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject, pdf_name, pdf_string
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    note = {"/Type": pdf_name("/Annot"), "/Subtype": pdf_name("/FreeText"), "/Contents": pdf_string("PALSU")}
    note["/Rect"] = ArrayObject([NumberObject(value) for value in (50, 50, 300, 90)])
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    reference = writer.add_object(DictionaryObject({pdf_name(key): value for key, value in note.items()}))
    page[pdf_name("/Annots")] = ArrayObject([*page["/Annots"], reference])
    writer.update_container(page)
    target = BytesIO()
    writer.write(target)
    return target.getvalue()


# ---- genuine ---------------------------------------------------------------------------------------------


def test_examine_registered_file_is_genuine():
    report = _examine(papers.signed_minutes())
    assert _tones(report) == ("ok", "ok", "ok")
    assert (report.genuine, report.pages, report.missing, report.size) == (True, 1, (), len(papers.signed_minutes()))


@pytest.mark.slow
def test_examine_long_registered_minutes_are_genuine():
    paper = papers.minutes()
    points = [{"no": f"1.{n}", "who": "Kepala BP3MI", "text": f"Usul nomor {n}. " * 8} for n in range(1, 80)]
    paper.context["minutes"]["topics"][0]["points"] = points
    first = papers.sign(paper.set(), MINUTE_TAKER).pdf
    both = papers.sign(first, CHAIR).pdf
    report = _examine(both, registered=both)
    assert (report.genuine, report.pages) == (True, 5)


def test_examine_names_signers_in_order():
    nia, karno = _examine(papers.signed_minutes()).signers
    assert (nia.field, nia.signer, nia.position, nia.organisation) == (
        MINUTE_TAKER,
        "Nia Kurniasih",
        "Notulis",
        "Kementerian Contoh",
    )
    assert (karno.field, karno.signer, karno.serial) == (CHAIR, "Karno Wibisono, S.H., M.Si.", papers.karno().serial)
    assert nia.signed_at <= karno.signed_at
    assert (nia.covers_whole_file, karno.covers_whole_file, karno.level, karno.timestamped) == (
        False,
        True,
        "B-B",
        False,
    )
    assert "CONTOH" in karno.issuer
    assert "Nia Kurniasih" in nia.subject


def test_examine_file_without_a_named_document_is_not_compared():
    report = examine(papers.signed_minutes(), expected_sha256=None, expected_fields=(), authority=papers.authority())
    assert _tones(report) == ("warn", "ok", "warn")
    assert not report.genuine


def test_examine_speaks_both_languages():
    from django.utils import translation

    with translation.override("en"):
        assert str(_examine(papers.signed_minutes()).file.word) == "Identical"


# ---- changed ---------------------------------------------------------------------------------------------


def test_examine_reports_a_flipped_byte():
    flipped = bytearray(papers.signed_minutes())
    flipped[flipped.index(b"stream\n") + 200] ^= 1
    report = _examine(bytes(flipped))
    assert "tidak sah" in str(report.completeness.sentence)
    assert _tones(report) == ("bad", "bad", "bad")
    assert _problems(report) == [(MINUTE_TAKER, "broken"), (CHAIR, "broken")]


def test_examine_reports_a_flipped_digit_in_a_signature():
    flipped = bytearray(papers.signed_minutes())
    place = flipped.rindex(b"/Contents <") + 400
    flipped[place] = ord("a") if flipped[place] != ord("a") else ord("b")
    assert _tones(_examine(bytes(flipped)))[0] == "bad"


@pytest.mark.parametrize("change", [_with_page_appended, _with_note])
def test_examine_reports_what_was_appended(change):
    report = _examine(change(papers.signed_minutes()))
    assert _tones(report) == ("bad", "bad", "bad")
    assert _problems(report) == [(MINUTE_TAKER, "changed"), (CHAIR, "changed")]


def test_examine_reports_a_dropped_last_signature():
    report = _examine(papers.half_signed_minutes())
    assert _tones(report) == ("bad", "ok", "bad")
    assert report.missing == (CHAIR,)


def test_examine_reports_a_dropped_signature_even_of_registered_bytes():
    report = _examine(papers.half_signed_minutes(), registered=papers.half_signed_minutes())
    assert _tones(report) == ("ok", "ok", "bad")
    assert not report.genuine


def test_examine_reports_a_full_resave():
    report = _examine(_saved(papers.signed_minutes()))
    assert _tones(report) == ("bad", "bad", "bad")


def test_examine_reports_an_unsigned_file():
    report = _examine(papers.unsigned_minutes())
    assert _tones(report) == ("bad", "bad", "bad")
    assert (report.signers, report.missing) == ((), FIELDS)


def test_examine_reports_a_file_signed_by_another_authority(tmp_path):
    other = Authority.open_or_create(tmp_path / "lain", "Kementerian Contoh", sample=True, secret=papers.SECRET)
    forger = other.issue("Nia Kurniasih", "Notulis", "Kementerian Contoh", papers.NIA_PASSPHRASE)
    forged = papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, pkcs12=forger.pkcs12, authority=other).pdf
    report = _examine(forged)
    assert _tones(report) == ("bad", "warn", "bad")
    assert _problems(report) == [(MINUTE_TAKER, "unknown_issuer")]


def test_examine_reports_a_revoked_certificate_but_keeps_what_was_registered_before():
    official = papers.authority().issue("Nia Kurniasih", "Notulis", "Kementerian Contoh", papers.NIA_PASSPHRASE)
    signed = papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, pkcs12=official.pkcs12).pdf
    time.sleep(1.1)  # certificates and lists know whole seconds only
    papers.authority().revoke(official.serial)
    assert _problems(_examine(signed)) == [(MINUTE_TAKER, "revoked")]
    assert _examine(signed, registered=signed).signatures.tone == "ok"


@pytest.mark.slow
def test_examine_reports_an_expired_certificate_but_keeps_what_was_registered_before():
    seconds = 15
    papers.half_signed_minutes()  # whatever is slow the first time is done before the certificate begins to count
    official = papers.authority().issue("Nia", "Notulis", "K", papers.NIA_PASSPHRASE, days=seconds / 86400)
    signed = papers.sign(papers.unsigned_minutes(), MINUTE_TAKER, pkcs12=official.pkcs12).pdf
    time.sleep(max(0, official.not_after.timestamp() - time.time()) + 2)
    assert _problems(_examine(signed)) == [(MINUTE_TAKER, "expired")]
    assert _examine(signed, registered=signed).signatures.tone == "ok"


def test_examine_reports_a_filled_field_that_is_no_signature():
    with pikepdf.open(BytesIO(papers.unsigned_minutes())) as pdf:
        for field in pdf.Root.AcroForm.Fields:
            field.V = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig, Filter=pikepdf.Name("/Lain")))
        target = BytesIO()
        pdf.save(target)
    report = _examine(target.getvalue())
    assert _problems(report) == [(CHAIR, "broken"), (MINUTE_TAKER, "broken")]
    assert report.signatures.tone == "bad"


# ---- hostile ---------------------------------------------------------------------------------------------


def _bomb():
    """A quarter of a megabyte that unpacks to 300, where every reader must look: the cross-reference stream."""
    packer = zlib.compressobj(1)
    packed = b"".join(packer.compress(bytes(1024 * 1024)) for _ in range(300)) + packer.flush()
    head = b"%PDF-1.7\n"
    stream = b"1 0 obj<</Type/XRef/Size 99999999/W[1 4 2]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % len(
        packed
    )
    return head + stream + packed + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(head)


def _nested():
    return _written(b"[" * 200_000 + b"]" * 200_000)


def _written(extra):
    """A PDF written by hand whose catalogue holds `extra`."""
    body = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/Extra " + extra + b">>endobj\n"
    second = len(body)
    body += b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    table = b"xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n" % (9, second)
    return body + table + b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % len(body)


def _circular():
    with pikepdf.open(BytesIO(papers.unsigned_minutes())) as pdf:
        pages = pdf.Root.Pages
        pdf.Root.Pages.Kids = pikepdf.Array([pages, pages])
        target = BytesIO()
        pdf.save(target)
    return target.getvalue()


def _many_pages():
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page().obj
        kids = pikepdf.Array([pdf.make_indirect(pikepdf.Dictionary(page)) for _ in range(verification.PAGE_LIMIT + 1)])
        pdf.Root.Pages.Kids = kids
        target = BytesIO()
        pdf.save(target)
    return target.getvalue()


def _no_pages():
    with pikepdf.new() as pdf:
        target = BytesIO()
        pdf.save(target)
    return target.getvalue()


def _encrypted():
    return _saved(papers.signed_minutes(), encryption=pikepdf.Encryption(owner="pemilik", user=""))


HOSTILE = {
    "empty": (lambda: b"", "empty"),
    "random": (lambda: os.urandom(50_000), "not_pdf"),
    "only a head": (lambda: b"%PDF-1.7\n" + os.urandom(50_000), "damaged"),
    "truncated": (lambda: papers.signed_minutes()[: len(papers.signed_minutes()) // 2], "damaged"),
    "no pages": (_no_pages, "no_pages"),
    "encrypted": (_encrypted, "encrypted"),
    "encrypted with a password": (
        lambda: _saved(papers.signed_minutes(), encryption=pikepdf.Encryption(owner="a", user="b")),
        "encrypted",
    ),
    "bomb": (_bomb, "damaged"),
    "nested": (_nested, "damaged"),
    "pages in a circle": (_circular, "damaged"),
    "too many pages": (_many_pages, "too_many_pages"),
    "too large": (lambda: b"%PDF-1.7\n" + bytes(verification.SIZE_LIMIT), "too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_examine_hostile_file_cannot_be_read(name):
    make, reason = HOSTILE[name]
    hostile = make()
    began = time.monotonic()
    report = _examine(hostile)
    assert report.file.sentence == verification.UNREADABLE[reason]
    assert _tones(report) == ("bad", "bad", "bad")
    assert (report.pages, report.signers, report.missing) == (None, (), FIELDS)
    assert time.monotonic() - began < verification.STRANGERS_TIME_LIMIT + apart.SLACK + 5


def test_examine_hostile_bytes_that_were_registered_are_read_here_without_a_crash():
    make, reason = HOSTILE["only a head"]
    damaged = make()
    report = _examine(damaged, registered=damaged)
    assert report.file.sentence == verification.UNREADABLE[reason]


def test_examine_stops_after_the_time_of_a_strangers_file():
    began = time.monotonic()
    report = _examine(papers.slow())
    assert report.file.sentence == verification.UNREADABLE["too_long"]
    assert time.monotonic() - began < verification.STRANGERS_TIME_LIMIT + apart.SLACK + 5


@pytest.mark.slow
def test_compare_upload_gives_an_organisers_file_more_time():
    began = time.monotonic()
    finding = _compare(papers.slow())
    assert finding.sentence == verification.UNREADABLE["too_long"]
    assert verification.TIME_LIMIT <= time.monotonic() - began < verification.TIME_LIMIT + apart.SLACK + 5


def test_the_process_that_reads_strange_files_ends_itself_too():
    """Though nobody waits for it any more: the time of a processor is limited, not only the waiting."""
    began = time.monotonic()
    alone = subprocess.run(
        [sys.executable, "-m", "rakor.documents.verification", "2"],
        input=Trust.of(papers.authority()).to_json() + b"\n" + papers.slow(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip
    assert alone.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
    assert time.monotonic() - began < 50


@pytest.mark.parametrize("look", [lambda: _examine(papers.half_signed_minutes()), lambda: _compare(_many_pages())])
def test_without_a_place_to_look_one_does_not_wait_for_long(no_place, look):
    began = time.monotonic()
    with pytest.raises(NoPlaceToLook):
        look()
    assert time.monotonic() - began < apart.PATIENCE + 5


def test_a_place_is_free_again_after_each_look():
    for _look in range(3):
        _examine(HOSTILE["only a head"][0]())
    assert [apart.places_to_look.acquire(blocking=False) for _place in range(3)] == [True, True, False]
    for _place in range(2):
        apart.places_to_look.release()


def _signed_by(name):
    """The minutes signed with a certificate that calls its holder so, and that nobody but the holder issued."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    with pytest.warns(UserWarning, match="length"):
        holder = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name, _validate=False)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(holder)
        .issuer_name(holder)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    bundle = pkcs12.serialize_key_and_certificates(b"x", key, certificate, [], BestAvailableEncryption(b"rahasia"))
    signer = signers.SimpleSigner.load_pkcs12_data(bundle, [], b"rahasia")
    target = BytesIO()
    signers.PdfSigner(signers.PdfSignatureMetadata(field_name=CHAIR), signer).sign_pdf(
        IncrementalPdfFileWriter(BytesIO(papers.unsigned_minutes())), output=target
    )
    return target.getvalue()


def test_examine_cuts_a_name_that_nobody_bears():
    [signer] = _examine(_signed_by("Palsu " * 1000)).signers
    assert (signer.signer[:12], len(signer.signer), len(signer.subject), len(signer.issuer)) == (
        "Palsu Palsu ", 200, 600, 600,
    )  # fmt: skip


def _with_signatures(number):
    """A PDF with so many filled fields, none of which holds a signature."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        value = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Sig, Filter=pikepdf.Name("/Lain")))
        fields = [
            pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, T=pikepdf.String(f"ttd-{n}"), V=value))
            for n in range(number)
        ]
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(fields), SigFlags=3)
        target = BytesIO()
        pdf.save(target)
    return target.getvalue()


def test_examine_looks_at_a_hundred_signatures():
    assert len(_examine(_with_signatures(100)).signers) == 100


@pytest.mark.parametrize("number", [101, 30_000])
def test_examine_refuses_more_signatures_than_anybody_puts_on(number):
    report = _examine(_with_signatures(number))
    assert (report.file.sentence, report.signers) == (verification.UNREADABLE["too_many_signatures"], ())


def test_the_process_that_reads_strange_files_is_told_no_secret():
    known = {"PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONHOME"}
    assert set(apart.environment()) - known == set()


# ---- signed elsewhere ------------------------------------------------------------------------------------


def _compare(uploaded):
    return compare_upload(papers.unsigned_minutes(), uploaded, papers.authority())


def test_compare_upload_proves_the_lineage_of_a_signed_file():
    finding = _compare(papers.signed_minutes())
    assert (finding.outcome, finding.lineage_proven, finding.pages, finding.prepared_pages) == ("signed", True, 1, 1)
    assert [signer.field for signer in finding.signers] == [MINUTE_TAKER, CHAIR]


@pytest.mark.parametrize("room", ["with our fields", "without a field"])
def test_compare_upload_knows_a_new_field_signed_with_a_strange_certificate(room, tmp_path):
    """As SRIKANDI does it: a field of its own, a certificate that this installation does not know."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigFieldSpec, append_signature_field

    paper = papers.minutes()
    paper.fields = paper.fields if room == "with our fields" else {}
    prepared = paper.set()
    other = Authority.open_or_create(tmp_path / "lain", "Lain", sample=False, secret=papers.SECRET)
    stranger = other.issue("Pejabat Lain", "Kepala", "Lain", papers.NIA_PASSPHRASE)
    signer = signers.SimpleSigner.load_pkcs12_data(stranger.pkcs12, [], papers.NIA_PASSPHRASE.encode())
    writer = IncrementalPdfFileWriter(BytesIO(prepared))
    append_signature_field(writer, SigFieldSpec("ttd_pengirim", box=(300, 100, 500, 160)))
    target = BytesIO()
    signers.PdfSigner(signers.PdfSignatureMetadata(field_name="ttd_pengirim"), signer).sign_pdf(writer, output=target)
    finding = compare_upload(prepared, target.getvalue(), papers.authority())
    assert finding.outcome == "signed"
    assert [(s.field, s.signer, s.problem) for s in finding.signers] == [
        ("ttd_pengirim", "Pejabat Lain", "unknown_issuer")
    ]


def test_compare_upload_of_the_prepared_file_itself_is_unsigned():
    finding = _compare(papers.unsigned_minutes())
    assert (finding.outcome, finding.signers) == ("unsigned", ())


def test_compare_upload_of_another_signed_file_is_another_file():
    paper = papers.minutes()
    paper.context["minutes"]["closing"] = ["Rapat ditutup pukul 14.00 WIB."]
    finding = _compare(papers.sign(paper.set(), MINUTE_TAKER).pdf)
    assert (finding.outcome, [signer.signer for signer in finding.signers]) == ("another", ["Nia Kurniasih"])


@pytest.mark.parametrize("change", [_with_page_appended, _with_note])
def test_compare_upload_refuses_a_change_that_was_signed_with_it(change):
    finding = _compare(papers.sign(change(papers.unsigned_minutes()), MINUTE_TAKER).pdf)
    assert (finding.outcome, finding.lineage_proven) == ("another", False)


@pytest.mark.parametrize("change", [_with_page_appended, _with_note])
def test_compare_upload_refuses_a_change_after_the_signature(change):
    assert _compare(change(papers.signed_minutes())).outcome == "another"


@pytest.mark.parametrize("change", [_with_page_appended, _with_note])
def test_compare_upload_refuses_a_change_without_signature(change):
    assert _compare(change(papers.unsigned_minutes())).outcome == "another"


@pytest.mark.parametrize("name", ["empty", "random", "truncated", "encrypted", "too many pages", "too large"])
def test_compare_upload_says_why_a_file_cannot_be_read(name):
    make, reason = HOSTILE[name]
    finding = _compare(make())
    assert (finding.outcome, finding.sentence, finding.pages) == ("unreadable", verification.UNREADABLE[reason], None)

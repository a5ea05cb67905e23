"""Verification for anybody: by code what the register says, by file whether it is genuine, also of hostile files."""

import re
from datetime import date
from io import BytesIO

import pikepdf
import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from rakor.audit.models import AuditEvent
from rakor.documents.models import Document, Download, File, Upload
from tests import factories as make
from tests.conftest import rows


@pytest.fixture
def stranger(db):
    return Client()


def _url(document):
    return f"/verifikasi/{document.code}/"


def _pdf(content, name="surat.pdf"):
    upload = BytesIO(content)
    upload.name = name
    return {"file": upload}


def _check(client, document, content):
    """The four tones in order, and the tone of the whole."""
    result = client.post(_url(document), _pdf(content)).context["result"]
    return [verdict.tone for _name, verdict in result.rows], result.tone


# -- by code -------------------------------------------------------------------------------------------------------


def test_the_code_shows_what_the_register_knows(stranger, signed):
    shown = stranger.get(_url(signed)).content.decode()
    facts = (signed.number, signed.subject, signed.meeting.title, signed.current_id, "Nia Kurniasih", "Karno Wibisono")
    assert [fact for fact in facts if fact not in shown] == []


def test_the_code_alone_says_nothing_of_genuineness(stranger, signed):
    answer = stranger.get(_url(signed))
    page = answer.content.decode()
    verdict = page.partition('<section class="verdict"')[2].partition("</section>")[0]
    words = ("dokumen dalam register", "Kode dapat disalin ke kertas mana pun", "Asli", "shield-check")
    assert (answer.context["result"], [word in verdict for word in words]) == (None, [True, True, False, False])


@pytest.mark.parametrize("shape", ["{0}", "{1}", "{2}", "{3}"])
def test_the_code_may_be_typed_in_any_shape(stranger, signed, shape):
    typed = shape.format(signed.code, signed.public_id, signed.code.lower(), signed.code.replace("-", " "))
    assert stranger.get(f"/verifikasi/{typed}/").status_code == 200


def test_the_form_leads_to_the_code(stranger, signed):
    answer = stranger.get("/verifikasi/", {"kode": signed.code.lower()})
    assert (answer.status_code, answer["Location"]) == (302, f"/verifikasi/{signed.code.lower()}/")


@pytest.mark.parametrize("code", ["DAKM-CYKW-B44W", "x", "0000-0000-0000", "'; DROP TABLE", "a/b", "%00", "✓" * 12])
def test_a_wrong_code_gets_a_404_that_helps(stranger, code):
    answer = stranger.get("/verifikasi/", {"kode": code}, follow=True)
    assert (answer.status_code, 'name="kode"' in answer.content.decode()) == (404, True)


@pytest.mark.parametrize("fixture", ["draft", "numbered"])
def test_a_document_without_paper_does_not_exist_for_strangers(stranger, request, fixture):
    assert stranger.get(_url(request.getfixturevalue(fixture))).status_code == 404


def test_a_document_that_waits_says_that_it_is_not_in_force(stranger, waiting):
    assert stranger.get(_url(waiting)).context["validity"].tone == "warn"


def test_a_revoked_document_says_so_with_its_reason(stranger, signed, sari):
    signed.revoke(reason="Salah nomor.", by=sari)
    answer = stranger.get(_url(signed))
    assert (answer.context["validity"].tone, "Salah nomor." in answer.content.decode()) == ("bad", True)


def _answer_of(page):
    """Tone and words of the verdict, which stands before anything else below the heading."""
    after = page.partition("</h1>")[2]
    shape = r'<section class="verdict" data-tone="(\w+)" aria-labelledby="validity">.*?<h2.*?>(.*?)</h2>'
    found = re.search(shape, after, re.DOTALL)
    assert re.sub("<.*?>", "", after[: found.start()]).strip() == ""
    assert after.count('class="verdict"') == 1
    return found.groups()


@pytest.mark.parametrize(("fixture", "told"), [("signed", ("ok", "Berlaku")), ("waiting", ("warn", "Belum berlaku"))])
def test_answer_of_the_register_stands_first(stranger, request, fixture, told):
    page = stranger.get(_url(request.getfixturevalue(fixture))).content.decode()
    assert _answer_of(page) == told


def test_answer_of_the_register_stands_first_with_its_reason(stranger, signed, sari):
    signed.revoke(reason="Salah nomor.", by=sari)
    page = stranger.get(_url(signed)).content.decode()
    assert _answer_of(page) == ("bad", "Dicabut")
    assert page.index("Alasan: Salah nomor.") < page.index('id="registered"')
    assert (page.count("Salah nomor."), "sebelum mengandalkannya" in page) == (1, False)


def test_a_superseded_document_leads_to_its_successor(stranger, signed, sari):
    successor = make.DocumentFactory(
        kind="test_paper", meeting=signed.meeting, status="signed", number="R-1", date=date(2026, 4, 20),
        current=make.FileFactory(), signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip
    signed.supersede(successor, by=sari)
    assert f'href="/verifikasi/{successor.code}/"' in stranger.get(_url(signed)).content.decode()


def test_a_restricted_document_shows_number_and_date_only(stranger, signed):
    Document.objects.filter(pk=signed.pk).update(security="T")
    shown = stranger.get(_url(signed)).content.decode()
    hidden = [signed.subject, signed.meeting.title, "Nia Kurniasih", "Naskah uji"]
    assert ([text for text in hidden if text in shown], signed.number in shown) == ([], True)


def test_an_open_document_hides_the_title_of_a_restricted_meeting(stranger, signed):
    type(signed.meeting).objects.filter(pk=signed.meeting_id).update(security="R")
    assert signed.meeting.title not in stranger.get(_url(signed)).content.decode()


# -- by file -------------------------------------------------------------------------------------------------------


def test_the_signed_file_is_genuine_and_in_force(stranger, signed, papers):
    assert _check(stranger, signed, papers.twice) == (["ok", "ok", "ok", "ok"], "ok")


def test_the_signed_file_is_found_without_a_code(stranger, signed, papers):
    answer = stranger.post("/verifikasi/", _pdf(papers.twice))
    assert (answer.context["document"], answer.context["result"].tone) == (signed, "ok")


def test_an_unknown_file_without_a_code_is_called_unregistered(stranger, signed, papers):
    answer = stranger.post("/verifikasi/", _pdf(papers.twice + b"\n%x"))
    assert (answer.status_code, answer.context["unknown"]) == (200, True)


def _with_a_flipped_byte(pdf):
    at = pdf.index(b"stream", 2000) + 20
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


def _with_an_appended_page(pdf):
    """A page added as an incremental update, so that the signed bytes stay what they were."""
    from pyhanko.pdf_utils.content import RawContent
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.pdf_utils.layout import BoxConstraints
    from pyhanko.pdf_utils.writer import PageObject

    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    content = writer.add_object(RawContent(b"BT ET", box=BoxConstraints(100, 100)).as_form_xobject())
    writer.insert_page(PageObject(contents=content, media_box=(0, 0, 100, 100)))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_flipped_byte_is_reported(stranger, signed, papers):
    tones, whole = _check(stranger, signed, _with_a_flipped_byte(papers.twice))
    assert (tones[:2], whole) == (["bad", "bad"], "bad")


def test_an_appended_page_is_reported(stranger, signed, papers):
    tones, whole = _check(stranger, signed, _with_an_appended_page(papers.twice))
    assert (tones[:2], whole) == (["bad", "bad"], "bad")


def test_a_dropped_last_signature_is_reported_as_missing(stranger, signed, papers):
    tones, whole = _check(stranger, signed, papers.once)
    assert (tones, whole) == (["bad", "ok", "bad", "ok"], "bad")


def test_the_paper_before_the_signatures_is_reported_as_unsigned(stranger, signed, papers):
    tones, whole = _check(stranger, signed, papers.prepared)
    assert (tones, whole) == (["bad", "bad", "bad", "ok"], "bad")


def test_the_file_of_another_document_does_not_match(stranger, signed, papers):
    other = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(other)
    tones, whole = _check(stranger, signed, other.getvalue())
    assert (tones[0], whole) == ("bad", "bad")


def test_a_half_signed_document_is_not_called_in_force(stranger, waiting, papers, cast, keys):
    signatory = waiting.signatories.get(order=1)
    signatory.signed(serial=keys["Nia Kurniasih"].serial, level="B-B", by=cast.viewer(cast.nia))
    Document.objects.filter(pk=waiting.pk).update(current=File.objects.keep(papers.once))
    tones, whole = _check(stranger, waiting, papers.once)
    assert (tones, whole) == (["ok", "ok", "bad", "warn"], "warn")


def test_a_revoked_document_is_genuine_but_revoked(stranger, signed, papers, sari):
    signed.revoke(reason="Salah nomor.", by=sari)
    assert _check(stranger, signed, papers.twice) == (["ok", "ok", "ok", "bad"], "bad")


def test_a_document_signed_elsewhere_is_compared_by_its_bytes(stranger, draft, sari, papers):
    draft.accept_upload(pdf=papers.twice, number="S-1", date=date(2026, 4, 15), finding="other", by=sari)
    tones, whole = _check(stranger, draft, papers.twice)
    assert (tones, whole) == (["ok", "ok", "warn", "ok"], "ok")


# -- hostile files -------------------------------------------------------------------------------------------------


def _encrypted(pdf):
    out = BytesIO()
    with pikepdf.open(BytesIO(pdf)) as opened:
        opened.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"bukan pdf", b"PK\x03\x04" + b"0" * 2000, b"%PDF-1.7 " + b"0" * (20 * 1024 * 1024)],
    ids=["empty", "text", "zip", "too large"],
)
@pytest.mark.parametrize("where", ["/verifikasi/", "code"])
def test_what_is_no_pdf_of_20_mb_is_refused_at_its_field(stranger, signed, content, where):
    answer = stranger.post(_url(signed) if where == "code" else where, _pdf(content))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])


def test_no_file_is_told_at_the_field(stranger, signed):
    answer = stranger.post(_url(signed), {})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])


@pytest.mark.parametrize(
    "spoil",
    [_encrypted, lambda pdf: pdf[:4000], lambda pdf: b"%PDF-1.7\n" + bytes(range(256)) * 50],
    ids=["encrypted", "cut", "noise"],
)
def test_an_unreadable_pdf_is_told_so(stranger, signed, papers, spoil):
    answer = stranger.post(_url(signed), _pdf(spoil(papers.twice)))
    assert (answer.status_code, answer.context["result"].tone, answer.context["result"].report.pages) == (
        200,
        "bad",
        None,
    )


@pytest.mark.parametrize("where", ["/verifikasi/", "code"])
def test_when_too_many_files_are_checked_one_is_asked_to_come_back(stranger, signed, papers, no_place, where):
    answer = stranger.post(_url(signed) if where == "code" else where, _pdf(papers.prepared))
    shown = answer.content.decode()
    assert (answer.status_code, answer["Retry-After"], answer.context["result"]) == (503, "30", None)
    assert ("setengah menit" in shown, 'data-tone="warn"' in shown, 'name="file"' in shown) == (True, True, True)


def test_a_registered_file_needs_no_place(stranger, signed, papers, no_place):
    assert stranger.post(_url(signed), _pdf(papers.twice)).status_code == 200


def test_one_address_is_asked_to_wait_after_sixty_files(stranger, signed):
    cache.clear()  # of what tests with a real server left
    answers = [stranger.post(_url(signed), {}).status_code for _file in range(61)]
    assert (answers[:60], answers[60], stranger.get(_url(signed)).status_code) == ([422] * 60, 429, 200)


def test_a_hostile_file_name_is_never_shown(stranger, signed, papers):
    answer = stranger.post(_url(signed), _pdf(papers.once, name="<script>alert(1)</script>.pdf"))
    assert b"<script>alert" not in answer.content


def test_nothing_is_stored(stranger, signed, papers):
    before = rows(File, Download, Upload, AuditEvent, Document)
    stranger.post(_url(signed), _pdf(papers.once))
    stranger.post("/verifikasi/", _pdf(papers.twice + b"x"))
    assert rows(File, Download, Upload, AuditEvent, Document) == before


def test_verdicts_have_a_word_and_a_sentence_each(stranger, signed, papers):
    shown = re.sub(r"\s+", " ", stranger.post(_url(signed), _pdf(papers.twice)).content.decode())
    assert len(re.findall(r'<dd data-tone="ok"><b class="tone">[^<]+\.</b> [^<]+</dd>', shown)) >= 4

"""A paper signed elsewhere comes in: compared, confirmed by a person, kept as it is."""

import re
from datetime import date, timedelta
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from django.test import Client
from django.utils import timezone

from rakor.audit.models import AuditEvent
from rakor.documents.models import Document, Download, File, Upload
from rakor.documents.register import receive_upload
from rakor.lib.access import Refusal
from tests.documents.test_verify_page import _encrypted, _with_an_appended_page


def _url(document):
    return f"/dokumen/{document.public_id}/unggah/"


def _send(client, document, content, **changes):
    upload = BytesIO(content)
    upload.name = "tanda tangan SRIKANDI.pdf"
    return client.post(_url(document), {"number": "B-12/SRIKANDI/2026", "date": "2026-04-15", "file": upload} | changes)


def _confirm(client, document, content, **changes):
    return client.post(_url(document), {"sha256": sha256(content).hexdigest(), "confirmed": "on"} | changes)


@pytest.fixture
def client(login, cast):
    return login(cast.sari)


@pytest.fixture
def prepared(draft, papers):
    """A draft whose paper was prepared for signing elsewhere."""
    Document.objects.filter(pk=draft.pk).update(prepared=File.objects.keep(papers.prepared), pages=1)
    return Document.objects.get(pk=draft.pk)


@pytest.fixture
def scan():
    """Another PDF, as a scanner makes it."""
    out = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("with_paper", [True, False])
def test_when_too_many_files_are_checked_that_is_told_at_the_field(client, prepared, papers, no_place, with_paper):
    if not with_paper:
        Document.objects.filter(pk=prepared.pk).update(prepared=None, pages=None)
    answer = _send(client, prepared, papers.twice)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert ("setengah menit" in answer.content.decode(), Upload.objects.count()) == (True, 0)


def test_the_upload_waits_for_a_confirmation(client, prepared, papers):
    answer = _send(client, prepared, papers.twice)
    waiting = Upload.objects.get(document=prepared)
    assert (answer.status_code, answer["Location"]) == (302, _url(prepared))
    assert (waiting.finding, waiting.signatures, waiting.number, waiting.date) == (
        "same",
        2,
        "B-12/SRIKANDI/2026",
        date(2026, 4, 15),
    )
    assert Document.objects.get(pk=prepared.pk).status == "draft"


def test_the_confirmation_shows_what_the_comparison_found(client, prepared, papers):
    _send(client, prepared, papers.twice)
    shown = client.get(_url(prepared)).content.decode()
    assert (sha256(papers.twice).hexdigest() in shown, "B-12/SRIKANDI/2026" in shown, 'data-tone="ok"' in shown) == (
        True,
        True,
        True,
    )


def _take(client, document, version, **query):
    return client.get(f"/dokumen/{document.public_id}/unduh/", {"versi": version} | query)


def test_both_files_open_from_the_page_that_asks_to_compare_them(client, prepared, papers, scan):
    _send(client, prepared, scan)

    shown = client.get(_url(prepared)).content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+/unduh/\?versi[^"]*)"', shown)]

    assert [client.get(link).content for link in links] == [scan, papers.prepared]
    assert "Bukan berkas yang disiapkan di sini" in shown


def test_without_a_prepared_paper_only_the_uploaded_file_opens(client, draft, papers):
    _send(client, draft, papers.twice)

    shown = client.get(_url(draft)).content.decode()

    assert (shown.count("?versi="), "Tidak ada pembandingnya" in shown) == (1, True)
    assert _take(client, draft, "unggahan").content == papers.twice


def test_what_nobody_has_confirmed_is_shown_behind_the_same_walls_as_every_paper(client, prepared, scan, sari):
    _send(client, prepared, scan)

    answer = _take(client, prepared, "unggahan", tampil="1")

    assert answer["Content-Disposition"].startswith("inline; ")
    assert answer["Content-Disposition"].endswith('-unggahan-belum-dikonfirmasi.pdf"')
    assert (answer["X-Content-Type-Options"], "sandbox" in answer["Content-Security-Policy"]) == ("nosniff", True)
    assert (Download.objects.get().actor, AuditEvent.objects.get(verb="document.downloaded").actor) == (
        sari.actor,
        sari.actor,
    )


def test_what_nobody_has_confirmed_is_for_those_who_manage(client, prepared, papers, login, cast):
    _send(client, prepared, papers.twice)

    readers = [Client(), *(login(user) for user in (cast.nia, cast.karno, cast.sinta, cast.citra, cast.aulia))]

    assert {_take(reader, prepared, "unggahan").status_code for reader in readers} == {404}
    assert Download.objects.count() == 0


def test_what_is_confirmed_or_was_never_sent_waits_no_more(client, prepared, papers):
    never = _take(client, prepared, "unggahan").status_code
    _send(client, prepared, papers.twice)
    _confirm(client, prepared, papers.twice)

    assert (never, _take(client, prepared, "unggahan").status_code) == (404, 404)


def test_confirming_signs_the_document_with_the_bytes_as_they_are(client, prepared, papers, paper_kind, sari):
    _send(client, prepared, papers.twice)
    _confirm(client, prepared, papers.twice)
    stored = Document.objects.get(pk=prepared.pk)
    assert (stored.status, stored.number, stored.date, stored.number_elsewhere, stored.signed_elsewhere) == (
        "signed", "B-12/SRIKANDI/2026", date(2026, 4, 15), True, True,
    )  # fmt: skip
    assert (bytes(stored.current.content), stored.upload_finding, stored.signed_by) == (
        papers.twice,
        "same",
        sari.actor,
    )
    assert (paper_kind.told, Upload.objects.count()) == ([(prepared.public_id, sari.actor)], 0)


def test_another_file_is_taken_when_a_person_vouches_for_it(client, prepared, scan, sari):
    _send(client, prepared, scan)
    assert Upload.objects.get().finding == "other"
    _confirm(client, prepared, scan)
    shown = client.get(f"/dokumen/{prepared.public_id}/").content.decode()
    assert (Document.objects.get(pk=prepared.pk).upload_finding, "Sari Wulandari" in shown) == ("other", True)


def test_without_a_prepared_paper_every_file_is_another(client, draft, papers):
    _send(client, draft, papers.twice)
    assert (Upload.objects.get().finding, Upload.objects.get().signatures) == ("other", 2)


def test_more_than_signatures_makes_it_another_file(client, prepared, papers):
    _send(client, prepared, _with_an_appended_page(papers.twice))
    assert Upload.objects.get().finding == "other"


@pytest.mark.parametrize("missing", ["number", "date", "file"])
def test_what_is_missing_is_told_at_its_field(client, prepared, papers, missing):
    answer = _send(client, prepared, papers.twice, **{missing: ""})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [missing])


def test_nothing_typed_is_lost(client, prepared):
    shown = _send(client, prepared, b"bukan pdf").content.decode()
    assert ('value="B-12/SRIKANDI/2026"' in shown, 'value="2026-04-15"' in shown) == (True, True)


@pytest.mark.parametrize("typed", ["2999-01-01", "1900-01-01", "31-02-2026", "x"])
def test_an_impossible_date_is_told_at_its_field(client, prepared, papers, typed):
    answer = _send(client, prepared, papers.twice, date=typed)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["date"])


def test_a_date_of_tomorrow_is_told_at_its_field(client, prepared, papers):
    answer = _send(client, prepared, papers.twice, date=(timezone.localdate() + timedelta(days=1)).isoformat())
    assert list(answer.context["form"].errors) == ["date"]


def test_a_number_that_is_too_long_is_told_at_its_field(client, prepared, papers):
    assert list(_send(client, prepared, papers.twice, number="1" * 101).context["form"].errors) == ["number"]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda pdf: b"",
        lambda pdf: b"bukan pdf",
        lambda pdf: b"%PDF-1.7 " + b"0" * (20 * 1024 * 1024),
        _encrypted,
        lambda pdf: pdf[:3000],
    ],
    ids=["empty", "not a pdf", "too large", "encrypted", "cut off"],
)
def test_a_file_of_no_use_is_told_at_its_field_and_not_kept(client, prepared, papers, spoil):
    answer = _send(client, prepared, spoil(papers.twice))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert (Upload.objects.count(), Document.objects.get(pk=prepared.pk).status) == (0, "draft")


def test_the_prepared_paper_itself_is_not_signed(client, prepared, papers):
    answer = _send(client, prepared, papers.prepared)
    assert (answer.status_code, list(answer.context["form"].errors), Upload.objects.count()) == (422, ["file"], 0)


def test_confirming_needs_the_tick(client, prepared, papers):
    _send(client, prepared, papers.twice)
    answer = _confirm(client, prepared, papers.twice, confirmed="")
    assert (answer.status_code, list(answer.context["confirm"].errors)) == (422, ["confirmed"])
    assert Document.objects.get(pk=prepared.pk).status == "draft"


def test_confirming_another_file_than_the_waiting_one_changes_nothing(client, prepared, papers, scan):
    _send(client, prepared, scan)
    answer = _confirm(client, prepared, papers.twice)
    assert (answer.status_code, Document.objects.get(pk=prepared.pk).status) == (302, "draft")


def test_confirming_twice_signs_once(client, prepared, papers, paper_kind):
    _send(client, prepared, papers.twice)
    _confirm(client, prepared, papers.twice)
    again = _confirm(client, prepared, papers.twice)
    assert (again.status_code, len(paper_kind.told)) == (302, 1)


def test_a_second_upload_takes_the_place_of_the_first(client, prepared, papers, scan):
    _send(client, prepared, scan)
    _send(client, prepared, papers.twice)
    assert list(Upload.objects.values_list("sha256", flat=True)) == [sha256(papers.twice).hexdigest()]


def test_a_kind_that_fails_leaves_the_draft_and_the_upload(client, prepared, papers, paper_kind, sari):
    _send(client, prepared, papers.twice)
    paper_kind.fails = True
    client.raise_request_exception = False
    answer = _confirm(client, prepared, papers.twice)
    assert (answer.status_code, Document.objects.get(pk=prepared.pk).status, Upload.objects.count()) == (
        500,
        "draft",
        1,
    )


def test_a_numbered_document_takes_no_upload(waiting, papers, sari):
    with pytest.raises(Refusal):
        receive_upload(waiting, pdf=papers.twice, number="1", date=date(2026, 4, 15), by=sari)
    assert Upload.objects.count() == 0


def test_a_number_given_elsewhere_may_be_the_same_as_ours(client, prepared, papers, in_force_with_the_number):
    _send(client, prepared, papers.twice)
    _confirm(client, prepared, papers.twice)
    assert Document.objects.get(pk=prepared.pk).status == "signed"


@pytest.fixture
def in_force_with_the_number(paper_kind, meeting):
    from tests import factories as make

    file = make.FileFactory()
    return make.DocumentFactory(
        kind="test_paper", meeting=meeting, status="signed", number="B-12/SRIKANDI/2026", date=date(2026, 4, 15),
        current=file,
        signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip


def test_signatories_may_see_but_not_upload(prepared, papers, login, cast):
    answer = _send(login(cast.nia), prepared, papers.twice)
    assert (answer.status_code, Upload.objects.count()) == (403, 0)


@pytest.mark.parametrize("who", ["citra", "sinta"])
def test_strangers_get_404(prepared, papers, login, cast, who):
    assert _send(login(getattr(cast, who)), prepared, papers.twice).status_code == 404


def test_visitors_without_an_account_get_404(prepared, papers):
    assert _send(Client(), prepared, papers.twice).status_code == 404


def test_the_page_of_the_document_leads_to_the_comparison(client, prepared, scan):
    _send(client, prepared, scan)

    shown = client.get(f"/dokumen/{prepared.public_id}/").content.decode()

    assert f'<a class="btn primary" href="{_url(prepared)}">' in shown
    assert "Bandingkan berkas unggahan dengan naskah yang disiapkan" in shown

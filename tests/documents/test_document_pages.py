"""List, document and download: who finds what, what is next, and what is logged."""

import re
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from attendees.letters import proposal, save_letter
from rakor.audit.models import AuditEvent
from rakor.documents.models import Document, Download, File
from rakor.documents.page import name_of
from tests import factories as make
from tests.conftest import rows, staff_meeting

LIST = "/dokumen/"


def _url(document, rest=""):
    return f"/dokumen/{document.public_id}/{rest}"


def _in_force(meeting, number, **facts):
    file = make.FileFactory()
    return make.DocumentFactory(
        kind="test_paper", meeting=meeting, status="signed", number=number, date=facts.pop("date", date(2026, 4, 15)),
        prepared=file, current=file, signed_at=timezone.now(), signed_by="system", **facts,
    )  # fmt: skip


def _listed(answer):
    return [document.number for document in answer.context["page"]]


# -- the register --------------------------------------------------------------------------------------------------


def test_visitors_without_an_account_go_to_log_in(db):
    assert Client().get(LIST)["Location"] == f"/masuk/?next={LIST}"


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("sari", 200),
        ("aulia", 200),
        ("nia", 404),
        ("karno", 404),
        ("sinta", 404),
        ("rina", 404),
        ("citra", 404),
        ("admin", 404),
    ],
)
def test_organisers_and_the_auditor_read_the_register(cast, login, who, status):
    assert login(getattr(cast, who)).get(LIST).status_code == status


def test_the_register_lists_documents_of_the_own_house_only(paper_kind, cast, meeting, login):
    """Bait: a document of another ministry's meeting to which Sari's unit is invited."""
    other = make.MeetingFactory(host=cast.stranger_agency)
    make.InvitationFactory(meeting=other, position=make.PositionFactory(agency=cast.bureau))
    make.MembershipFactory(user=cast.sari, agency=cast.bureau, role="contact")
    _in_force(other, "BAIT-1")
    _in_force(meeting, "NT-1")
    assert _listed(login(cast.sari).get(LIST)) == ["NT-1"]


def test_the_auditor_reads_no_restricted_document(paper_kind, cast, login):
    _in_force(staff_meeting(cast), "NT-1")
    _in_force(staff_meeting(cast, security="R"), "NT-2", security="R")
    assert _listed(login(cast.aulia).get(LIST)) == ["NT-1"]


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("q=NT-2", ["NT-2"]), ("q=koordinasi khusus", ["NT-2"]), ("q=tidak ada", []),
        ("status=signed", ["NT-2", "NT-1"]),
        ("status=draft", [""]), ("kind=test_paper", ["", "NT-2", "NT-1"]), ("kind=minutes", []),
        ("year=2025", ["NT-1"]),
        ("year=abc&status=xyz&kind=abc", ["", "NT-2", "NT-1"]), ("page=99", ["", "NT-2", "NT-1"]),
    ],
)  # fmt: skip
def test_search_and_filters_narrow_the_list(draft, cast, login, query, numbers):
    _in_force(draft.meeting, "NT-1", date=date(2025, 4, 15))
    _in_force(draft.meeting, "NT-2", subject="Koordinasi khusus")
    assert _listed(login(cast.sari).get(f"{LIST}?{query}")) == numbers


def test_the_code_from_the_paper_finds_the_document(paper_kind, meeting, cast, login):
    wanted, _other = _in_force(meeting, "NT-1"), _in_force(meeting, "NT-2")
    assert _listed(login(cast.sari).get(LIST, {"q": wanted.code.lower()})) == ["NT-1"]


def test_the_list_has_pages(paper_kind, meeting, cast, login):
    for number in range(26):
        _in_force(meeting, f"NT-{number}")
    answer = login(cast.sari).get(LIST, {"page": 2, "status": "signed"})
    assert (len(_listed(answer)), "status=signed" in answer.content.decode()) == (1, True)


def test_an_empty_register_says_what_to_do(cast, login):
    shown = login(cast.sari).get(LIST).content.decode()
    assert ('class="empty"' in shown, 'href="/rapat/"' in shown) == (True, True)


def test_the_list_asks_as_often_for_three_rows_as_for_one(paper_kind, meeting, cast, login):
    client = login(cast.sari)
    counts = []
    for more in (1, 2):
        for _row in range(more):
            make.SignatoryFactory(document=_in_force(meeting, f"NT-{Document.objects.count()}"))
        with CaptureQueriesContext(connection) as asked:
            client.get(LIST)
        counts.append(len(asked))
    assert (counts[0] == counts[1], counts[1] <= 12) == (True, True)


def test_no_page_loads_the_bytes_of_files(paper_kind, meeting, cast, login):
    document = _in_force(meeting, "NT-1")
    client = login(cast.sari)
    with CaptureQueriesContext(connection) as asked:
        client.get(LIST)
        client.get(_url(document))
    assert [q["sql"] for q in asked if '"content"' in q["sql"] and "documents_file" in q["sql"]] == []


# -- one document --------------------------------------------------------------------------------------------------

STAGES = ("draft", "waiting", "signed")


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("sari", (200, 200, 200)), ("nia", (200, 200, 200)), ("karno", (200, 200, 200)), ("sinta", (404, 404, 200)),
        ("rina", (404, 404, 200)), ("aulia", (404, 404, 200)), ("citra", (404, 404, 404)), ("admin", (404, 404, 404)),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stage", range(3))
def test_who_sees_the_document_at_which_stage(request, cast, login, who, seen, stage):
    document = request.getfixturevalue(STAGES[stage])
    assert login(getattr(cast, who)).get(_url(document)).status_code == seen[stage]


def test_visitors_without_an_account_get_404(signed):
    assert Client().get(_url(signed)).status_code == 404


def test_a_guest_with_a_personal_link_reads_and_downloads(signed, invitation, guest):
    client = guest(invitation)
    shown = client.get(_url(signed))
    taken = client.get(_url(signed, "unduh/"))
    assert (shown.status_code, taken.status_code, taken.content[:5]) == (200, 200, b"%PDF-")
    assert Download.objects.get().actor == f"invitation:{invitation.public_id}"


def test_a_numbered_document_looks_again_by_itself(numbered, cast, login):
    shown = login(cast.sari).get(_url(numbered)).content.decode()
    assert ('hx-trigger="every 2s"' in shown, "<progress" in shown) == (True, True)


def test_a_paper_that_is_there_is_not_looked_for_again(waiting, cast, login):
    assert 'hx-trigger="every 2s"' not in login(cast.sari).get(_url(waiting)).content.decode()


def test_the_page_that_looks_again_is_loaded_anew_once_the_paper_is_there(numbered, papers, cast, login):
    client = login(cast.sari)
    before = client.get(_url(numbered), headers={"HX-Request": "true"}).headers.get("HX-Refresh")
    numbered.paper_made(File.objects.keep(papers.prepared), 1)
    after = client.get(_url(numbered), headers={"HX-Request": "true"}).headers.get("HX-Refresh")
    assert (before, after) == (None, "true")


def test_what_could_not_be_printed_is_told_with_a_way_on(draft, cast, login, sari):
    draft.number_it(by=sari)
    draft.paper_failed("Huruf ini tidak dapat dicetak: 😀")
    shown = login(cast.sari).get(_url(draft)).content.decode()
    assert ("Huruf ini tidak dapat dicetak" in shown, f'action="{_url(draft)}siapkan/"' in shown) == (True, True)


def test_trying_again_from_the_page(draft, cast, login, sari):
    draft.number_it(by=sari)
    draft.paper_failed("x")
    login(cast.sari).post(_url(draft, "siapkan/"))
    assert Document.objects.get(pk=draft.pk).render_error == ""


def test_preparing_from_the_page(draft, cast, login):
    login(cast.sari).post(_url(draft, "siapkan/"))
    assert Document.objects.get(pk=draft.pk).prepared is not None


def test_preparing_a_signed_document_is_refused_on_the_page(signed, cast, login):
    answer = login(cast.sari).post(_url(signed, "siapkan/"), follow=True)
    assert (answer.status_code, [m.level_tag for m in answer.context["messages"]]) == (200, ["error"])


@pytest.mark.parametrize("rest", ["siapkan/", "cabut/"])
def test_signatories_manage_nothing(draft, cast, login, rest):
    assert login(cast.nia).post(_url(draft, rest), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("rest", ["siapkan/", "cabut/"])
def test_verbs_are_no_get(draft, cast, login, rest):
    assert login(cast.sari).get(_url(draft, rest)).status_code == 405


def test_the_next_signatory_gets_the_button(waiting, cast, login):
    assert f'href="{_url(waiting)}tanda-tangan/"' in login(cast.nia).get(_url(waiting)).content.decode()


def test_the_one_after_sees_a_closed_button_with_its_reason(waiting, cast, login):
    shown = login(cast.karno).get(_url(waiting)).content.decode()
    reason = re.search(r'id="why-not-sign">([^<]+)<', shown)
    assert ('aria-describedby="why-not-sign"' in shown, "Nia Kurniasih" in reason[1]) == (True, True)


def test_revoking_from_the_page(signed, cast, login):
    login(cast.sari).post(_url(signed, "cabut/"), {"reason": "Salah nomor."})
    assert Document.objects.get(pk=signed.pk).status == "revoked"


def test_revoking_without_a_reason_is_told_at_its_field(signed, cast, login):
    answer = login(cast.sari).post(_url(signed, "cabut/"), {"reason": " "})
    assert (answer.status_code, list(answer.context["revoke_form"].errors)) == (422, ["reason"])
    assert Document.objects.get(pk=signed.pk).status == "signed"


def test_revoking_twice_revokes_once(signed, cast, login):
    client = login(cast.sari)
    for _time in range(2):
        answer = client.post(_url(signed, "cabut/"), {"reason": "Salah nomor."})
    assert (answer.status_code, AuditEvent.objects.filter(verb="document.revoked").count()) == (302, 1)


def test_the_page_asks_at_most_twenty_times(signed, cast, login):
    client = login(cast.sari)
    with CaptureQueriesContext(connection) as asked:
        client.get(_url(signed))
    assert len(asked) <= 20


# -- the paper -----------------------------------------------------------------------------------------------------


def test_the_download_is_an_attachment_that_nobody_sniffs(signed, cast, login, papers):
    answer = login(cast.sinta).get(_url(signed, "unduh/"))
    assert answer.content == papers.twice
    assert (answer["Content-Type"], answer["X-Content-Type-Options"], answer["Cache-Control"]) == (
        "application/pdf", "nosniff", "private, no-store",
    )  # fmt: skip
    assert re.fullmatch(r'attachment; filename="[a-z0-9.-]+\.pdf"', answer["Content-Disposition"])


def test_the_viewer_of_the_browser_gets_it_inline(signed, cast, login):
    answer = login(cast.nia).get(_url(signed, "unduh/"), {"tampil": "1"})
    assert answer["Content-Disposition"].startswith("inline; ")
    assert [
        p for p in ("default-src 'none'", "sandbox allow-downloads") if p not in answer["Content-Security-Policy"]
    ] == []


def test_each_download_is_logged_and_audited(signed, cast, login):
    login(cast.sinta).get(_url(signed, "unduh/"))
    actor = f"user:{cast.sinta.pk}"
    assert (Download.objects.get().actor, AuditEvent.objects.get(verb="document.downloaded").actor) == (actor, actor)


def test_asking_for_the_head_only_logs_nothing(signed, cast, login):
    answer = login(cast.sinta).head(_url(signed, "unduh/"))
    assert (answer.status_code, Download.objects.count()) == (200, 0)


def test_looking_at_the_page_logs_nothing(signed, cast, login):
    before = rows(Download, AuditEvent)
    login(cast.sinta).get(_url(signed))
    assert rows(Download, AuditEvent) == before


def test_the_paper_before_the_signatures_is_for_those_who_manage(signed, cast, login, papers):
    answers = [login(user).get(_url(signed, "unduh/"), {"versi": "awal"}) for user in (cast.sari, cast.nia, cast.sinta)]
    assert [a.status_code for a in answers] == [200, 404, 404]
    assert answers[0].content == papers.prepared


def test_an_unknown_version_is_not_found(signed, cast, login):
    assert login(cast.sari).get(_url(signed, "unduh/"), {"versi": "2"}).status_code == 404


def test_the_prepared_paper_of_a_draft_is_for_those_who_manage(draft, cast, login, sari):
    draft.prepare(by=sari)
    answers = [login(user).get(_url(draft, "unduh/")).status_code for user in (cast.sari, cast.nia)]
    assert answers == [200, 404]


def test_a_draft_without_paper_has_nothing_to_download(draft, cast, login):
    assert login(cast.sari).get(_url(draft, "unduh/")).status_code == 404


def test_a_signatory_reads_the_paper_before_signing(waiting, cast, login, papers):
    assert login(cast.karno).get(_url(waiting, "unduh/")).content == papers.prepared


@pytest.mark.parametrize("actor", ["user:²", "user:x", "user:", "invitation:7QXW"])
def test_an_actor_that_is_no_account_is_a_guest(db, actor):
    assert name_of(actor) == "seorang tamu"


@pytest.mark.parametrize(("kind", "word"), [("minutes", "Didistribusikan"), ("invitation_letter", "Terkirim")])
def test_what_has_gone_out_is_called_by_its_kind(cast, login, kind, word):
    file = make.FileFactory()
    document = make.DocumentFactory(
        kind=kind, meeting=staff_meeting(cast), status="distributed", number="1", date=date(2026, 4, 15),
        prepared=file, current=file, signed_at=timezone.now(), signed_by="system",
        distributed_at=timezone.now(), distributed_by="system",
    )  # fmt: skip
    make.MinutesFactory(
        meeting=document.meeting, document=document, status="distributed", approved_at=timezone.now(),
        approved_by="system", approved_sha256="0" * 64,
    )  # fmt: skip

    pages = [login(cast.sari).get(path).content.decode() for path in (LIST, _url(document))]

    assert [f'<span class="chip distributed">{word}</span>' in page for page in pages] == [True, True]


def _letter(cast, login, who, meeting):
    letter = save_letter(meeting, proposal(meeting), by=cast.viewer(cast.sari))
    make.SignatoryFactory(document=letter, order=2, user=cast.karno)
    return login(who).get(_url(letter)).content.decode()


def test_the_organiser_is_told_to_number_the_letter_and_led_there(cast, login):
    meeting = staff_meeting(cast)

    page = _letter(cast, login, cast.sari, meeting)

    assert f'<a class="btn primary" href="/rapat/{meeting.public_id}/surat/#jalur">' in page
    assert ("Penyelenggara menomorinya" in page, "Beri nomor agar ditandatangani di sini" in page) == (False, True)
    assert 'id="jalur"' in login(cast.sari).get(f"/rapat/{meeting.public_id}/surat/").content.decode()


def test_nobody_is_led_to_a_number_that_the_letter_of_a_past_meeting_cannot_get(cast, login):
    meeting = staff_meeting(cast)
    letter = save_letter(meeting, proposal(meeting), by=cast.viewer(cast.sari))
    type(meeting).objects.update(
        status="held", started_at=meeting.starts_at, started_by="x", ended_at=meeting.ends_at, ended_by="x"
    )

    page = login(cast.sari).get(_url(letter)).content.decode()

    assert ("#jalur" in page, "Siapkan PDF, mintakan tanda tangan di luar" in page) == (False, True)


def test_signatory_is_told_what_others_do(cast, login):
    page = _letter(cast, login, cast.karno, staff_meeting(cast))

    assert ("Penyelenggara menomorinya" in page, "#jalur" in page) == (True, False)


def _order(answer):
    return answer.content.decode().partition('id="signatures"')[2].partition("</section>")[0]


def test_nobody_is_said_not_to_have_signed_yet_what_was_signed_elsewhere(signed, cast, login):
    signed.signatories.update(signed_at=None)
    Document.objects.filter(pk=signed.pk).update(signed_elsewhere=True, upload_finding="same")

    order = _order(login(cast.sari).get(_url(signed)))

    assert (order.count("Tercantum pada naskah"), "Belum" in order) == (2, False)


def test_nobody_is_said_not_to_have_signed_yet_what_was_revoked(waiting, cast, login, sari):
    waiting.revoke(reason="Keliru", by=sari)

    order = _order(login(cast.sari).get(_url(waiting)))

    assert (order.count("Tidak menandatangani"), "Belum" in order) == (2, False)


def test_the_register_waits_for_no_signature_on_what_was_revoked(waiting, cast, login, sari):
    before = login(cast.sari).get(LIST).content.decode()
    waiting.revoke(reason="Keliru", by=sari)

    after = login(cast.sari).get(LIST).content.decode()

    assert [page.count(", belum</span>") for page in (before, after)] == [2, 0]

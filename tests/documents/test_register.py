"""The verbs of the register: numbered, paper made, signed, taken in, distributed, superseded, revoked."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from rakor.audit.models import AuditEvent
from rakor.audit.moves import IllegalMove
from rakor.documents import register
from rakor.documents.models import Document, File, NumberCounter, Upload, plain_code
from rakor.documents.rendering import pages
from rakor.lib.access import Refusal
from tests import factories as make


@pytest.fixture
def in_force(paper_kind, meeting):
    """A signed document, as a row."""
    file = make.FileFactory()
    return make.DocumentFactory(
        kind="test_paper", meeting=meeting, status="signed", number="NT-1", date=date(2026, 4, 15),
        prepared=file, current=file,
        signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip


def _letterhead(document):
    return document.meeting.host.letterhead_on(date(2026, 4, 15))


def test_number_it_gives_number_and_date_in_one_move(draft, sari):
    draft.number_it(letterhead=_letterhead(draft), date=date(2026, 4, 15), by=sari)
    stored = Document.objects.get(pk=draft.pk)
    assert (stored.status, stored.number, stored.date) == ("numbered", "B-1/RENKS/KS.01/IV/2026", date(2026, 4, 15))


def test_number_it_takes_todays_date_where_the_meeting_is(draft, sari):
    draft.number_it(letterhead=_letterhead(draft), by=sari)
    assert draft.date == timezone.localdate(timezone=draft.meeting.tz)


def test_number_it_counts_on_within_the_year(paper_kind, draft, sari):
    draft.number_it(letterhead=_letterhead(draft), date=date(2026, 4, 15), by=sari)
    second = Document(kind="test_paper", meeting=draft.meeting, subject="Kedua").register(by=sari)
    second.number_it(letterhead=_letterhead(draft), date=date(2026, 12, 1), by=sari)
    third = Document(kind="test_paper", meeting=draft.meeting, subject="Ketiga").register(by=sari)
    third.number_it(letterhead=_letterhead(draft), date=date(2027, 1, 2), by=sari)
    assert [second.number, third.number] == ["B-2/RENKS/KS.01/XII/2026", "B-1/RENKS/KS.01/I/2027"]


def test_number_it_keeps_a_number_that_was_given(draft, sari):
    draft.number_it(number="  NT-031/RENKS  ", date=date(2026, 4, 15), by=sari)
    assert (draft.number, NumberCounter.objects.exists()) == ("NT-031/RENKS", False)


def test_number_it_refuses_a_number_that_is_taken(paper_kind, draft, sari):
    draft.number_it(number="NT-1", date=date(2026, 4, 15), by=sari)
    second = Document(kind="test_paper", meeting=draft.meeting, subject="Kedua").register(by=sari)
    with pytest.raises(Refusal):
        second.number_it(number="NT-1", date=date(2026, 4, 15), by=sari)
    assert Document.objects.get(pk=second.pk).status == "draft"


def test_number_it_works_without_a_letterhead(draft, sari):
    draft.number_it(date=date(2026, 4, 15), by=sari)
    assert draft.number == "1/KP2MI-BIRO/IV/2026"


def test_number_it_gives_no_second_number(numbered, sari):
    before = numbered.number
    with pytest.raises(IllegalMove):
        numbered.number_it(letterhead=_letterhead(numbered), by=sari)
    assert (Document.objects.get(pk=numbered.pk).number, NumberCounter.objects.get(kind="").last) == (
        before,
        1,
    )


def test_a_roll_back_leaves_no_gap_in_the_numbers(draft, sari):
    with transaction.atomic():
        draft.number_it(letterhead=_letterhead(draft), date=date(2026, 4, 15), by=sari)
        transaction.set_rollback(True)
    again = Document.objects.get(pk=draft.pk)
    again.number_it(letterhead=_letterhead(draft), date=date(2026, 4, 15), by=sari)
    assert again.number == "B-1/RENKS/KS.01/IV/2026"


def test_paper_made_waits_for_signatures_with_the_file(numbered):
    file = make.FileFactory()
    numbered.paper_made(file, 3)
    stored = Document.objects.get(pk=numbered.pk)
    assert (stored.status, stored.prepared, stored.current, stored.pages) == ("awaiting_signature", file, file, 3)


def test_every_verb_is_audited(signed, sari):
    signed.distribute(by=sari)
    verbs = AuditEvent.objects.filter(target__endswith=signed.public_id).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "document.registered", "document.numbered", "document.paper_made", "document.signed", "document.distributed",
    ]  # fmt: skip


def test_reword_replaces_what_is_printed_and_voids_the_prepared_paper(draft, sari):
    draft.prepare(by=sari)
    draft.reword(subject="Judul baru", content={"opening": "Lain."}, by=sari)
    stored = Document.objects.get(pk=draft.pk)
    assert (stored.subject, stored.content, stored.prepared, stored.pages) == (
        "Judul baru",
        {"opening": "Lain."},
        None,
        None,
    )


def test_reword_is_refused_once_the_paper_is_made(waiting, sari):
    with pytest.raises(Refusal):
        waiting.reword(subject="Judul baru", by=sari)
    assert Document.objects.get(pk=waiting.pk).subject == "Naskah Uji Koordinasi"


def test_reword_changes_no_number(draft, sari):
    with pytest.raises(TypeError):
        draft.reword(number="1", by=sari)


def test_prepare_keeps_a_paper_and_leaves_a_draft(draft, sari):
    draft.prepare(by=sari)
    stored = Document.objects.get(pk=draft.pk)
    assert (stored.status, stored.pages, pages(bytes(stored.prepared.content)), stored.current) == ("draft", 1, 1, None)


def test_prepare_says_what_cannot_be_printed(draft, sari):
    draft.reword(content={"opening": "Salam 😀"}, by=sari)
    with pytest.raises(Refusal) as no:
        draft.prepare(by=sari)
    assert ("😀" in str(no.value.reason), Document.objects.get(pk=draft.pk).prepared) == (True, None)


def test_distribute_needs_a_signed_document(waiting, sari):
    with pytest.raises(IllegalMove):
        waiting.distribute(by=sari)


def test_revoke_keeps_reason_time_and_person(in_force, sari):
    in_force.revoke(reason="  Salah   nomor. ", by=sari)
    stored = Document.objects.get(pk=in_force.pk)
    assert (stored.status, stored.end_reason, stored.ended_by, stored.ended_at is None) == (
        "revoked", "Salah nomor.", sari.actor, False,
    )  # fmt: skip


def test_revoke_needs_a_reason(in_force, sari):
    with pytest.raises(Refusal):
        in_force.revoke(reason="   ", by=sari)
    assert Document.objects.get(pk=in_force.pk).status == "signed"


def test_supersede_names_the_successor(in_force, sari):
    successor = make.DocumentFactory(
        kind="test_paper", meeting=in_force.meeting, status="signed", number="R-1", date=date(2026, 4, 20),
        current=make.FileFactory(), signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip
    in_force.supersede(successor, by=sari)
    assert (Document.objects.get(pk=in_force.pk).status, in_force.successor) == ("superseded", successor)


def test_supersede_needs_a_successor_in_force(in_force, sari):
    successor = Document(kind="test_paper", meeting=in_force.meeting, subject="Ralat").register(by=sari)
    with pytest.raises(Refusal):
        in_force.supersede(successor, by=sari)


@pytest.mark.parametrize(
    "facts",
    [{"content": {"x": 1}}, {"number": "lain"}, {"date": date(2020, 1, 1)}, {"prepared": None}, {"current": None}],
)
def test_the_database_keeps_a_signed_document_as_it_is(in_force, facts):
    with pytest.raises((ProgrammingError, IntegrityError)), transaction.atomic():
        Document.objects.filter(pk=in_force.pk).update(**facts)


def test_the_database_keeps_the_paper_that_waits_for_signatures(waiting):
    with pytest.raises(ProgrammingError), transaction.atomic():
        Document.objects.filter(pk=waiting.pk).update(content={"x": 1})


def test_the_database_deletes_no_signed_document(in_force):
    with pytest.raises(ProgrammingError), transaction.atomic():
        Document.objects.filter(pk=in_force.pk).delete()


def test_the_database_keeps_files_for_good(db):
    file = make.FileFactory()
    with pytest.raises(ProgrammingError), transaction.atomic():
        File.objects.filter(pk=file.pk).update(content=b"lain")


def test_a_numbered_document_needs_its_number(draft):
    with pytest.raises(IntegrityError), transaction.atomic():
        Document.objects.filter(pk=draft.pk).update(status="numbered")


def test_keep_holds_the_same_bytes_once(db):
    first, second = File.objects.keep(b"%PDF-1 sama"), File.objects.keep(b"%PDF-1 sama")
    assert (first, File.objects.count()) == (second, 1)


def test_uploads_that_nobody_confirmed_are_forgotten_after_a_day(draft):
    old = make.UploadFactory(document=draft, uploaded_at=timezone.now() - timedelta(hours=25))
    assert (register.forget_uploads(), Upload.objects.filter(pk=old.pk).exists()) == (1, False)


def test_uploads_of_today_stay(draft):
    make.UploadFactory(document=draft)
    assert (register.forget_uploads(), Upload.objects.count()) == (0, 1)


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("DAKM-CYKW-B44W", "DAKMCYKWB44W"), (" dakm cykw b44w ", "DAKMCYKWB44W"), ("dakmcykwb44w", "DAKMCYKWB44W"),
        ("DAKM-CYKW-B44", ""), ("DAKM-CYKW-B44W-X", ""), ("DAKM-CYKW-B440", ""), ("", ""), ("✓" * 12, ""),
    ],
)  # fmt: skip
def test_plain_code_reads_codes_as_people_type_them(typed, plain):
    assert plain_code(typed) == plain


def test_filename_has_letters_that_every_system_takes(draft):
    draft.number = "NT-031/RENKS/KS.01/X/2024"
    assert draft.filename() == "naskah-uji-nt-031renksks01x2024.pdf"

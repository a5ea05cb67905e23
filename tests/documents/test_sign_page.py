"""Signing at the page: whose turn, the passphrase, replays and two at once; the paper that comes out."""

import logging
import re
import sys
import threading
from io import BytesIO

import pikepdf
import pytest
from django.core.signals import got_request_exception
from django.db import connection, connections
from django.test import Client
from django.views.debug import ExceptionReporter

from rakor.audit.models import AuditEvent
from rakor.documents import certificates, register
from rakor.documents.models import Certificate, Document, Download, File, Signatory, Tries
from rakor.documents.verification import examine
from tests.documents.conftest import OTHER_PASSPHRASE, PASSPHRASE


def _url(document):
    return f"/dokumen/{document.public_id}/tanda-tangan/"


def _send(client, document, passphrase=PASSPHRASE, order=1, **changes):
    signatory = document.signatories.get(order=order)
    entered = {"signatory": signatory.pk, "read": "on", "passphrase": passphrase} | changes
    return client.post(_url(document), {k: v for k, v in entered.items() if v is not None})


def _state(document):
    """Status, and who has signed."""
    stored = Document.objects.get(pk=document.pk)
    return stored.status, [s.signed_at is not None for s in stored.signatories.order_by("order")]


def test_the_page_shows_what_is_signed_and_asks_for_the_passphrase(waiting, certified, login, cast):
    answer = login(cast.nia).get(_url(waiting))
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert all(text in shown for text in (waiting.number, waiting.subject, waiting.current_id, 'autocomplete="off"'))
    assert f"/dokumen/{waiting.public_id}/unduh/?tampil=1" in shown


def test_the_page_makes_sure_of_a_certificate_first(waiting, login, cast):
    shown = login(cast.nia).get(_url(waiting)).content.decode()
    there = f"/akun/sertifikat/?lanjut=/dokumen/{waiting.public_id}/tanda-tangan/"
    assert (there in shown, 'type="password"' in shown) == (
        True, False,
    )  # fmt: skip


def test_the_first_signature_leaves_the_document_waiting_for_the_second(waiting, certified, login, cast):
    answer = _send(login(cast.nia), waiting)
    assert (answer.status_code, answer["Location"]) == (302, f"/dokumen/{waiting.public_id}/")
    assert _state(waiting) == ("awaiting_signature", [True, False])


def test_the_last_signature_signs_the_document_and_tells_its_kind(waiting, certified, login, cast, paper_kind, karno):
    _send(login(cast.nia), waiting)
    _send(login(cast.karno), waiting, order=2)
    assert _state(waiting) == ("signed", [True, True])
    assert paper_kind.told == [(waiting.public_id, karno.actor)]


def test_a_kind_that_fails_takes_the_last_signature_back(waiting, certified, nia, karno, paper_kind):
    waiting.sign(waiting.next_signatory, passphrase=PASSPHRASE, by=nia)
    paper_kind.fails = True
    document = Document.objects.get(pk=waiting.pk)
    with pytest.raises(RuntimeError):
        document.sign(document.next_signatory, passphrase=PASSPHRASE, by=karno)
    assert _state(waiting) == ("awaiting_signature", [True, False])


@pytest.fixture
def signed_by_both(waiting, certified, nia, karno):
    for viewer in (nia, karno):
        document = Document.objects.get(pk=waiting.pk)
        document.sign(document.next_signatory, passphrase=PASSPHRASE, by=viewer)
    return Document.objects.get(pk=waiting.pk)


def test_the_signed_file_begins_with_the_prepared_one_and_is_sound(signed_by_both):
    signed = signed_by_both
    fields = [s.field for s in signed.signatories.order_by("order")]
    report = examine(
        bytes(signed.current.content), expected_sha256=signed.current_id, expected_fields=fields,
        authority=certificates.authority(),
    )  # fmt: skip
    assert bytes(signed.current.content).startswith(bytes(signed.prepared.content))
    assert (report.genuine, [s.signer for s in report.signers]) == (True, ["Nia Kurniasih", "Karno Wibisono"])


def test_signatories_keep_serial_and_level(signed_by_both):
    signed = signed_by_both
    kept = list(signed.signatories.order_by("order").values_list("certificate_serial", "level"))
    serials = [Certificate.objects.get(user=s.user).serial for s in signed.signatories.order_by("order")]
    assert kept == [(serial, "B-B") for serial in serials]


def test_the_chair_waits_for_the_minute_taker(waiting, certified, login, cast):
    client = login(cast.karno)
    shown = client.get(_url(waiting)).content.decode()
    answer = _send(client, waiting, order=2)
    assert ("Nia Kurniasih" in shown, 'type="password"' in shown, answer.status_code) == (True, False, 302)
    assert _state(waiting) == ("awaiting_signature", [False, False])


def test_nobody_signs_in_the_place_of_another(waiting, certified, login, cast):
    answer = _send(login(cast.karno), waiting, order=1)
    assert answer.status_code == 302
    assert _state(waiting) == ("awaiting_signature", [False, False])


def test_who_may_see_but_is_no_signatory_gets_403_with_the_reason(waiting, login, cast):
    answer = login(cast.sari).get(_url(waiting))
    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["citra", "sinta", "admin"])
def test_strangers_get_404(waiting, login, cast, who):
    assert login(getattr(cast, who)).get(_url(waiting)).status_code == 404


def test_visitors_without_an_account_get_404(waiting):
    assert Client().get(_url(waiting)).status_code == 404


def test_a_wrong_passphrase_is_told_at_its_field_and_changes_nothing(waiting, certified, login, cast):
    files = File.objects.count()
    answer = _send(login(cast.nia), waiting, OTHER_PASSPHRASE)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["passphrase"])
    assert (_state(waiting), File.objects.count()) == (("awaiting_signature", [False, False]), files)


def test_a_wrong_passphrase_keeps_the_tick_and_never_shows_what_was_typed(waiting, certified, login, cast):
    shown = _send(login(cast.nia), waiting, OTHER_PASSPHRASE).content.decode()
    assert (OTHER_PASSPHRASE in shown, re.search(r'name="read"[^>]*checked', shown) is not None) == (False, True)


def test_a_wrong_passphrase_is_audited(waiting, certified, login, cast, nia):
    _send(login(cast.nia), waiting, OTHER_PASSPHRASE)
    assert AuditEvent.objects.get(verb="document.passphrase_refused").actor == nia.actor


@pytest.mark.parametrize("field", ["read", "passphrase"])
def test_what_is_missing_is_told_at_its_field(waiting, certified, login, cast, field):
    answer = _send(login(cast.nia), waiting, **{field: None})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])


def test_the_sixth_try_is_refused_even_with_the_right_passphrase(waiting, certified, login, cast):
    client = login(cast.nia)
    for _try in range(5):
        _send(client, waiting, OTHER_PASSPHRASE)
    answer = _send(client, waiting)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["passphrase"])
    assert _state(waiting) == ("awaiting_signature", [False, False])


def test_the_right_passphrase_begins_the_count_anew(waiting, certified, nia):
    for _try in range(4):
        with pytest.raises(register.PassphraseRefused):
            waiting.sign(waiting.next_signatory, passphrase=OTHER_PASSPHRASE, by=nia)
    waiting.sign(waiting.next_signatory, passphrase=PASSPHRASE, by=nia)
    with certificates.counted_try(nia.user_id, Tries.Secret.PASSPHRASE):
        pass
    assert _state(waiting) == ("awaiting_signature", [True, False])


def test_another_persons_tries_are_counted_apart(waiting, certified, nia, karno):
    for _try in range(5):
        with pytest.raises(register.PassphraseRefused):
            waiting.sign(waiting.next_signatory, passphrase=OTHER_PASSPHRASE, by=nia)
    with certificates.counted_try(karno.user_id, Tries.Secret.PASSPHRASE):
        pass


def test_a_replayed_form_signs_once(waiting, certified, login, cast):
    client = login(cast.nia)
    first, second = _send(client, waiting), _send(client, waiting)
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, f"/dokumen/{waiting.public_id}/")
    assert (_state(waiting), AuditEvent.objects.filter(verb="signatory.signed").count()) == (
        ("awaiting_signature", [True, False]), 1,
    )  # fmt: skip


def test_a_replay_never_puts_on_the_next_signature_of_the_same_person(waiting, certified, login, cast):
    waiting.signatories.filter(order=2).update(user=cast.nia)
    client = login(cast.nia)
    _send(client, waiting)
    _send(client, waiting)
    assert _state(waiting) == ("awaiting_signature", [True, False])


def test_a_revoked_certificate_signs_nothing(waiting, certified, nia, cast):
    certificates.revoke(Certificate.objects.get(user=cast.nia), by=nia)
    with pytest.raises(certificates.NoCertificate):
        waiting.sign(waiting.next_signatory, passphrase=PASSPHRASE, by=nia)
    assert _state(waiting) == ("awaiting_signature", [False, False])


def test_a_revoked_document_takes_no_signature(waiting, certified, nia, sari):
    waiting.revoke(reason="Uji", by=sari)
    with pytest.raises(register.Refusal):
        waiting.sign(waiting.signatories.get(order=1), passphrase=PASSPHRASE, by=nia)
    assert _state(waiting) == ("revoked", [False, False])


def test_a_renewed_certificate_leaves_the_earlier_signature_sound(waiting, certified, cast, nia, karno):
    waiting.sign(waiting.next_signatory, passphrase=PASSPHRASE, by=nia)
    present = Certificate.objects.get(user=cast.nia)
    certificates.issue(cast.nia, passphrase=OTHER_PASSPHRASE, replaces=present.serial, by=nia)
    document = Document.objects.get(pk=waiting.pk)
    document.sign(document.next_signatory, passphrase=PASSPHRASE, by=karno)
    assert _state(waiting) == ("signed", [True, True])


def test_the_passphrase_is_nowhere_after_signing(waiting, certified, login, cast, caplog):
    caplog.set_level(logging.DEBUG)
    client = login(cast.nia)
    _send(client, waiting, OTHER_PASSPHRASE)
    _send(client, waiting)
    assert _state(waiting) == ("awaiting_signature", [True, False])
    assert [p for p in (PASSPHRASE, OTHER_PASSPHRASE) if p in caplog.text or p in str(dict(client.session))] == []
    assert _tables_with(PASSPHRASE) + _tables_with(OTHER_PASSPHRASE) == []


def _tables_with(text):
    """Names of the tables that hold the text in any column, bytes and JSON included."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s OR t::text LIKE %s',
                [f"%{text}%", f"%{text.encode().hex()}%"],
            )
            found += [table] if cursor.fetchone()[0] else []
    return found


def test_the_passphrase_is_in_no_error_report(waiting, certified, login, cast, paper_kind):
    """The report that Django would send of a crash in the middle of signing, with the variables of every frame."""
    reports = []

    def report(sender, request, **_facts):
        reports.append(ExceptionReporter(request, *sys.exc_info()).get_traceback_html())

    _send(login(cast.nia), waiting)
    paper_kind.fails = True
    got_request_exception.connect(report)
    try:
        client = login(cast.karno)
        client.raise_request_exception = False
        answer = _send(client, waiting, order=2)
    finally:
        got_request_exception.disconnect(report)
    assert (answer.status_code, len(reports), "the kind fails" in reports[0], PASSPHRASE in reports[0]) == (
        500,
        1,
        True,
        False,
    )


def test_get_changes_nothing(waiting, certified, login, cast):
    client = login(cast.nia)
    before = (_state(waiting), AuditEvent.objects.count(), File.objects.count(), Download.objects.count())
    client.get(_url(waiting))
    assert (_state(waiting), AuditEvent.objects.count(), File.objects.count(), Download.objects.count()) == before


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_sign_once(waiting, certified, nia):
    """Two threads, two connections, one signature: the row lock makes the second wait and find it done."""
    ended = []
    start = threading.Barrier(2)

    def sign():
        document = Document.objects.get(pk=waiting.pk)
        signatory = Signatory.objects.get(document=document, order=1)
        start.wait()
        try:
            document.sign(signatory, passphrase=PASSPHRASE, by=nia)
            ended.append("signed")
        except register.AlreadySigned:
            ended.append("already")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=sign) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with pikepdf.open(BytesIO(bytes(Document.objects.get(pk=waiting.pk).current.content))) as pdf:
        signatures = [f for f in pdf.Root.AcroForm.Fields if "/V" in f]
    assert (sorted(ended), len(signatures)) == (["already", "signed"], 1)
    assert (_state(waiting), AuditEvent.objects.filter(verb="signatory.signed").count()) == (
        ("awaiting_signature", [True, False]), 1,
    )  # fmt: skip

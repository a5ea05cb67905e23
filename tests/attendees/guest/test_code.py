"""A restricted meeting asks the holder of a personal link for a code that goes to the invited address."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from attendees.models import AccessCode
from rakor.audit.models import AuditEvent
from rakor.mail.kinds import kinds
from rakor.mail.mime import digest
from rakor.mail.models import OutgoingMail
from tests import factories as make
from tests.attendees.guest.conftest import act, see
from tests.conftest import staff_meeting

TITLE = "Kasus Melati"


@pytest.fixture
def secret(cast):
    start = timezone.now() + timedelta(minutes=10)
    ends = start + timedelta(hours=3)
    meeting = staff_meeting(cast, security="R", title=TITLE, status="invited", starts_at=start, ends_at=ends)
    make.AgendaItemFactory(meeting=meeting)
    return meeting


@pytest.fixture
def mine(secret):
    return secret.invitations.get()


def mailed() -> str:
    """The digits in the latest mail."""
    mail = OutgoingMail.objects.filter(kind="access_code").latest("pk")
    return re.search(r"^(\d{8})$", kinds["access_code"].render(**mail.ids).text, re.M)[1]


def ask(client, mine):
    return act(client, mine, "kode", send="")


def enter(client, mine, code):
    return act(client, mine, "kode", code=code)


def test_without_the_code_one_may_answer_and_reads_nothing(guest, mine, secret):
    budi = guest(mine)
    page = see(budi, mine).content.decode()

    assert (TITLE in page, "Bogor" in page, "Rapat terbatas" in page) == (False, False, True)
    assert "/aliran/" not in page  # what it may not read it does not listen to either
    assert act(budi, mine, "jawab", answer="online").status_code == 303
    for path in ("", "rundown/", "notula/"):
        asked = budi.get(f"/rapat/{secret.public_id}/{path}")
        assert asked.url.startswith(f"/undangan/{mine.public_id}/kode/?next=")
    assert "/kode/" in act(budi, mine, "gabung").url
    mine.refresh_from_db()
    assert (mine.status, mine.presences.count()) == ("accepted", 0)


def test_code_of_the_mail_opens_the_meeting_and_leads_back(guest, mine, secret):
    budi = guest(mine)
    asked = budi.get(f"/rapat/{secret.public_id}/").url
    budi.post(asked, {"send": ""})

    assert budi.post(asked, {"code": f"{mailed()[:4]} {mailed()[4:]}"}).url == f"/rapat/{secret.public_id}/"
    assert TITLE in budi.get(f"/rapat/{secret.public_id}/").content.decode()
    assert TITLE in see(budi, mine).content.decode()


def test_code_opens_the_device_that_asked_for_it_only(guest, mine):
    budi, thief = guest(mine), guest(mine)
    ask(budi, mine)

    assert enter(thief, mine, mailed()).status_code == 422
    assert TITLE not in see(thief, mine).content.decode()
    assert enter(budi, mine, mailed()).status_code == 303


def test_code_is_used_once(guest, mine):
    budi = guest(mine)
    ask(budi, mine)
    code, row = mailed(), AccessCode.objects.get()

    assert [row.enter(code), row.enter(code)] == [True, False]


def test_code_runs_out_after_ten_minutes(guest, mine):
    budi = guest(mine)
    ask(budi, mine)
    code = mailed()
    AccessCode.objects.update(asked_at=timezone.now() - timedelta(minutes=10, seconds=1))

    assert enter(budi, mine, code).status_code == 422
    assert kinds["access_code"].render(**OutgoingMail.objects.get(kind="access_code").ids) is None


def test_five_wrong_tries_spoil_the_code(guest, mine):
    budi = guest(mine)
    ask(budi, mine)
    for _try in range(5):
        enter(budi, mine, "12")

    assert enter(budi, mine, mailed_although_spoilt()).status_code == 422


def mailed_although_spoilt() -> str:
    return AccessCode.objects.get().code


def test_codes_are_not_sent_more_often_than_five_times_an_hour(guest, mine):
    budi = guest(mine)
    for _asking in range(7):
        ask(budi, mine)
        AccessCode.objects.update(asked_at=timezone.now() - timedelta(minutes=2))

    assert (AccessCode.objects.count(), OutgoingMail.objects.filter(kind="access_code").count()) == (5, 5)


def test_proof_ends_with_the_link_and_after_twelve_hours(guest, mine):
    budi, later = guest(mine, proven=True), guest(mine, proven=True)
    session = later.session
    session["proven"] = {key: [gen, at - 12 * 3600 - 1] for key, (gen, at) in session["proven"].items()}
    session.save()
    assert [TITLE in see(client, mine).content.decode() for client in (budi, later)] == [True, False]

    type(mine).objects.update(link_generation=2)
    mine.refresh_from_db()
    budi.get(f"/u/{mine.link.rpartition('/u/')[2]}")
    assert TITLE not in see(budi, mine).content.decode()


def test_nothing_of_the_code_is_stored_or_can_be_guessed_from_what_is(guest, mine, caplog):
    budi = guest(mine)
    with caplog.at_level("DEBUG"):
        ask(budi, mine)
        code = mailed()
        enter(budi, mine, code)

    message = kinds["access_code"].render
    rows = [str(value) for model in (AccessCode, OutgoingMail) for row in model.objects.values_list() for value in row]
    rows += [str(dict(budi.session)), *(str(row) for row in AuditEvent.objects.values_list())]
    assert [text for text in [*rows, caplog.text] if code in text] == []
    first, second = make.AccessCodeFactory(invitation=mine), make.AccessCodeFactory(invitation=mine)
    assert first.code != second.code
    assert digest(message(code=first.pk)) == digest(message(code=second.pk))


def test_without_an_address_the_page_says_whom_to_ask(guest, mine):
    type(mine).objects.update(email="")
    budi = guest(mine)

    assert "Mintalah penyelenggara" in see(budi, mine, "kode/").content.decode()
    ask(budi, mine)
    assert AccessCode.objects.count() == 0


def test_ordinary_meeting_asks_for_no_code(guest, invitation):
    assert see(guest(invitation), invitation, "kode/").url == f"/undangan/{invitation.public_id}/"


def test_each_reading_is_recorded_once_and_shown_to_the_organiser(guest, mine, secret, cast, login):
    budi = guest(mine, proven=True)
    budi.get(f"/rapat/{secret.public_id}/")
    budi.get(f"/rapat/{secret.public_id}/", headers={"HX-Request": "true"})
    budi.get(f"/rapat/{secret.public_id}/rundown/")
    budi.get(f"/rapat/{secret.public_id}/ubah/")
    Client().get(f"/rapat/{secret.public_id}/")

    read = AuditEvent.objects.filter(verb="meeting.read").order_by("pk").values_list("actor", "new")
    who = f"invitation:{mine.public_id}"
    assert list(read) == [(who, "meeting_detail"), (who, "agenda")]
    history = login(cast.sari, proven=True).get(f"/rapat/{secret.public_id}/riwayat/").content.decode()
    assert "membaca rapat: Rundown" in history


def test_each_paper_that_is_opened_or_taken_is_recorded(mine, secret, cast, login):
    paper = make.DocumentFactory(
        kind="minutes", meeting=secret, security="R", status="signed", number="N-1", date=timezone.localdate(),
        current=make.FileFactory(), prepared=make.FileFactory(), signed_at=timezone.now(), signed_by="x",
    )  # fmt: skip
    make.MinutesFactory(
        meeting=secret, document=paper, status="signed", approved_at=timezone.now(), approved_by="x",
        approved_sha256="0" * 64, submitted_at=timezone.now(), submitted_by="x",
    )  # fmt: skip
    path = f"/dokumen/{paper.public_id}/"
    assert login(cast.karno).get(f"{path}unduh/").url.startswith("/akun/dua-langkah/?next=")

    karno = login(cast.karno, proven=True)
    karno.get(path)
    karno.get(f"{path}unduh/")
    verbs = AuditEvent.objects.filter(actor=f"user:{cast.karno.pk}").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["document.read", "document.downloaded"]


def test_reading_of_an_ordinary_meeting_is_not_recorded(guest, invitation):
    guest(invitation).get(f"/rapat/{invitation.meeting.public_id}/")

    assert not AuditEvent.objects.filter(verb="meeting.read").exists()

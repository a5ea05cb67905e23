"""Submitting, returning, approving, signing: the minutes follow their document."""

import io
import re
from datetime import date

import pikepdf
import pytest
from django.urls import reverse

from minutes.models import FollowUp, Minutes
from rakor.documents import certificates
from rakor.documents.models import Document
from rakor.documents.register import make_paper
from rakor.lib.access import Refusal
from rakor.mail.models import OutgoingMail
from tests import factories as make
from tests.conftest import staff_meeting

PASSPHRASE = "frasa sandi uji yang panjang"


@pytest.fixture
def held(cast):
    return staff_meeting(cast, status="held")


@pytest.fixture
def minutes(cast, held):
    by = cast.viewer(cast.nia)
    item = make.AgendaItemFactory(meeting=held, title="Diskusi")
    minutes = Minutes.begin(held, by=by)
    minutes.write(kind="response", text="Rumah sakit siap menerima rujukan.", item=item, speaker="Pusdokkes", by=by)
    minutes.write(kind="decision", text="Alur rujukan disusun bersama.", item=item, by=by)
    minutes.write(
        kind="follow_up",
        text="Menyusun alur rujukan.",
        item=item,
        by=by,
        follow_up={"agency": cast.bali, "due_days": 5},
    )
    return minutes


@pytest.fixture
def submitted(cast, minutes):
    minutes.submit(by=cast.viewer(cast.nia))
    return minutes


@pytest.fixture
def signed(cast, submitted, settings):
    document = submitted.approve(by=cast.viewer(cast.karno))
    make_paper(document.pk)
    for user in (cast.nia, cast.karno):
        certificates.issue(user, passphrase=PASSPHRASE, by=cast.viewer(user))
        document.refresh_from_db()
        document.sign(document.signatories.get(user=user), passphrase=PASSPHRASE, by=cast.viewer(user))
    document.refresh_from_db()
    return document


def test_empty_minutes_are_not_submitted(cast, held):
    with pytest.raises(Refusal):
        Minutes.begin(held, by=cast.viewer(cast.nia)).submit(by=cast.viewer(cast.nia))


def test_follow_up_without_agency_is_not_submitted(cast, minutes):
    FollowUp.objects.update(agency=None)
    with pytest.raises(Refusal):
        minutes.submit(by=cast.viewer(cast.nia))


def test_submitting_keeps_a_version(submitted):
    assert [(v.number, len(v.content["points"])) for v in submitted.versions.all()] == [(1, 3)]


def test_double_submit_keeps_one_version(cast, held, minutes, login):
    client, url = login(cast.nia), reverse("minutes_submit", args=[held.public_id])
    client.post(url)
    client.post(url)
    assert minutes.versions.count() == 1


def test_submitted_minutes_cannot_be_written(cast, submitted):
    with pytest.raises(Refusal):
        submitted.write(kind="response", text="Terlambat.", item=None, by=cast.viewer(cast.nia))


def test_chair_returns_with_a_note(cast, held, submitted, login):
    login(cast.karno).post(reverse("minutes_return", args=[held.public_id]), {"note": "Keputusan 2 keliru."})
    submitted.refresh_from_db()
    assert (submitted.status, submitted.return_note) == ("returned", "Keputusan 2 keliru.")


def test_return_without_note_says_so_at_the_field(cast, held, submitted, login):
    answer = login(cast.karno).post(reverse("minutes_return", args=[held.public_id]), {"note": " "})
    submitted.refresh_from_db()
    assert (answer.status_code, submitted.status) == (422, "submitted")


def test_chair_decides_before_the_text_is_scrolled_through(cast, held, submitted, login):
    page = login(cast.karno).get(reverse("minutes", args=[held.public_id])).content.decode()

    assert page.index("Setujui notula") < page.index("Alur rujukan disusun bersama.")
    assert re.search(
        r"<details><summary>.*?Ada yang harus diubah</summary>\s*<form[^>]*/notula/kembalikan/", page, re.S
    )


def test_note_that_is_missing_is_not_folded_away(cast, held, submitted, login):
    answer = login(cast.karno).post(reverse("minutes_return", args=[held.public_id]), {"note": ""})

    assert "<details open>" in answer.content.decode()


@pytest.mark.parametrize(("who", "status"), [("sari", 403), ("nia", 403), ("sinta", 403), ("citra", 404)])
def test_only_the_chair_approves(cast, held, submitted, login, who, status):
    assert login(getattr(cast, who)).post(reverse("minutes_approve", args=[held.public_id])).status_code == status


def test_approval_freezes_hash_and_numbers_the_document(cast, submitted):
    document = submitted.approve(by=cast.viewer(cast.karno))
    assert (submitted.approved_sha256, document.status, document.number.startswith("B-1/RENKS/KS.01/")) == (
        submitted.versions.first().sha256,
        "numbered",
        True,
    )


def test_minute_taker_signs_before_the_chair(cast, submitted):
    document = submitted.approve(by=cast.viewer(cast.karno))
    assert list(document.signatories.values_list("order", "user__full_name")) == [
        (1, "Nia Kurniasih"),
        (2, "Karno Wibisono"),
    ]


def test_double_approval_makes_one_document(cast, held, submitted, login):
    client, url = login(cast.karno), reverse("minutes_approve", args=[held.public_id])
    client.post(url)
    client.post(url)
    assert Document.objects.filter(kind="minutes").count() == 1


def test_last_signature_distributes_minutes_and_document(signed):
    assert (signed.status, Minutes.objects.get().status) == ("distributed", "distributed")


def test_follow_up_is_assigned_with_a_due_date(signed):
    follow_up = FollowUp.objects.get()
    assert (follow_up.status, follow_up.due_date > date(2026, 1, 1)) == ("assigned", True)


def test_everybody_invited_is_told_once(signed):
    assert list(OutgoingMail.objects.filter(kind="minutes_signed").values_list("to", flat=True)) == [
        "kepala.bali@uji.example"
    ]


def test_paper_says_what_was_agreed(signed):
    with pikepdf.open(io.BytesIO(bytes(signed.current.content))) as pdf:
        data = pdf.attachments["data.json"].get_file().read_bytes()
    assert b"Alur rujukan disusun bersama." in data


@pytest.mark.parametrize(("who", "status"), [("sinta", 200), ("rina", 200), ("citra", 404)])
def test_staff_of_the_house_and_the_invited_download_others_do_not(cast, signed, login, who, status):
    assert login(getattr(cast, who)).get(reverse("document_download", args=[signed.public_id])).status_code == status


def test_guest_reads_and_downloads_with_the_link(held, signed, guest):
    client = guest(held.invitations.get())
    assert (
        "Alur rujukan disusun bersama." in client.get(reverse("minutes", args=[held.public_id])).content.decode(),
        client.get(reverse("document_download", args=[signed.public_id])).status_code,
    ) == (True, 200)


def test_follow_ups_of_others_are_not_listed(cast, signed, login):
    bait = make.FollowUpFactory(status="assigned", assigned_by="system", point__text="Rahasia instansi lain.")
    Minutes.objects.filter(pk=bait.point.minutes_id).update(status="draft")
    page = login(cast.sinta).get(reverse("follow_up_list")).content.decode()
    assert ("Menyusun alur rujukan." in page, "Rahasia instansi lain." in page) == (True, False)


def test_entry_taken_back_is_no_participant(cast, submitted, held):
    there, mistaken = (
        held.invitations.in_protocol_order()[0],
        make.InvitationFactory(meeting=held, position=make.PositionFactory(agency=make.AgencyFactory())),
    )
    make.PresenceFactory(invitation=there)
    mistake = make.PresenceFactory(invitation=mistaken)
    mistake.until, mistake.end_source, mistake.closed_by = mistake.since, "by_hand", "system"
    mistake.save()
    said = submitted.approve(by=cast.viewer(cast.karno)).content["particulars"]
    assert next(row["value"] for row in said if row["label"] == "Peserta").startswith("1 ")

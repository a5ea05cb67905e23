"""The broker is lost with everything in it: no page notices, every mail arrives once, the paper is made."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from minutes.models import Minutes
from rakor.documents import certificates
from rakor.documents.models import Document
from rakor.documents.register import make_paper
from rakor.live.publish import publish
from rakor.mail.models import OutgoingMail
from tests import factories as make
from tests.conftest import staff_meeting
from tests.faults.place import Place
from tests.faults.visitors import Guests, Load, Visitor
from tests.mail.processes import queue_letters, wait_until

MAILS = 60
PASSPHRASE = "frasa sandi uji yang panjang"


@pytest.fixture
def submitted(house) -> Minutes:
    """Minutes that lie with Karno for approval; their paper is not asked for yet."""
    return _submitted(house.cast)


@pytest.fixture
def waiting(house) -> Document:
    """Minutes that wait for Nia's signature."""
    minutes = _submitted(house.cast)
    document = minutes.approve(by=house.cast.viewer(house.cast.karno))
    make_paper(document.pk)
    certificates.issue(house.cast.nia, passphrase=PASSPHRASE, by=house.cast.viewer(house.cast.nia))
    document.refresh_from_db()
    return document


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_broker_lost_while_mails_are_sent(place, house, submitted, waiting, sink, open_streams, capsys):
    sink.jitter = 0.2
    place.start()
    pids = place.pids()
    streams = open_streams(place, f"/rapat/{house.meeting.public_id}/aliran/", house.sessions["sari"], 3)
    wait_until(lambda: all(stream.opened for stream in streams), 20, place.folder / "web.log")
    queue_letters(place.surroundings, MAILS)
    sink.wait_for(5, 30)
    load, guests = Load(), Guests(house.seats)
    load.add(guests, Visitor(place.port))

    with load.going_on():
        sent_at_loss = sink.count()
        place.lose_broker()
        before = len(guests.acknowledged)
        everyday = _what_people_do(place, house, submitted, waiting)
        publish(house.meeting.channel, "agenda")
        wait_until(lambda: all(stream.events == ["agenda"] for stream in streams), 10, place.folder / "web.log")
        answered = len(guests.acknowledged) - before
        place.bring_broker_back()
        wait_until(lambda: not OutgoingMail.objects.exclude(status="sent").exists(), 90, place.folder / "worker.log")
        wait_until(lambda: _paper(submitted).status == "awaiting_signature", 40, place.folder / "worker.log")

    copies = Counter(mail.message_id for mail in sink.mails())
    with capsys.disabled():
        sys.stdout.write(
            f"\n{dict(load.statuses)}, {everyday}; {answered} answers while it was lost;"
            f" {sent_at_loss} of {copies.total()} mails sent at the loss\n"
        )
    assert load.failures == []
    assert set(load.statuses) == {303}
    assert answered > 5
    assert sent_at_loss < MAILS
    assert everyday == {"log-in": 302, "approval": 302, "signature": 302}
    assert Document.objects.get(pk=waiting.pk).signatories.get(user=house.cast.nia).signed_at is not None
    assert copies == Counter(OutgoingMail.objects.filter(maybe_twice=False).values_list("message_id", flat=True))
    assert place.pids() == pids


def _submitted(cast) -> Minutes:
    meeting, by = staff_meeting(cast, status="held"), cast.viewer(cast.nia)
    item = make.AgendaItemFactory(meeting=meeting, title="Diskusi")
    minutes = Minutes.begin(meeting, by=by)
    minutes.write(kind="decision", text="Alur rujukan disusun bersama.", item=item, by=by)
    minutes.submit(by=by)
    return minutes


def _paper(minutes: Minutes) -> Document:
    return Minutes.objects.select_related("document").get(pk=minutes.pk).document


def _what_people_do(place: Place, house, submitted: Minutes, waiting: Document) -> dict:
    """Log-in, an approval that asks for a paper, and a signature, all while the broker is away."""
    somebody, nia = Visitor(place.port), Visitor(place.port, house.sessions["nia"])
    karno = Visitor(place.port, house.sessions["karno"])
    entered = {"login": house.cast.sari.email, "password": make.PASSWORD}
    signed = {"signatory": waiting.signatories.get(user=house.cast.nia).pk, "read": "on", "passphrase": PASSPHRASE}
    return {
        "log-in": somebody.ask("POST", "/masuk/", entered).status,
        "approval": karno.ask("POST", f"/rapat/{submitted.meeting.public_id}/notula/setujui/", {}).status,
        "signature": nia.ask("POST", f"/dokumen/{waiting.public_id}/tanda-tangan/", signed).status,
    }

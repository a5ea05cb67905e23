"""At a restricted meeting a deputy is accepted by the organiser first; until then there is no link."""

import pytest

from attendees.delegation import accept, refuse
from attendees.models import DeputyRequest, Invitation
from rakor.audit.models import AuditEvent
from rakor.lib.access import Refusal
from rakor.mail.kinds import kinds
from rakor.mail.models import OutgoingMail
from tests.attendees.guest.conftest import act, see
from tests.conftest import staff_meeting

DEPUTY = {"name": "Dewi Lestari", "position": "Staf", "contact": "dewi@uji.example", "mode": "online"}


@pytest.fixture
def mine(cast):
    return staff_meeting(cast, security="R", status="invited").invitations.get()


@pytest.fixture
def asked(guest, mine):
    act(guest(mine), mine, "wakil", **DEPUTY)
    return DeputyRequest.objects.get()


def board(login, cast, mine):
    return login(cast.sari, proven=True).get(f"/rapat/{mine.meeting.public_id}/undangan/").content.decode()


def decide(login, cast, asked, **data):
    path = f"/rapat/{asked.invitation.meeting.public_id}/undangan/wakil/{asked.pk}/"
    return login(cast.sari, proven=True).post(path, data)


def test_named_deputy_has_no_link_and_the_organiser_sees_him(asked, mine, cast, login, guest):
    mine.refresh_from_db()
    assert (Invitation.objects.count(), OutgoingMail.objects.count(), mine.status) == (1, 0, "pending")
    assert "Dewi Lestari" in board(login, cast, mine)
    sari = login(cast.sari, proven=True)
    assert "1 wakil menunggu persetujuan Anda." in sari.get("/").content.decode()
    assert "1 wakil menunggu persetujuan Anda." in sari.get(f"/rapat/{mine.meeting.public_id}/").content.decode()
    assert "Dewi Lestari menunggu persetujuan penyelenggara." in see(guest(mine), mine).content.decode()


def test_accepted_deputy_gets_a_link_of_his_own(asked, mine, cast, login):
    decide(login, cast, asked, decision="accept")

    mine.refresh_from_db()
    assert (mine.status, mine.delegate.person_name) == ("delegated", "Dewi Lestari")
    assert list(OutgoingMail.objects.values_list("kind", "to")) == [("delegation", "dewi@uji.example")]
    assert "Dewi Lestari menunggu" not in board(login, cast, mine)
    assert AuditEvent.objects.filter(verb="deputy.accepted", actor=f"user:{cast.sari.pk}").count() == 1


def test_refused_deputy_stays_without_a_link_and_the_principal_reads_why(asked, mine, cast, login, guest):
    decide(login, cast, asked, decision="refuse", reason="Bukan pejabat yang berwenang")

    mail = OutgoingMail.objects.get()
    text = kinds["deputy_refused"].render(**mail.ids).text
    assert (mail.to, "Bukan pejabat yang berwenang" in text, Invitation.objects.count()) == (mine.email, True, 1)
    assert "Bukan pejabat yang berwenang" in see(guest(mine), mine).content.decode()


def test_refusing_needs_a_reason(asked, cast, login):
    decide(login, cast, asked, decision="refuse", reason=" ")

    asked.refresh_from_db()
    assert asked.decision == ""


def test_decision_falls_once(asked, cast):
    by = cast.viewer(cast.sari)
    accept(asked, by=by)

    with pytest.raises(Refusal):
        refuse(asked, "Terlambat", by=by)
    with pytest.raises(Refusal):
        accept(asked, by=by)


def test_other_answer_or_other_name_withdraws_the_one_that_waits(asked, mine, guest):
    budi = guest(mine)
    act(budi, mine, "wakil", **DEPUTY | {"name": "Eka Uji"})
    act(budi, mine, "jawab", answer="online")

    assert list(DeputyRequest.objects.order_by("pk").values_list("name", "decision")) == [
        ("Dewi Lestari", "withdrawn"),
        ("Eka Uji", "withdrawn"),
    ]


def test_no_verb_makes_a_deputy_unasked(mine, cast):
    with pytest.raises(Refusal):
        mine.delegate_to(name="Dewi", position="Staf", mode="online", by=cast.viewer(cast.sari))


def test_deputy_who_says_so_on_a_new_device_waits_too(mine, guest):
    client = guest(mine, known=False)
    client.post(f"/undangan/{mine.public_id}/wakil/?saya", DEPUTY)

    assert (DeputyRequest.objects.count(), Invitation.objects.count()) == (1, 1)

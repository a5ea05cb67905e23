"""An invitation that is taken back: whom a mail had brought it is told, the others hear nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from attendees.inviting import invite
from attendees.models import Invitation
from attendees.sending import deliver_by_hand, send_invitations
from rakor.mail.models import OutgoingMail
from rakor.meetings.models import Meeting
from tests.attendees.test_notices import answer, event_of, text_of


@pytest.fixture
def bali(invited):
    return Invitation.objects.get(email="kepala.bali@uji.example")


def addresses(mails):
    return [mail["To"].addresses[0].addr_spec for mail in mails]


def test_withdrawn_invitation_leaves_that_one_calendar(bali, received, by):
    before = Meeting.objects.get().revision
    bali.withdraw(by=by)

    [mail] = received()
    method, event = event_of(mail)
    assert addresses([mail]) == ["kepala.bali@uji.example"]
    assert "Undangan dicabut" in mail["Subject"]
    assert "tidak perlu hadir" in text_of(mail)
    assert "/u/" not in text_of(mail)
    assert (method, "status" in event, event["attendee"]) == ("CANCEL", False, "mailto:kepala.bali@uji.example")
    assert event["sequence"] == before  # the invitation had before - 1
    bali.withdraw(by=by)
    assert received() == []


def test_whoever_was_never_sent_it_hears_nothing(meeting, invitation, letter, received, by):
    invitation.withdraw(by=by)
    assert (received(), OutgoingMail.objects.count()) == ([], 0)


def test_invitation_that_waits_never_leaves(meeting, invitation, letter, received, by):
    send_invitations(meeting, by=by)
    invitation.withdraw(by=by)

    assert received() == []
    assert list(OutgoingMail.objects.values_list("kind", "status")) == [("invitation", "cancelled")]


def test_deputy_taken_back_is_told_and_leaves_his_calendar(bali, received, by):
    bali.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)
    received()
    answer(bali, by)

    [mail] = received()
    assert (addresses([mail]), event_of(mail)[0]) == (["wirya@uji.example"], "CANCEL")
    assert "tidak lagi mewakili Kepala BP3MI Bali" in text_of(mail)


def test_deputy_goes_with_the_invitation(bali, received, by):
    deputy = bali.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)
    received()
    Invitation.objects.get(pk=bali.pk).withdraw(by=by)

    assert sorted(addresses(received())) == ["kepala.bali@uji.example", "wirya@uji.example"]
    deputy.refresh_from_db()
    assert deputy.end_reason == "withdrawn"


def test_position_invited_again_before_the_mail_left_is_not_told(bali, invited, received, by):
    bali.withdraw(by=by)
    invite(invited, [bali.position], by=by)

    assert received() == []


def test_invited_again_is_newer_than_the_withdrawal(bali, invited, received, by):
    bali.withdraw(by=by)
    gone = event_of(received()[0])[1]
    invite(invited, [bali.position], by=by)
    send_invitations(invited, by=by)

    back = event_of(received()[0])[1]
    assert (back["uid"], back["sequence"] >= gone["sequence"]) == (gone["uid"], True)
    assert back["dtstamp"].dt >= gone["dtstamp"].dt


def test_link_says_that_the_invitation_is_withdrawn(bali, by):
    path = "/u/" + bali.link.rpartition("/u/")[2]
    bali.withdraw(by=by)

    page = Client().get(path)

    assert page.status_code == 404
    assert "Undangan ini dicabut" in page.content.decode()
    assert "Undangan ini dicabut" not in Client().get(path[:-1] + "x").content.decode()


def test_board_says_who_was_withdrawn_and_whether_a_mail_says_so(bali, invited, received, sari, by):
    kupang = Invitation.objects.get(email="")
    deliver_by_hand(kupang, "WhatsApp", by=by)
    bali.withdraw(by=by)
    kupang.withdraw(by=by)
    received()

    page = sari.get(reverse("invitation_list", args=[invited.public_id]))

    rows = {row["position_name"]: row["told"] for row in page.context["board"].withdrawn}
    assert rows == {"Kepala BP3MI Bali": "sent", "Kepala BP3MI Nusa Tenggara Timur": ""}
    assert "2 undangan dicabut" in page.content.decode()

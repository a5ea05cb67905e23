"""Too many refused addresses pause a sending and ask; a refused address is not used again by itself."""

import pytest
from django.urls import reverse

from attendees.inviting import invite
from attendees.models import Invitation, Position
from attendees.sending import correct_address, decide, not_sent_yet, paused_at, paused_run, send_invitations
from rakor.lib.access import Refusal
from rakor.mail.models import OutgoingMail, Run
from rakor.mail.reasons import blames_address
from rakor.mail.tasks import sweep
from tests import factories as make
from tests.attendees.conftest import sign

UNKNOWN = "550 5.1.1 No such mailbox"


@pytest.fixture
def wrong(received):
    """`wrong(2, 5)`: the server refuses these of the invitees."""

    def refuse(*numbers):
        received.refuse.update({f"kepala{number}@uji.example": UNKNOWN for number in numbers})

    return refuse


def invited(meeting, by, count):
    """The meeting with so many invitees, in this order, and nobody else."""
    meeting.invitations.all().delete()
    agency = make.AgencyFactory(code="PUSAT-UJI")
    for number in range(count):
        make.PositionFactory(agency=agency, name=f"Kepala {number}", order=number, email=f"kepala{number}@uji.example")
    invite(meeting, agency.positions.select_related("agency"), by=by)
    send_invitations(meeting, by=by)
    meeting.refresh_from_db()


def states():
    statuses = OutgoingMail.objects.order_by("pk").values_list("status", flat=True)
    return {status: list(statuses).count(status) for status in set(statuses)}


def test_more_than_a_tenth_refused_holds_the_rest_until_somebody_decides(meeting, letter, received, wrong, by):
    wrong(1, 4, 6)
    invited(meeting, by, 20)

    assert len(received()) == 4
    assert states() == {"sent": 4, "bounced_hard": 3, "held": 13}
    asked = paused_at(meeting)
    assert (asked["done"], asked["refused"], asked["held"]) == (7, 3, 13)
    assert asked["reasons"] == [("Alamat tidak dikenal di penerima.", 3)]
    sweep()
    assert received() == []

    assert decide(meeting, goes_on=True, by=by) == 13
    assert len(received()) == 13
    assert paused_at(meeting) is None
    with pytest.raises(Refusal):
        decide(meeting, goes_on=True, by=by)


def test_what_is_ended_counts_as_not_sent(meeting, letter, received, wrong, by):
    wrong(0, 1, 2)
    invited(meeting, by, 10)
    received()

    assert decide(meeting, goes_on=False, by=by) == 7
    assert received() == []
    assert not_sent_yet(meeting).count() == 7
    assert send_invitations(meeting, by=by) == 7
    assert len(received()) == 7


@pytest.mark.parametrize(("count", "refused"), [(3, [0]), (12, [0, 5]), (40, [20, 30, 39])])
def test_bad_luck_pauses_nothing(meeting, letter, received, wrong, by, count, refused):
    wrong(*refused)
    invited(meeting, by, count)

    assert len(received()) == count - len(refused)
    assert paused_run(meeting) is None


def test_after_going_on_it_is_counted_anew(meeting, letter, received, wrong, by):
    wrong(0, 1, 2, 5, 7, 30, 31, 32, 33)
    invited(meeting, by, 40)
    received()
    decide(meeting, goes_on=True, by=by)

    received()
    assert paused_at(meeting) is not None
    assert states() == {"sent": 25, "bounced_hard": 6, "held": 9}  # three of the 28 since then


def test_worker_that_died_before_it_looked_is_made_up_for(meeting, letter, received, by):
    invited(meeting, by, 10)
    refused = list(OutgoingMail.objects.order_by("pk").values_list("pk", flat=True)[:3])
    OutgoingMail.objects.filter(pk__in=refused).update(status="bounced_hard", reply=UNKNOWN)
    sweep()

    assert states() == {"bounced_hard": 3, "held": 7}
    assert Run.objects.get().status == "paused"


def test_nothing_is_held_for_a_meeting_that_is_off(meeting, letter, received, wrong, by):
    wrong(0, 1, 2)
    invited(meeting, by, 10)
    received()
    meeting.cancel(by=by, reason="Batal")

    assert (Run.objects.get().status, "held" in states()) == ("stopped", False)


def test_corrected_address_is_sent_at_once_while_the_others_wait(meeting, letter, received, wrong, by):
    wrong(0, 1, 2)
    invited(meeting, by, 10)
    received()
    held = Invitation.objects.get(email="kepala9@uji.example")

    correct_address(held, email="baru@uji.example", phone="", person_name="", keep_in_directory=False, by=by)

    assert [mail["To"].addresses[0].addr_spec for mail in received()] == ["baru@uji.example"]
    assert states()["held"] == 6


def test_board_asks_and_the_button_decides(meeting, letter, received, wrong, sari, by):
    wrong(0, 1, 2)
    invited(meeting, by, 10)
    received()
    page = sari.get(reverse("invitation_list", args=[meeting.public_id])).content.decode()
    assert "Pengiriman dijeda" in page
    assert "3 × Alamat tidak dikenal di penerima." in page

    sari.post(reverse("invitation_decide", args=[meeting.public_id]), {"do": "go_on"})

    assert len(received()) == 7


@pytest.fixture
def refused(meeting, letter, received, wrong, by):
    """A position whose address a server has refused for another meeting, and its invitation to a new one."""
    wrong(0)
    invited(meeting, by, 2)
    received()
    other = make.MeetingFactory(host=meeting.host)
    sign(other)
    invite(other, Position.objects.filter(agency__code="PUSAT-UJI").select_related("agency"), by=by)
    return other.invitations.get(email="kepala0@uji.example")


def test_refused_address_is_left_out_with_its_reason(refused, received, sari, by):
    board = reverse("invitation_list", args=[refused.meeting.public_id])
    page = sari.get(board).content.decode()
    assert "1 jabatan dilewati" in page
    assert "Alamat tidak dikenal di penerima." in page

    assert send_invitations(refused.meeting, by=by) == 1

    assert [mail["To"].addresses[0].addr_spec for mail in received()] == ["kepala1@uji.example"]
    directory = sari.get(reverse("agency_detail", args=["PUSAT-UJI"])).content.decode()
    assert directory.count("alamat ditolak server pada") == 1


@pytest.mark.parametrize("how", ["confirmed", "corrected", "here"])
def test_address_that_somebody_checked_is_used_again(refused, sari, by, how):
    position = refused.position
    edit = reverse("position_edit", args=["PUSAT-UJI", position.pk])
    typed = {"name": position.name, "email": position.email, "order": position.order, "acting": ""}
    sari.post(edit, typed)
    assert not_sent_yet(refused.meeting).filter(pk=refused.pk).exists() is False
    if how == "here":
        same = {"email": refused.email, "phone": "", "person_name": "", "keep_in_directory": True}
        correct_address(refused, **same, by=by)
    else:
        email = position.email if how == "confirmed" else "baru@uji.example"
        sari.post(edit, typed | {"email": email, "email_is_right": "on" if how == "confirmed" else ""})

    assert Position.objects.with_refusal().get(pk=position.pk).refused_at is None
    if how != "corrected":
        assert not_sent_yet(refused.meeting).filter(pk=refused.pk).exists()


@pytest.mark.parametrize(
    ("reply", "blames"),
    [
        (UNKNOWN, True),
        ("550 No such user", True),
        ("rakor:address", True),
        ("550 5.7.1 Blocked", False),
        ("DATA 554 5.6.0 Content", False),
        ("452 4.2.2 Full", False),
        ("552 5.2.2 Full", False),
        ("rakor:render", False),
    ],
)
def test_only_a_wrong_address_is_marked(reply, blames):
    assert blames_address(reply) is blames

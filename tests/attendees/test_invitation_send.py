"""Invitations leave the house only with a signed letter, each once."""

from email import message_from_bytes
from email.policy import default

import pytest
from django.db import connection
from django.utils import timezone

from attendees.inviting import invite
from attendees.models import Invitation
from attendees.sending import (
    check_sendable,
    correct_address,
    deliver_by_hand,
    not_sent_yet,
    resend,
    send_invitations,
)
from rakor.lib.access import Refusal
from rakor.lib.tokens import new_public_id
from rakor.mail.delivery import drain
from rakor.mail.models import OutgoingMail
from tests import factories as make
from tests.attendees.conftest import sign
from tests.mail.sink import Sink


def to_whom() -> list[str]:
    return sorted(OutgoingMail.objects.filter(kind="invitation").values_list("to", flat=True))


def settle(status: str = "sent", **facts) -> None:
    """Every mail so far has come to this end."""
    OutgoingMail.objects.update(status=status, sent_at=timezone.now() if status == "sent" else None, **facts)


def test_send_queues_one_mail_for_each_address(meeting, letter, by, offices):
    invite(meeting, offices, by=by)

    assert send_invitations(meeting, by=by) == 2
    assert to_whom() == ["jabar@uji.example", "kepala.bali@uji.example"]


def test_send_moves_meeting_and_letter(meeting, letter, by):
    send_invitations(meeting, by=by)

    meeting.refresh_from_db()
    letter.refresh_from_db()
    assert (meeting.status, letter.status) == ("invited", "distributed")


def test_send_again_reaches_only_the_new_ones(meeting, letter, by, offices):
    send_invitations(meeting, by=by)
    invite(meeting, offices, by=by)

    assert send_invitations(meeting, by=by) == 1
    assert to_whom() == ["jabar@uji.example", "kepala.bali@uji.example"]


def test_what_is_unsent_is_found_by_index_right_after_a_large_sending(meeting, letter, by):
    """While statistics are young an EXISTS is joined in a loop: seconds for two thousand."""
    one = make.InvitationFactory(meeting=meeting)
    for number in range(400):
        one.pk, one.public_id, one.position, one.email = None, new_public_id(), None, f"kepala{number}@uji.example"
        one.save(force_insert=True)
    send_invitations(meeting, by=by)

    plan = not_sent_yet(meeting).order_by().explain()

    assert "mail_subject" in plan
    assert "Seq Scan on mail_outgoingmail" not in plan


def test_send_twice_doubles_nothing(sari, meeting, letter):
    for _once in range(2):
        sari.post(f"/rapat/{meeting.public_id}/undangan/kirim/")

    assert to_whom() == ["kepala.bali@uji.example"]


def test_send_leaves_out_what_was_delivered_by_hand(meeting, letter, invitation, by):
    deliver_by_hand(invitation, "Kurir", by=by)

    with pytest.raises(Refusal):
        send_invitations(meeting, by=by)


def test_row_holds_ids_and_no_link(meeting, letter, invitation, by):
    send_invitations(meeting, by=by)

    mail = OutgoingMail.objects.get()
    assert (mail.key, mail.ids) == (f"invitation:{invitation.public_id}:1", {"invitation": invitation.pk})


@pytest.mark.parametrize("status", ["draft", "numbered", "awaiting_signature"])
def test_an_unsigned_letter_is_never_sent(sari, meeting, status):
    paper = {
        "prepared": make.FileFactory(),
        "current": make.FileFactory(),
        "number": "B-1",
        "date": timezone.localdate(),
    }
    make.DocumentFactory(kind="invitation_letter", meeting=meeting, status=status, **paper)

    sari.post(f"/rapat/{meeting.public_id}/undangan/kirim/")

    assert to_whom() == []


def test_the_closed_button_says_what_is_missing(sari, meeting):
    page = sari.get(f"/rapat/{meeting.public_id}/undangan/")

    assert str(page.context["not_sendable"]) in page.content.decode()
    assert 'aria-describedby="belum-kirim"' in page.content.decode()


@pytest.mark.parametrize("status", ["draft", "held", "cancelled"])
def test_nothing_is_sent_before_publishing_or_after_the_end(cast, status):
    meeting = make.MeetingFactory(host=cast.bureau, status=status)
    sign(meeting)

    with pytest.raises(Refusal):
        check_sendable(meeting)


def test_send_of_a_superseded_letter_is_refused(meeting, letter, by):
    letter.revoke(reason="Salah tanggal", by=by)

    with pytest.raises(Refusal):
        send_invitations(meeting, by=by)


@pytest.mark.parametrize(
    ("who", "status"),
    [("karno", 403), ("nia", 403), ("aulia", 403), ("sinta", 403), ("rina", 403), ("citra", 404), ("admin", 404)],
)
def test_only_the_organiser_sends(cast, login, meeting, letter, who, status):
    assert login(getattr(cast, who)).post(f"/rapat/{meeting.public_id}/undangan/kirim/").status_code == status
    assert to_whom() == []


def test_get_sends_nothing(sari, meeting, letter):
    assert sari.get(f"/rapat/{meeting.public_id}/undangan/kirim/").status_code == 405


# -- one of them again ---------------------------------------------------------------------------------------


def test_resend_waits_for_the_mail_before(meeting, letter, invitation, by):
    send_invitations(meeting, by=by)

    with pytest.raises(Refusal):
        resend(invitation, by=by)


@pytest.mark.parametrize("status", ["sent", "bounced_hard", "cancelled"])
def test_resend_has_a_key_of_its_own(meeting, letter, invitation, by, status):
    send_invitations(meeting, by=by)
    settle(status)

    resend(invitation, by=by)

    assert list(OutgoingMail.objects.values_list("key", flat=True)) == [
        f"invitation:{invitation.public_id}:{n}" for n in (1, 2)
    ]


def test_one_that_is_sent_alone_moves_the_meeting_too(meeting, letter, invitation, by):
    assert meeting.status == "scheduled"

    resend(invitation, by=by)

    meeting.refresh_from_db()
    letter.refresh_from_db()
    assert (meeting.status, letter.status) == ("invited", "distributed")


def test_resend_twice_doubles_nothing(sari, meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    settle()

    for _once in range(2):
        sari.post(f"/rapat/{meeting.public_id}/undangan/{invitation.public_id}/kirim-ulang/")

    assert OutgoingMail.objects.count() == 2


def test_resend_to_a_delegate_is_a_delegation(meeting, letter, invitation, by):
    delegate = invitation.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)
    settle()

    resend(delegate, by=by)

    assert OutgoingMail.objects.filter(kind="delegation", to="wirya@uji.example").count() == 2


def corrected(invitation, by, **changes) -> bool:
    typed = {"email": "baru@uji.example", "phone": "", "person_name": "Budi Hartanto", "keep_in_directory": False}
    return correct_address(invitation, **typed | changes, by=by)


def test_corrected_address_gets_the_invitation_at_once(meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    settle("bounced_hard")

    assert corrected(invitation, by)
    assert list(OutgoingMail.objects.values_list("to", flat=True)) == ["kepala.bali@uji.example", "baru@uji.example"]


def test_corrected_address_waits_for_the_first_sending(meeting, letter, invitation, by):
    assert not corrected(invitation, by)
    assert not OutgoingMail.objects.exists()


def test_corrected_address_withdraws_what_waits(meeting, letter, invitation, by):
    send_invitations(meeting, by=by)

    corrected(invitation, by)

    assert list(OutgoingMail.objects.values_list("to", "status")) == [
        ("kepala.bali@uji.example", "cancelled"),
        ("baru@uji.example", "queued"),
    ]


def test_corrected_address_waits_while_a_mail_is_being_sent(meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    settle("sending", lease_until=timezone.now())

    with pytest.raises(Refusal):
        corrected(invitation, by)


def test_link_that_reached_the_old_address_stops_working(meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    settle()

    corrected(invitation, by)

    assert Invitation.objects.get(pk=invitation.pk).link_generation == 2


def test_link_that_reached_nobody_stays(meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    settle("bounced_hard")

    corrected(invitation, by)

    assert Invitation.objects.get(pk=invitation.pk).link_generation == 1


def test_corrected_address_goes_into_the_directory(meeting, invitation, by, cast):
    corrected(invitation, by, keep_in_directory=True, phone="+6281234567890")

    cast.head_of_bali.refresh_from_db()
    assert (cast.head_of_bali.email, cast.head_of_bali.phone) == ("baru@uji.example", "+6281234567890")


def test_delivery_by_hand_counts_as_going_out(meeting, letter, invitation, by):
    deliver_by_hand(invitation, "WhatsApp", by=by)

    meeting.refresh_from_db()
    letter.refresh_from_db()
    assert (meeting.status, letter.status) == ("invited", "distributed")


# -- over the wire ---------------------------------------------------------------------------------------------


@pytest.fixture
def received(transactional_db, tmp_path, settings):
    """A real mail server; `received()` gives what it took, parsed."""
    with Sink(tmp_path / "maildir") as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.smtp_port, 5
        settings.BASE_URL = "https://rakor.example"

        def read():
            assert drain() is None
            return [
                message_from_bytes(path.read_bytes(), policy=default)
                for path in sorted((tmp_path / "maildir").rglob("*.eml"))
            ]

        yield read


def test_mail_carries_letter_calendar_and_personal_link(received, meeting, letter, invitation, by):
    send_invitations(meeting, by=by)

    (mail,) = received()

    text = mail.get_body(("plain",)).get_content()
    assert mail["To"].addresses[0].addr_spec == "kepala.bali@uji.example"
    assert Invitation.objects.get(pk=invitation.pk).link in text
    attached = {part.get_filename(): part.get_content_type() for part in mail.iter_attachments()}
    assert attached == {letter.filename(): "application/pdf", "rapat.ics": "text/calendar"}
    offered = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert offered.get_param("method") == "REQUEST"
    assert b"mailto:kepala.bali@uji.example" in offered.get_payload(decode=True).replace(b"\r\n ", b"")


def test_mail_says_the_readers_time_first(received, meeting, letter, by):
    send_invitations(meeting, by=by)

    text = received()[0].get_body(("plain",)).get_content()
    assert text.index("10.00 WITA") < text.index("09.00 WIB")


def test_mail_calls_no_other_host(received, meeting, letter, by):
    send_invitations(meeting, by=by)

    html = received()[0].get_body(("html",)).get_content()
    assert "<img" not in html
    assert html.count("http") == html.count("https://rakor.example")


def test_mail_of_a_withdrawn_invitation_is_not_sent(received, meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    invitation.withdraw(by=by)

    assert received() == []
    assert OutgoingMail.objects.get().status == "cancelled"


def test_mail_of_a_revoked_letter_is_not_sent(received, meeting, letter, by):
    send_invitations(meeting, by=by)
    letter.refresh_from_db()
    letter.revoke(reason="Salah tanggal", by=by)

    assert received() == []


def test_restricted_meeting_stays_neutral(received, meeting, letter, by):
    type(meeting).objects.update(security="T", title="Rahasia Dapur")
    send_invitations(meeting, by=by)

    (mail,) = received()
    assert "Rahasia Dapur" not in mail.as_bytes().decode("ascii", "ignore") + mail["Subject"]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["rapat.ics"]


def test_delegate_is_mailed_his_own_link(received, meeting, letter, invitation, by):
    delegate = invitation.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)

    (mail,) = received()
    text = mail.get_body(("plain",)).get_content()
    assert delegate.link in text
    assert "Kepala BP3MI Bali" in text


def test_board_is_told_when_a_mail_has_left(received, meeting, letter, by):
    send_invitations(meeting, by=by)
    with connection.cursor() as cursor:
        cursor.execute("LISTEN rakor_live")
        received()
        notices = list(connection.connection.notifies(timeout=1, stop_after=1))
        cursor.execute("UNLISTEN rakor_live")

    assert any('"answers"' in notice.payload for notice in notices)

"""Delivery: what the server said is what the row says, and nothing goes out twice."""

import logging
import threading
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from rakor.audit.moves import StaleState
from rakor.mail.delivery import drain
from rakor.mail.mime import digest
from rakor.mail.models import MOST_ATTEMPTS, OutgoingMail
from rakor.mail.smtp import Undelivered
from tests.faults.connections import ends_at
from tests.mail.room import mails as room


def states() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.values_list("to", "status"))


def later(**delta) -> None:
    """Makes what waits or is claimed due, as if so much time had passed."""
    for name in ("next_attempt_at", "lease_until"):
        for mail in OutgoingMail.objects.exclude(**{name: None}):
            OutgoingMail.objects.filter(pk=mail.pk).update(**{name: getattr(mail, name) - timedelta(**delta)})


def ours(caplog) -> str:
    """What our own code logged; the sink runs in this process and logs as well."""
    return "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("rakor."))


def test_deliver_sends_the_letter_as_it_was_rendered(sink, letter):
    mail = letter(7)

    drain(mail.pk)

    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.maybe_twice, mail.reply) == ("sent", 1, False, "250 2.0.0 Kept")
    assert mail.message_id == f"<{mail.public_id}@rakor.example>"
    assert mail.body_sha256 == digest(room.letter(7))
    assert mail.sent_at is not None
    assert mail.lease_until is None
    [kept] = sink.mails()
    message = kept.message()
    assert kept.recipients == ("budi@bp3mi.example",)
    assert message["Return-Path"] == "<rakor@rakor.example>"
    assert message["From"] == "Biro Contoh <rakor@rakor.example>"
    assert message["To"] == "Kepala BP3MI Contoh <budi@bp3mi.example>"
    assert message["Subject"] == "Contoh: undangan rapat ke-7 – mohon kehadiran"
    assert message["Message-ID"] == mail.message_id
    assert message["Reply-To"] == "Sekretariat <sekretariat@kp2mi.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert text.splitlines() == ["Yth. Bapak/Ibu,", "ini surat ke-7.", ".titik di awal baris"]
    assert html.splitlines() == ["<p>Ini surat ke-7.</p>"]
    letter_pdf, calendar = message.iter_attachments()
    assert (letter_pdf.get_filename(), letter_pdf.get_content_type()) == ("surat undangan.pdf", "application/pdf")
    assert letter_pdf.get_content() == b"%PDF-1.7 "
    assert (calendar.get_content_type(), calendar.get_param("method")) == ("text/calendar", "PUBLISH")
    assert calendar.get_payload(decode=True) == room.CALENDAR


def test_deliver_twice_sends_once(sink, letter):
    mail = letter()

    drain(mail.pk)
    drain(mail.pk)

    assert sink.count() == 1
    assert states() == [("budi@bp3mi.example", "sent")]


@pytest.mark.django_db(transaction=True)
def test_deliver_by_many_at_once_sends_each_once(sink, letter):
    sink.jitter = 0.01
    mails = [letter(n) for n in range(30)]
    errors = []

    def work(pk: int) -> None:
        try:
            drain(pk)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=(mails[n % 3].pk,)) for n in range(6)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()

    assert errors == []
    assert sorted(kept.message_id for kept in sink.mails()) == sorted(
        OutgoingMail.objects.filter(status="sent", attempts=1).values_list("message_id", flat=True)
    )
    assert sink.count() == 30


def test_deliver_uses_one_connection_for_many_mails(sink, letter):
    for n in range(10):
        letter(n)

    drain()

    assert (sink.count(), sink.connections) == (10, 1)


def test_deliver_opens_a_new_connection_when_the_server_has_enough(sink, letter):
    sink.mails_a_connection = 3
    for n in range(7):
        letter(n)

    drain()

    assert (sink.count(), sink.connections) == (7, 3)
    assert OutgoingMail.objects.filter(status="sent", attempts=1).count() == 7


def test_deliver_stops_after_its_time_and_names_what_is_left(sink, letter):
    _first, second = letter(1), letter(2)

    left = drain(seconds=0)

    assert left == second.pk
    assert sink.count() == 1


def test_deliver_refused_recipient_is_a_hard_bounce_and_others_are_sent(sink, letter):
    sink.refuse["salah@bnp2tki.example"] = "550 5.1.1 <salah@bnp2tki.example>: user salah unknown"
    letter(to="salah@bnp2tki.example")
    letter(to="budi@bp3mi.example")

    drain()

    assert states() == [("salah@bnp2tki.example", "bounced_hard"), ("budi@bp3mi.example", "sent")]
    bounced = OutgoingMail.objects.get(status="bounced_hard")
    assert bounced.reply == "550 5.1.1 …: user … unknown"
    assert bounced.data_started_at is None
    assert sink.connections == 1


def test_deliver_full_mailbox_is_tried_again_and_then_sent(sink, letter):
    sink.refuse["penuh@bp3mi.example"] = "552 5.2.2 Mailbox full"
    mail = letter(to="penuh@bp3mi.example")
    drain()
    mail.refresh_from_db()
    assert (mail.status, mail.reply) == ("bounced_soft", "552 5.2.2 Mailbox full")
    assert 50 < (mail.next_attempt_at - timezone.now()).total_seconds() <= 60

    drain(mail.pk)
    assert OutgoingMail.objects.get().attempts == 1  # not before its time

    sink.refuse.clear()
    later(minutes=1)
    drain(mail.pk)
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.maybe_twice) == ("sent", 2, False)


def test_deliver_backs_off_and_gives_up_after_eight_attempts(sink, letter):
    sink.refuse["penuh@bp3mi.example"] = "452 4.2.2 Mailbox full"
    mail = letter(to="penuh@bp3mi.example")
    waits = []

    for _ in range(MOST_ATTEMPTS - 1):
        drain()
        mail.refresh_from_db()
        assert mail.status == "bounced_soft"
        waits.append(round((mail.next_attempt_at - timezone.now()).total_seconds() / 60))
        later(minutes=waits[-1])
    drain()

    mail.refresh_from_db()
    assert waits == [1, 5, 15, 60, 120, 240, 480]
    assert (mail.status, mail.attempts, mail.reply) == ("bounced_hard", 8, "452 4.2.2 Mailbox full")


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("554 5.7.1 Spam", "bounced_hard"),
        ("552 5.3.4 Message too big", "bounced_hard"),
        ("451 4.3.0 Try again", "bounced_soft"),
        ("550 No", "bounced_hard"),
    ],
)
def test_deliver_refused_after_data_was_not_received(sink, letter, reply, status):
    sink.refuse_data["budi@bp3mi.example"] = reply
    letter()

    drain()

    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.reply, mail.data_started_at) == (status, f"DATA {reply}", None)


def test_deliver_connection_cut_before_the_reply_is_sent_again_once_and_says_so(sink, letter):
    sink.cut = 1
    mail = letter()
    drain()
    mail.refresh_from_db()
    assert (mail.status, mail.reply, mail.maybe_twice) == ("bounced_soft", "rakor:cut", False)
    assert mail.data_started_at is not None

    later(minutes=1)
    drain()

    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.maybe_twice) == ("sent", 2, True)
    assert [kept.message_id for kept in sink.mails()] == [mail.message_id] * 2


def test_deliver_cut_twice_gives_up_and_says_that_it_may_have_arrived(sink, letter):
    sink.cut = 2
    mail = letter()

    drain()
    later(minutes=1)
    drain()

    mail.refresh_from_db()
    assert (mail.status, mail.reply, mail.maybe_twice) == ("bounced_hard", "rakor:cut", True)
    assert sink.count() == 2


def test_deliver_server_away_costs_one_attempt_and_lets_the_others_wait(sink, letter):
    letter(1)
    letter(2)
    sink.stop()

    left = drain()

    assert left is None
    assert list(OutgoingMail.objects.values_list("status", "attempts", "reply")) == [
        ("bounced_soft", 1, "rakor:connect"),
        ("queued", 0, ""),
    ]
    assert OutgoingMail.objects.due().count() == 0


def test_deliver_refused_sender_is_our_fault_and_not_the_recipients(sink, letter):
    sink.refuse_sender = "550 5.7.1 Sender not allowed"
    letter(1)
    letter(2)

    drain()

    assert list(OutgoingMail.objects.values_list("status", "reply")) == [
        ("bounced_soft", "rakor:sender"),
        ("queued", ""),
    ]


def test_deliver_what_is_not_needed_any_more_is_cancelled(sink, letter):
    letter(kind="room.obsolete")

    drain()

    assert states() == [("budi@bp3mi.example", "cancelled")]
    assert sink.count() == 0


def test_deliver_what_cannot_be_rendered_waits_and_logs_no_address(sink, letter, caplog):
    letter(kind="room.broken", to="budi@bp3mi.example")
    OutgoingMail.objects.update(ids={"to": "rahasia@bp3mi.example"})
    letter(2)

    with caplog.at_level(logging.INFO):
        drain()

    assert list(OutgoingMail.objects.values_list("status", "reply")) == [
        ("bounced_soft", "rakor:render"),
        ("sent", "250 2.0.0 Kept"),
    ]
    assert "ValueError" in ours(caplog)
    assert "@" not in ours(caplog)


def test_deliver_address_that_cannot_be_is_a_hard_bounce(sink, letter):
    letter(to="budi.bp3mi.example")
    letter(to="kepala@bp3mi.example\r\nBcc: lain@x.example")
    letter(to="kepalá@bp3mi.example")

    drain()

    assert list(OutgoingMail.objects.values_list("status", "reply")) == [("bounced_hard", "rakor:address")] * 3


def test_deliver_tells_the_room_and_survives_its_failure(sink, letter, caplog):
    sent, refused, forgetful = letter(1), letter(2, to="salah@x.example"), letter(kind="room.forgetful")
    sink.refuse["salah@x.example"] = "550 5.1.1 Unknown"

    drain()

    told = list(room.SETTLED)
    assert told == [(sent.public_id, "sent"), (refused.public_id, "bounced_hard")]
    forgetful.refresh_from_db()
    assert forgetful.status == "sent"
    assert "RuntimeError" in ours(caplog)
    assert "budi" not in ours(caplog)


def test_demo_mails_nobody_but_its_own_catcher(sink, letter, settings):
    settings.DEMO = True
    letter(1, to="budi@bp3mi.example")
    letter(2, to="orang@gmail.com")

    drain()

    assert list(OutgoingMail.objects.values_list("to", "status", "reply")) == [
        ("budi@bp3mi.example", "sent", "250 2.0.0 Kept"),
        ("orang@gmail.com", "bounced_hard", "rakor:demo"),
    ]


@pytest.mark.parametrize("host", ["smtp.kp2mi.example", "10.0.0.5", "127.0.0.1.evil.example"])
def test_demo_uses_no_mail_server_of_another_machine(sink, letter, settings, host):
    settings.DEMO, settings.EMAIL_HOST = True, host
    letter()

    drain()

    assert list(OutgoingMail.objects.values_list("status", "reply")) == [("bounced_hard", "rakor:demo")]


def test_lease_that_ran_out_before_data_is_sent_without_a_mark(sink, letter):
    letter()
    OutgoingMail.objects.claim()
    assert drain() is None
    assert sink.count() == 0  # still claimed

    later(minutes=2)
    drain()

    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.attempts, mail.maybe_twice) == ("sent", 2, False)


def test_lease_that_ran_out_after_data_is_sent_with_a_mark(sink, letter):
    letter()
    OutgoingMail.objects.claim().start_data("")

    later(minutes=2)
    drain()

    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.attempts, mail.maybe_twice) == ("sent", 2, True)


def test_overtaken_worker_neither_sends_nor_ends_the_claim_of_the_other(letter):
    letter()
    slow = OutgoingMail.objects.claim()
    later(minutes=2)
    quick = OutgoingMail.objects.claim()

    for verb in (lambda: slow.start_data(""), lambda: slow.sent("250 OK"), lambda: slow.bounced(Undelivered("x"))):
        with pytest.raises(StaleState):
            verb()

    quick.start_data("")
    quick.sent("250 OK")
    assert OutgoingMail.objects.get().status == "sent"


def test_worker_that_dies_over_the_same_mail_eight_times_leaves_it_failed(letter):
    letter()
    for _ in range(MOST_ATTEMPTS):
        assert OutgoingMail.objects.claim() is not None
        later(minutes=2)

    assert OutgoingMail.objects.claim() is None

    mail = OutgoingMail.objects.get()
    assert (mail.status, mail.reply) == ("bounced_hard", "rakor:interrupted")


@pytest.mark.django_db(transaction=True)
def test_data_is_noted_for_everybody_before_it_is_sent(sink, letter):
    letter()
    seen = []
    keep = sink.box.keep

    def look() -> None:
        seen.append(OutgoingMail.objects.values_list("status", "data_started_at").get())
        connection.close()

    def look_and_keep(*mail):
        other = threading.Thread(target=look)
        other.start()
        other.join()
        return keep(*mail)

    sink.box.keep = look_and_keep
    drain()

    [(status, started)] = seen
    assert status == "sending"
    assert started is not None


def test_stuck_shows_what_should_have_gone_long_ago(letter):
    letter(1)
    claimed, new = letter(2), letter(3)
    OutgoingMail.objects.filter(pk=claimed.pk).claim()
    assert list(OutgoingMail.objects.stuck()) == []

    later(minutes=12)
    OutgoingMail.objects.filter(pk=new.pk).update(next_attempt_at=timezone.now())

    assert sorted(OutgoingMail.objects.stuck().values_list("ids__number", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_database_that_goes_away_after_the_servers_reply_doubles_nothing(sink, letter):
    first, second = letter(1), letter(2)

    with ends_at('"reply" = %s, "sent_at" = %s'):
        drain(first.pk)

    assert list(OutgoingMail.objects.values_list("status", "attempts", "maybe_twice")) == [("sent", 1, False)] * 2
    assert {mail.message_id for mail in sink.mails()} == {
        f"<{mail.public_id}@rakor.example>" for mail in (first, second)
    }
    assert sink.count() == 2
    assert [(first.public_id, "sent"), (second.public_id, "sent")] == room.SETTLED


@pytest.mark.django_db(transaction=True)
def test_sent_that_was_written_though_its_answer_was_lost_is_not_written_again(sink, letter):
    mail = letter(1)
    lost = []

    def lose_the_answer():
        raise OperationalError("server closed the connection unexpectedly")

    def watch(execute, sql, params, many, context):
        if not lost and '"sent_at" = %s' in sql:
            lost.append(sql)
            transaction.on_commit(lose_the_answer)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        drain(mail.pk)

    mail.refresh_from_db()
    assert (len(lost), mail.status, mail.attempts, sink.count()) == (1, "sent", 1, 1)
    assert [(mail.public_id, "sent")] == room.SETTLED

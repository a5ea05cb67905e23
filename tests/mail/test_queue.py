"""Queueing: once for a key, in the caller's transaction, and never held up by the broker."""

import subprocess
import sys
import threading

import pytest
from django.db import connection, transaction
from django.db.models import Subquery

from rakor.audit.models import AuditEvent
from rakor.audit.moves import IllegalMove
from rakor.lib.access import SYSTEM
from rakor.mail.kinds import kinds
from rakor.mail.models import OutgoingMail
from rakor.mail.outbox import AT_ONCE, addressed, cancel, queue, queue_all, wake
from tests.mail.processes import environment


def test_queue_same_key_twice_keeps_one_row(db):
    first = queue("room.letter", key="undangan:1", to="budi@bp3mi.example", ids={"number": 1})

    second = queue("room.letter", key="undangan:1", to="lain@bp3mi.example", ids={"number": 2})

    assert second.pk == first.pk
    assert list(OutgoingMail.objects.values_list("to", "status")) == [("budi@bp3mi.example", "queued")]


@pytest.mark.django_db(transaction=True)
def test_queue_same_key_at_once_keeps_one_row():
    barrier = threading.Barrier(4)
    ids = []

    def press() -> None:
        barrier.wait()
        ids.append(queue("room.letter", key="undangan:1", to="budi@bp3mi.example", ids={"number": 1}).pk)
        connection.close()

    presses = [threading.Thread(target=press) for _ in range(4)]
    for thread in presses:
        thread.start()
    for thread in presses:
        thread.join()

    assert ids == [OutgoingMail.objects.get().pk] * 4


@pytest.mark.django_db(transaction=True)
def test_queue_is_taken_back_by_a_rollback():
    with transaction.atomic():
        queue("room.letter", key="undangan:1", to="budi@bp3mi.example", ids={"number": 1})
        transaction.set_rollback(True)

    assert OutgoingMail.objects.count() == 0


def test_queue_all_leaves_what_is_there_alone_and_makes_the_rest(db):
    there = queue("room.letter", key="undangan:1", to="budi@bp3mi.example", ids={"number": 1})

    queue_all(
        addressed("room.letter", key=f"undangan:{n}", to=f"b{n}@bp3mi.example", ids={"number": n}) for n in (1, 2)
    )

    assert OutgoingMail.objects.values_list("pk", "key", "to").first() == (
        there.pk,
        "undangan:1",
        "budi@bp3mi.example",
    )
    assert list(OutgoingMail.objects.values_list("key", flat=True)) == ["undangan:1", "undangan:2"]


@pytest.mark.parametrize("number", [3, 30])
def test_queue_all_asks_the_database_as_often_for_many(db, number, django_assert_num_queries):
    mails = [addressed("room.letter", key=f"undangan:{n}", to=f"b{n}@bp3mi.example") for n in range(number)]

    with django_assert_num_queries(2):
        queue_all(mails)


def test_queue_unknown_kind_is_an_error(db):
    with pytest.raises(KeyError, match=r"no message kind 'room\.unknown'"):
        queue("room.unknown", key="x", to="budi@bp3mi.example")


def test_queue_tells_a_few_workers_of_a_large_transaction(db, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as calls:
        mails = [queue("room.letter", key=str(n), to="budi@bp3mi.example", ids={"number": n}) for n in range(20)]

    assert [(call.func, call.args) for call in calls] == [(wake, (mail.pk,)) for mail in mails[:AT_ONCE]]


@pytest.mark.django_db(transaction=True)
def test_queue_does_not_wait_for_a_broker_that_is_down(tmp_path):
    script = """
import time, django
django.setup()
from django.db import transaction
from rakor.mail import tasks
from rakor.mail.outbox import queue
seconds = []
for n in range(5):
    with transaction.atomic():
        for m in range(10):
            queue("room.letter", key=f"{n}:{m}", to="budi@bp3mi.example", ids={"number": m})
        ready = time.monotonic()
    seconds.append(time.monotonic() - ready)
print(*seconds)
"""
    gone = {**environment(tmp_path), "REDIS_URL": f"redis+socket://{tmp_path}/none.sock"}

    done = subprocess.run([sys.executable, "-c", script], env=gone, capture_output=True, text=True, check=True)

    assert OutgoingMail.objects.filter(status="queued").count() == 50
    first, *others = map(float, done.stdout.split())
    assert first < 10  # loads Celery, then tries once
    assert max(others) < 1
    assert done.stderr.count("the broker cannot be reached") == 1
    assert "budi" not in done.stderr


def test_cancel_withdraws_what_waits_about_a_subject(db):
    about = ("invitation", "ABCDEFGHJKMN")
    waiting = queue("room.letter", key="1", to="budi@bp3mi.example", ids={"number": 1}, about=about)
    other = queue("room.letter", key="2", to="budi@bp3mi.example", ids={"number": 2}, about=("invitation", "other"))
    sent = queue("room.letter", key="3", to="budi@bp3mi.example", ids={"number": 3}, about=about)
    OutgoingMail.objects.filter(pk=sent.pk).claim().sent("250 OK")

    withdrawn = cancel(by=SYSTEM, about=about)

    assert withdrawn == 1
    assert list(OutgoingMail.objects.values_list("pk", "status")) == [
        (waiting.pk, "cancelled"),
        (other.pk, "queued"),
        (sent.pk, "sent"),
    ]


def test_cancel_refuses_a_mail_that_was_sent(letter):
    letter()
    mail = OutgoingMail.objects.claim()
    mail.sent("250 OK")

    with pytest.raises(IllegalMove):
        mail.cancel(by=SYSTEM)


def test_latest_about_shows_the_newest_delivery_of_each_subject(db):
    for key, subject in (("1", "AAAAAAAAAAAA"), ("2", "BBBBBBBBBBBB"), ("3", "AAAAAAAAAAAA")):
        queue("room.letter", key=key, to="budi@bp3mi.example", ids={"number": 1}, about=("invitation", subject))
    latest = OutgoingMail.objects.latest_about("invitation", "subject_id").values("key")[:1]

    rows = OutgoingMail.objects.annotate(latest=Subquery(latest)).values_list("key", "latest")

    assert list(rows) == [("1", "3"), ("2", "2"), ("3", "3")]
    assert [m.key for m in OutgoingMail.objects.about("invitation", ["AAAAAAAAAAAA"])] == ["3", "1"]


def test_audit_tells_the_moves_of_a_mail_without_its_recipient(letter):
    mail = letter()
    OutgoingMail.objects.claim().sent("250 OK")

    events = AuditEvent.objects.order_by("pk").values_list("verb", "actor", "target", "old", "new")

    target = f"mail.OutgoingMail:{mail.public_id}"
    assert list(events) == [
        ("mail.claimed", "system", target, "queued", "sending"),
        ("mail.sent", "system", target, "sending", "sent"),
    ]


def test_registry_lists_the_kinds_of_accounts_and_of_the_room():
    assert [name for name in kinds.names() if name.startswith(("account.", "room."))] == [
        "account.password_reset",
        "account.colleague_invited",
        "room.letter",
        "room.obsolete",
        "room.broken",
        "room.forgetful",
    ]

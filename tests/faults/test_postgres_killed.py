"""PostgreSQL is killed twice under load, on each transport: nothing lost, nothing doubled, everybody comes back."""

from __future__ import annotations

import sys
import time
from collections import Counter

import pytest
from django.db import connection

from minutes.models import Point
from rakor.audit.models import AuditEvent
from rakor.live.publish import publish
from rakor.mail.models import OutgoingMail
from tests.faults.visitors import Guests, Load, MinuteTaker, Reader, Typist, Visitor
from tests.mail.processes import queue_letters, wait_until

MAILS = 60
HEAR = (
    """() => { window.heard = []; document.body.addEventListener("live", e => window.heard.push(e.detail.event)); }"""
)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(300)
def test_database_killed_twice_under_load(place, server, house, sink, open_streams, new_context, capsys):
    sink.jitter = 0.25
    place.start()
    pids = place.pids()
    path = f"/rapat/{house.meeting.public_id}/aliran/"
    streams = open_streams(place, path, house.sessions["sari"], 5)
    browser = new_context(base_url=place.url)
    browser.add_cookies([{"name": "sessionid", "value": house.sessions["sari"], "url": place.url}])
    page = browser.new_page()
    page.goto(f"/rapat/{house.meeting.public_id}/")
    page.evaluate(HEAR)
    queue_letters(place.surroundings, MAILS)
    load = Load()
    guests = [Guests(house.seats[n::2]) for n in range(2)]
    takers = [MinuteTaker(house.meeting.public_id, house.item) for _ in range(2)]
    typist = Typist(house.meeting.public_id, house.point)
    for work in guests:
        load.add(work, Visitor(place.port))
    for work in [*takers, typist]:
        load.add(work, Visitor(place.port, house.sessions["nia"]))
    reader = Visitor(place.port, house.sessions["sari"])
    load.add(Reader(["/", "/rapat/", f"/rapat/{house.meeting.public_id}/notula/"]), reader)

    sent_at_kill, recovery = [], []
    with load.going_on():
        for fault in (server.kill, server.stop_at_once):
            time.sleep(4)
            sent_at_kill.append(sink.count())
            fault()
            time.sleep(3)
            began = time.monotonic()
            server.start()
            recovery.append(time.monotonic() - began)
            connection.close()
        time.sleep(4)
        wait_until(lambda: not OutgoingMail.objects.exclude(status="sent").exists(), 90, place.folder / "worker.log")
    publish(house.meeting.channel, "agenda")

    wait_until(lambda: all("agenda" in stream.events for stream in streams), 20, place.folder / "web.log")
    page.wait_for_function("heard.includes('agenda')", timeout=20_000)
    copies = Counter(mail.message_id for mail in sink.mails())
    rows = list(OutgoingMail.objects.all())
    acknowledged = [one for taker in takers for one in taker.acknowledged]
    answered = [one for some in guests for one in some.acknowledged]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{dict(load.statuses)}, reader {dict(reader.statuses)}, longest answer"
            f" {max(visitor.longest for visitor in load.visitors):.1f} s; {len(acknowledged)} points, {len(answered)}"
            f" answers, {typist.revision} autosaves; mails at the kills {sent_at_kill},"
            f" {sum(row.maybe_twice for row in rows)} marked, {sum(n > 1 for n in copies.values())} doubled;"
            f" recovery {[round(seconds, 1) for seconds in recovery]} s;"
            f" streams opened {[stream.opened for stream in streams]}\n"
        )
    assert load.failures == []
    assert set(load.statuses) <= {200, 302, 303, 503}
    assert sent_at_kill[0] < sent_at_kill[1] < MAILS
    _assert_answers(answered)
    _assert_points(acknowledged)
    assert Point.objects.values_list("text", "revision").get(pk=house.point) == (typist.saved, typist.revision)
    assert sorted(copies) == sorted(row.message_id for row in rows)
    assert [row.message_id for row in rows if copies[row.message_id] > 1 and not row.maybe_twice] == []
    assert place.pids() == pids


def _assert_answers(acknowledged: list[str]) -> None:
    from attendees.models import Invitation

    assert len(acknowledged) > 10
    kept = Invitation.objects.filter(status="accepted", mode="online").values_list("public_id", flat=True)
    assert set(acknowledged) - set(kept) == set()
    told = Counter(AuditEvent.objects.filter(verb="invitation.answered").values_list("target", flat=True))
    assert set(told.values()) == {1}
    assert len(told) == len(kept)


def _assert_points(acknowledged: list[str]) -> None:
    assert len(acknowledged) > 10
    points = Point.objects.filter(kind="decision").order_by("number")
    assert Counter(str(one) for one in points.values_list("client_id", flat=True)) == Counter(acknowledged)
    assert list(points.values_list("number", flat=True)) == list(range(1, len(acknowledged) + 1))

"""Five hundred invitations with letter and calendar part, while worker, mail server and database are killed at random.

Twenty kills of each, one after the other; then rows and mails are compared, as rule 4 of product.md has it: none lost,
none doubled without its mark: `python -m tests.benchmarks kills`. The minute's rest after a lost mail server is cut
short.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from rakor.demo import postgres
from tests.benchmarks import rows
from tests.benchmarks.ground import Ground, Program
from tests.benchmarks.report import Report
from tests.mail.processes import Celery, beat, wait_until, worker

MAILS, KILLS = 500, 20
JITTER = 0.03  # seconds at most for each step of the mail server, so that kills fall into every step


def measure(ground: Ground, cast: rows.Cast, report: Report) -> None:
    place = Place(ground)
    for name, kill in (
        ("worker", place.kill_worker),
        ("mail server", place.kill_sink),
        ("database", place.kill_database),
    ):
        before = place.box_count()
        meeting = rows.meeting_to_invite(cast, MAILS)
        _tell(report, name, meeting, place.folder / "mails", before, place.run(meeting, kill))
    place.stop()


class Place:
    """The processes of one run, each in a group of its own so that a kill takes its children along."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.folder = ground, ground.folder
        self.around = {**os.environ, "MAIL_LEASE": "6"}
        self.beat = beat(self.around, self.folder / "beat.log", self.folder)
        self.sink = self._start_sink()
        self.worker = self._start_worker()

    def box_count(self) -> int:
        return len(list((self.folder / "mails").glob("*.eml")))

    def run(self, meeting: Any, kill: Callable[[], None]) -> float:
        """Send the meeting's invitations through all the kills; the seconds until the last is sent."""
        from attendees.sending import send_invitations
        from rakor.lib.access import SYSTEM

        began = time.monotonic()
        send_invitations(meeting, by=SYSTEM)
        for _ in range(KILLS):
            seen = self.box_count()
            wait_until(lambda seen=seen: self.box_count() > seen or not _waiting(), 90, self.folder / "worker.log")
            time.sleep(random.uniform(0, 0.4))
            kill()
        wait_until(self._all_sent, 180, self.folder / "worker.log")
        return time.monotonic() - began

    def kill_worker(self) -> None:
        self.worker.kill()
        self.worker = self._start_worker()

    def kill_sink(self) -> None:
        self.sink.kill()
        self.sink.wait()
        time.sleep(random.uniform(0, 0.5))
        self.sink = self._start_sink()
        _rested()

    def kill_database(self) -> None:
        """SIGKILL to postmaster and children; it recovers what was committed."""
        from django.db import connection

        server = next(one for one in self.ground.started if isinstance(one, postgres.Postgres))
        for pid in Program(server.process).tree():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.process.wait()
        time.sleep(random.uniform(0, 0.5))
        connection.close()
        self.ground.started[self.ground.started.index(server)] = postgres.start(self.folder / "postgres", fsync=True)

    def stop(self) -> None:
        for running in (self.worker, self.beat):
            running.kill()
        self.sink.kill()
        self.sink.wait()

    def _all_sent(self) -> bool:
        _rested()
        return not _waiting()

    def _start_worker(self) -> Celery:
        return worker(self.around, self.folder / "worker.log")

    def _start_sink(self) -> subprocess.Popen:
        started = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.mail.sink",
                str(self.folder / "mails"),
                os.environ["EMAIL_PORT"],
                str(JITTER),
            ],
            env=self.around,
        )
        wait_until(lambda: _listens(int(os.environ["EMAIL_PORT"])), 20)
        return started


def _tell(report: Report, name: str, meeting: Any, box: Path, before: int, seconds: float) -> None:
    from rakor.mail.models import OutgoingMail

    about = meeting.invitations.values_list("public_id", flat=True)
    mails = list(OutgoingMail.objects.about("invitation", about).filter(kind="invitation"))
    kept = sorted(box.glob("*.eml"))[before:]
    copies = Counter(message_from_bytes(path.read_bytes(), policy=default)["Message-ID"] for path in kept)
    lost = [mail for mail in mails if mail.status != "sent" or not copies[mail.message_id]]
    doubled = [mail for mail in mails if copies[mail.message_id] > 1]
    marked = sum(mail.maybe_twice for mail in mails)
    said = f"{len(mails)} mails in {seconds:.0f} s, {marked} marked, {len(doubled)} doubled, {len(kept)} in the box"
    strangers = copies.keys() - {mail.message_id for mail in mails}
    report.add(f"{KILLS} kills of the {name}: lost", len(lost) + len(strangers) + (MAILS - len(mails)), "≤ 0", said)
    report.add(f"{KILLS} kills of the {name}: doubled, no mark", sum(not m.maybe_twice for m in doubled), "≤ 0", said)


def _waiting() -> bool:
    from rakor.mail.models import OutgoingMail

    return OutgoingMail.objects.exclude(status__in=["sent", "bounced_hard", "cancelled"]).exists()


def _rested() -> None:
    """The minute after which a lost mail server is tried again has passed."""
    from django.utils import timezone

    from rakor.mail.models import OutgoingMail

    OutgoingMail.objects.waiting().update(next_attempt_at=timezone.now())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

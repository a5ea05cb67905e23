"""Two thousand invitations with a letter of 60 kB through outbox and worker, against a bare smtplib loop."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks import rows
from tests.benchmarks.ground import Ground, Program, free_port
from tests.benchmarks.report import Report

NUMBER = 2000


def measure(ground: Ground, cast: rows.Cast, report: Report) -> None:
    meeting = rows.meeting_to_invite(cast, NUMBER)
    box, port = ground.folder / "mails", os.environ["EMAIL_PORT"]
    flags = ["--maildir", str(box), "--smtp-port", port, "--http-port", str(free_port())]
    sink = Program(subprocess.Popen([sys.executable, "-m", "rakor.demo.mailcatcher", *flags]))
    ground.started.append(sink)
    worker = ground.worker()
    time.sleep(8)
    before = worker.cpu()
    took = _start(cast, meeting)
    began = time.monotonic()
    ours = _wait(box, NUMBER) - began
    cpu = (worker.cpu() - before) / NUMBER * 1000
    worker.stop()
    bodies = [path.read_bytes().split(b"\r\n", 2)[2] for path in sorted(box.glob("*.eml"))]
    began = time.monotonic()
    with smtplib.SMTP("127.0.0.1", int(port)) as smtp:
        for n, body in enumerate(bodies):
            smtp.sendmail("rakor@rakor.example", f"jabatan{n}@uji.example", body)
    bare = time.monotonic() - began
    sink.stop()
    size = len(bodies[0]) // 1000
    said = f"{NUMBER / ours:.0f}/s of {NUMBER / bare:.0f}/s, {size} kB each, {cpu:.1f} ms CPU, 2 children"
    report.add("2,000 mails with the letter, against bare smtplib", bare / ours, "≥ 0.35", said)
    report.add("2,000 mails with the letter, a second", NUMBER / ours, "≥ 80", f"{ours:.2f} s in all")
    report.add("request that starts 2,000 mails, ms", took, "≤ 300", "once, with its commit, the worker idle beside it")


def _start(cast: rows.Cast, meeting: Any) -> float:
    """The organiser presses *Kirim*; milliseconds until the answer."""
    from django.test import Client
    from django.urls import reverse

    organiser = Client(SERVER_NAME="127.0.0.1")
    organiser.force_login(cast.sari, backend="allauth.account.auth_backends.AuthenticationBackend")
    organiser.get(reverse("invitation_list", args=[meeting.public_id]))  # warm: templates, connection
    began = time.monotonic()
    answer = organiser.post(reverse("invitation_send", args=[meeting.public_id]))
    took = (time.monotonic() - began) * 1000
    if answer.status_code != 302:
        raise RuntimeError(f"answer {answer.status_code}")
    return took


def _wait(box: Path, number: int) -> float:
    until = time.monotonic() + 300
    while len(list(box.glob("*.eml"))) < number:
        if time.monotonic() > until:
            raise TimeoutError(f"{len(list(box.glob('*.eml')))} of {number} mails")
        time.sleep(0.1)
    return time.monotonic()

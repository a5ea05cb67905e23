"""A real worker on both transports of the demo."""

import json
import subprocess
import sys
import time

from rakor.mail.models import OutgoingMail
from tests.mail.processes import queue_letters, wait_until, worker


def test_worker_delivers_what_a_request_queues(surroundings, sink, tmp_path, capsys):
    log = tmp_path / "worker.log"
    with worker(surroundings, log):
        wait_until(lambda: " ready." in log.read_text(), 60, log)
        queue_letters(surroundings, 200)
        began = time.monotonic()
        sink.wait_for(1, 30)
        first = time.monotonic() - began
        sink.wait_for(200, 60)
        seconds = time.monotonic() - began
        wait_until(lambda: OutgoingMail.objects.filter(status="sent").count() == 200, 10, log)

    with capsys.disabled():
        sys.stdout.write(f"\n200 mails: first {first:.2f} s, all {seconds:.2f} s, {sink.connections} connections\n")
    assert sorted(mail.message_id for mail in sink.mails()) == sorted(
        OutgoingMail.objects.filter(attempts=1, maybe_twice=False).values_list("message_id", flat=True)
    )
    assert "@bp3mi.example" not in log.read_text()


def test_worker_that_starts_sends_what_waits(surroundings, sink, tmp_path):
    gone = {**surroundings, "REDIS_URL": f"redis+socket://{tmp_path}/none.sock"}
    queue_letters(gone, 5)

    log = tmp_path / "worker.log"
    with worker(surroundings, log):
        sink.wait_for(5, 60)

    assert sink.count() == 5


REQUEST = """
import django; django.setup()
from rakor import logs
from rakor.mail.tasks import sweep
logs._work.set(logs.Work("permintaan-1"))
sweep.delay()
"""


def test_line_of_a_task_carries_the_id_of_the_request_that_started_it(surroundings, tmp_path):
    log = tmp_path / "worker.log"
    with worker({**surroundings, "LOG_FORMAT": "json"}, log):
        wait_until(lambda: " ready." in log.read_text(), 60, log)
        subprocess.run([sys.executable, "-c", REQUEST], env=surroundings, check=True, timeout=60)
        wait_until(lambda: "permintaan-1" in log.read_text(), 30, log)

    lines = [json.loads(line) for line in log.read_text().splitlines() if "permintaan-1" in line]
    assert [(line["task"], line["status"]) for line in lines] == [("rakor.mail.tasks.sweep", "SUCCESS")]

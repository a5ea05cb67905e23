"""Real worker and beat processes on the test database."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a process that works on this test's database and on the transport that `more` names."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    given = {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.mail.settings",
        "RAKOR_TESTING": "1",
        "RAKOR_DATA_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
        "BASE_URL": "https://rakor.example",
        "EMAIL_HOST": "127.0.0.1",
        "CELERY_SKIP_CHECKS": "1",
    }
    for name in ("queue", "control"):
        (folder / "celery" / name).mkdir(parents=True, exist_ok=True)
    return {**{k: v for k, v in os.environ.items() if k != "REDIS_URL"}, **given, **more}


class Celery:
    """One `celery` process in a group of its own, with what it starts."""

    def __init__(self, command: list[str], surroundings: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "rakor", *command],
                env=surroundings,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def __enter__(self) -> "Celery":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole group: nothing of it gets to tidy up."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def worker(surroundings: dict[str, str], log: Path, concurrency: int = 2) -> Celery:
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    return Celery(["worker", "--loglevel", "INFO", "--concurrency", str(concurrency), *quiet], surroundings, log)


def beat(surroundings: dict[str, str], log: Path, folder: Path) -> Celery:
    return Celery(["beat", "--loglevel", "INFO", "--pidfile=", "--schedule", str(folder / "beat")], surroundings, log)


def wait_until(what: Callable[[], bool], seconds: float, log: Path | None = None) -> None:
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            tail = log.read_text(errors="replace")[-3000:] if log else ""
            raise TimeoutError(f"not within {seconds} s\n{tail}")
        time.sleep(0.05)


def queue_letters(surroundings: dict[str, str], number: int) -> None:
    """A web process that queues so many letters in one transaction, as sending the invitations does."""
    script = f"""
import django
django.setup()
from django.db import transaction
from rakor.mail.outbox import queue
with transaction.atomic():
    for n in range({number}):
        queue("room.letter", key=f"undangan:{{n}}", to=f"kepala{{n}}@bp3mi.example", ids={{"number": n}})
"""
    subprocess.run([sys.executable, "-c", script], env=surroundings, check=True)

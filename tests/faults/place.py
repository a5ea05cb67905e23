"""A whole installation of one test: a PostgreSQL that writes through and can be killed, web, worker, beat, a broker."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from django.db import connection

from rakor.demo import broker, postgres
from tests.benchmarks.ground import Program
from tests.conftest import free_port
from tests.mail.processes import Celery, beat, environment, wait_until, worker

ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A PostgreSQL of one's own: what was committed is on disk when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start(fsync=False)  # its tables are made quickly; before anything is killed it writes through

    def start(self, *, fsync: bool = True) -> None:
        self.running = postgres.start(self.folder, fsync=fsync)

    def stop(self) -> None:
        self.running.stop()

    def kill(self) -> None:
        """SIGKILL to postmaster and children: nothing of it gets to tidy up."""
        pids = Program(self.running.process).tree()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.running.process.wait()

    def stop_at_once(self) -> None:
        """What `pg_ctl stop -m immediate` does: everybody is thrown out, recovery at the next start."""
        self.running.process.send_signal(signal.SIGQUIT)
        self.running.process.wait()


def use(url: str) -> None:
    """This process's Django works on that database."""
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(
        NAME=parts.path.lstrip("/"), USER=parts.username, PASSWORD="", HOST=asked["host"][0], PORT=asked["port"][0]
    )


@dataclass
class Place:
    """Processes on the database `url`; `pids()` of all of them, children included, stay the same through a fault."""

    folder: Path
    surroundings: dict[str, str]
    port: int
    redis: broker.Redis | None = None
    web: subprocess.Popen | None = None
    programs: list[Celery] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *, workers: bool = True) -> None:
        flags = ["--port", str(self.port), "--lifespan", "off", "--no-access-log", "--timeout-graceful-shutdown", "2"]
        with (self.folder / "web.log").open("ab") as out:
            self.web = subprocess.Popen(
                [sys.executable, "-m", "uvicorn", "rakor.asgi:application", *flags],
                cwd=ROOT, env=self.surroundings, stdout=out, stderr=out,
            )  # fmt: skip
        worker_log = self.folder / "worker.log"
        if workers:
            self.programs = [
                worker(self.surroundings, worker_log),
                beat(self.surroundings, self.folder / "beat.log", self.folder),
            ]
        wait_until(lambda: "running on" in (self.folder / "web.log").read_text(), 60, self.folder / "web.log")
        if workers:
            wait_until(lambda: " ready." in worker_log.read_text(), 60, worker_log)

    def pids(self) -> list[int]:
        processes = [self.web, *(program.process for program in self.programs)]
        return sorted(pid for process in processes for pid in Program(process).tree())

    def stop(self) -> None:
        for program in self.programs:
            program.kill()
        if self.web is not None:
            self.web.kill()
            self.web.wait()
        if self.redis is not None:
            self.redis.stop()

    def lose_broker(self) -> None:
        """Redis: SIGKILL, with everything in it. A folder: it is deleted, and nobody makes it again for us."""
        if self.redis is None:
            shutil.rmtree(Path(self.surroundings["RAKOR_DATA_DIR"]) / "celery")
        else:
            self.redis.process.kill()
            self.redis.process.wait()

    def bring_broker_back(self) -> None:
        """Redis: the same socket, empty. A folder comes back by itself."""
        if self.redis is not None:
            self.redis = broker.start(self.folder / "redis")


def settle(transport: str, folder: Path, database: str, static: Path, smtp_port: int) -> Place:
    """The place, not started yet."""
    port = free_port()
    data = Path(os.environ["RAKOR_DATA_DIR"])  # the certificate authority of this run's tests, so that both can sign
    redis = broker.start(folder / "redis") if transport == "redis" else None
    more = {"REDIS_URL": redis.url} if redis is not None else {}
    surroundings = environment(
        data,
        **more,
        DATABASE_URL=database,
        BASE_URL=f"http://127.0.0.1:{port}",
        STATIC_ROOT=str(static),
        EMAIL_PORT=str(smtp_port),
        MAIL_LEASE="6",
    )
    return Place(folder, surroundings, port, redis)

"""Servers of one run on loopback: PostgreSQL that writes through, Redis, and the commands of Dockerfile and compose."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from rakor.demo import broker, devdb, postgres

ROOT = Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Program:
    """A process that this run started. `cpu()` in seconds and `memory()` in MB (PSS) are those of its whole tree."""

    process: subprocess.Popen
    port: int = 0
    seconds_to_first_answer: float = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def tree(self) -> list[int]:
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    parents.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
        found = [self.process.pid]
        for pid in found:
            found += parents.get(pid, [])
        return found

    def cpu(self) -> float:
        return sum(int(part) for pid in self.tree() for part in _stat(pid)[11:13]) / TICKS

    def memory(self) -> float:
        lines = [Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() for pid in self.tree()]
        return sum(int(line.split()[1]) for some in lines for line in some if line.startswith("Pss:")) / 1024

    def threads(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self.tree())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


@dataclass
class Ground:
    """Use with `with`: everything that was started ends with it, and its folder is removed."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="bench-", dir=_cache())))
    started: list = field(default_factory=list)

    def __enter__(self) -> Ground:
        server = postgres.start(self.folder / "postgres", fsync=True)
        self.started.append(server)
        postgres.create_database(server.url("postgres"), "rakor")
        redis = broker.start(self.folder / "redis")
        if redis is None:
            raise SystemExit("The benchmarks need redis-server or valkey-server, as production does.")
        self.started.append(redis)
        (self.folder / "fonts").symlink_to(_cache() / "fonts")
        (_cache() / "fonts").mkdir(exist_ok=True)
        os.environ |= {
            "DATABASE_URL": server.url("rakor"),
            "REDIS_URL": redis.url,
            "RAKOR_DATA_DIR": str(self.folder),
            "STATIC_ROOT": str(self.folder / "static"),
            "SECRET_KEY": "rahasia-uji-" * 5,
            "LINK_KEY": "kunci-tautan-uji-" * 4,
            "SETUP_CODE": "kode-uji-1234",
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(free_port()),
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
        }
        for command in ("migrate", "collectstatic"):
            subprocess.run([sys.executable, "manage.py", command, "--no-input", "-v0"], cwd=ROOT, check=True)
        return self

    def __exit__(self, *_: object) -> None:
        while self.started:
            self.started.pop().stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def web(self, application: str = "rakor.asgi:application", path: str = "/masuk/", port: int = 0) -> Program:
        """uvicorn as in the Dockerfile; it is back when the first 200 was read."""
        port = port or free_port()
        flags = ["--lifespan", "off", "--no-access-log", "--timeout-graceful-shutdown", "3", "--backlog", "2048"]
        program = self._run(["uvicorn", application, "--port", str(port), *flags], "web")
        program.port, began = port, time.monotonic()
        while not _answers(f"{program.url}{path}"):
            if program.process.poll() is not None or time.monotonic() - began > 60:
                raise RuntimeError((self.folder / "web.log").read_text()[-3000:])
            time.sleep(0.02)
        program.seconds_to_first_answer = time.monotonic() - began
        return program

    def worker(self) -> Program:
        """Celery as in docker-compose.yml: two children."""
        return self._run(["celery", "-A", "rakor", "worker", "--loglevel", "INFO", "--concurrency", "2"], "worker")

    def _run(self, module: list[str], name: str) -> Program:
        with (self.folder / f"{name}.log").open("ab") as out:
            process = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, stdout=out, stderr=out)
        program = Program(process)
        self.started.append(program)
        return program


def _cache() -> Path:
    devdb.ROOT.joinpath(".cache").mkdir(exist_ok=True)
    return devdb.ROOT / ".cache"


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=5) as answer:
        return answer.status == 200
    return False

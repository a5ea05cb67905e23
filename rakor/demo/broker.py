"""A broker for Celery without setting anything up (standard library only).

Order: ``REDIS_URL`` (the caller's business) → ``redis-server`` or ``valkey-server`` on a private socket → ``None``,
which makes the settings use Celery's filesystem transport. Nothing is kept: rows in the database are the truth.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .postgres import end_with_parent, socket_folder

PROGRAMS = ("redis-server", "valkey-server")


@dataclass
class Redis:
    """A running server; ``url`` is what REDIS_URL wants."""

    process: subprocess.Popen
    socket: Path

    @property
    def url(self) -> str:
        return f"redis+socket://{self.socket}"

    def stop(self, patience: float = 5) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def program() -> str | None:
    """Return the path of the first server found on this machine."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def start(folder: Path) -> Redis | None:
    """Start a server that only this user can reach and that keeps nothing on disk; ``None`` when there is none."""
    found = program()
    if found is None:
        return None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = socket_folder(folder) / "redis.sock"
    path.unlink(missing_ok=True)
    with (folder / "redis.log").open("ab") as out:
        process = subprocess.Popen(
            [found, "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--save", "",
             "--appendonly", "no", "--daemonize", "no", "--dir", str(folder)],
            stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )  # fmt: skip
    server = Redis(process, path)
    for _ in range(500):
        if _answers(path):
            return server
        if process.poll() is not None:
            break
        time.sleep(0.02)
    server.stop()
    return None


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(path))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False

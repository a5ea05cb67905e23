"""A child process of the demo: its own log, an end that takes its children along, a restart that does not hurry."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .postgres import end_with_parent

LONGEST_PAUSE = 30
CALM = 60  # a child that ran this many seconds starts again at once


class Child:
    """One program under watch. Start it from the main thread: where the system can, it ends when we do."""

    def __init__(
        self, name: str, command: list[str], logs: Path, environment: dict[str, str], sockets: tuple[int, ...] = ()
    ):
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.name = name
        self.command = command
        self.log = logs / f"{name}.log"
        self.log.write_bytes(b"")
        self.environment = environment
        self.sockets = sockets
        """Numbers of open sockets that it inherits."""
        self.process: subprocess.Popen | None = None
        self.deaths = 0
        self.started = 0.0
        self.start_again_at: float | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                start_new_session=True, pass_fds=self.sockets,
                preexec_fn=_end_with_us if sys.platform == "linux" else None,
            )  # fmt: skip
        self.started = time.monotonic()
        self.start_again_at = None

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def exit_code(self) -> int:
        return self.process.returncode if self.process is not None and self.process.returncode is not None else 0

    def tend(self) -> str | None:
        """Start a dead child again after a pause that doubles; return what is new to tell, if anything."""
        if self.running():
            return None
        now = time.monotonic()
        if self.start_again_at is None:
            self.deaths = 1 if now - self.started > CALM else self.deaths + 1
            pause = 0 if self.deaths == 1 else min(2 ** (self.deaths - 2), LONGEST_PAUSE)
            self.start_again_at = now + pause
            self._signal(signal.SIGKILL)
            return (
                f"\n“{self.name}” ended by itself (exit code {self.exit_code}). The end of {self.log}:\n"
                f"{tail(self.log, 15)}\nIt starts again{f' in {pause} s' if pause else ' now'}."
            )
        if now >= self.start_again_at:
            self.start()
        return None

    def ask_to_end(self) -> None:
        if self.process is not None and self.running():
            with contextlib.suppress(ProcessLookupError):
                self.process.terminate()

    def end_now(self) -> None:
        """Leave nothing of it: the program and whatever it started."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def _signal(self, number: int) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


def tail(log: Path, lines: int) -> str:
    """Return the last lines of a log that are not empty."""
    with contextlib.suppress(OSError):
        kept = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        return "\n".join(kept[-lines:])
    return ""


def _end_with_us() -> None:
    end_with_parent(signal.SIGTERM)

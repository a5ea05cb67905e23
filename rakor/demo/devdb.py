"""A throwaway PostgreSQL server under ``.cache/``, shared by everybody who works in this checkout.

    python -m rakor.demo.devdb NAME              start it, print DATABASE_URL
    python -m rakor.demo.devdb NAME command …    run the command with DATABASE_URL in its environment
    python -m rakor.demo.devdb --stop            end it now

A keeper process owns the server. Users hold a shared lock; when nobody has held it for a while, the keeper ends
the server. Several test runs at once thus share one server and never end it under each other's feet.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from . import postgres

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "postgres"
LINGER = 20  # seconds without a user before the server ends
PRINTED = 8 * 3600  # seconds that a printed address stays good without a user


class Lease:
    """The right to use the shared server; it ends with ``close()`` or with this process."""

    def __init__(self, users: IO[str], folder: Path):
        self._users = users
        self.folder = folder

    def url(self, database: str) -> str:
        return postgres.url(postgres.socket_folder(self.folder), database)

    def close(self) -> None:
        self._users.close()


def lease(folder: Path = FOLDER) -> Lease:
    """Return a lease on the running server, starting one first where none runs."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    users = (folder / "users.lock").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    with _locked(folder / "start.lock"):
        if not postgres.is_ready(folder):
            _start_keeper(folder)
    return Lease(users, folder)


def stay(seconds: float, folder: Path = FOLDER) -> None:
    """Keep the server for so many seconds although nobody holds a lease."""
    (folder / "until").write_text(str(time.time() + seconds))


def stop(folder: Path = FOLDER) -> bool:
    """End the server; return whether one ran."""
    keeper = _named(folder)
    if keeper is None:
        return False
    try:
        os.kill(keeper, signal.SIGTERM)
    except OSError:
        return False
    for _ in range(400):
        if not (folder / "keeper.pid").exists():
            break
        time.sleep(0.05)
    return True


def keep(folder: Path) -> None:
    """Own the server until nobody uses it: the body of the keeper process."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = postgres.start(folder, fsync=False)
    (folder / "keeper.pid").write_text(f"{os.getpid()}\n")
    try:
        _drop_leftovers(server.url())
        while server.process.poll() is None and not _everybody_left(folder, server):
            time.sleep(0.5)
    finally:
        server.stop()
        (folder / "keeper.pid").unlink(missing_ok=True)


def _start_keeper(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (folder / "keeper.log").open("ab") as out:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "rakor.demo.devdb", "--keep", str(folder)],
            env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + 60
    while not (postgres.is_ready(folder) and _named(folder) == keeper.pid):
        if keeper.poll() is not None or time.monotonic() > until:
            raise postgres.PostgresFailed((folder / "keeper.log").read_text(errors="replace")[-2000:])
        time.sleep(0.02)
    keeper.returncode = 0  # it outlives us on purpose: no warning about a running child


def _named(folder: Path) -> int | None:
    """The keeper's process id, once it has written the whole of it."""
    with contextlib.suppress(OSError, ValueError):
        line = (folder / "keeper.pid").read_text()
        return int(line) if line.endswith("\n") else None
    return None


def _everybody_left(folder: Path, server: postgres.Postgres) -> bool:
    """Wait for the lingering time without a user, then end the server while no one can come in."""
    if not server.data.exists():
        return True
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < LINGER or time.time() < _until(folder):
        if not server.data.exists() or server.process.poll() is not None:
            return True
        if not _unused(folder):
            return False
        time.sleep(0.5)
    with _locked(folder / "start.lock"):
        if not _unused(folder):
            return False
        server.stop()
        return True


def _until(folder: Path) -> float:
    with contextlib.suppress(OSError, ValueError):
        return float((folder / "until").read_text())
    return 0.0


def _unused(folder: Path) -> bool:
    try:
        with (folder / "users.lock").open("a") as users:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:
        return False


@contextlib.contextmanager
def _locked(path: Path):
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _drop_leftovers(server_url: str) -> None:
    """Drop the databases of test runs that were killed."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(server_url, autocommit=True) as connection:
        rows = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^test_rakor_[0-9]+'").fetchall()
        for (name,) in rows:
            pid = int(name.removeprefix("test_rakor_").split("_")[0])
            if not postgres.is_alive(pid):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--keep"]:
        keep(Path(arguments[1]))
        return 0
    if arguments == ["--stop"]:
        print("stopped" if stop() else "nothing was running")
        return 0
    if not arguments or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    name, *command = arguments
    held = lease()
    postgres.create_database(held.url("postgres"), name)
    if not command:
        stay(PRINTED)
        print(f"export DATABASE_URL='{held.url(name)}'")
        return 0
    environment = {**os.environ, "DATABASE_URL": held.url(name)}
    return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

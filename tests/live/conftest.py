"""A real uvicorn process on the test database."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
POOL = "rakor-live-tests"
"""The name under which PostgreSQL lists the connections of the process's pool."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(django_db_setup, django_db_blocker, tmp_path_factory):
    """The port of a uvicorn process whose pool has two database connections; pages of tests.live.urls."""
    chosen = free_port()
    name = connection.settings_dict["NAME"]
    given = urlsplit(os.environ["DATABASE_URL"])
    surroundings = {
        **os.environ,
        "DATABASE_URL": given._replace(path=f"/{name}", query=f"{given.query}&application_name={POOL}").geturl(),
        "DATABASE_POOL": "2",
        "DJANGO_SETTINGS_MODULE": "tests.live.settings",
        "RAKOR_TESTING": "1",
    }
    log = tmp_path_factory.mktemp("live") / "uvicorn.log"
    command = ["uvicorn", "rakor.asgi:application", "--port", str(chosen), "--timeout-graceful-shutdown", "2"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--lifespan", "off"], env=surroundings, cwd=ROOT, stdout=out, stderr=out
        )
    until = time.monotonic() + 30
    while "running on" not in log.read_text():
        if process.poll() is not None or time.monotonic() > until:
            raise AssertionError(log.read_text()[-3000:])
        time.sleep(0.05)
    yield chosen
    process.terminate()
    process.wait(10)


@pytest.fixture
def port(server, transactional_db):
    return server

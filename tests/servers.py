"""PostgreSQL and Redis for the tests, before the settings are read (a pytest plugin, loaded by ``-p tests.servers``).

``DATABASE_URL`` and ``REDIS_URL`` win when they are set. Otherwise every run gets a database of its own on the shared
throwaway server of ``rakor.demo.devdb`` and a Redis that ends with the run. Files go to a folder that is removed.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

from rakor.demo import broker, devdb

CACHE = devdb.ROOT / ".cache"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")
OURS = "RAKOR_TESTS_OWN"
"""Names the variables that this run set itself."""
SETTINGS = {"RAKOR_TESTING": "1", "SETUP_CODE": "kode-uji-1234"}


class Servers:
    """What this run started, so that it can end it."""

    def __init__(self):
        self.started = []

    def start(self) -> None:
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        if "PYTEST_XDIST_WORKER" in os.environ:
            for name in os.environ.pop(OURS, "").split():
                os.environ.pop(name, None)  # made by the process that spread the tests; a worker has servers of its own
        before = set(os.environ)
        if "RAKOR_DATA_DIR" not in os.environ:
            CACHE.mkdir(exist_ok=True)
            folder = tempfile.mkdtemp(prefix=f"tests-{os.getpid()}-", dir=CACHE)
            os.environ["RAKOR_DATA_DIR"] = folder
            (Path(folder) / "fonts").symlink_to(CACHE / "fonts")  # cut once per machine, not once per run
            self.started.append(lambda: shutil.rmtree(folder, ignore_errors=True))
        if "DATABASE_URL" not in os.environ:
            lease = devdb.lease()
            os.environ["DATABASE_URL"] = lease.url(f"rakor_{os.getpid()}")
            self.started.append(lease.close)
        if "REDIS_URL" not in os.environ:
            redis = broker.start(Path(os.environ["RAKOR_DATA_DIR"]) / "redis")
            if redis is not None:
                os.environ["REDIS_URL"] = redis.url
                self.started.append(redis.stop)
        os.environ[OURS] = " ".join(set(os.environ) - before)

    def stop(self) -> None:
        while self.started:
            self.started.pop()()


SERVERS = Servers()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config):
    """Start the servers before pytest-django reads the settings, which hold their addresses."""
    known = early_config.known_args_namespace
    if not (known.help or known.version):
        SERVERS.start()
        early_config.add_cleanup(SERVERS.stop)
        sys.addaudithook(_stay_on_this_machine)
    return (yield)


def pytest_report_header():
    broker_name = "Redis" if os.environ.get("REDIS_URL") else "the filesystem transport"
    return f"servers: {os.environ.get('DATABASE_URL', '').split('?')[0]}, {broker_name}"


def _stay_on_this_machine(event: str, arguments: tuple) -> None:
    """Refuse every connection that would leave this machine."""
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
        raise PermissionError(f"A test tried to reach {address[0]}: tests stay on this machine.")

"""`make demo` as a newcomer meets it: a fresh clone, one command, Ctrl-C, and again."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = re.compile(
    r"^(RAKOR_|DATABASE_|REDIS_|BASE_URL|SETUP_CODE|DJANGO_|PYTEST_|EMAIL_|SECRET_|LINK_|VIRTUAL_ENV|MAKE|MFLAGS)"
)
INSTALLERS = {"pip": 120, "uv": 40}
COMPILING = """
import asyncio, pathlib
for path in pathlib.Path(asyncio.__file__).parent.glob("*.py"):
    for _ in range(3):
        compile(path.read_bytes(), path.name, "exec")
"""
QUIET = 0.5  # seconds that COMPILING takes, twice side by side, on the two quiet cores for which the limits are set
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def clean() -> dict[str, str]:
    """The environment without what these tests themselves run on."""
    return {name: value for name, value in os.environ.items() if not OURS.match(name)}


def slowness() -> float:
    """How many times longer than on two quiet cores work takes here right now, at least 1: others, host and all."""
    began = time.monotonic()
    workers = [subprocess.Popen([sys.executable, "-I", "-c", COMPILING]) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    return max(1.0, (time.monotonic() - began) / QUIET)


class Run:
    """One `make demo` in a terminal of its own, and everything that it said."""

    COMMAND: tuple[str, ...] = ("make", "demo")

    def __init__(self, checkout: Path, port: int, **environment: str):
        self.checkout = checkout
        self.said = ""
        self.slowness = [slowness() for _ in range(3)]
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            self.COMMAND, cwd=checkout, env={**clean(), "PORT": str(port), **environment}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self.said += line

    def ready(self, seconds: float = 300) -> float:
        """Wait until it says how to end it; return the seconds since the start."""
        self.hears("Ctrl-C ends it", seconds)
        took = time.monotonic() - self.began
        self.slowness += [slowness() for _ in range(3)]
        return took

    def hears(self, words: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < until, self.said
            time.sleep(0.02)

    def quietly(self, seconds: float) -> float:
        """The seconds that it would have taken on the quiet machine for which the limits are set."""
        return seconds / statistics.mean(self.slowness)

    def download(self) -> float:
        """The seconds that it says went into downloading."""
        found = re.search(r"Download of .*?done in ([\d.]+) s|download ([\d.]+) s", self.said, re.DOTALL)
        return float(found[1] or found[2]) if found else 0.0

    def facts(self) -> dict:
        return json.loads((self.checkout / ".demo" / "demo.json").read_text())

    def press_ctrl_c(self) -> None:
        """What a terminal does: the signal goes to everything in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.ended()

    def ended(self, seconds: float = 30) -> int:
        code = self.process.wait(seconds)
        self._reader.join(10)
        self.process.stdout.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.press_ctrl_c()
        else:
            self.ended()


def processes_of(checkout: Path) -> dict[int, str]:
    """Every process whose program, arguments or folder lies in the checkout: pid → command line."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            folder = os.readlink(entry / "cwd")
        except OSError:
            continue
        if str(checkout) in command or folder.startswith(str(checkout)):
            found[int(entry.name)] = command
    return found


def left_over(checkout: Path, seconds: float = 0) -> dict[int, str]:
    until = time.monotonic() + seconds
    while (found := processes_of(checkout)) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def get(url: str) -> tuple[int, float]:
    """Open it as a browser that keeps cookies does; return status and milliseconds."""
    visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    began = time.perf_counter()
    with visitor.open(url, timeout=30) as answer:
        answer.read()
        return answer.status, (time.perf_counter() - began) * 1000


def clone(folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module", params=[name for name in INSTALLERS if name == "pip" or shutil.which(name)])
def first(request, tmp_path_factory, port):
    """The first start in an empty clone: (run, installer, seconds). It runs until its tests are done."""
    checkout = clone(tmp_path_factory.mktemp(request.param) / "rakor")
    with Run(checkout, port, RAKOR_INSTALLER=request.param) as run:
        yield run, request.param, run.ready()
    shutil.rmtree(checkout)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory, port):
    """A clone in which the demo has run once and was ended; it borrows the packages of this environment."""
    folder = clone(tmp_path_factory.mktemp("once") / "rakor")
    with Run(folder, port, **borrowed()) as run:
        run.ready()
    yield folder
    shutil.rmtree(folder)


def borrowed() -> dict[str, str]:
    return {"RAKOR_VENV": sys.prefix}


def test_first_start_is_ready_in_time(first):
    run, installer, seconds = first

    assert run.quietly(seconds - run.download()) < INSTALLERS[installer], (run.slowness, run.said)


def test_first_page_comes_within_300_ms(first):
    run, *_ = first
    get(run.facts()["base_url"])

    assert min(get(run.facts()["base_url"])[1] for _ in range(3)) < 300


def test_facts_name_everything_a_visitor_needs(first):
    run, *_ = first
    facts = run.facts()

    assert list(facts) == ["base_url", "accounts", "personal_links", "documents", "mailbox_url", "maildir"]
    assert [account for account in facts["accounts"] if not {"email", "password", "role"} <= account.keys()] == []
    assert sorted(facts["documents"]) == ["minutes_pdf", "verification"]
    assert Path(facts["maildir"]).is_dir()


def test_every_link_of_the_facts_opens(first):
    run, *_ = first
    facts = run.facts()
    links = [
        facts["base_url"],
        facts["mailbox_url"],
        facts["documents"]["verification"],
        *facts["personal_links"].values(),
    ]

    assert [link for link in links if get(link)[0] != 200] == []


def test_secrets_are_readable_by_their_owner_only(first):
    run, *_ = first
    folder = run.checkout / ".demo"
    files = [*(folder / "secrets").iterdir(), folder / "demo.json", folder / "seed.json"]

    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_git_sees_nothing_of_a_running_demo(first):
    run, *_ = first

    assert (
        subprocess.run(["git", "status", "--porcelain"], cwd=run.checkout, capture_output=True, check=True).stdout
        == b""
    )


def test_ctrl_c_leaves_no_process(first):
    run, *_ = first
    assert len(processes_of(run.checkout)) > 5

    run.press_ctrl_c()

    assert left_over(run.checkout) == {}


def test_next_start_is_ready_within_8_seconds_and_keeps_the_data(checkout, port):
    before = (checkout / ".demo" / "seed.json").read_bytes()
    with Run(checkout, port, **borrowed()) as run:
        seconds = run.ready()
        links = run.facts()["personal_links"].values()
        opened = [get(link)[0] for link in links]

    assert run.quietly(seconds) < 8, (run.slowness, run.said)
    assert opened == [200] * len(links)
    assert (checkout / ".demo" / "seed.json").read_bytes() == before


def test_another_port_is_in_every_link(checkout):
    other = free_port()
    with Run(checkout, other, **borrowed()) as run:
        run.ready()
        facts = run.facts()

    links = [facts["base_url"], *facts["personal_links"].values(), *facts["documents"].values()]
    assert [link for link in links if not link.startswith(f"http://127.0.0.1:{other}")] == []


def test_busy_port_is_said_with_the_next_step(checkout):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with Run(checkout, taken.getsockname()[1], **borrowed()) as run:
            code = run.ended()

    assert code != 0
    assert "is taken by another program. Choose another:  make demo PORT=" in run.said


def test_second_demo_on_the_same_data_is_refused(checkout, port):
    with Run(checkout, port, **borrowed()) as first_run:
        first_run.ready()
        with Run(checkout, free_port(), **borrowed()) as second_run:
            second_run.ended()

    assert f"The demo runs already: http://127.0.0.1:{port}/" in second_run.said


def test_killed_worker_is_reported_and_starts_again(checkout, port):
    with Run(checkout, port, **borrowed()) as run:
        run.ready()
        workers = [pid for pid, command in processes_of(checkout).items() if " celery -A rakor worker" in command]
        os.kill(min(workers), signal.SIGKILL)
        run.hears("“worker” ended by itself (exit code -9)")
        until = time.monotonic() + 30
        while (checkout / ".demo" / "logs" / "worker.log").read_text().count(
            " ready."
        ) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        said = (checkout / ".demo" / "logs" / "worker.log").read_text()

    assert said.count(" ready.") == 2


def test_kill_of_the_demo_takes_everything_along(checkout, port):
    with Run(checkout, port, **borrowed()) as run:
        run.ready()
        supervisor = [
            pid for pid, command in processes_of(checkout).items() if command.rstrip().endswith("-m rakor.demo")
        ]
        os.kill(supervisor[0], signal.SIGKILL)
        run.ended()

    assert left_over(checkout, seconds=20) == {}


def test_reset_empties_the_data_folder(checkout):
    subprocess.run(["make", "demo-reset"], cwd=checkout, env=clean(), capture_output=True, check=True)

    assert list((checkout / ".demo").iterdir()) == []

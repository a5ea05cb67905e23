"""A child that dies is reported and started again, ever more slowly; its end takes its own children along."""

import os
import sys
import time
from pathlib import Path

import pytest

from rakor.demo.children import Child


@pytest.fixture
def make(tmp_path):
    """Make a child that runs this Python code; whatever it started is gone afterwards."""
    made = []

    def make_one(code: str) -> Child:
        made.append(Child("uji", [sys.executable, "-c", code], tmp_path, dict(os.environ)))
        made[-1].start()
        return made[-1]

    yield make_one
    for child in made:
        child.end_now()


def is_running(pid: int) -> bool:
    """A zombie has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for_end(child: Child) -> None:
    until = time.monotonic() + 20
    while child.running() and time.monotonic() < until:
        time.sleep(0.02)


def test_dead_child_is_reported_with_the_end_of_its_log(make):
    child = make("print('alasan terakhir'); raise SystemExit(3)")
    wait_for_end(child)

    news = child.tend()

    assert "exit code 3" in news
    assert "alasan terakhir" in news


def test_dead_child_starts_again_at_once_and_then_ever_later(make):
    child = make("raise SystemExit(1)")
    pauses = []
    for _ in range(4):
        wait_for_end(child)
        before = time.monotonic()
        child.tend()
        pauses.append(round(child.start_again_at - before))
        child.start()

    assert pauses == [0, 1, 2, 4]


def test_running_child_is_left_alone(make):
    child = make("import time; time.sleep(60)")

    assert child.tend() is None
    assert child.running()


def test_end_takes_the_childs_children_along(make):
    child = make(
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    while not child.log.read_text().strip():
        time.sleep(0.02)
    grandchild = int(child.log.read_text())

    child.end_now()

    until = time.monotonic() + 10
    while is_running(grandchild) and time.monotonic() < until:
        time.sleep(0.02)
    assert not is_running(grandchild)

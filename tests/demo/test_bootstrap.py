"""The bootstrap installs exactly what is locked, empties only a demo's folder, and says what to do next."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "rakor" / "demo" / "bootstrap.py"
LOCKS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")


def bootstrap(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.MULTILINE))


def test_bootstrap_needs_nothing_but_the_standard_library():
    done = subprocess.run([sys.executable, "-I", "-S", SCRIPT], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "bootstrap.py demo" in done.stderr


def test_bootstrap_script_can_be_read_by_an_old_python():
    """It must get as far as its sentence about the version: no syntax newer than 3.8."""
    import ast

    ast.parse(SCRIPT.read_text(), feature_version=(3, 8))


def test_every_lock_pins_with_hashes_and_names_no_host():
    for lock in LOCKS:
        text = (ROOT / lock).read_text()
        pinned = [line for line in text.splitlines() if re.match(r"[a-z0-9]", line)]
        assert [line for line in pinned if not line.endswith("\\")] == []
        assert re.search(r"https?://|index-url|find-links", text) is None


def test_smaller_locks_are_part_of_the_larger():
    small, demo, tests = (pins(lock).items() for lock in LOCKS)

    assert small <= demo <= tests


def test_locks_hold_every_package_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    def names(wanted):
        return {re.match(r"[A-Za-z0-9._-]+", text)[0].lower() for text in wanted}

    assert names(project["dependencies"]) <= pins("requirements.txt").keys()
    assert names(project["optional-dependencies"]["demo"]) <= pins("requirements-demo.txt").keys()
    assert names(project["optional-dependencies"]["dev"]) <= pins("requirements-dev.txt").keys()


def test_pyproject_lists_every_package_of_the_application():
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"])
    present = {
        str(path.parent.relative_to(ROOT)).replace("/", ".")
        for top in ("rakor", "attendees", "agenda", "minutes")
        for path in (ROOT / top).rglob("__init__.py")
    }

    assert listed == present | {"static", "templates"}


def test_reset_empties_a_demos_folder(tmp_path):
    for name in ("postgres/pg15/base", "maildir"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("demo.lock", "demo.json", "maildir/1.eml"):
        (tmp_path / name).write_text("x")

    done = bootstrap("reset", RAKOR_DATA_DIR=str(tmp_path))

    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_reset_leaves_a_folder_that_is_not_a_demos(tmp_path):
    (tmp_path / "skripsi.docx").write_text("penting")

    done = bootstrap("reset", RAKOR_DATA_DIR=str(tmp_path))

    assert done.returncode == 1
    assert "nothing was removed" in done.stderr
    assert (tmp_path / "skripsi.docx").exists()


def test_reset_refuses_while_the_demo_runs(tmp_path):
    import fcntl

    with (tmp_path / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = bootstrap("reset", RAKOR_DATA_DIR=str(tmp_path))

    assert done.returncode == 1
    assert "The demo is running" in done.stderr

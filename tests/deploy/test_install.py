"""`pip install .` in an empty environment takes everything that the application reads, and Python 3.13 runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_image import OURS, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
ROOMS = ("rakor", "attendees", "agenda", "minutes", "templates", "static")
PYTHON_313 = next(
    (str(path) for path in [*Path.home().glob(".pyenv/versions/3.13*/bin/python"), shutil.which("python3.13")] if path),
    None,
)


def clean(**more: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if not name.startswith(OURS)}, **more}


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command, cwd=cwd, env=clean(**environment), capture_output=True, text=True, check=False, timeout=380
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The site-packages of a fresh environment after `pip install --no-deps` of a clone."""
    folder = tmp_path_factory.mktemp("install")
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "rakor")], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    done = run(str(folder / "venv/bin/python"), "-m", "pip", "install", "--no-deps", ".", cwd=folder / "rakor")
    assert done.returncode == 0, done.stdout + done.stderr
    return next((folder / "venv/lib").glob("python3*/site-packages"))


def test_every_file_of_the_rooms_is_installed(installed):
    listed = subprocess.run(
        ["git", "ls-files", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()

    assert [name for name in listed if (ROOT / name).exists() and not (installed / name).is_file()] == []


def test_installed_application_checks_itself(installed, tmp_path):
    """The dependencies are those of this environment; the application is the installed one."""
    program = (
        "import sys, rakor; sys.stdout.write(rakor.__file__); from django.core.management import call_command as c;"
    )
    done = run(
        sys.executable, "-c", program + "import django; django.setup(); c('check')",
        cwd=tmp_path, PYTHONPATH=str(installed), RAKOR_TESTING="1", DJANGO_SETTINGS_MODULE="rakor.settings",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installed))


def test_python_3_13_runs_the_checks_and_a_part_of_the_tests(tmp_path):
    if PYTHON_313 is None:
        pytest.skip("NO PYTHON 3.13 ON THIS MACHINE: Rakor was not tried on it")
    subprocess.run([PYTHON_313, "-m", "venv", str(tmp_path / "venv")], check=True)
    python = str(tmp_path / "venv/bin/python")
    packages = run(python, "-m", "pip", "install", "-q", "-r", str(ROOT / "requirements-dev.txt"), cwd=ROOT)
    assert packages.returncode == 0, packages.stderr

    done = run(
        python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_migrations.py", "tests/desk/test_health.py",
        "-m", "not slow", cwd=ROOT,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]

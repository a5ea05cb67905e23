"""No builder runs here, so the Dockerfile's instructions, paths and packages are read and held against the checkout."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile as (instruction, arguments), continued lines joined, comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in joined.splitlines() if line.strip()]


def arguments_of(name: str) -> list[str]:
    return [arguments for instruction, arguments in instructions() if instruction == name]


def apt_packages() -> list[list[str]]:
    """What each stage installs."""
    found = re.findall(r"apt-get install -y --no-install-recommends ([a-z0-9 .+-]+)", "\n".join(arguments_of("RUN")))
    return [packages.split() for packages in found]


def test_instructions_stand_in_the_order_that_keeps_the_cache_and_drops_rights():
    assert [name for name, _ in instructions()] == [
        "FROM", "ENV", "RUN", "RUN", "COPY", "RUN",
        "FROM", "RUN", "RUN", "COPY", "WORKDIR", *["COPY"] * 7, "ENV", "RUN", "USER", "RUN", "VOLUME", "EXPOSE",
        "HEALTHCHECK", "CMD",
    ]  # fmt: skip


def test_every_copied_source_is_in_the_checkout():
    sources = [arguments.split()[0] for arguments in arguments_of("COPY") if not arguments.startswith("--from")]

    assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_copied_source_is_sent_to_the_builder():
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    sources = {arguments.split()[0] for arguments in arguments_of("COPY") if not arguments.startswith("--from")}

    assert sent == sources


def test_stages_copy_only_from_stages_that_exist():
    named = {words[2] for arguments in arguments_of("FROM") if len(words := arguments.split()) == 3}
    wanted = set(re.findall(r"--from=(\S+)", " ".join(arguments_of("COPY"))))

    assert wanted == named == {"packages"}


def test_every_application_package_is_copied():
    copied = {arguments.split()[0] for arguments in arguments_of("COPY")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}

    assert packages - copied == set()


def test_apt_installs_what_the_bootstrap_installs():
    from rakor.demo.bootstrap import LIBRARIES

    assert apt_packages() == [["python3-venv"], ["ca-certificates", "python3", *LIBRARIES.values()]]


@pytest.mark.skipif(not shutil.which("apt-cache"), reason="no apt on this machine")
@pytest.mark.parametrize("package", [package for stage in apt_packages() for package in stage])
def test_apt_knows_every_package(package):
    shown = subprocess.run(["apt-cache", "show", package], capture_output=True, text=True, check=False)

    assert f"Package: {package}\n" in shown.stdout


def test_image_does_not_run_as_root():
    assert arguments_of("USER") == ["rakor"]


def test_every_secret_of_the_build_is_a_word_that_says_so():
    given = re.findall(r"(?:SECRET_KEY|LINK_KEY)=(\S+)", " ".join(arguments_of("RUN")))

    assert given == ["only-while-building"] * 2


def test_command_starts_the_application_and_health_check_its_module():
    command = json.loads(arguments_of("CMD")[0])
    health = json.loads(arguments_of("HEALTHCHECK")[0].split("CMD ")[1])

    assert command[:2] == ["uvicorn", "rakor.asgi:application"]
    assert health[:2] == ["python", "-m"]
    assert [name for name in ("uvicorn", "rakor.asgi", health[2]) if importlib.util.find_spec(name) is None] == []


def test_every_module_that_the_build_runs_is_there():
    modules = re.findall(r"python -m (rakor\.\S+)", " ".join(arguments_of("RUN")))

    assert modules == ["rakor.documents.fonts"]
    assert importlib.util.find_spec(modules[0]) is not None


def test_uvicorn_knows_every_option():
    command = json.loads(arguments_of("CMD")[0])
    known = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--help"], capture_output=True, text=True, check=True
    ).stdout

    assert [option for option in command if option.startswith("--") and option not in known] == []

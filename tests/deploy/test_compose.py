"""docker-compose.yml holds to the schema, and every name in it is one that the application reads."""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rakor.deploy import first_secrets

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
STYLE = ("service-keys-order", "services-alphabetical-order", "top-level-properties-order", "require-quotes-in-ports")


def block(start: str) -> str:
    """The lines of the file from that heading to the next one of the same depth."""
    depth = len(start) - len(start.lstrip())
    lines = COMPOSE.splitlines()
    first = lines.index(start)
    rest = lines[first + 1 :]
    end = next(
        (i for i, line in enumerate(rest) if line.strip() and len(line) - len(line.lstrip()) <= depth), len(rest)
    )
    return "\n".join(rest[:end])


def test_compose_file_holds_to_the_schema():
    if not shutil.which("npx"):
        if os.environ.get("CI"):
            pytest.fail("CI must check docker-compose.yml, and this machine has no npm.")
        pytest.skip("no npm here: docker-compose.yml is NOT checked against its schema")
    disabled = [part for rule in STYLE for part in ("--disable-rule", rule)]

    checked = subprocess.run(
        ["npx", "--yes", "dclint@3.1.0", "docker-compose.yml", "--max-warnings", "0", *disabled],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=110,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_services_are_the_six_and_the_migration_before_them():
    services = re.findall(r"^  ([a-z]+):$", block("services:"), re.MULTILINE)

    assert services == ["postgres", "redis", "migrate", "web", "worker", "beat", "proxy"]


def test_every_environment_name_is_one_that_the_settings_read():
    names = re.findall(r"^    ([A-Z_]+):", block("x-app: &app"), re.MULTILINE)
    settings = (ROOT / "rakor" / "settings.py").read_text()

    assert [name for name in names if f'"{name.removesuffix("_FILE")}"' not in settings] == []


def test_health_of_beat_is_asked_of_a_service_and_a_check_that_exist(client, db):
    check, address = re.search(r'"rakor.deploy.health", "(\w+)", "(\S+)"', block("  beat:")).groups()

    assert check in client.get("/sehat/").json()["checks"]
    assert f"  {urlsplit(address).hostname}:" in COMPOSE.splitlines()


def test_every_variable_of_compose_has_an_example():
    wanted = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE)) - {"RAKOR_VERSION"}
    given = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))

    assert given == wanted


def test_every_secret_is_a_file_that_the_first_secrets_make(tmp_path):
    files = re.findall(r"file: \./secrets/(\S+)", COMPOSE)

    assert sorted(first_secrets.write(tmp_path / "secrets")) == files


def test_first_secrets_never_touch_what_is_there(tmp_path):
    first_secrets.write(tmp_path)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}

    assert first_secrets.write(tmp_path) == []
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_first_secrets_lie_in_a_folder_that_only_its_owner_enters(tmp_path):
    first_secrets.write(tmp_path / "secrets")

    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_mounted_files_are_in_the_checkout():
    sources = re.findall(r"^      - \./(\S+?):", COMPOSE, re.MULTILINE)

    assert sources == ["rakor/deploy/Caddyfile"]
    assert (ROOT / sources[0]).is_file()


@pytest.mark.parametrize(
    "unit", sorted((ROOT / "rakor" / "deploy" / "systemd").glob("*.service")), ids=lambda p: p.stem
)
def test_unit_starts_the_same_program_as_compose(unit):
    program = re.search(r"^ExecStart=/opt/rakor/bin/(.+)$", unit.read_text(), re.MULTILINE)[1]
    said = (COMPOSE + (ROOT / "Dockerfile").read_text()).replace('", "', " ")

    assert " ".join(program.split()[:4]).replace(" --host 127.0.0.1", "").split(" --")[0] in said

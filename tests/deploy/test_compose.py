"""docker-compose.yml holds to the schema, and every name in it is one that the application reads."""

import os
import re
import shutil
import stat
import subprocess
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from rakor.deploy import first_secrets

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
NETWORKS = yaml.safe_load(COMPOSE)["networks"]
STYLE = ("service-keys-order", "services-alphabetical-order", "top-level-properties-order", "require-quotes-in-ports")


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
    assert list(SERVICES) == ["postgres", "redis", "migrate", "web", "worker", "beat", "proxy"]


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_every_environment_name_is_one_that_is_read(service):
    names = set(SERVICES[service]["environment"]) - {"FORWARDED_ALLOW_IPS"}  # that one uvicorn reads
    settings = (ROOT / "rakor" / "settings.py").read_text()

    assert len(names) > 10
    assert [name for name in names if f'"{name.removesuffix("_FILE")}"' not in settings] == []


def test_every_service_is_in_the_networks_that_it_needs():
    assert {name: sorted(service["networks"]) for name, service in SERVICES.items()} == {
        "postgres": ["inside"],
        "redis": ["inside"],
        "migrate": ["inside"],
        "web": ["front", "inside"],
        "worker": ["inside", "outside"],
        "beat": ["inside"],
        "proxy": ["front", "outside"],
    }
    assert [name for name, network in NETWORKS.items() if not network.get("internal")] == ["outside"]


def test_web_believes_the_proxy_alone_who_a_visitor_is():
    environments = {name: service.get("environment", {}) for name, service in SERVICES.items()}
    believed = {name: given.get("FORWARDED_ALLOW_IPS") for name, given in environments.items()}
    proxy = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    given = NETWORKS["front"]["ipam"]["config"][0]

    assert {name: value for name, value in believed.items() if value} == {"web": proxy}
    assert ip_address(proxy) in ip_network(given["subnet"])
    assert ip_address(proxy) not in ip_network(given["ip_range"])  # else another container may get it first


def test_health_of_beat_is_asked_of_a_service_and_a_check_that_exist(client, db):
    *_, check, address = SERVICES["beat"]["healthcheck"]["test"]

    assert check in client.get("/sehat/").json()["checks"]
    assert urlsplit(address).hostname in SERVICES


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

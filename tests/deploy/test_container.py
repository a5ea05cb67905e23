"""Dockerfile and docker-compose.yml carried out from the first line to the first paper (see container.py)."""

import ctypes
import json
import os
import socket
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPSConnection
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from rakor.demo import broker, postgres
from tests.deploy.container import Installation, Store, build, must_be_possible
from tests.deploy.test_dockerfile import ROOT
from tests.deploy.test_proxy import FORGED, tries
from tests.desk.test_setup import PAGE, TYPED
from tests.documents.pdf_assertions import assert_archival, assert_sound_to_qpdf, text

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

HOST = "rakor.localhost"
"""A name of this machine alone: for it the proxy issues its certificate by itself."""

LETTER = """
import sys, time
from datetime import timedelta

import django

django.setup()

from django.utils import timezone

from attendees import letters
from attendees.inviting import invite
from attendees.middleware import viewer_of
from attendees.models import Agency, Position
from rakor.accounts.models import User
from rakor.meetings.models import Meeting

organiser = User.objects.get()
by = viewer_of(organiser)
start = timezone.now() + timedelta(days=9)
when = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
unit = Agency.objects.get(name="Biro Uji")
meeting = Meeting(host=unit, title="Rapat Uji Wadah", venue="Aula Uji", city="Bogor", **when).plan(by=by)
meeting.publish(by=by)
invite(meeting, Position.objects.select_related("agency")[:90], by=by)
signatory = {"signatory": organiser.pk, "signatory_name": "Wayan Uji", "signatory_position": "Kepala Biro Uji"}
letter = letters.prepare_here(meeting, letters.proposal(meeting) | signatory, by=by)
until = time.monotonic() + 60
while letter.status == "numbered" and time.monotonic() < until:
    time.sleep(0.2)
    letter.refresh_from_db()
sys.stdout.buffer.write(bytes(letter.current.content))
"""
"""An organiser's work, typed into `docker compose exec web python -`; the worker makes the paper."""


@pytest.fixture(scope="module")
def installation(tmp_path_factory) -> Iterator[Installation]:
    """All services up, as `docker compose up` leaves them."""
    must_be_possible()
    folder = tmp_path_factory.mktemp("container")
    servers = []
    store = Store()
    installed = None
    try:
        database = postgres.start(folder / "postgres", fsync=False)
        servers.append(database)
        postgres.create_database(database.url(), "rakor")
        redis = broker.start(folder / "redis")
        servers.append(redis)
        for socket_file in (database.sockets / f".s.PGSQL.{postgres.PORT}", redis.socket):
            socket_file.chmod(0o777)
            socket_file.parent.chmod(0o755)
        sockets = {database.sockets: "/run/postgresql", redis.socket.parent: "/run/redis"}
        example = dict(
            line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if line[0] != "#"
        )
        installed = Installation(build(store), folder, {**example, "RAKOR_HOST": HOST}, sockets)
        installed.up()
        yield installed
    finally:
        if installed is not None:
            installed.down()
        store.end()
        for server in reversed(servers):
            server.stop()


def come_to(installation: Installation, service: str, port: int, visitor: str) -> HTTPConnection:
    """A connection from that address of the machine on which the service runs; by https to the proxy."""

    def from_there() -> socket.socket:
        with open(f"/proc/{installation.network_of(service)}/ns/net") as network:
            assert ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0) == 0, os.strerror(ctypes.get_errno())
        return socket.create_connection(("127.0.0.1", port), 20, (visitor, 0))

    with ThreadPoolExecutor(1) as thread:  # its thread is in that network from then on, and ends
        plain = thread.submit(from_there).result()
    connection = HTTPConnection(HOST)
    connection.sock = plain
    if service == "proxy":
        trusted = installation.image.tree.path("data/caddy/pki/authorities/local/root.crt")
        connection = HTTPSConnection(HOST)
        connection.sock = ssl.create_default_context(cafile=str(trusted)).wrap_socket(plain, server_hostname=HOST)
    return connection


def ask(connection: HTTPConnection, method: str, page: str, body: str = "", **headers: str):
    """The answer, read, and its cookies."""
    connection.request(method, page, body or None, headers)
    answer = connection.getresponse()
    said = answer.read()
    cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie", [])))
    return answer, said.decode(), cookies


@pytest.fixture(scope="module")
def set_up(installation) -> Installation:
    """The same after the first visit, which made ministry, unit, letterhead and first organiser."""
    visit = come_to(installation, "proxy", 443, "127.0.0.1")
    _, _, cookies = ask(visit, "GET", PAGE)
    token = cookies["csrftoken"].value
    code = (installation.folder / "secrets/setup_code").read_text()
    typed = urlencode({**TYPED, "code": code, "directory": "on", "csrfmiddlewaretoken": token})
    answer, said, _ = ask(
        visit, "POST", PAGE, typed, Cookie=f"csrftoken={token}", Origin=f"https://{HOST}",
        **{"Content-Type": "application/x-www-form-urlencoded"},
    )  # fmt: skip
    visit.close()
    assert answer.status == 302, said
    return installation


def test_migration_ended_well(installation):
    assert installation.containers["migrate"].process.wait(1) == 0


@pytest.mark.parametrize("service", ["web", "worker", "beat"])
def test_health_check_passes(installation, service):
    container = installation.containers[service]

    assert container.becomes_healthy(), container.check()


def test_health_check_of_web_fails_where_nothing_answers(installation):
    migrate = installation.containers["migrate"]
    asked = migrate.run(["python", "-m", "rakor.deploy.health", "", "http://127.0.0.1:8001"])

    assert asked.returncode == 1


def test_first_visitor_is_led_to_the_set_up_by_https(installation):
    visit = come_to(installation, "proxy", 443, "127.0.0.1")
    answer, _, _ = ask(visit, "GET", "/")
    visit.close()

    assert (answer.status, answer.headers["Location"]) == (302, PAGE)
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]


def test_pages_come_with_their_style(set_up):
    visit = come_to(set_up, "proxy", 443, "127.0.0.1")
    page, said, cookies = ask(visit, "GET", "/masuk/")
    style = said.split('rel="stylesheet" href="')[1].split('"')[0]
    sheet, _, _ = ask(visit, "GET", style)
    visit.close()

    assert (page.status, sheet.status, sheet.headers["Content-Type"]) == (200, 200, 'text/css; charset="utf-8"')
    assert cookies["csrftoken"]["secure"]


def test_visitors_have_limits_of_their_own(set_up):
    origin = {"Origin": f"https://{HOST}"}

    assert tries(come_to(set_up, "proxy", 443, "127.0.0.2"), 31, **origin) == [200] * 30 + [429]
    assert tries(come_to(set_up, "proxy", 443, "127.0.0.3"), 1, **origin) == [200]
    assert tries(come_to(set_up, "proxy", 443, "127.0.0.2"), 1, **origin, **FORGED) == [429]


def test_web_believes_nobody_but_the_proxy(set_up):
    """Another container that asks web says that it comes by https: it is sent to https."""
    forged = {**FORGED, "X-Forwarded-Proto": "https"}
    past_the_proxy = come_to(set_up, "web", 8000, "127.0.0.1")
    answer, _, _ = ask(past_the_proxy, "GET", "/masuk/", **forged)
    past_the_proxy.close()

    assert (answer.status, answer.headers["Location"]) == (301, f"https://{HOST}/masuk/")


def test_deployment_check_is_clean(installation):
    checked = installation.containers["web"].run(
        ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    )

    assert checked.returncode == 0, checked.stderr.decode()


def test_certificate_of_a_mail_server_can_be_checked(installation):
    asked = "import ssl; print(ssl.create_default_context().cert_store_stats()['x509_ca'])"
    known = installation.containers["worker"].run(["python", "-c", asked])

    assert int(known.stdout) > 50


def test_worker_makes_the_paper_of_a_letter(set_up, tmp_path):
    worker = set_up.containers["worker"]
    made = set_up.containers["web"].run(["python", "-"], stdin=LETTER.encode())
    lines = [json.loads(line) for line in worker.log.read_text().splitlines() if line.startswith("{")]
    done = [line["status"] for line in lines if line.get("task") == "rakor.documents.tasks.render_document"]

    assert made.returncode == 0, made.stderr.decode()[-3000:] + worker.log.read_text()[-3000:]
    assert made.stdout.startswith(b"%PDF-1.7")
    assert "Rapat Uji Wadah" in text(made.stdout, tmp_path)
    assert set(done) == {"SUCCESS"}
    assert_archival(made.stdout, verify_url=f"https://{HOST}/verifikasi/")
    assert_sound_to_qpdf(made.stdout, tmp_path)


def test_nothing_is_mounted_on_this_machine_itself(installation):
    there = Path(f"/proc/{installation.image.tree.store.process.pid}/mounts").read_text()

    assert "trees /mnt tmpfs" in there
    assert "trees /mnt tmpfs" not in Path("/proc/self/mounts").read_text()

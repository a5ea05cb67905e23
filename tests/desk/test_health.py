"""The health pages: live, ready, and everything that a watchman asks for."""

import json
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from rakor.audit.models import record
from rakor.deploy.health import healthy
from rakor.lib.access import SYSTEM
from rakor.mail.models import OutgoingMail, Pulse
from rakor.mail.tasks import sweep
from tests import factories as make
from tests.conftest import free_port

PAGES = ("/sehat/", "/sehat/hidup/", "/sehat/siap/")


@pytest.fixture
def well(db):
    """An installation whose workers are at it."""
    make.PulseFactory()


def unwell(client, page="/sehat/") -> tuple[int, list[str]]:
    answer = client.get(page)
    return answer.status_code, [name for name, check in answer.json()["checks"].items() if not check["ok"]]


def minutes_ago(minutes: int):
    return timezone.now() - timedelta(minutes=minutes)


def test_everything_is_looked_at_and_well(client, well):
    answer = client.get("/sehat/")

    assert (answer.status_code, answer.json()["status"]) == (200, "well")
    assert list(answer.json()["checks"]) == ["database", "disk", "broker", "workers", "mail", "papers"]


@pytest.mark.parametrize("page", PAGES)
def test_health_is_never_kept(client, well, page):
    assert "no-store" in client.get(page)["Cache-Control"]


@pytest.mark.parametrize(("page", "queries"), [("/sehat/hidup/", 0), ("/sehat/siap/", 0), ("/sehat/", 3)])
def test_health_is_cheap(client, well, django_assert_num_queries, page, queries):
    with django_assert_num_queries(queries):
        client.get(page)


@pytest.mark.django_db(transaction=True)
def test_without_the_database_it_lives_and_soon_says_that_it_is_not_ready(client, no_database):
    assert client.get("/sehat/hidup/").status_code == 200
    for page in ("/sehat/siap/", "/sehat/"):
        began = time.monotonic()
        assert unwell(client, page) == (503, ["database"])
        assert time.monotonic() - began < 3


def test_no_sweep_is_unwell_but_ready(client, db):
    assert unwell(client) == (503, ["workers"])
    assert unwell(client, "/sehat/siap/") == (200, [])


@pytest.mark.parametrize(("minutes", "found"), [(4, (200, [])), (6, (503, ["workers"]))])
def test_workers_that_fell_silent(client, db, minutes, found):
    make.PulseFactory(at=minutes_ago(minutes))

    assert unwell(client) == found


def test_sweep_leaves_its_pulse_in_one_row(client, db):
    make.PulseFactory(at=minutes_ago(60))

    sweep()
    sweep()

    assert Pulse.objects.count() == 1
    assert unwell(client) == (200, [])


@pytest.mark.parametrize(
    ("mail", "found"),
    [
        ({"created_at": 9, "next_attempt_at": 9}, (200, [])),
        ({"created_at": 11, "next_attempt_at": 11}, (503, ["mail"])),
        ({"created_at": 11, "next_attempt_at": -1}, (503, ["mail"])),  # put off while the mail server is away
        ({"status": "bounced_soft", "created_at": 90, "next_attempt_at": -30}, (200, [])),
        ({"status": "bounced_soft", "created_at": 90, "next_attempt_at": 11}, (503, ["mail"])),
        ({"status": "cancelled", "created_at": 90, "next_attempt_at": 90}, (200, [])),
    ],
)
def test_age_of_the_oldest_unsent_mail(client, well, mail, found):
    make.OutgoingMailFactory(**{n: minutes_ago(v) if n.endswith("_at") else v for n, v in mail.items()})

    assert unwell(client) == found


@pytest.mark.parametrize(("minutes", "found"), [(9, (200, [])), (11, (503, ["papers"]))])
def test_age_of_the_oldest_paper_that_is_not_made(client, well, minutes, found):
    paper = make.DocumentFactory(status="numbered", number="1/UJI/2026", date=timezone.localdate())
    event = record("document.numbered", target=paper, by=SYSTEM)
    type(event).objects.create(verb=event.verb, target=event.target, actor="system", at=minutes_ago(minutes - 1))
    with connections["default"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_auditevent SET at = %s", [minutes_ago(minutes)])

    assert unwell(client) == found


def test_full_disk_is_not_ready(client, well, settings):
    settings.LEAST_FREE_MB = 10**9

    assert unwell(client, "/sehat/siap/") == (503, ["disk"])


def test_missing_data_folder_is_not_ready(client, well, settings, tmp_path):
    settings.DATA_DIR = tmp_path / "tidak-ada"

    assert unwell(client, "/sehat/siap/") == (503, ["disk"])


def test_broker_that_is_away(client, well, tmp_path):
    from celery import current_app

    before = current_app.conf.broker_write_url, current_app.conf.broker_url
    current_app.conf.broker_write_url = current_app.conf.broker_url = f"redis+socket://{tmp_path}/none.sock"
    try:
        found = unwell(client)
    finally:
        current_app.conf.broker_write_url, current_app.conf.broker_url = before

    assert found == (503, ["broker"])


def test_answer_holds_no_personal_data(client, well):
    make.OutgoingMailFactory(to="budi@uji.example", to_name="Budi Hartanto", created_at=minutes_ago(60))

    text = json.dumps(client.get("/sehat/").json())

    assert OutgoingMail.objects.get().to not in text
    assert "Budi" not in text


@pytest.mark.slow
def test_check_of_the_container_asks_a_real_server(site, monkeypatch):
    monkeypatch.setenv("BASE_URL", site.url)

    assert (healthy("", site.url), healthy("workers", site.url)) == (True, False)
    make.PulseFactory()
    assert healthy("workers", site.url) is True
    assert healthy("", f"http://127.0.0.1:{free_port()}") is False

"""What a journey needs beside the site: a mail server, a worker that delivers, and browsers of several people."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from attendees.models import Invitation
from rakor.demo.mailcatcher import MailCatcher
from tests.journeys.steps import Visitor
from tests.mail import processes


@pytest.fixture
def sink(tmp_path):
    """The mail server of the journey; keeps every mail."""
    with MailCatcher(tmp_path / "maildir") as running:
        yield running


@pytest.fixture
def worker(site, sink, tmp_path):
    """A real Celery worker on the test database and the site's transport, delivering to `sink`."""
    surroundings = processes.environment(
        Path(os.environ["RAKOR_DATA_DIR"]),
        DJANGO_SETTINGS_MODULE="rakor.settings",
        BASE_URL=site.url,
        EMAIL_PORT=str(sink.smtp_port),
        **{name: os.environ[name] for name in ("REDIS_URL",) if name in os.environ},
    )
    log = tmp_path / "worker.log"
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--purge"]
    command = ["worker", "--loglevel", "INFO", "--concurrency", "1", *quiet]
    with processes.Celery(command, surroundings, log) as running:
        processes.wait_until(lambda: "ready." in log.read_text(errors="replace"), 60, log)
        yield running


@pytest.fixture
def visitor(new_context, site, tmp_path) -> Callable[..., Visitor]:
    """`visitor(width=360, height=740, **context)` → somebody with a browser of his own.

    At the end of the test no browser may have seen a console error or asked another host, and no log holds what opens
    a personal link.
    """
    visitors: list[Visitor] = []

    def arrive(width: int = 1280, height: int = 800, **context) -> Visitor:
        page: Page = new_context(viewport={"width": width, "height": height}, **context).new_page()
        page.set_default_timeout(30_000)
        page.set_default_navigation_timeout(60_000)
        visitors.append(Visitor(page, site.url))
        return visitors[-1]

    yield arrive
    assert [error for somebody in visitors for error in somebody.errors] == []
    assert [url for somebody in visitors for url in somebody.outside] == []
    logs = "".join(path.read_text(errors="replace") for path in tmp_path.glob("*.log"))
    macs = [invitation.link.rpartition(".")[2] for invitation in Invitation.objects.all()]
    assert [mac for mac in macs if mac in logs] == []

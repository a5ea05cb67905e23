"""A room with kinds, a mail server with faults, and the outbox set to it."""

import pytest

from rakor.demo import broker
from rakor.mail.kinds import kinds
from rakor.mail.models import OutgoingMail
from rakor.mail.outbox import queue
from tests.mail.processes import environment
from tests.mail.room import mails
from tests.mail.sink import Sink


@pytest.fixture(autouse=True)
def room():
    """The kinds of tests.mail.room, filed for one test."""
    mails.SETTLED.clear()
    for kind in mails.KINDS:
        kinds.add(kind)
    yield
    for kind in mails.KINDS:
        kinds._entries.pop(kind.name)


@pytest.fixture
def sink(tmp_path, settings):
    with Sink(tmp_path / "maildir") as running:
        settings.EMAIL_HOST = "127.0.0.1"
        settings.EMAIL_PORT = running.smtp_port
        settings.EMAIL_TIMEOUT = 5
        settings.DEFAULT_FROM_EMAIL = "Rakor <rakor@rakor.example>"
        settings.BASE_URL = "https://rakor.example"
        yield running


@pytest.fixture
def letter(db):
    """Queues one letter: `letter(to="budi@bp3mi.example", number=1)`."""

    def make(number: int = 1, to: str = "budi@bp3mi.example", kind: str = "room.letter", **ids) -> OutgoingMail:
        ids = {"number": number, **ids} if kind == "room.letter" else ids
        return queue(kind, key=f"{kind}:{number}:{to}", to=to, to_name="Kepala BP3MI Contoh", ids=ids)

    return make


@pytest.fixture(params=["redis", "filesystem"])
def surroundings(request, tmp_path, sink, transactional_db):
    """The environment of web, worker and beat on one of the two transports of the demo, with a broker of its own."""
    more = {"EMAIL_PORT": str(sink.smtp_port), "MAIL_LEASE": "6"}
    if request.param == "filesystem":
        yield environment(tmp_path, **more)
        return
    redis = broker.start(tmp_path / "redis")
    assert redis is not None, "redis-server is not installed"
    yield environment(tmp_path, **more, REDIS_URL=redis.url)
    redis.stop()

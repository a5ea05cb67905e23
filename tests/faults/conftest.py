"""A server to be killed, an installation on each transport, and the people in it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import connection

from rakor.demo import postgres
from rakor.mail.kinds import kinds
from tests import factories as make
from tests.benchmarks.rows import session_of_guest, session_of_user
from tests.conftest import Cast, make_cast, staff_meeting
from tests.faults.place import Place, Server, settle, use
from tests.faults.visitors import Stream
from tests.mail.room import mails
from tests.mail.sink import Sink

NUMBER = count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory, django_db_blocker):
    """A PostgreSQL with a database `pattern` that has every table."""
    made = Server(tmp_path_factory.mktemp("faults") / "postgres")
    postgres.create_database(made.running.url(), "pattern")
    before = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        use(made.running.url("pattern"))
        call_command("migrate", verbosity=0)
        connection.close()
        connection.close_pool()
    connection.settings_dict.update(before)
    made.stop()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def database(server, django_db_blocker):
    """The address of a fresh database on which this process works too."""
    import psycopg

    name = f"uji_{next(NUMBER)}"
    with psycopg.connect(server.running.url(), autocommit=True) as asked:
        asked.execute(f"CREATE DATABASE {name} TEMPLATE pattern")
    before = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        use(server.running.url(name))
        yield server.running.url(name)
        connection.close()
        connection.close_pool()
    connection.settings_dict.update(before)


@pytest.fixture
def sink(tmp_path):
    with Sink(tmp_path / "maildir") as running:
        yield running


@pytest.fixture(params=["redis", "filesystem"])
def place(request, database, sink, collected, tmp_path):
    """The installation on one of the two transports; the test starts it when its rows are there."""
    for kind in mails.KINDS:
        kinds.add(kind)
    made = settle(request.param, tmp_path, database, collected, sink.smtp_port)
    yield made
    made.stop()
    for kind in mails.KINDS:
        kinds._entries.pop(kind.name)


@dataclass
class House:
    """The cast, a running meeting with a point being typed, and `seats`: invitations with their guests' sessions."""

    cast: Cast
    meeting: SimpleNamespace
    item: int
    point: int
    seats: list[tuple[str, str]]
    sessions: dict[str, str]


@pytest.fixture
def house(database) -> House:
    from minutes.models import Minutes

    cast = make_cast()
    meeting = staff_meeting(cast, status="in_progress")
    item = make.AgendaItemFactory(meeting=meeting, title="Diskusi")
    by = cast.viewer(cast.nia)
    point = Minutes.begin(meeting, by=by).write(kind="response", text="Mulai.", item=item, by=by)
    coming = staff_meeting(cast)
    invited = [make.InvitationFactory(meeting=coming, person_name="Pejabat Uji") for _ in range(150)]
    seats = [(invitation.public_id, session_of_guest(invitation)) for invitation in invited]
    sessions = {name: session_of_user(getattr(cast, name)) for name in ("sari", "nia", "karno")}
    found = SimpleNamespace(public_id=meeting.public_id, channel=meeting.channel, coming=coming)
    return House(cast, found, item.pk, point.pk, seats, sessions)


@pytest.fixture
def open_streams():
    """`open_streams(place, path, session, number)` → pages that hold an event stream and come back by themselves."""
    opened: list[Stream] = []

    def begin(place: Place, path: str, session: str, number: int) -> list[Stream]:
        opened.extend(made := [Stream(place.port, path, session) for _ in range(number)])
        return made

    yield begin
    for stream in opened:
        stream.close()

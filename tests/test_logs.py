"""One line for each request, task and slow query, with what an operator needs and nothing about a person."""

import json
import logging
import sys
import time

import pytest
from django.db import connection
from django.utils import timezone

from rakor import logs
from rakor.audit.models import record
from rakor.lib.access import SYSTEM
from rakor.logs import HEADER, JsonLines, Lines, masked, shape
from tests import factories as make

TOKEN = "7QXWABCD2345.c2VjcmV0LW1hYy1zZWNyZXQ"


@pytest.fixture
def written():
    """`written()` → what our loggers wrote, each line parsed from JSON."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    keep = Keep()
    keep.setFormatter(JsonLines())
    logging.getLogger().addHandler(keep)
    yield lambda logger="rakor.records": [line for line in map(json.loads, lines) if line["logger"] == logger]
    logging.getLogger().removeHandler(keep)


def test_request_leaves_one_line(written, login, cast, meeting):
    answer = login(cast.sari).get(f"/rapat/{meeting.public_id}/?cari=Budi")

    [line] = written()
    facts = {name: line[name] for name in ("method", "page", "path", "status", "meeting", "request_id", "level")}
    assert facts == {
        "method": "GET", "page": "meeting_detail", "path": f"/rapat/{meeting.public_id}/", "status": 200,
        "meeting": meeting.public_id, "request_id": answer[HEADER], "level": "INFO",
    }  # fmt: skip
    assert line["queries"] > 3
    assert line["ms"] > line["query_ms"] > 0


def test_line_names_the_meeting_of_an_answer(written, guest, invitation):
    client = guest(invitation)

    client.post(f"/undangan/{invitation.public_id}/jawab/", {"answer": "declined", "reason": "Berhalangan"})

    assert (written()[-1]["page"], written()[-1]["meeting"]) == ("invitation_respond", invitation.meeting.public_id)


def test_line_of_a_personal_link_keeps_no_token(written, client, db):
    client.get(f"/u/{TOKEN}")

    assert [(line["page"], line["path"]) for line in written()] == [("link", "/u/…")]


def test_line_of_an_unknown_address_does_not_repeat_it(written, client, db):
    client.get("/Budi-Hartanto/")

    [line] = written()
    assert (line["status"], line.get("path"), "Budi" in json.dumps(line)) == (404, None, False)


def test_every_request_has_an_id_of_its_own(client, db):
    ids = {client.get("/sehat/hidup/", headers={HEADER: "dari-luar"})[HEADER] for _ in range(2)}

    assert len(ids) == 2
    assert "dari-luar" not in ids


def test_slow_query_is_told_by_its_shape(written, db, settings):
    settings.SLOW_QUERY_MS = 50
    with connection.cursor() as cursor:
        cursor.execute("SELECT\n pg_sleep(%s), %s", [0.06, "rahasia"])
        cursor.execute("SELECT 1")

    [line] = written("rakor.slow")
    assert line["sql"] == "SELECT pg_sleep(%s), %s"
    assert line["ms"] >= 50


def test_slow_query_of_a_request_names_it(written, client, db, settings):
    settings.SLOW_QUERY_MS = 0

    answer = client.get("/verifikasi/ABCD-EFGH-JKMN/")

    assert {line["request_id"] for line in written("rakor.slow")} == {answer[HEADER]}


def test_long_list_of_a_query_is_shortened():
    assert shape("SELECT a\nFROM b WHERE c IN (%s, %s, %s)") == "SELECT a FROM b WHERE c IN (%s, …)"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"GET /u/{TOKEN}?x=1", "GET /u/…?x=1"),
        ("/akun/lupa-sandi/kunci/5-abc/", "/akun/lupa-sandi/kunci/…"),
        ("550 <budi.h@bp3mi.example>: gone", "550 <…@…>: gone"),
        ('duplicate key\nDETAIL:  Key (email)=(budi) exists.\nmore', "duplicate key\nDETAIL: …\nmore"),
    ],
)  # fmt: skip
def test_text_is_masked(text, kept):
    assert masked(text) == kept


@pytest.mark.parametrize("formatter", [JsonLines, Lines])
def test_error_is_masked_whatever_carries_it(formatter):
    try:
        raise ValueError(f"/u/{TOKEN} budi@uji.example")
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "went wrong: %s", (error,), sys.exc_info())

    line = formatter().format(record)

    assert [secret for secret in (TOKEN, "budi@uji") if secret in line] == []
    assert line.count("/u/…") == 3
    assert "ValueError" in line


def test_task_leaves_one_line(written, db):
    from rakor.mail.tasks import sweep

    sweep.apply(task_id="tugas-1")

    [line] = written()
    named = {name: line[name] for name in ("task", "task_id", "status", "queries")}
    assert named == {"task": "rakor.mail.tasks.sweep", "task_id": "tugas-1", "status": "SUCCESS", "queries": 3}


def test_task_line_names_the_meeting_of_what_it_did(written, cast, meeting):
    from rakor.documents.tasks import render_document

    paper = make.DocumentFactory(meeting=meeting, status="numbered", number="1/UJI/2026", date=timezone.localdate())
    logs._task_begins(task_id="tugas-1", task=render_document)
    record("document.tried_again", target=paper, by=SYSTEM, meeting=meeting)
    logs._task_ends(task_id="tugas-1", task=render_document, state="SUCCESS")

    assert [line["meeting"] for line in written()] == [meeting.public_id]


def test_a_long_address_is_masked_at_once():
    """A stranger can send 60 kB of it: what looked for a mail address from every letter on took a minute."""
    began = time.perf_counter()
    assert masked("/verifikasi/" + "9" * 60_000) == "/verifikasi/" + "9" * 60_000
    assert time.perf_counter() - began < 1

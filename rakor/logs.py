"""One line for each request, task and slow query, joined by a request id; no line keeps a link, an address or a value.

A request's id goes out as the header `X-Request-ID` and with every task it starts; a worker's lines carry it too.
The settings' LOGGING names this module, so every process has it before the first query.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"
LINK = re.compile(r"(/u/|/akun/lupa-sandi/kunci/)[^\s\"'?#&]+")
ADDRESS = re.compile(r"(?<![^\s@<>()\"',;:=])[^\s@<>()\"',;:=]+@[^\s@<>()\"',;:=]+\.[^\s@<>()\"',;:=]+")
ROW = re.compile(r"^(DETAIL:).*$", re.MULTILINE)
LISTED = re.compile(r"\(%s(?:, %s)+\)")
LONGEST_SHAPE = 2000

records = logging.getLogger("rakor.records")
slow = logging.getLogger("rakor.slow")


def masked(text: str) -> str:
    """The text without personal links, mail addresses and the values that PostgreSQL quotes from a refused row."""
    return ROW.sub(r"\1 …", ADDRESS.sub("…@…", LINK.sub(r"\1…", text)))


# -- what goes on ----------------------------------------------------------------------------------------------


@dataclass
class Work:
    """One request or task while it runs."""

    request_id: str
    meeting: str = ""
    queries: int = 0
    seconds: float = 0.0
    """Spent waiting for the database."""
    began: float = field(default_factory=time.perf_counter)

    def facts(self) -> dict[str, Any]:
        """What its line says besides name and outcome."""
        return {
            "ms": round((time.perf_counter() - self.began) * 1000, 1),
            "queries": self.queries,
            "query_ms": round(self.seconds * 1000, 1),
            **({"meeting": self.meeting} if self.meeting else {}),
        }


_work: ContextVar[Work | None] = ContextVar("rakor_work", default=None)


def concerns(meeting: str) -> None:
    """Notes the public id of the meeting that the present request or task is about."""
    if (work := _work.get()) is not None and meeting:
        work.meeting = meeting


# -- how a line looks ------------------------------------------------------------------------------------------


class Lines(logging.Formatter):
    """A line for people: time, level, logger, words, request id and facts; masked."""

    def format(self, record: logging.LogRecord) -> str:
        facts = " ".join(f"{name}={value}" for name, value in _facts(record).items())
        return masked(super().format(record)) + (f" [{facts}]" if facts else "")


class JsonLines(logging.Formatter):
    """A line for programs: one JSON object; masked."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": masked(record.getMessage()),
            **_facts(record),
        }
        if record.exc_info:
            line["error"] = masked(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    facts = getattr(record, "facts", {})
    work = _work.get()
    return {"request_id": work.request_id, **facts} if work is not None else facts


# -- requests --------------------------------------------------------------------------------------------------


class RequestRecords:
    """Middleware: gives each request its id and writes its line when the answer is ready (for a stream: begun).

    `request.began` is the time of its arrival, in seconds of the epoch.
    """

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        work = Work(secrets.token_hex(8))
        request.began = time.time()  # type: ignore[attr-defined]
        token = _work.set(work)
        try:
            response = self.get_response(request)
            response[HEADER] = work.request_id
            status = response.status_code
            records.info("%s %s", request.method, status, extra={"facts": _request_facts(request, status, work)})
            return response
        finally:
            _work.reset(token)


def _request_facts(request: HttpRequest, status: int, work: Work) -> dict[str, Any]:
    """The path only where it is one of ours and without what was searched for: a stranger may type anything."""
    match = request.resolver_match
    if match is not None and status < 400:
        work.meeting = work.meeting or str(match.kwargs.get("meeting", ""))
    page = {"page": match.url_name, "path": masked(request.path)} if match is not None else {}
    return {"method": request.method, **page, "status": status, **work.facts()}


# -- tasks -----------------------------------------------------------------------------------------------------

_running: dict[str, tuple[Work, Token[Work | None]]] = {}


def _send_along(headers: dict[str, Any], **_: Any) -> None:
    if (work := _work.get()) is not None:
        headers["request_id"] = work.request_id


def _task_begins(task_id: str, task: Any, **_: Any) -> None:
    work = Work(getattr(task.request, "request_id", None) or secrets.token_hex(8))
    _running[task_id] = work, _work.set(work)


def _task_ends(task_id: str, task: Any, state: str | None = None, **_: Any) -> None:
    if task_id not in _running:
        return
    work, token = _running.pop(task_id)
    facts = {"task": task.name, "task_id": task_id, "status": state, **work.facts()}
    records.info("%s %s", task.name, state, extra={"facts": facts})
    _work.reset(token)


before_task_publish.connect(_send_along)
task_prerun.connect(_task_begins)
task_postrun.connect(_task_ends)


# -- queries ---------------------------------------------------------------------------------------------------


def _watch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Counts the query; one that took long is told by its shape, never with its values."""
    began = time.perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = time.perf_counter() - began
        if (work := _work.get()) is not None:
            work.queries += 1
            work.seconds += seconds
        if seconds * 1000 >= settings.SLOW_QUERY_MS:
            slow.warning("slow query", extra={"facts": {"ms": round(seconds * 1000, 1), "sql": shape(sql)}})


def shape(sql: Any) -> str:
    """The query on one line with its placeholders, a list of them shortened; a composed one is only called so."""
    if not isinstance(sql, str):
        return type(sql).__name__
    return LISTED.sub("(%s, …)", " ".join(sql.split()))[:LONGEST_SHAPE]


@receiver(connection_created)
def _watch_connection(connection: Any, **_: Any) -> None:
    if _watch not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, _watch)  # first: a wrapper set for a while is taken off from the end

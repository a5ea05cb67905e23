"""People at work while something breaks: each sends again what was answered with 503, and nothing else."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

TOKEN = "u" * 32
PAUSE = 0.05  # seconds between two things that one person does


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass
class Visitor:
    """One person's browser: a session, and what it was answered."""

    port: int
    session: str = ""
    statuses: Counter[int] = field(default_factory=Counter)
    longest: float = 0.0

    def ask(self, method: str, path: str, data: dict[str, Any] | None = None, accept: str = "text/html") -> Answer:
        headers = {"Cookie": f"csrftoken={TOKEN}; sessionid={self.session}", "Accept": accept}
        body = None
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({**data, "csrfmiddlewaretoken": TOKEN})
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        self.longest = max(self.longest, time.monotonic() - began)
        self.statuses[answer.status] += 1
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, text)

    def insist(self, path: str, data: dict[str, Any], accept: str = "text/html") -> Answer:
        """Sends the form until it is answered with something else than 503."""
        while True:
            answer = self.ask("POST", path, data, accept)
            if answer.status != 503:
                return answer
            assert answer.headers["retry-after"] == "5"
            time.sleep(0.5)


class Load:
    """Threads of people who go on until the end; what went wrong in one of them fails the test."""

    def __init__(self) -> None:
        self.over = threading.Event()
        self.visitors: list[Visitor] = []
        self.failures: list[str] = []
        self._threads: list[threading.Thread] = []

    def add(self, work: Callable[[Visitor, threading.Event], None], visitor: Visitor) -> None:
        def run() -> None:
            try:
                work(visitor, self.over)
            except BaseException as failure:
                self.failures.append(f"{type(failure).__name__}: {failure}")

        self.visitors.append(visitor)
        self._threads.append(threading.Thread(target=run, daemon=True))

    @contextmanager
    def going_on(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in self._threads:
                thread.join(60)

    @property
    def statuses(self) -> Counter[int]:
        return sum((visitor.statuses for visitor in self.visitors), Counter())


@dataclass
class Guests:
    """Each answers once, in a session of his own."""

    seats: list[tuple[str, str]]
    acknowledged: list[str] = field(default_factory=list)

    def __call__(self, visitor: Visitor, over: threading.Event) -> None:
        for public_id, session in self.seats:
            if over.is_set():
                return
            visitor.session = session
            answer = visitor.insist(f"/undangan/{public_id}/jawab/", {"answer": "online"})
            assert answer.status in (302, 303), (answer.status, answer.text[:2000])
            self.acknowledged.append(public_id)
            time.sleep(PAUSE * 2)


@dataclass
class MinuteTaker:
    """Writes point after point."""

    meeting: str
    item: int
    acknowledged: list[str] = field(default_factory=list)

    def __call__(self, visitor: Visitor, over: threading.Event) -> None:
        while not over.is_set():
            one = str(uuid4())
            data = {"kind": "decision", "text": f"Butir {one}", "item": self.item, "client_id": one}
            answer = visitor.insist(f"/rapat/{self.meeting}/notula/butir/", data)
            assert answer.status in (302, 303), (answer.status, answer.text[:2000])
            self.acknowledged.append(one)
            time.sleep(PAUSE)


@dataclass
class Typist:
    """Types in one point, which saves itself, as static/js/minutes.js does."""

    meeting: str
    point: int
    saved: str = ""
    revision: int = 1

    def __call__(self, visitor: Visitor, over: threading.Event) -> None:
        number = 0
        while not over.is_set():
            number += 1
            text = f"Ketikan {number}"
            data = {"kind": "response", "text": text, "speaker": "", "revision": self.revision}
            answer = visitor.insist(f"/rapat/{self.meeting}/notula/butir/{self.point}/", data, "application/json")
            assert answer.status == 200, (answer.status, answer.text[:2000])
            self.saved, self.revision = text, self.revision + 1
            time.sleep(PAUSE)


@dataclass
class Reader:
    """Looks at pages and does not come again by hand."""

    paths: list[str]

    def __call__(self, visitor: Visitor, over: threading.Event) -> None:
        while not over.is_set():
            for path in self.paths:
                visitor.ask("GET", path)
                time.sleep(PAUSE)


class Stream(threading.Thread):
    """An open page's event stream: cut, it is opened again after its `retry`; refused, as static/js/live.js does it."""

    def __init__(self, port: int, path: str, session: str) -> None:
        super().__init__(daemon=True)
        self.port, self.path, self.session = port, path, session
        self.opened = 0
        self.refused: list[int] = []
        self.events: list[str] = []
        self._over = threading.Event()
        self._socket: socket.socket | None = None
        self.start()

    def run(self) -> None:
        self._last, self._retry, tries = "", 3.0, 0
        while not self._over.is_set():
            status = self._listen()
            if status in (0, 200):  # cut
                tries = 0
                self._over.wait(self._retry)
            else:
                tries += 1
                self.refused.append(status)
                self._over.wait(min(2**tries, 20))

    def _listen(self) -> int:
        """Hears until the stream is cut; the status, 0 where nobody answered."""
        headers = {"Cookie": f"sessionid={self.session}", "Accept": "text/event-stream", "Last-Event-ID": self._last}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", self.path, headers={name: value for name, value in headers.items() if value})
            self._socket = connection.sock
            answer = connection.getresponse()
            if answer.status == 200:
                self.opened += 1
                while line := answer.readline():
                    self._take(*line.decode().strip().partition(": ")[::2])
            return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _take(self, name: str, value: str) -> None:
        if name == "retry":
            self._retry = int(value) / 1000
        elif name == "id":
            self._last = value
        elif name == "event":
            self.events.append(value)

    def close(self) -> None:
        self._over.set()
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self.join(10)

"""A real SMTP server on loopback that delivers nothing: it keeps every mail as one ``.eml`` file and shows it.

    python -m rakor.demo.mailcatcher --maildir FOLDER --smtp-port 1025 --http-port 8025

Tests import ``MailCatcher`` as their sink: it can refuse addresses and answer slowly, as real servers do.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import log as smtp_log

HOST = "127.0.0.1"
LARGEST_MAIL = 60 * 1024 * 1024


@dataclass(frozen=True)
class Mail:
    """One kept mail, as its headers tell; ``recipients`` are those of the envelope."""

    name: str
    path: Path
    arrived: float
    subject: str
    sender: str
    recipients: tuple[str, ...]
    message_id: str

    def message(self) -> EmailMessage:
        """Parse the whole file: bodies and attachments."""
        return BytesParser(policy=default).parsebytes(self.path.read_bytes())  # type: ignore[return-value]


class Maildir:
    """The folder of kept mails. Files never change, so each is read once."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._known: dict[str, Mail] = {}
        self._numbers = itertools.count()

    def keep(self, content: bytes, sender: str, recipients: list[str]) -> Path:
        """Write one mail under a name that sorts by arrival; a half-written file is never seen."""
        name = f"{time.time_ns()}-{os.getpid()}-{next(self._numbers)}"
        envelope = "".join(f"Delivered-To: {address}\r\n" for address in recipients)
        envelope += f"Return-Path: <{sender}>\r\n"
        unfinished = self.folder / f".{name}"
        unfinished.write_bytes(envelope.encode() + content)
        finished = self.folder / f"{name}.eml"
        unfinished.rename(finished)
        return finished

    def count(self) -> int:
        return len(self._names())

    def mails(self) -> list[Mail]:
        """Return every kept mail, the newest last."""
        return [self._read(name) for name in self._names()]

    def get(self, name: str) -> Mail | None:
        """Return the mail of that name; any other text, a path for instance, finds nothing."""
        return self._read(name) if name in self._names() else None

    def _names(self) -> list[str]:
        names = (entry.name for entry in os.scandir(self.folder))
        return sorted(name.removesuffix(".eml") for name in names if name.endswith(".eml") and not name.startswith("."))

    def _read(self, name: str) -> Mail:
        if name not in self._known:
            path = self.folder / f"{name}.eml"
            with path.open("rb") as file:
                headers = BytesHeaderParser(policy=default).parse(file)
            self._known[name] = Mail(
                name,
                path,
                path.stat().st_mtime,
                str(headers.get("Subject", "")),
                str(headers.get("From", "")),
                tuple(str(value) for value in headers.get_all("Delivered-To", [])),
                str(headers.get("Message-ID", "")),
            )
        return self._known[name]


@dataclass
class MailCatcher:
    """The server, in a thread of its own; a port of 0 takes any free one, and a ``listening`` socket is used as it is.

    ``refuse`` maps an address to the reply it gets (``"550 5.1.1 No such mailbox"``). ``seconds_before_reply`` is how
    long the answer to DATA waits after the mail is kept: a sender that dies in between cannot know.
    """

    maildir: Path
    smtp_port: int = 0
    refuse: dict[str, str] = field(default_factory=dict)
    seconds_before_reply: float = 0
    listening: socket.socket | None = None

    def __post_init__(self) -> None:
        self.box = Maildir(Path(self.maildir))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="mailcatcher", daemon=True)
        self._ready = threading.Event()
        self._failure: OSError | None = None
        self._stopping: asyncio.Event | None = None

    def __enter__(self) -> MailCatcher:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; raises OSError when the port is taken."""
        smtp_log.setLevel(logging.WARNING)  # else every command of every mail is a line
        self._thread.start()
        self._ready.wait()
        if self._failure:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        if self._thread.is_alive() and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def count(self) -> int:
        return self.box.count()

    def mails(self) -> list[Mail]:
        return self.box.mails()

    def to(self, address: str) -> list[Mail]:
        """Return the mails for that address, the newest last."""
        return [mail for mail in self.mails() if address in mail.recipients]

    def wait_for(self, number: int, seconds: float = 30) -> list[Mail]:
        """Wait until so many mails are here and return all; raises TimeoutError with the count."""
        until = time.monotonic() + seconds
        while self.count() < number:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.count()} of {number} mails after {seconds} s")
            time.sleep(0.02)
        return self.mails()

    def clear(self) -> None:
        """Throw every kept mail away."""
        for path in self.box.folder.glob("*.eml"):
            path.unlink()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        try:
            place = {"sock": self.listening} if self.listening else {"host": HOST, "port": self.smtp_port}
            server = await self._loop.create_server(self._session, **place, backlog=512)
        except OSError as failure:
            self._failure = failure
            self._ready.set()
            return
        self.smtp_port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _session(self) -> SMTP:
        return SMTP(
            self, hostname="rakor.example", ident="Rakor", loop=self._loop,
            data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True,
        )  # fmt: skip

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        if reply := self.refuse.get(address):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope) -> str:
        self.box.keep(envelope.original_content, envelope.mail_from or "", envelope.rcpt_tos)
        if self.seconds_before_reply:
            await asyncio.sleep(self.seconds_before_reply)
        return "250 Kept"


def _inherited(number: str) -> socket.socket:
    return socket.socket(fileno=int(number))


def main(arguments: list[str]) -> int:
    from .mailpage import MailPage

    parser = argparse.ArgumentParser(prog="python -m rakor.demo.mailcatcher", description=__doc__)
    parser.add_argument("--maildir", type=Path, required=True)
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    for name in ("--smtp-socket", "--http-socket"):
        parser.add_argument(name, type=_inherited, help="number of an inherited socket that listens, instead of a port")
    chosen = parser.parse_args(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with (
        MailCatcher(chosen.maildir, chosen.smtp_port, listening=chosen.smtp_socket) as catcher,
        MailPage(catcher.box, chosen.http_port, chosen.http_socket),
    ):
        while not ended.wait(3600):
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The demo's catcher with the faults of real mail servers.

As a process that can be killed: ``python -m tests.mail.sink FOLDER PORT JITTER``.
"""

import asyncio
import random
import signal
import ssl
import sys
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.smtp import SMTP, AuthResult

from rakor.demo.mailcatcher import LARGEST_MAIL, MailCatcher


@dataclass
class Sink(MailCatcher):
    """Keeps what it accepts; each fault is off until a test sets it."""

    refuse_sender: str = ""
    refuse_data: dict[str, str] = field(default_factory=dict)
    cut: int = 0
    """So many mails are kept and the connection is closed without a reply."""
    mails_a_connection: int = 0
    """After so many mails a connection is told 421 and closed."""
    jitter: float = 0
    """Each step takes a random time up to so many seconds."""
    connections: int = 0
    tls: ssl.SSLContext | None = None
    password: str = ""

    def _session(self) -> SMTP:
        self.connections += 1
        return SMTP(
            self,
            hostname="penerima.example",
            loop=self._loop,
            data_size_limit=LARGEST_MAIL,
            tls_context=self.tls,
            authenticator=self._authenticate if self.password else None,
            auth_required=bool(self.password),
        )

    def _authenticate(self, server, session, envelope, mechanism, data) -> AuthResult:
        return AuthResult(success=data.password.decode() == self.password, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options) -> str:
        await self._pause()
        if self.mails_a_connection and getattr(session, "kept", 0) >= self.mails_a_connection:
            self._loop.call_later(0.01, server.transport.close)
            return "421 4.7.0 Too many messages on this connection"
        if self.refuse_sender:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:
        await self._pause()
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server, session, envelope) -> str:
        await self._pause()
        if reply := self.refuse_data.get(envelope.rcpt_tos[0]):
            return reply
        self.box.keep(envelope.original_content, envelope.mail_from or "", envelope.rcpt_tos)
        session.kept = getattr(session, "kept", 0) + 1
        if self.cut:
            self.cut -= 1
            server.transport.abort()
            return ""
        await self._pause()
        return "250 2.0.0 Kept"

    async def _pause(self) -> None:
        if self.jitter:
            await asyncio.sleep(random.uniform(0, self.jitter))


if __name__ == "__main__":
    with Sink(Path(sys.argv[1]), int(sys.argv[2]), jitter=float(sys.argv[3])):
        signal.pause()

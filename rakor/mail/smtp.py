"""Hands mails to the mail server over one connection, and says for each how far it came."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from types import TracebackType
from urllib.parse import urlsplit

from django.conf import settings

from rakor.mail.reasons import is_hard, short

CONNECT_SECONDS = 10
IMPLICIT_TLS_PORT = 465


class Undelivered(Exception):
    """The server does not have the mail, or (`cut`) may have it: its answer never came."""

    def __init__(self, reply: str, *, hard: bool = False, cut: bool = False) -> None:
        super().__init__(reply)
        self.reply = reply
        self.hard = hard
        self.cut = cut


class ServerAway(Undelivered):
    """The mail server could not be used at all: nothing about this recipient."""


class Session:
    """A connection that opens at the first mail and is used for the next ones; closed at the end of `with`."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close(politely=kind is None)

    def send(self, *, sender: str, to: str, body: bytes, before_data: Callable[[], None]) -> str:
        """The server's reply when it took the mail over; Undelivered otherwise.

        `before_data` is called when sender and recipient are accepted, before DATA is sent; what it raises ends the
        transaction with the mail not sent. `body` has CRLF line ends.
        """
        smtp = self._envelope(sender, to, len(body))
        try:
            before_data()
        except BaseException:
            self._close(politely=False)
            raise
        try:
            smtp.sock.settimeout(settings.MAIL_LEASE / 4)
            code, text = smtp.docmd("DATA")
            if code != 354:
                raise self._refused("DATA ", code, text, to)
            smtp.send(re.sub(rb"(?m)^\.", b"..", body))
        except (OSError, smtplib.SMTPServerDisconnected) as broken:
            self._close(politely=False)
            raise Undelivered("rakor:disconnected") from broken
        try:
            smtp.send(b".\r\n")
            smtp.sock.settimeout(settings.MAIL_LEASE * 2 / 3)  # both together stay below the lease
            code, text = smtp.getreply()
        except (OSError, smtplib.SMTPServerDisconnected) as broken:
            self._close(politely=False)
            raise Undelivered("rakor:cut", cut=True) from broken
        if code != 250:
            raise self._refused("DATA ", code, text, to)
        smtp.sock.settimeout(settings.EMAIL_TIMEOUT)
        return short(f"{code} {_decoded(text)}", to)

    def _envelope(self, sender: str, to: str, size: int) -> smtplib.SMTP:
        """MAIL and RCPT; a connection that the server has closed since the last mail is opened again once."""
        reused = self._smtp is not None
        try:
            smtp = self._smtp = self._smtp or _connected()
            step, (code, text) = "MAIL", smtp.mail(sender, [f"SIZE={size}"] if smtp.has_extn("size") else [])
            if code == 250:
                step, (code, text) = "RCPT", smtp.rcpt(to)
        except (OSError, smtplib.SMTPServerDisconnected) as broken:
            step, code, text = "closed", 421, str(broken).encode()
        if code in (250, 251) and step == "RCPT":
            return smtp
        if code == 421 and reused:
            self._close(politely=False)
            return self._envelope(sender, to, size)
        refused = self._refused("", code, text, to)
        if step == "closed":
            raise ServerAway("rakor:disconnected")
        if code == 421:
            raise ServerAway(refused.reply)
        if step == "MAIL" and refused.hard and code != 552:
            raise ServerAway("rakor:sender")
        raise refused

    def _refused(self, phase: str, code: int, text: bytes, to: str) -> Undelivered:
        """The refusal as an Undelivered; the connection is made ready for the next mail."""
        reply = short(f"{phase}{code} {_decoded(text)}", to)
        try:
            if self._smtp is not None and (code == 421 or self._smtp.rset()[0] != 250):
                self._close(politely=False)
        except (OSError, smtplib.SMTPException):
            self._close(politely=False)
        return Undelivered(reply, hard=is_hard(reply))

    def _close(self, *, politely: bool) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                smtp.quit() if politely else smtp.close()


def _connected() -> smtplib.SMTP:
    """A connection that has said EHLO, is encrypted where EMAIL_USE_TLS asks for it, and logged in."""
    where = {
        "host": settings.EMAIL_HOST,
        "port": settings.EMAIL_PORT,
        "local_hostname": _own_name(),
        "timeout": CONNECT_SECONDS,
    }
    tls = ssl.create_default_context() if settings.EMAIL_USE_TLS else None
    implicit = tls is not None and settings.EMAIL_PORT == IMPLICIT_TLS_PORT
    try:
        smtp = smtplib.SMTP_SSL(**where, context=tls) if implicit else smtplib.SMTP(**where)
    except ssl.SSLError as no:
        raise ServerAway("rakor:tls") from no
    except (OSError, smtplib.SMTPException) as no:
        raise ServerAway("rakor:connect") from no
    smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # the end of DATA is a small packet of its own
    step = "connect"
    try:
        smtp.sock.settimeout(settings.EMAIL_TIMEOUT)
        smtp.ehlo_or_helo_if_needed()
        if tls is not None and not implicit:
            step = "tls"
            smtp.starttls(context=tls)
            smtp.ehlo()
        if settings.EMAIL_HOST_USER:
            step = "auth"
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    except (OSError, smtplib.SMTPException) as no:
        smtp.close()
        raise ServerAway(f"rakor:{step}") from no
    return smtp


def _own_name() -> str:
    """What EHLO says: our host's name without asking DNS, an address in brackets (RFC 5321, 4.1.3)."""
    host = urlsplit(settings.BASE_URL).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")

"""Renders what is due and hands it to the mail server, each mail under a claim of its own."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parseaddr
from ipaddress import ip_address

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import override

from rakor.audit.moves import StaleState
from rakor.mail import mime
from rakor.mail.kinds import Message, kinds
from rakor.mail.models import OutgoingMail
from rakor.mail.smtp import ServerAway, Session, Undelivered

log = logging.getLogger(__name__)

SECONDS = 20
"""How long one task goes on with further mails, so that other work gets its turn."""

QUIET = 1  # second between two words to the rooms whose mails these are
REST = timedelta(minutes=1)
DATABASE_AWAY = (OperationalError, InterfaceError)
DEMO_DOMAINS = (".example", ".test")


def drain(first: int | None = None, *, seconds: float = SECONDS) -> int | None:
    """Sends the mail `first`, then whatever else is due, over one connection; the id of one that is left, or None.

    When the mail server cannot be used, the others wait a minute without being tried one by one.
    """
    until = time.monotonic() + seconds
    with Session() as session, _told() as outcomes:
        mail = OutgoingMail.objects.filter(pk=first).claim() or OutgoingMail.objects.claim()
        while mail is not None:
            try:
                _hand_over(mail, session)
                if mail.status != "sending":  # else another worker has it now
                    outcomes.add(mail)
            except ServerAway as away:
                outcomes.add(mail)
                log.warning("mail: the mail server cannot be used (%s)", away.reply)
                OutgoingMail.objects.put_off(REST)
                return None
            if time.monotonic() >= until:
                return OutgoingMail.objects.due().values_list("pk", flat=True).first()
            mail = OutgoingMail.objects.claim()
    return None


def _hand_over(mail: OutgoingMail, session: Session) -> None:
    """One attempt with a claimed mail; its outcome is in the row afterwards. Raises only ServerAway."""
    try:
        _attempt(mail, session)
    except StaleState:
        log.warning("mail %s: another worker took over", mail.public_id)
        return
    except Undelivered as why:
        try:
            mail.bounced(why)
        except StaleState:
            return
        if isinstance(why, ServerAway):
            raise
    log.info("mail %s %s: %s %s", mail.public_id, mail.kind, mail.status, mail.reply[:9])


def _attempt(mail: OutgoingMail, session: Session) -> None:
    _refuse_outside_the_demo(mail.to)
    try:
        validate_email(mail.to)
        mail.to.encode("ascii")
    except (ValidationError, UnicodeEncodeError) as no:
        raise Undelivered("rakor:address", hard=True) from no
    message, body = _rendered(mail)
    if message is None:
        mail.not_needed()
        return
    digest = mime.digest(message)
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    reply = session.send(sender=sender, to=mail.to, body=body, before_data=lambda: mail.start_data(digest))
    _note_sent(mail, reply)


def _note_sent(mail: OutgoingMail, reply: str) -> None:
    """Writes down that the server took the mail; while the database is away it tries on as long as the lease lasts.

    Else a mail that arrived would be sent again.
    """
    noted = OutgoingMail.objects.filter(pk=mail.pk, status="sent", attempts=mail.attempts)
    until, again = mail.lease_until or timezone.now(), False
    while True:
        try:
            if again and noted.exists():  # it was written, and the answer lost
                mail.refresh_from_db()
            else:
                mail.sent(reply)
            return
        except DATABASE_AWAY as away:
            if timezone.now() >= until:
                raise
            log.warning("mail %s: sent, but the database is away (%s)", mail.public_id, type(away).__name__)
            connection.close()
            time.sleep(0.5)
            again, mail.status = True, OutgoingMail.Status.SENDING


def _rendered(mail: OutgoingMail) -> tuple[Message | None, bytes]:
    try:
        with override(settings.LANGUAGE_CODE):
            message = kinds[mail.kind].render(**mail.ids)
        return message, mime.build(mail, message) if message is not None else b""
    except DATABASE_AWAY:
        raise  # says nothing about this mail; its lease runs out and it is taken up again
    except Exception as broken:
        _log_without_values(f"mail {mail.public_id} {mail.kind} could not be prepared", broken)
        raise Undelivered("rakor:render") from broken


def _refuse_outside_the_demo(to: str) -> None:
    """The demo can mail nobody but its own catcher: this machine, and addresses that cannot exist."""
    if settings.DEMO and not (_is_loopback(settings.EMAIL_HOST) and to.lower().endswith(DEMO_DOMAINS)):
        raise Undelivered("rakor:demo", hard=True)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Outcomes:
    """What came of mails, told to the rooms of their kinds together, at most once a second."""

    def __init__(self) -> None:
        self._mails: list[OutgoingMail] = []
        self._told_at = 0.0

    def add(self, mail: OutgoingMail) -> None:
        self._mails.append(mail)
        if time.monotonic() - self._told_at >= QUIET:
            self.tell()

    def tell(self) -> None:
        """Lets the rooms react; what goes wrong there is their own matter."""
        self._told_at = time.monotonic()
        mails, self._mails = self._mails, []
        for name in dict.fromkeys(mail.kind for mail in mails):
            settled = kinds[name].settled if name in kinds else None
            if settled is not None:
                try:
                    settled([mail for mail in mails if mail.kind == name])
                except Exception as broken:
                    _log_without_values(f"mails {name}: their room did not take note", broken)


@contextmanager
def _told() -> Iterator[_Outcomes]:
    outcomes = _Outcomes()
    try:
        yield outcomes
    finally:
        outcomes.tell()


def _log_without_values(what: str, error: Exception) -> None:
    """Where it went wrong, not what the error says: that may hold a name or an address."""
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, place)

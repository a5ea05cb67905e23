"""A Message as the bytes that go over the wire."""

from __future__ import annotations

import secrets
from base64 import encodebytes
from binascii import b2a_qp
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from rakor.mail.kinds import Attachment, Message

if TYPE_CHECKING:
    from rakor.mail.models import OutgoingMail

TEXT = b'Content-Type: text/%s; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'


def build(mail: OutgoingMail, message: Message) -> bytes:
    """The whole mail with CRLF line ends: text, HTML beside it, attachments; the Message-ID is the row's.

    Python's library makes the headers; the parts are joined here (RFC 2046, 5.1), because it would parse and fold every
    part's headers anew for each of hundreds of mails that bring the same letter. All is ASCII in short lines, so that
    every server takes it and nothing on the way rewrites it.
    """
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    values = {
        "From": str(Address(message.from_name or name, addr_spec=address)),
        "To": str(Address(mail.to_name, addr_spec=mail.to)),
        "Subject": message.subject,
        "Date": format_datetime(timezone.localtime()),
        "Message-ID": mail.message_id,
        "Reply-To": message.reply_to,
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        **message.headers,
    }
    head = b"".join(_header(header, value) for header, value in values.items() if value)
    alternatives = [_text(b"plain", message.text)]
    if message.html:
        alternatives.append(_text(b"html", message.html))
    files = list(message.attachments)
    if message.event is not None:
        alternatives.append(_event(message.event))
        files.append(message.event)
    body = _multipart(b"alternative", alternatives)
    if files:
        body = _multipart(b"mixed", [body, *(_attached(file) for file in files)])
    return head + body


def digest(message: Message) -> str:
    """SHA-256 over subject, text, HTML and attachments: the same words give the same value, whenever they are sent.

    The calendar object is left out, because it bears the time of its making, and so is the message's secret.
    """
    words = (message.subject, message.text, message.html)
    parts = [(text.replace(message.secret, "") if message.secret else text).encode() for text in words]
    for attachment in message.attachments:
        parts += [attachment.name.encode(), attachment.content]
    return sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


@lru_cache(maxsize=256)
def _header(name: str, value: str) -> bytes:
    """One header, folded; kept, because most of them are the same in hundreds of mails."""
    head = EmailMessage(policy=SMTP)
    head[name] = value
    return head.as_bytes().removesuffix(b"\r\n")


def _text(subtype: bytes, words: str) -> bytes:
    lines = "\r\n".join(words.splitlines()) + "\r\n"
    return TEXT % subtype + b2a_qp(lines.encode(), istext=True)


def _event(event: Attachment) -> bytes:
    """The calendar object as a part that is read, not saved: without a name (RFC 6047, 2.4)."""
    head = b"Content-Type: %s\r\nContent-Transfer-Encoding: base64\r\n\r\n" % event.mimetype.encode("ascii")
    return head + encodebytes(event.content).replace(b"\n", b"\r\n")


def _multipart(subtype: bytes, parts: list[bytes]) -> bytes:
    """The parts in a wrapping; one alone needs none."""
    if subtype == b"alternative" and len(parts) == 1:
        return parts[0]
    boundary = b"=_" + secrets.token_hex(16).encode()  # neither of the encodings has such a line
    lines = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return b'Content-Type: multipart/%s; boundary="%s"\r\n\r\n%s--%s--\r\n' % (subtype, boundary, lines, boundary)


def _attached(attachment: Attachment) -> bytes:
    return _headers(attachment.name, attachment.mimetype) + _base64(attachment.content)


@lru_cache(maxsize=64)
def _headers(name: str, mimetype: str) -> bytes:
    main, *parameters = [word.strip() for word in mimetype.split(";")]
    maintype, _, subtype = main.partition("/")
    pairs = dict(word.split("=", 1) for word in parameters if "=" in word)
    part = EmailMessage(policy=SMTP)
    part.set_content(b"", maintype, subtype, disposition="attachment", filename=name, params=pairs)
    del part["MIME-Version"]
    return part.as_bytes()


@lru_cache(maxsize=4)
def _base64(content: bytes) -> bytes:
    """Kept, because hundreds of mails bring the same letter."""
    return encodebytes(content).replace(b"\n", b"\r\n")

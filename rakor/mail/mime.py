"""A Message as the bytes that go over the wire."""

from __future__ import annotations

from base64 import encodebytes
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

POLICY = SMTP.clone(cte_type="7bit")  # every server takes it, and nothing on the way rewrites it


def build(mail: OutgoingMail, message: Message) -> bytes:
    """The whole mail with CRLF line ends: text, HTML beside it, attachments; the Message-ID is the row's."""
    part = EmailMessage(policy=POLICY)
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    part["From"] = Address(message.from_name or name, addr_spec=address)
    part["To"] = Address(mail.to_name, addr_spec=mail.to)
    part["Subject"] = message.subject
    part["Date"] = format_datetime(timezone.localtime())
    part["Message-ID"] = mail.message_id
    if message.reply_to:
        part["Reply-To"] = message.reply_to
    for header, value in {"Auto-Submitted": "auto-generated", **message.headers}.items():
        part[header] = value
    part.set_content(message.text)
    if message.html:
        part.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        _attach(part, attachment)
    return part.as_bytes()


def digest(message: Message) -> str:
    """SHA-256 over subject, text, HTML and attachments: the same words give the same value, whenever they are sent."""
    parts = [message.subject.encode(), message.text.encode(), message.html.encode()]
    for attachment in message.attachments:
        parts += [attachment.name.encode(), attachment.content]
    return sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


def _attach(part: EmailMessage, attachment: Attachment) -> None:
    mimetype, *parameters = [word.strip() for word in attachment.mimetype.split(";")]
    maintype, _, subtype = mimetype.partition("/")
    pairs = dict(word.split("=", 1) for word in parameters if "=" in word)
    part.add_attachment(b"", maintype, subtype, filename=attachment.name, params=pairs)
    *_others, attached = part.iter_attachments()
    attached.set_payload(_base64(attachment.content))


@lru_cache(maxsize=4)
def _base64(content: bytes) -> str:
    """Kept, because hundreds of mails bring the same letter."""
    return encodebytes(content).decode()

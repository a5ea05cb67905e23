"""The registry of message kinds: each room renders its own mails from ids, at the moment of delivery."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils.translation import override

from rakor.lib.registry import Registry

if TYPE_CHECKING:
    from rakor.mail.models import OutgoingMail


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    mimetype: str
    """With parameters where they matter: `text/calendar; method=PUBLISH`."""


@dataclass(frozen=True)
class Message:
    """What is sent: the same words as text and as HTML, and what is attached."""

    subject: str
    text: str
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    event: Attachment | None = None
    """A calendar object: a part beside text and HTML that mail programs offer, and again as a file (RFC 6047)."""
    headers: Mapping[str, str] = field(default_factory=dict)
    reply_to: str = ""
    secret: str = ""
    """A word that the row's hash of the mail leaves out: of few digits, they could be guessed from it."""
    from_name: str = ""
    """Shown as the sender's name in place of the installation's; the address stays ours."""


@dataclass(frozen=True)
class MessageKind:
    """A kind of mail, kept in `<room>/mails.py` and added in the room's `AppConfig.ready()`.

    `render(**ids)` gives the Message, or None when it is not needed any more (the row becomes `cancelled`).
    `settled(mails)` is called a moment after mails of this kind were sent or bounced; its failure changes nothing.
    """

    name: str
    render: Callable[..., Message | None]
    order: int = 0
    settled: Callable[[Collection[OutgoingMail]], None] | None = None


kinds: Registry[MessageKind] = Registry("message kind")


def from_templates(name: str, context: Mapping[str, Any], *, language: str = "", **parts: Any) -> Message:
    """The Message of `emails/<name>.subject.txt`, `.txt` and `.html`, in the reader's language (Indonesian by default).

    The templates also see `base_url` (links: `{{ base_url }}{% url … %}`), `demo` and `language`; `parts` are the other
    fields of Message. Text is not escaped, HTML is.
    """
    language = language or settings.LANGUAGE_CODE
    values = {"base_url": settings.BASE_URL, "demo": settings.DEMO, "language": language, **context}
    with override(language):
        subject = _text(f"emails/{name}.subject.txt", values)
        text = _text(f"emails/{name}.txt", values)
        html = get_template(f"emails/{name}.html").render(values)
    return Message(" ".join(subject.split()), text.strip() + "\n", html, **parts)


def _text(template: str, values: Mapping[str, Any]) -> str:
    return get_template(template).template.render(Context(dict(values), autoescape=False))

"""The messages of rakor.accounts as kinds of this room."""

from __future__ import annotations

from typing import Any

from rakor.accounts.mails import AccountMail
from rakor.mail.kinds import Message, MessageKind, from_templates


def kind_of(mail: AccountMail) -> MessageKind:
    """The kind that renders this message from the row's ids; its link is made now, at delivery."""

    def render(**ids: Any) -> Message | None:
        context = mail.context(ids)
        return None if context is None else from_templates(mail.template, context)

    return MessageKind(mail.name, render)

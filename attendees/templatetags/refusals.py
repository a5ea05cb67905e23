"""What a mail server's refusal means, in templates."""

from typing import Any

from django import template

from rakor.mail.reasons import reason

register = template.Library()


@register.filter
def why_refused(reply: str) -> Any:
    """`550 5.1.1 No such user` as a sentence for people."""
    return reason(reply)

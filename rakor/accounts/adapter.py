"""allauth as this house wants it: nobody signs up, mail goes through the outbox, refusals say what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.lib.registry import Registry


@dataclass(frozen=True)
class PostOffice:
    """A way to queue mail: `queue(kind, key=…, to=…, to_name=…, ids={"user": 5})`, filled by rakor.mail."""

    name: str
    queue: Callable[..., Any]


mail_hook: Registry[PostOffice] = Registry("post office")

KINDS = {"account/email/password_reset_key": "account.password_reset"}
"""allauth's template prefix → our kind of message; any other mail of allauth is switched off in the settings."""


class Adapter(DefaultAccountAdapter):
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is not active. Ask the administrator of your agency."),
        "email_password_mismatch": _(
            "E-mail and password do not belong together. Check both, or ask for a new password below."
        ),
        "enter_current_password": _("This is not your present password."),
        "invalid_password_reset": _("This link has been used or is out of date. Ask for a new one."),
        "too_many_login_attempts": _("Too many wrong attempts. Wait five minutes, or ask for a new password."),
        "rate_limited": _("That was too often in a short time. Wait a minute and try again."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: accounts come from the administrator of an agency."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queues the message with ids only; one a minute to a person. The link is made when the mail is delivered."""
        user = context["user"]
        kind = KINDS[template_prefix]
        mail_hook["outbox"].queue(
            kind,
            key=f"{kind}:{user.pk}:{timezone.now():%Y%m%d%H%M}",
            to=user.email,
            to_name=user.full_name,
            ids={"user": user.pk},
        )

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

"""The messages about accounts, rendered from ids at delivery: no link ever waits in the queue."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from rakor.accounts.models import User


@dataclass(frozen=True)
class AccountMail:
    """One kind: templates `emails/<template>.{subject.txt,txt,html}` and their context from the row's ids."""

    name: str
    template: str
    context: Callable[[dict[str, Any]], dict[str, Any] | None]


def password_link(user: User) -> str:
    """Where the person chooses a new password; it dies with the first use, a log-in, or after three days."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return f"{settings.BASE_URL}{path}"


def password_context(ids: dict[str, Any]) -> dict[str, Any] | None:
    """Name, address and fresh link; None (nothing to send) when the account is gone or closed."""
    user = User.objects.filter(pk=ids["user"], is_active=True).first()
    if user is None:
        return None
    return {
        "user": user,
        "link": password_link(user),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400,
        "login": f"{settings.BASE_URL}{reverse('account_login')}",
        "forgotten": f"{settings.BASE_URL}{reverse('account_reset_password')}",
        "invited_by": ids.get("invited_by", ""),
    }


KINDS = (
    AccountMail("account.password_reset", "password_reset", password_context),
    AccountMail("account.colleague_invited", "colleague_invited", password_context),
)
"""rakor.mail files these with its own kinds: an import runs from mail to accounts only."""

"""The second factor of an account: a code of an authenticator app, or one of the recovery codes.

Asked at log-in of whoever has set one up, and of everybody before something restricted is read. What an app and we
share lies encrypted in the database, under a key derived from SECRET_KEY.
"""

from __future__ import annotations

from base64 import b32encode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from io import BytesIO
from secrets import token_bytes
from typing import Any

import segno
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import forms as recovery_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.accounts.forms import PlainFields
from rakor.accounts.models import User

LASTS = timedelta(hours=12)
"""How long a proof holds in its session, by app and by mailed code alike."""

CODE_HELP = _("Six digits from the app, or one of your recovery codes.")


class Adapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code does not fit. Wait for the next one in the app, and look at the phone's clock."),
    }

    def build_totp_svg(self, url: str) -> str:
        """Dark on white in every theme: a camera cannot read it the other way round."""
        drawn = BytesIO()
        segno.make(url, error="m").save(
            drawn, kind="svg", border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False
        )
        return drawn.getvalue().decode()

    def encrypt(self, text: str) -> str:
        """The secret as it lies in the database."""
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret itself; one that nobody knows when it was made under another SECRET_KEY, so that no code fits."""
        return _opened(encrypted_text) or b32encode(token_bytes(20)).decode()


def _opened(sealed: str) -> str:
    """The secret itself, or "" when this key does not open it."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        return ""


def _box() -> Fernet:
    key = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"rakor: second factor at rest")
    return Fernet(urlsafe_b64encode(key.derive(settings.SECRET_KEY.encode())))


def is_set_up(user: User) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def proven_at(request: HttpRequest) -> datetime | None:
    """When this session gave its second factor, as long as that holds."""
    user: Any = request.user
    records = get_authentication_records(request, user) if user.is_authenticated else []
    times = [record["at"] for record in records if record.get("method") == "mfa"]
    latest = datetime.fromtimestamp(times[-1], UTC) if times else None
    return latest if latest and latest > timezone.now() - LASTS else None


def note_proof(request: HttpRequest) -> None:
    """The session has just shown a code of the app that it set up."""
    record_authentication(request, request.user, "mfa", type=Authenticator.Type.TOTP)  # type: ignore[arg-type]


class CodeFields(PlainFields):
    labels = {"code": _("Code")}
    helps = {"code": CODE_HELP}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.update(autocomplete="one-time-code", inputmode="numeric", maxlength="16")


class AuthenticateForm(CodeFields, base_forms.AuthenticateForm):
    """The code at log-in."""


class ReauthenticateForm(CodeFields, base_forms.ReauthenticateForm):
    """The code in a session that was opened by the password alone."""


class ActivateTOTPForm(CodeFields, totp_forms.ActivateTOTPForm):
    """The first code of a new app; the secret waits for it in the session, encrypted like those that are kept."""

    helps = {"code": _("Six digits, new every half minute.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known := _opened(self.secret):
            self.secret = known
        else:
            context.request.session[SECRET_SESSION_KEY] = Adapter().encrypt(self.secret)


class GenerateRecoveryCodesForm(PlainFields, recovery_forms.GenerateRecoveryCodesForm):
    """Nothing to fill in."""


class DeactivateTOTPForm(PlainFields, totp_forms.DeactivateTOTPForm):
    """Nothing to fill in."""

"""An official's own certificate of this installation: issued with a passphrase, opened for one signature, revoked.

The passphrase goes straight to the key and is kept nowhere. Wrong ones are counted: five in a quarter of an hour. So
are wrong log-in passwords of those who want a new certificate, apart. The counts stand in the database: they outlive a
restart, hold for all processes and need no cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from rakor.accounts.models import User
from rakor.audit.models import record
from rakor.audit.moves import StaleState
from rakor.documents.authority import Authority, seal, unseal
from rakor.documents.models import MOST_TRIES, Certificate, Tries
from rakor.documents.signing import WrongPassphrase
from rakor.lib.access import Refusal, Viewer
from rakor.mail.outbox import queue

WINDOW = timedelta(minutes=15)


class NoCertificate(Refusal):
    """Nothing to sign with."""

    def __init__(self) -> None:
        super().__init__(_("You have no certificate in force. Make one first; it takes a minute."))


class WrongPassword(Refusal):
    """The log-in password is another."""

    def __init__(self) -> None:
        super().__init__(_("This is not your log-in password. Check it and type it again; nothing was changed."))


class TooManyTries(Refusal):
    """The passphrase or the log-in password was wrong too often."""

    SENTENCES = {
        Tries.Secret.PASSPHRASE: _(
            "Wrong passphrase %(tries)d times. Wait %(minutes)d minutes."
            " If you have forgotten it, make a new certificate."
        ),
        Tries.Secret.PASSWORD: _(
            "Wrong log-in password %(tries)d times. Wait %(minutes)d minutes."
            " If you have forgotten it, log out and ask for a new one."
        ),
    }

    def __init__(self, secret: Tries.Secret) -> None:
        super().__init__(self.SENTENCES[secret] % {"tries": MOST_TRIES, "minutes": WINDOW.seconds // 60})


@dataclass(frozen=True)
class Holder:
    """What a certificate says of its holder, taken from the directory."""

    name: str
    position: str
    organisation: str
    house: str


def authority(house: str = "") -> Authority:
    """The installation's certificate authority; `house` names it when it is made, with the first certificate."""
    return Authority.open_or_create(
        settings.DATA_DIR / "authority", house or "Rakor", sample=settings.DEMO, secret=settings.SECRET_KEY
    )


def house_of(agency: Any) -> str:
    """Name of the top of the agency's tree."""
    return str((agency.house or agency).name)


def holder_of(user: User) -> Holder:
    """Name, position and agency of the account as the directory has them; a Refusal when it belongs to no agency."""
    position = user.positions.select_related("agency__house").order_by("order", "pk").first()
    membership = user.memberships.in_force().select_related("agency__house").first()
    agency = position.agency if position else membership.agency if membership else None
    if agency is None:
        raise Refusal(
            _("Your account belongs to no agency. Ask the administrator of your agency to add you, then come back.")
        )
    return Holder(user.full_name, str(position) if position else "", agency.name, house_of(agency))


def in_force(user_id: int | None) -> Certificate | None:
    """The account's certificate in force, or None."""
    return Certificate.objects.in_force().filter(user=user_id).first() if user_id is not None else None


@sensitive_variables("password")
def make_sure_of(user: User, password: str) -> None:
    """Passes when this is the account's log-in password, else WrongPassword or TooManyTries.

    A session alone may have been stolen, or left open; with it, nobody may come to sign as the official.
    """
    with counted_try(user.pk, Tries.Secret.PASSWORD):
        # `user.check_password` would store a hash of a newer kind, and with it end the session in the middle of this.
        if not check_password(password, user.password):
            raise WrongPassword


@sensitive_variables("passphrase", "issued")
def issue(user: User, *, passphrase: str, by: Viewer, replaces: str = "") -> Certificate:
    """A new certificate for the account; the present one, whose serial is `replaces`, signs no more.

    The holder is told by mail. The count of wrong passphrases stays, or whoever guesses would begin anew with it.
    StaleState when the account's certificate is another than `replaces`: a form sent twice issues once.
    """
    holder = holder_of(user)
    issuer = authority(holder.house)
    issued = issuer.issue(holder.name, holder.position, holder.organisation, passphrase)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        former = Certificate.objects.filter(user=user, revoked_at__isnull=True).first()
        if (former.serial if former else "") != replaces:
            raise StaleState
        if former:
            # Put aside, not revoked at the authority: a document may wait whose first signature it made.
            former.revoked(by=by)
        certificate = Certificate.objects.create(
            user=user,
            sealed=seal(issued.pkcs12, settings.SECRET_KEY),
            subject=issued.subject[:300],
            serial=issued.serial,
            not_after=issued.not_after,
        )
        record("certificate.issued", target=certificate, by=by)
        queue(
            "certificate_issued",
            key=f"certificate_issued:{certificate.serial}",
            to=user.email,
            to_name=user.full_name,
            ids={"certificate": certificate.pk},
        )
    return certificate


def revoke(certificate: Certificate, *, by: Viewer) -> None:
    """From now on it signs nothing; what it signed before stays signed. A second call changes nothing."""
    with transaction.atomic():
        certificate.revoked(by=by)
        transaction.on_commit(lambda: authority().revoke(certificate.serial))


def open_bundle(certificate: Certificate) -> bytes:
    """The PKCS#12, still closed by its passphrase."""
    return unseal(bytes(certificate.sealed), settings.SECRET_KEY)


@contextmanager
def counted_try(user_id: int, secret: Tries.Secret) -> Iterator[None]:
    """One try at a secret, counted before it is made, so that many at once are no way around the limit.

    TooManyTries after five in a quarter of an hour. The right one clears the count; anything but a wrong one gives the
    try back. Never within a transaction: its roll-back would forget the wrong try.
    """
    since = _counted(user_id, secret)
    if since is None:
        raise TooManyTries(secret)
    tries = Tries.objects.filter(user=user_id, secret=secret)
    try:
        yield
    except (WrongPassphrase, WrongPassword):
        raise
    except BaseException:
        tries.filter(since=since, count__gt=0).update(count=F("count") - 1)
        raise
    tries.delete()


def _counted(user_id: int, secret: Tries.Secret) -> datetime | None:
    """One try more, and since when they are counted; None, and nothing more, when there were too many."""
    now = timezone.now()
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_tries AS kept (user_id, secret, count, since)"
            " VALUES (%(user)s, %(secret)s, 1, %(now)s) ON CONFLICT (user_id, secret) DO UPDATE SET"
            " count = CASE WHEN kept.since <= %(over)s THEN 1 ELSE kept.count + 1 END,"
            " since = CASE WHEN kept.since <= %(over)s THEN excluded.since ELSE kept.since END"
            " WHERE kept.since <= %(over)s OR kept.count < %(most)s RETURNING since",
            {"user": user_id, "secret": str(secret), "now": now, "over": now - WINDOW, "most": MOST_TRIES},
        )
        row = cursor.fetchone()
    return row[0] if row else None

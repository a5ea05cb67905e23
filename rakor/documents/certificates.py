"""An official's own certificate of this installation: issued with a passphrase, opened for one signature, revoked.

The passphrase goes straight to the key and is kept nowhere. Wrong ones are counted: five in a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from rakor.accounts.models import User
from rakor.audit.models import record
from rakor.audit.moves import StaleState
from rakor.documents.authority import Authority, seal, unseal
from rakor.documents.models import Certificate
from rakor.documents.signing import WrongPassphrase
from rakor.lib.access import Refusal, Viewer

TRIES = 5
WINDOW = 15 * 60  # seconds


class NoCertificate(Refusal):
    """Nothing to sign with."""

    def __init__(self) -> None:
        super().__init__(_("You have no certificate in force. Make one first; it takes a minute."))


class TooManyTries(Refusal):
    """The passphrase was wrong too often."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Wrong passphrase %(tries)d times. Wait %(minutes)d minutes."
                " If you have forgotten it, make a new certificate."
            )
            % {"tries": TRIES, "minutes": WINDOW // 60}
        )


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


@sensitive_variables("passphrase", "issued")
def issue(user: User, *, passphrase: str, by: Viewer, replaces: str = "") -> Certificate:
    """A new certificate for the account; the present one, whose serial is `replaces`, signs no more.

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
    forget_tries(user.pk)
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
def counted_try(user_id: int) -> Iterator[None]:
    """One try at a passphrase, counted before it is made, so that many at once are no way around the limit."""
    key = f"passphrase-tries:{user_id}"
    cache.add(key, 0, WINDOW)
    if cache.incr(key) > TRIES:
        raise TooManyTries
    try:
        yield
    except WrongPassphrase:
        raise
    except BaseException:
        cache.decr(key)
        raise
    forget_tries(user_id)


def forget_tries(user_id: int) -> None:
    """The count begins anew, after the right passphrase or with a new certificate."""
    cache.delete(f"passphrase-tries:{user_id}")

"""Colleagues of an agency: an account for whoever has none, a role, and a mail to choose the password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.accounts.models import User
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.mail.outbox import queue

if TYPE_CHECKING:
    from attendees.models import Agency, Membership


def invite_colleague(agency: Agency, *, full_name: str, email: str, role: str, by: Viewer) -> Membership:
    """The person's role in the agency, new or as it was; see `Agency.invite_colleague`."""
    from attendees.access import may_grant
    from attendees.models import Membership

    may_grant(by, agency, role)
    with transaction.atomic():
        user = User.objects.select_for_update().filter(email__iexact=email).first()
        if user is not None and not user.is_active:
            raise Refusal(_("The account with this e-mail is closed. Ask the system administrator."))
        if user is None:
            user = User.objects.create_user(email, full_name=full_name, zone=_zone(agency))
            record("user.invited", target=user, by=by)
        membership, new = Membership.objects.in_force().get_or_create(
            user=user, agency=agency, role=role, defaults={"created_by": by.actor}
        )
        if new:
            record("membership.started", target=membership, by=by, new=role)
        if not user.has_usable_password():
            queue(
                "account.colleague_invited",
                key=f"colleague:{user.pk}:{membership.pk}:{timezone.localdate():%Y%m%d}",
                to=user.email,
                to_name=user.full_name,
                ids={"user": user.pk, "invited_by": by.name},
            )
    return membership


def _zone(agency: Agency) -> str:
    return "Asia/Jakarta" if agency.zone == "Asia/Pontianak" else agency.zone

"""Putting a mail into the outbox, within the transaction that makes it necessary."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import connection, transaction

from rakor.lib.access import Viewer
from rakor.mail.kinds import kinds
from rakor.mail.models import OutgoingMail, Run

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Workers told of one transaction's mails; each of them goes on with whatever else is due."""

GIVEN = ("key", "kind", "to", "to_name", "ids", "subject_kind", "subject_id")

QUIET = 30  # seconds during which a broker that was down is not tried again

_quiet_until = 0.0


def queue(
    kind: str,
    *,
    key: str,
    to: str,
    to_name: str = "",
    ids: Mapping[str, Any] | None = None,
    about: tuple[str, str] | None = None,
) -> OutgoingMail:
    """The one mail with this `key`, queued now unless it is there already (also when it was sent or cancelled).

    `ids` are what the kind's `render(**ids)` gets at delivery; `about` is the subject, such as
    `("invitation", public_id)`. A worker is told when the transaction commits; a roll-back takes the mail with it.
    """
    wanted = addressed(kind, key=key, to=to, to_name=to_name, ids=ids, about=about)
    mail, new = OutgoingMail.objects.get_or_create(
        key=key, defaults={name: getattr(wanted, name) for name in GIVEN if name != "key"}
    )
    if new:
        wake_on_commit(mail.pk)
    return mail


def queue_all(mails: Iterable[OutgoingMail]) -> None:
    """All of these, made by `addressed`, queued as `queue` does it, in one statement."""
    wanted = list(mails)
    OutgoingMail.objects.bulk_create(wanted, ignore_conflicts=True)
    first = OutgoingMail.objects.filter(key__in=[mail.key for mail in wanted[:AT_ONCE]])
    for pk in first.order_by("pk").values_list("pk", flat=True):
        wake_on_commit(pk)


def addressed(
    kind: str,
    *,
    key: str,
    to: str,
    to_name: str = "",
    ids: Mapping[str, Any] | None = None,
    about: tuple[str, str] | None = None,
    run: Run | None = None,
) -> OutgoingMail:
    """A mail that is not queued yet; the words as for `queue`. With a `run` it is held when the run is paused."""
    kinds[kind]
    subject_kind, subject_id = about or ("", "")
    return OutgoingMail(
        key=key,
        kind=kind,
        to=to.strip(),
        to_name=" ".join(to_name.split())[:160],
        ids=dict(ids or {}),
        subject_kind=subject_kind,
        subject_id=subject_id,
        run=run,
    )


def cancel(*, by: Viewer, about: tuple[str, str], kind: str = "") -> int:
    """Withdraws what waits or is held about this subject (of one kind only, where it is named); how many those were."""
    with transaction.atomic():
        waiting = OutgoingMail.objects.about(about[0], [about[1]]).undelivered().select_for_update(skip_locked=True)
        mails = list(waiting.filter(kind=kind) if kind else waiting)
        for mail in mails:
            mail.cancel(by=by)
    return len(mails)


def wake(mail_id: int) -> None:
    """Tells a worker of the mail. A broker that is down costs one short try in half a minute; the sweep does it."""
    global _quiet_until
    from rakor.mail.tasks import deliver

    if time.monotonic() < _quiet_until:
        return
    try:
        deliver.apply_async((mail_id,), retry=False)
    except Exception as down:  # whichever the transport raises: the row is the truth, the queue only a hint
        _quiet_until = time.monotonic() + QUIET
        log.warning("mail: the broker cannot be reached (%s); the sweep will deliver", type(down).__name__)


def wake_on_commit(mail_id: int) -> None:
    """Tells workers of the mail once the transaction has been committed; of one transaction's mails only a few."""
    told = sum(getattr(call, "func", None) is wake for _, call, _ in connection.run_on_commit)
    if told < AT_ONCE:
        transaction.on_commit(partial(wake, mail_id))

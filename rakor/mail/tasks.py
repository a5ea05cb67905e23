"""Background tasks of the outbox."""

from typing import Any

from celery.signals import worker_ready

from rakor.lib.tasks import task


@task(limit=120)
def deliver(mail_id: int) -> None:
    """Sends the mail, then others that are due."""
    from rakor.mail.delivery import drain
    from rakor.mail.outbox import wake

    left = drain(mail_id)
    if left is not None:
        wake(left)


@task(limit=30)
def sweep() -> None:
    """Wakes workers for what is due or was left by a worker that died, and looks at the runs that go on."""
    from rakor.mail.models import OutgoingMail, Pulse, Run
    from rakor.mail.outbox import AT_ONCE, wake

    Pulse.felt()
    for run in Run.objects.filter(status="going", pk__in=OutgoingMail.objects.waiting().values("run")):
        run.look()
    for mail_id in list(OutgoingMail.objects.due().values_list("pk", flat=True)[:AT_ONCE]):
        wake(mail_id)


@worker_ready.connect
def catch_up(**_: Any) -> None:
    """A worker that starts goes on at once with what another left, instead of at the next sweep."""
    sweep.delay()

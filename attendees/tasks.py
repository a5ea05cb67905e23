"""Background tasks of the directory and of invitations."""

from rakor.lib.tasks import task


@task(limit=30)
def sweep() -> None:
    """Clears away uploaded lists that are older than a day."""
    from attendees.importing import forget_imports

    forget_imports()


@task(limit=120)
def remind() -> None:
    """Queues the reminders whose moment has come."""
    from attendees.chasing import remind_those_due

    remind_those_due()

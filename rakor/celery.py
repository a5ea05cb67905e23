"""The Celery application: workers send mail and render paper; beat wakes the sweeps."""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rakor.settings")

app = Celery("rakor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect  # type: ignore[untyped-decorator]  # celery is not typed
def load_what_every_child_needs(**_: Any) -> None:
    """Before the children are forked: else each of them reads half a second of modules with its first mail."""
    import icalendar  # noqa: F401

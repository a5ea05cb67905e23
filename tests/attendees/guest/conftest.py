"""A meeting that runs now, a guest of it, and a picture of every table."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from tests.conftest import staff_meeting

APPENDED = {"audit.AuditEvent", "documents.Download", "sessions.Session"}
"""What a GET may add to: the visitor's own session and the two append-only logs."""


@pytest.fixture
def soon(cast):
    """A meeting in ten minutes: the room is open."""
    start = timezone.now() + timedelta(minutes=10)
    return staff_meeting(cast, starts_at=start, ends_at=start + timedelta(hours=3))


@pytest.fixture
def today(soon):
    """Budi's invitation to the meeting in ten minutes."""
    return soon.invitations.get()


@pytest.fixture
def budi(guest, today):
    """Budi's browser at the meeting in ten minutes."""
    return guest(today)


def snapshot() -> dict[str, list[tuple]]:
    """Every row of every table that no GET may touch."""
    return {
        model._meta.label: sorted(model._base_manager.values_list(), key=repr)
        for model in apps.get_models()
        if model._meta.label not in APPENDED
    }


def act(client, invitation, page: str, **data):
    """POSTs to one of the pages of the invitation."""
    return client.post(f"/undangan/{invitation.public_id}/{page}/", data)


def see(client, invitation, page: str = ""):
    """GETs one of the pages of the invitation."""
    return client.get(f"/undangan/{invitation.public_id}/{page}")


def toasts(response) -> list[str]:
    """The messages that the page shows."""
    return [str(message) for message in response.context["messages"]]

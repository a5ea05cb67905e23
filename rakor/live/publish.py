"""Tells open pages that something changed: ids only, and only when the caller's transaction commits."""

import json

from django.db import connection

CHANNEL = "rakor"


def publish(channel: str, event: str, **ids: str | int) -> None:
    """Sends `event` (with ids) to every page that listens on the channel, at commit (PostgreSQL NOTIFY)."""
    payload = json.dumps({"channel": channel, "event": event, **ids}, separators=(",", ":"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])

"""Tells open pages that something changed, when and only when the transaction commits."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

NOTIFICATIONS = "rakor_live"
"""The PostgreSQL channel that every process listens on."""

LONGEST = 7999  # bytes; PostgreSQL takes no more


def publish(channel: str, event: str, **ids: Any) -> None:
    """Sends `event` with its ids to every open page of `channel` (`meeting:<public id>`) at the end of the transaction.

    Ids only, never text: a page fetches afresh what it may see. A roll-back takes the event with it; the same event
    twice in one transaction arrives once.
    """
    payload = json.dumps({"channel": channel, "event": event, "ids": ids}, separators=(",", ":"))
    if len(payload) > LONGEST:
        raise ValueError(f"{event}: an event carries a few ids, not {len(payload)} bytes")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [NOTIFICATIONS, payload])

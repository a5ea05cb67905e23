"""One LISTEN connection for all streams of a process, fanned out to a bounded queue for each."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import Counter
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.db import connection
from psycopg import sql

from rakor.live.publish import NOTIFICATIONS

log = logging.getLogger(__name__)

QUEUE = 16
"""Events that may wait for a slow page; the oldest go first, since every event only says "fetch again"."""

HEARTBEAT = 30  # seconds after which a silent connection is asked whether it still lives
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0

REMEMBERED = 4096
"""Channels of whose last event a process knows the time; beyond them it begins anew."""

Event = tuple[str, str]
"""Name and JSON text of its ids."""

REFRESH: Event = ("refresh", "{}")
"""Something may have been missed: fetch everything again."""


class Hub:
    """The streams of one event loop. It listens from the first on, so that it knows what a later page has missed."""

    def __init__(self) -> None:
        self.held: Counter[str] = Counter()
        """Open streams by session."""
        self._queues: dict[str, set[asyncio.Queue[Event]]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._knows_from = float("inf")
        self._last: dict[str, float] = {}

    async def join(self, channel: str) -> asyncio.Queue[Event]:
        """A queue that gets every event of the channel from now on; waits a moment until the process listens."""
        queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE)
        self._queues.setdefault(channel, set()).add(queue)
        if self._listener is None or self._listener.done():
            self._listening.clear()
            self._listener = asyncio.create_task(self._listen())
        try:
            await asyncio.wait_for(self._listening.wait(), LONGEST_WAIT)
        except TimeoutError:
            pass  # the database is away; the stream gets a refresh when it is back
        except asyncio.CancelledError:
            self.leave(channel, queue)
            raise
        return queue

    def leave(self, channel: str, queue: asyncio.Queue[Event]) -> None:
        """Forgets the queue."""
        queues = self._queues.get(channel, set())
        queues.discard(queue)
        if not queues:
            self._queues.pop(channel, None)

    def missed(self, channel: str, since: float) -> bool:
        """Whether the channel may have had an event since then (seconds of the epoch, by this machine's clock)."""
        return since < self._knows_from or since <= self._last.get(channel, 0)

    def _hear(self, channel: str, event: Event) -> None:
        if len(self._last) >= REMEMBERED:
            self._last.clear()
            self._knows_from = time.time()
        self._last[channel] = time.time()
        self._fan_out([channel], event)

    def _fan_out(self, channels: list[str], event: Event) -> None:
        for channel in channels:
            for queue in self._queues.get(channel, ()):
                if queue.full():
                    queue.get_nowait()
                queue.put_nowait(event)

    async def _listen(self) -> None:
        wait, missed = FIRST_WAIT, False
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as listening:
                    await listening.execute(sql.SQL("LISTEN {}").format(sql.Identifier(NOTIFICATIONS)))
                    self._knows_from = time.time()
                    self._listening.set()
                    if missed:
                        self._fan_out(list(self._queues), REFRESH)
                    wait, missed = FIRST_WAIT, False
                    await self._receive(listening)
            except Exception as broken:  # whatever it is, the streams must not fall silent for good
                missed = True
                self._knows_from = float("inf")
                self._listening.clear()
                log.warning("live: no connection to the database (%s)", type(broken).__name__)
                await asyncio.sleep(wait * random.uniform(0.5, 1.5))
                wait = min(wait * 2, LONGEST_WAIT)

    async def _receive(self, listening: psycopg.AsyncConnection[Any]) -> None:
        while True:
            async for notification in listening.notifies(timeout=HEARTBEAT):
                said = json.loads(notification.payload)
                self._hear(said["channel"], (said["event"], json.dumps(said["ids"], separators=(",", ":"))))
            await listening.execute("SELECT 1")


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop; a process that serves has one loop and so one hub."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def _parameters() -> dict[str, Any]:
    """How to reach the same database as the default connection, outside its pool."""
    known = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        known.pop(name, None)
    return {**known, "application_name": "rakor-live", "connect_timeout": 5}

"""The event stream of a page (server-sent events)."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse

from rakor.live.hub import REFRESH, Event, hub

PING_SECONDS = 20
LIFE_SECONDS = (270, 330)
"""Age at which a stream ends by itself and the page connects again, so that whoever lost access loses the stream."""

AT_ONCE = 20
"""Streams that one session may hold in a process; a page beyond them asks again in a minute."""

LATER_MILLISECONDS = 60_000
RETRY_MILLISECONDS = (3000, 6000)
"""Each page gets its own delay before it connects again, so that they do not all come at once."""


def stream(request: HttpRequest, channel: str) -> StreamingHttpResponse:
    """The events of the channel as they are committed, until the page goes away or five minutes have passed.

    The view has asked before whether the viewer may; every new connection asks again. A page that may have missed an
    event, since it was made (`?since=`, see the tag `live`) or since the last that it heard, first gets `refresh`: it
    fetches everything again. Needs an ASGI server; no database connection is held while the stream is open.
    """
    request.META.pop("HTTP_ACCEPT_ENCODING", None)  # compressed events would wait for the compressor's buffer
    response = StreamingHttpResponse(
        events(
            channel,
            since=_heard(request),
            seconds=random.uniform(*LIFE_SECONDS),
            holder=request.session.session_key or "",
        ),
        content_type="text/event-stream",
    )
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


async def events(channel: str, *, since: float | None, seconds: float, holder: str = "") -> AsyncIterator[bytes]:
    """The frames of a stream that lasts so long; before the first the request gives its database connection back.

    `since` is when the page knew everything, in seconds of the epoch; a page without it has nothing to miss.
    `holder` is the session; without one nothing is counted.
    """
    await sync_to_async(connections.close_all)()
    _give_thread_back()
    ends = time.monotonic() + seconds
    here = hub()
    if holder and here.held[holder] >= AT_ONCE:
        yield f"retry: {LATER_MILLISECONDS}\n\n".encode()
        return
    here.held[holder] += 1
    queue: asyncio.Queue[Event] | None = None
    try:
        queue = await here.join(channel)
        yield f"retry: {random.randint(*RETRY_MILLISECONDS)}\nid: {time.time_ns()}\n\n".encode()
        if since is not None and here.missed(channel, since):
            yield _frame(*REFRESH)
        while (left := ends - time.monotonic()) > 0:
            try:
                yield _frame(*await asyncio.wait_for(queue.get(), min(PING_SECONDS, left)))
            except TimeoutError:
                yield b": ping\n\n"
    finally:
        here.held -= Counter([holder])
        if queue is not None:
            here.leave(channel, queue)


def _heard(request: HttpRequest) -> float | None:
    """When the page last knew everything: by the last frame that it heard, else by its making."""
    try:
        if "HTTP_LAST_EVENT_ID" in request.META:
            return int(request.META["HTTP_LAST_EVENT_ID"]) / 1e9
        return float(request.GET["since"]) if "since" in request.GET else None
    except (ValueError, OverflowError):
        return 0.0


def _give_thread_back() -> None:
    """Ends the thread in which the request's synchronous part ran; it would wait as long as the stream lives.

    Whatever the request still has to do at its end gets a thread of its own.
    """
    context = SyncToAsync.thread_sensitive_context.get(None)
    executor = SyncToAsync.context_to_thread_executor.pop(context, None) if context is not None else None
    if executor is not None:
        executor.shutdown(wait=False)


def _frame(event: str, data: str) -> bytes:
    return f"event: {event}\nid: {time.time_ns()}\ndata: {data}\n\n".encode()

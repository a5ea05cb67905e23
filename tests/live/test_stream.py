"""Open pages hear of a change when it is committed, and cost no database connection of their own."""

import asyncio
import contextlib
import os
import sys
import threading
import time
import urllib.request

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from rakor.live.hub import QUEUE, Hub, hub
from rakor.live.publish import publish
from rakor.live.stream import AT_ONCE, events
from tests.live.conftest import POOL
from tests.live.pages import Page, open_page

LISTENING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rakor-live'"
)
POOLED = LISTENING.replace("'rakor-live'", f"'{POOL}'")


@sync_to_async(thread_sensitive=False)
def ask(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        answer = cursor.fetchone()[0]
    connection.close()
    return answer


@sync_to_async(thread_sensitive=False)
def announce(channel: str, event: str, *, undo: bool = False, before_commit: float = 0, **ids) -> None:
    """Publishes in a transaction that takes a while and then is committed, or rolled back."""
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        publish(channel, event, **ids)
        time.sleep(before_commit)
        _ = 1 / (not undo)
    connection.close()


@contextlib.asynccontextmanager
async def open_pages(port: int, *channels: str, **headers: str):
    pages = await asyncio.gather(*(open_page(port, channel, **headers) for channel in channels))
    readers = [asyncio.create_task(page.read()) for page in pages]
    try:
        yield pages
    finally:
        for page, reader in zip(pages, readers, strict=True):
            reader.cancel()
            page.writer.close()


async def until(what, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


def test_stream_delivers_after_commit_and_not_after_rollback(port):
    async def story() -> list[tuple[str, str]]:
        async with open_pages(port, "meeting:A") as [page]:
            await announce("meeting:A", "undone", undo=True)
            slow = asyncio.create_task(announce("meeting:A", "agenda", before_commit=0.5, item=7, by="ABC"))
            await asyncio.sleep(0.3)
            assert page.events == []
            await slow
            await until(lambda: page.events)
            return page.events

    assert asyncio.run(story()) == [("agenda", '{"item":7,"by":"ABC"}')]


def test_stream_hears_only_its_own_channel(port):
    async def story() -> list[list[tuple[str, str]]]:
        async with open_pages(port, "meeting:A", "meeting:B") as pages:
            await announce("meeting:B", "minutes")
            await announce("meeting:A", "presence")
            await until(lambda: all(page.events for page in pages))
            return [page.events for page in pages]

    assert asyncio.run(story()) == [[("presence", "{}")], [("minutes", "{}")]]


def test_stream_thirty_pages_hold_one_database_connection(port, capsys):
    async def story() -> tuple[int, int, int, list[float]]:
        async with open_pages(port, *["meeting:A"] * 30) as pages:
            answer = await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/biasa/", None, 5)
            listening, pooled = await ask(LISTENING), await ask(POOLED)
            began = time.monotonic()
            await announce("meeting:A", "presence")
            await until(lambda: all(page.events for page in pages))
            return answer.status, listening, pooled, [page.arrived[0] - began for page in pages]

    status, listening, pooled, seconds = asyncio.run(story())

    with capsys.disabled():
        sys.stdout.write(f"\n30 streams: {listening} connection; heard after at most {max(seconds) * 1000:.0f} ms\n")
    assert (status, listening, pooled) == (200, 1, 2)


def test_stream_tells_a_page_what_happened_between_its_making_and_its_listening(port):
    async def story() -> list[list[tuple[str, str]]]:
        async with open_pages(port, "meeting:A"):
            made = time.time()
            await announce("meeting:A", "answers")
            await asyncio.sleep(0.3)
            late = time.time()
            pages = [f"A/?since={made}", f"B/?since={made}", f"A/?since={late}", "A/?since=x"]
            async with open_pages(port, *(f"meeting:{page}" for page in pages)) as [gap, other, fresh, broken]:
                await until(lambda: gap.events and broken.events)
                return [page.events for page in (gap, other, fresh, broken)]

    assert asyncio.run(story()) == [[("refresh", "{}")], [], [], [("refresh", "{}")]]


def test_stream_that_comes_again_and_has_missed_nothing_is_told_nothing(port):
    async def story() -> list[tuple[str, str]]:
        async with open_pages(port, "meeting:C") as [page]:
            heard = page.ids[0]
        async with open_pages(port, "meeting:C", Last_Event_ID=heard) as [page]:
            await announce("meeting:C", "agenda")
            await until(lambda: page.events)
            return page.events

    assert asyncio.run(story()) == [("agenda", "{}")]


def test_stream_is_neither_compressed_nor_buffered_nor_cached(port):
    async def story() -> Page:
        async with open_pages(port, "meeting:A", Accept_Encoding="gzip, br") as [page]:
            return page

    page = asyncio.run(story())

    assert page.status == 200
    assert page.headers["content-type"] == "text/event-stream"
    assert page.headers["cache-control"] == "no-cache, no-transform"
    assert page.headers["x-accel-buffering"] == "no"
    assert "content-encoding" not in page.headers
    [retry] = [int(line.removeprefix("retry: ")) for line in page.preamble if line.startswith("retry: ")]
    assert 3000 <= retry <= 6000


def test_stream_that_comes_again_after_long_is_told_to_refresh(port):
    async def story() -> list[tuple[str, str]]:
        async with open_pages(port, "meeting:A", Last_Event_ID="17") as [page]:
            await until(lambda: page.events)
            return page.events

    assert asyncio.run(story()) == [("refresh", "{}")]


def test_stream_says_refresh_after_the_database_was_away(port):
    async def story() -> list[list[tuple[str, str]]]:
        async with open_pages(port, "meeting:A", "meeting:B") as pages:
            await ask(LISTENING.replace("count(*)", "count(pg_terminate_backend(pid))"))
            await until(lambda: all(page.events for page in pages))
            await announce("meeting:A", "agenda")
            await until(lambda: len(pages[0].events) == 2)
            return [page.events for page in pages]

    assert asyncio.run(story()) == [[("refresh", "{}"), ("agenda", "{}")], [("refresh", "{}")]]


@pytest.mark.django_db(transaction=True)
def test_stream_ends_by_itself():
    async def story() -> tuple[list[bytes], float]:
        began = time.monotonic()
        frames = [frame async for frame in events("meeting:A", since=None, seconds=0.5)]
        return frames, time.monotonic() - began

    frames, seconds = asyncio.run(story())

    assert frames[0].startswith(b"retry: ")
    assert frames[1:] == [b": ping\n\n"]
    assert 0.5 <= seconds < 3


@pytest.mark.django_db(transaction=True)
def test_hub_of_each_event_loop_is_its_own():
    async def story() -> tuple[Hub, tuple[str, str]]:
        mine = hub()
        queue = await mine.join("meeting:A")
        await announce("meeting:A", "agenda")
        heard = await asyncio.wait_for(queue.get(), 5)
        mine.leave("meeting:A", queue)
        return mine, heard

    first, second = asyncio.run(story()), asyncio.run(story())

    assert first[0] is not second[0]
    assert first[1] == second[1] == ("agenda", "{}")


@pytest.mark.django_db(transaction=True)
def test_hub_drops_the_oldest_events_of_a_slow_page():
    async def story() -> list[str]:
        queue = await hub().join("meeting:A")
        for number in range(QUEUE + 4):
            await announce("meeting:A", f"e{number}")
        last = f"e{QUEUE + 3}"
        await until(lambda: queue._queue and queue._queue[-1][0] == last)
        return [queue.get_nowait()[0] for _ in range(queue.qsize())]

    assert asyncio.run(story()) == [f"e{number}" for number in range(4, QUEUE + 4)]


def test_publish_refuses_more_than_ids(db):
    with pytest.raises(ValueError, match="carries a few ids"):
        publish("meeting:A", "minutes", text="x" * 9000)


@pytest.mark.django_db(transaction=True)
def test_publish_same_event_twice_in_a_transaction_arrives_once():
    heard = []

    def listen(ready: threading.Event) -> None:
        name = connection.settings_dict["NAME"]
        with psycopg.connect(os.environ["DATABASE_URL"], dbname=name, autocommit=True) as other:
            other.execute("LISTEN rakor_live")
            ready.set()
            heard.extend(notification.payload for notification in other.notifies(timeout=1))

    ready = threading.Event()
    listener = threading.Thread(target=listen, args=(ready,))
    listener.start()
    ready.wait(5)
    with transaction.atomic():
        publish("meeting:A", "agenda", item=1)
        publish("meeting:A", "agenda", item=1)
        publish("meeting:A", "agenda", item=2)
    listener.join()

    assert heard == [
        '{"channel":"meeting:A","event":"agenda","ids":{"item":1}}',
        '{"channel":"meeting:A","event":"agenda","ids":{"item":2}}',
    ]


@pytest.mark.django_db(transaction=True)
def test_one_session_holds_so_many_streams_and_no_more():
    async def story() -> list[bytes]:
        held = [events("meeting:A", since=None, seconds=30, holder="SESI") for _ in range(AT_ONCE)]
        for frames in held:
            await anext(frames)
        refused = [frame async for frame in events("meeting:A", since=None, seconds=30, holder="SESI")]
        other = events("meeting:A", since=None, seconds=30, holder="LAIN")
        taken = await anext(other)
        await held[0].aclose()
        again = events("meeting:A", since=None, seconds=30, holder="SESI")
        freed = await anext(again)
        for frames in (*held[1:], other, again):
            await frames.aclose()
        assert hub().held == {}
        return [*refused, taken, freed]

    refused, taken, freed = asyncio.run(story())

    assert refused == b"retry: 60000\n\n"
    assert (b"\nid: " in taken, b"\nid: " in freed) == (True, True)

"""Five hundred open pages: how soon they hear, what they cost, and how they come back after a restart."""

from __future__ import annotations

import asyncio
import resource
import statistics
import threading
import time

from rakor.live.stream import AT_ONCE
from tests.benchmarks import rows
from tests.benchmarks.ground import Ground
from tests.benchmarks.load import Page, load
from tests.benchmarks.report import Report

NUMBER, ROUNDS = 500, 5


def measure(ground: Ground, cast: rows.Cast, report: Report) -> None:
    from rakor.live.publish import publish

    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    seen = rows.meeting_with_rundown(cast, 12)
    public_id = seen.meeting.public_id
    path = f"/rapat/{public_id}/rundown/"
    web = ground.web()
    quiet, memory, threads = load(web, path, cookie=seen.session), web.memory(), web.threads()
    sessions = [rows.session_of_guest(seen.invitation) for _ in range(NUMBER // AT_ONCE)]
    pages = [Page(_stream(public_id), session, web) for session in sessions for _ in range(AT_ONCE)]
    threading.Thread(target=lambda: asyncio.run(_live(pages)), daemon=True).start()
    _wait(lambda: sum(bool(page.opened) for page in pages) == NUMBER, 60)
    time.sleep(1)
    delays: list[float] = []
    for turn in range(1, ROUNDS + 1):
        began = time.monotonic()
        publish(seen.meeting.channel, "agenda", turn=turn)
        _wait(lambda turn=turn: all(len(page.arrived) >= turn for page in pages), 10)
        delays += [page.arrived[-1] - began for page in pages if page.arrived]
    missing = NUMBER * ROUNDS - sum(len(page.arrived) for page in pages)
    said = f"1 uvicorn, {NUMBER} streams, {threads} threads before, {web.threads()} with them, {memory:.0f} MB before"
    report.add("500 streams, web tree, MB", web.memory(), "≤ 250", said)
    said = f"median {statistics.median(delays) * 1000:.0f} ms, slowest {max(delays) * 1000:.0f} ms, {missing} missing"
    report.add("500 streams, delivery p95, ms", statistics.quantiles(delays, n=20)[-1] * 1000, "", said)
    busy = load(web, path, cookie=seen.session)
    said = f"{busy.rate:.0f}/s of {quiet.rate:.0f}/s without streams, 8 connections"
    report.add("500 streams, what pages keep", busy.rate / quiet.rate, "", said)
    _restart(ground, web, pages, report)


def _restart(ground: Ground, web, pages: list[Page], report: Report) -> None:
    port, cut = web.port, time.monotonic()
    web.stop()
    again = ground.web(port=port)
    answering = time.monotonic()
    _wait(lambda: all(page.opened[-1] > cut for page in pages), 30)
    back = max(page.opened[-1] for page in pages) - answering
    refused = [status for page in pages for status in page.refused]
    absent = sum(page.opened[-1] <= cut for page in pages)
    report.add(
        "500 streams, s until all are back", back if not absent else 99, "≤ 10", f"{absent} absent after a restart"
    )
    report.add("500 streams, refusals", len(refused), "≤ 0", f"statuses {sorted(set(refused))}, the whole run")
    again.stop()


def _stream(public_id: str) -> str:
    from django.urls import reverse

    return reverse("meeting_stream", args=[public_id])


async def _live(pages: list[Page]) -> None:
    await asyncio.gather(*(page.live() for page in pages))


def _wait(until, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        time.sleep(0.02)

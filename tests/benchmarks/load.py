"""A small HTTP client that keeps its connections open, and pages that hold an event stream."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from tests.benchmarks.ground import Program


@dataclass
class Load:
    """What came of a load: requests a second, server CPU a request in ms, statuses, latencies in seconds."""

    rate: float
    cpu: float
    size: int
    statuses: Counter[int]
    latencies: list[float] = field(repr=False, default_factory=list)


def load(web: Program, path: str, *, cookie: str = "", connections: int = 8, seconds: float = 3) -> Load:
    """Asks for the page over so many connections at once, after a short warm-up."""
    asyncio.run(_load(web, path, cookie, connections, 0.7))
    before, began = web.cpu(), time.monotonic()
    statuses, latencies, size = asyncio.run(_load(web, path, cookie, connections, seconds))
    took, cpu = time.monotonic() - began, web.cpu() - before
    number = sum(statuses.values())
    return Load(number / took, cpu / number * 1000, size, statuses, latencies)


async def _load(web: Program, path: str, cookie: str, connections: int, seconds: float):
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    sizes = [0]
    until = time.monotonic() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", web.port, limit=2**20)
        while time.monotonic() < until:
            began = time.monotonic()
            writer.write(request(path, cookie))
            status, headers = await head(reader)
            sizes[0] = len(await body(reader, headers))
            statuses[status] += 1
            latencies.append(time.monotonic() - began)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return statuses, sorted(latencies), sizes[0]


def request(path: str, cookie: str, *more: str) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", f"Cookie: sessionid={cookie}", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    return int(lines[0].split()[1]), {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:])}


async def body(reader: asyncio.StreamReader, headers: dict[str, str]) -> bytes:
    if "content-length" in headers:
        return await reader.readexactly(int(headers["content-length"]))
    parts = []
    while size := int(await reader.readline(), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(parts)


@dataclass
class Page:
    """One open page: it connects again by itself after its `retry`, as EventSource does."""

    path: str
    cookie: str
    web: Program
    arrived: list[float] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)

    async def live(self) -> None:
        last, retry = "", 3.0
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.web.port)
                writer.write(request(self.path, self.cookie, *([f"Last-Event-ID: {last}"] if last else [])))
                status, _headers = await head(reader)
                if status != 200:
                    self.refused.append(status)
                    await asyncio.sleep(1)
                    continue
                self.opened.append(time.monotonic())
                while line := await reader.readline():
                    if line.startswith(b"retry:"):
                        retry = int(line[6:]) / 1000
                    elif line.startswith(b"id:"):
                        last = line[3:].decode().strip()
                    elif line.startswith(b"event: agenda"):
                        self.arrived.append(time.monotonic())
                writer.close()
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(retry)

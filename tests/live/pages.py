"""Open pages: many event streams read at once by plain sockets, as browsers do."""

import asyncio
import time
from dataclasses import dataclass, field


@dataclass
class Page:
    """One stream. `events` holds (name, data) as they arrived, `headers` what the server said first."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    headers: dict[str, str]
    status: int
    preamble: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)

    async def read(self) -> None:
        """Collects events until the server or `close` ends it."""
        name = ""
        async for line in self.reader:
            text = line.decode().rstrip("\r\n")
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            elif text.startswith("id: "):
                self.ids.append(text.removeprefix("id: "))
            elif text.startswith("data: "):
                self.events.append((name, text.removeprefix("data: ")))
                self.arrived.append(time.monotonic())


async def open_page(port: int, channel: str, **headers: str) -> Page:
    """A page that has received the first frame of the stream of `channel`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    name, _, query = channel.partition("/")
    lines = [f"GET /aliran/{name}/{query} HTTP/1.1", "Host: localhost", "Accept: text/event-stream"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    status = int((await reader.readline()).split()[1])
    head = {}
    while line := (await reader.readline()).decode().strip():
        name, _, value = line.partition(":")
        head[name.lower()] = value.strip()
    page = Page(reader, writer, head, status)
    while not (line := (await asyncio.wait_for(reader.readline(), 10)).decode()).startswith("id: "):
        page.preamble.append(line.strip())
    page.ids.append(line.strip().removeprefix("id: "))
    return page

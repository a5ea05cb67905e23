"""Where people meet online: one module and one line a provider. A provider never learns who clicks."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Room:
    """What a meeting says of its online room: the address, and the code and number to dial."""

    url: str
    code: str = ""
    dial_in: str = ""


class Provider(Protocol):
    """`check(room)` raises ValueError with a sentence; `join_url(room, name)` is what *Buka ruang* opens."""

    name: str
    embedded: bool

    def check(self, room: Room) -> None: ...

    def join_url(self, room: Room, display_name: str) -> str: ...

    def csp_sources(self, room: Room) -> dict[str, list[str]]: ...


PROVIDERS: dict[str, tuple[Any, str]] = {
    "link": (_("A link of any provider"), "rakor.conferencing.link.Link"),
}
CHOICES = [(name, label) for name, (label, _path) in PROVIDERS.items()]


def provider(name: str) -> Provider:
    """The provider of this name; an unknown name is a KeyError."""
    module, _dot, cls = PROVIDERS[name][1].rpartition(".")
    found: Provider = getattr(import_module(module), cls)()
    return found

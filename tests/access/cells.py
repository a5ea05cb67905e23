"""Reads the table of cells.txt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("cells.txt")
GROUPS = 6
"""The columns stand in six groups: organisers, officers, invited, agencies, offices, outside."""


@dataclass(frozen=True)
class Line:
    """`cells[role]` of one address, method and thing (`meeting`, `item` …) at `stages`."""

    address: str
    method: str
    thing: str
    stages: tuple[str, ...]
    cells: dict[str, str]


def lines() -> list[Line]:
    """Every line of the table, in its order."""
    found: list[Line] = []
    roles = address = method = thing = ""
    for text in TABLE.read_text(encoding="utf-8").splitlines():
        words = text.split()
        if not words or text.startswith("#"):
            continue
        if not text.startswith(" "):
            address, method, thing = (*words, "", "")[:3]
        elif not roles:
            roles = "".join(words[-GROUPS:])
        else:
            stages, letters = tuple(words[:-GROUPS]), "".join(words[-GROUPS:])
            found.append(Line(address, method, thing, stages, dict(zip(roles, letters, strict=True))))
    return found

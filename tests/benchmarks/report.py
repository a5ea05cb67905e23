"""Prints each figure beside its reference and its bound, and keeps them in RESULTS.md; a drop is told, never failed."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).with_name("RESULTS.md")
HEAD = """# Figures

Made by `make bench`, the newest run first. Each is a ratio against a reference of the same run on the same machine, so
that runs on other machines compare; `at least` and `at most` are the bounds that the project holds itself to. One
uvicorn process, two Celery children, PostgreSQL that writes through, Redis, loopback only.
"""
DROP = 0.8
COSTS = (", CPU", ", MB", ", ms", "cold start", "against bare WeasyPrint")
"""In the names of figures that are better when they are less, whether bound or only watched."""


@dataclass
class Figure:
    """`value` beside `bound` ("≥ 0.45", "≤ 12", "" for a figure that is only watched); `said` holds the absolutes."""

    name: str
    value: float
    bound: str
    said: str

    @property
    def met(self) -> bool | None:
        if not self.bound:
            return None
        sign, limit = self.bound.split()
        return self.value >= float(limit) if sign == "≥" else self.value <= float(limit)

    @property
    def less_is_better(self) -> bool:
        return self.bound.startswith("≤") or any(word in self.name for word in COSTS)

    def line(self) -> str:
        verdict = {None: "watched", True: "met", False: "**missed**"}[self.met]
        return f"| {self.name} | {self.value:.2f} | {self.bound or '–'} | {verdict} | {self.said} |"


@dataclass
class Report:
    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, value: float, bound: str, said: str) -> None:
        self.figures.append(figure := Figure(name, value, bound, said))
        print(figure.line(), flush=True)  # noqa: T201
        for warning in dropped(figure, RESULTS.read_text() if RESULTS.exists() else ""):
            print(f"  WARNING: {warning}", flush=True)  # noqa: T201

    def write(self, note: str) -> None:
        """Puts this run above the earlier ones."""
        commit = subprocess.run(
            ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
        ).stdout.strip()
        lines = [
            f"## {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {commit or 'no commit'}{f', {note}' if note else ''}",  # noqa: TID251
            "",
            "| Figure | Now | Bound | | Measured |",
            "|---|---|---|---|---|",
            *(figure.line() for figure in self.figures),
        ]
        before = RESULTS.read_text().removeprefix(HEAD) if RESULTS.exists() else ""
        RESULTS.write_text(HEAD + "\n" + "\n".join(lines) + "\n" + before)


def dropped(figure: Figure, results: str) -> list[str]:
    """A warning when the newest recorded value of this figure was better by more than a fifth."""
    found = re.search(rf"^\| {re.escape(figure.name)} \| ([\d.]+) \|", results, re.MULTILINE)
    if found is None or not float(found[1]) or not figure.value:
        return []
    before = float(found[1])
    worse = before / figure.value if figure.less_is_better else figure.value / before
    return [f"{figure.name} was {before:.2f}, now {figure.value:.2f}"] if worse < DROP else []

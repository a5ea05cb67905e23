"""The pictures of a run, what was measured on them, and the sheets on which a person looks at them."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from playwright.sync_api import Browser, Page

MEASURE = Path(__file__).with_name("measure.js").read_text(encoding="utf-8")
SHAPES = {"360": (360, 740), "1280": (1280, 900)}
SCHEMES = ("light", "dark")
PHONE = {"width": 360, "height": 740}
"""The window a page is opened in, so that its tabs have been scrolled for the narrow one."""
FINGER, MOUSE = 44, 36
"""Shortest side of a target in px, for guests and for account holders."""
TALLEST = 16_000
"""Chromium paints no higher picture in one piece."""
ON_SHEET = {"360-light": 216, "1280-light": 768, "1280-dark": 448, "360-dark": 126}
"""From left to right, and how wide in px: 60 % in light, 35 % in dark."""
CUT, SHEET = 720, 1500
"""A picture on a sheet ends at this height in px; a sheet takes another row up to this one."""
STYLE = """
body {font: 14px/1.4 sans-serif; margin: 16px; width: 1606px; background: #ccc; color: #111}
h1 {font-size: 22px} h2 {font-size: 18px; margin: 24px 0 4px} p {margin: 12px 0 4px} ul {columns: 4}
.row {display: flex; gap: 16px; align-items: start} .row img {display: block; object-fit: cover; object-position: top}
"""


@dataclass(frozen=True)
class Shown:
    """A page as one person saw it: four pictures `stem`-360-light.png …, and what is wrong with it."""

    page: str
    who: str
    path: str
    title: str
    stem: str
    wrong: tuple[str, ...]

    @property
    def caption(self) -> str:
        return f"<b>{escape(self.page)}</b> · {escape(self.who)} · {escape(self.title)} · {escape(self.path)}"


@dataclass
class Gallery:
    folder: Path
    shown: list[Shown] = field(default_factory=list)

    def take(self, page: Page, name: str, who: str, *, by_guest: bool, path: str) -> list[str]:
        """Four pictures of the page that is open, in a window of PHONE; returns what is wrong with it."""
        name = name or "not_found"
        number = sum(shown.page == name for shown in self.shown) + 1
        stem = f"{name}-{number:02}-{who}"
        wrong: dict[str, list[str]] = {}
        for shape, (width, height) in SHAPES.items():
            page.emulate_media(color_scheme="light", reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": height})
            whole = min(TALLEST, max(height, page.evaluate("document.documentElement.scrollHeight")))
            page.set_viewport_size({"width": width, "height": whole})  # so that bars at the edge cover nothing
            for line in page.evaluate(MEASURE, {"least": FINGER if by_guest else MOUSE}):
                wrong.setdefault(line, []).append(shape)
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.screenshot(path=self.folder / f"{stem}-{shape}-{scheme}.png")
        page.set_viewport_size(PHONE)
        lines = tuple(f"{'+'.join(shapes)}: {line}" for line, shapes in wrong.items())
        self.shown.append(Shown(name, who, path, page.title(), stem, lines))
        return [f"{stem} {path} {line}" for line in lines]

    def hang(self, browser: Browser) -> None:
        """Writes index.html (everything by page), sheet-01.png … (a few rows each) and findings.txt."""
        rows = sorted(self.shown, key=lambda shown: shown.page)
        sheets = list(self._sheets(rows))
        (self.folder / "index.html").write_text(self._index(rows, sheets), encoding="utf-8")
        page = browser.new_page(viewport={"width": 1638, "height": 900})
        draft = self.folder / "sheet.html"
        for number, sheet in enumerate(sheets, start=1):
            rows_of_it = "".join(self._row(shown) for shown in sheet)
            draft.write_text(document(f"Sheet {number}", rows_of_it), encoding="utf-8")
            page.goto(draft.as_uri())
            page.screenshot(path=self.folder / f"sheet-{number:02}.png", full_page=True)
        page.close()
        draft.unlink(missing_ok=True)
        lines = [f"{shown.stem} {shown.path} {line}\n" for shown in rows for line in shown.wrong]
        (self.folder / "findings.txt").write_text("".join(lines), encoding="utf-8")

    def _sheets(self, rows: Iterable[Shown]) -> Iterable[list[Shown]]:
        sheet, used = [], 0
        for shown in rows:
            height = 40 + max(self._size(shown, look)[1] for look in ON_SHEET)
            if sheet and used + height > SHEET:
                yield sheet
                sheet, used = [], 0
            sheet, used = [*sheet, shown], used + height
        if sheet:
            yield sheet

    def _size(self, shown: Shown, look: str) -> tuple[int, int]:
        """Width and height in px on a sheet, from the picture's own, which stand in bytes 16 to 24 of a PNG."""
        with (self.folder / f"{shown.stem}-{look}.png").open("rb") as picture:
            width, height = struct.unpack(">II", picture.read(24)[16:])
        return ON_SHEET[look], min(CUT, round(height * ON_SHEET[look] / width))

    def _row(self, shown: Shown, loading: str = "eager") -> str:
        pictures = []
        for look in ON_SHEET:
            file, (width, height) = f"{shown.stem}-{look}.png", self._size(shown, look)
            image = f'<img src="{file}" width="{width}" height="{height}" alt="{look}" loading="{loading}">'
            pictures.append(f'<a href="{file}">{image}</a>')
        row = f'<p>{shown.caption}</p><div class="row">{"".join(pictures)}</div>'
        wrong = "".join(f"<li>{escape(line)}" for line in shown.wrong)
        return f"{row}<ol>{wrong}</ol>" if wrong and loading == "lazy" else row

    def _index(self, rows: list[Shown], sheets: list[list[Shown]]) -> str:
        place = {shown.stem: number for number, sheet in enumerate(sheets, start=1) for shown in sheet}
        parts, names = [], []
        for name, group in itertools.groupby(rows, key=lambda shown: shown.page):
            mine = list(group)
            on = sorted({place[shown.stem] for shown in mine})
            names.append(f'<li><a href="#{name}">{name}</a> ({len(mine)}; sheets {on[0]:02}–{on[-1]:02})')
            parts.append(f'<h2 id="{name}">{name}</h2>' + "".join(self._row(shown, "lazy") for shown in mine))
        return document("Every page", f"<h1>Every page</h1><ul>{''.join(names)}</ul>{''.join(parts)}")


def document(title: str, body: str) -> str:
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en">{head}{body}</html>'

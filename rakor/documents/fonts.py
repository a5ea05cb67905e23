"""Cuts the type of official papers once and keeps it: static, Latin-only faces of Arimo and Source Sans 3.

WeasyPrint would instance a variable font again in each document (slow, and with the wrong weight), so the six
faces that print.css names are cut ahead. They lie in the data folder; ``python -m rakor.documents.fonts DIR``
makes them when an image is built. The whole TTF files come from the packages ``fontpkg-arimo`` (metric-compatible
with Arial, which domain.md §4.3 asks for) and ``fontpkg-source-sans-3``.
"""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path


@dataclass(frozen=True)
class Cut:
    """One face that print.css may name: family, style, weight, and the package that carries its variable font."""

    family: str
    style: str
    weight: int
    package: str
    source: str

    def path(self, folder: Path) -> Path:
        """Where the cut lies; the package's version is part of the name, so an update never meets an old cut."""
        release = version(self.package.replace("_", "-"))
        return folder / f"{self.family.replace(' ', '')}-{self.weight}-{self.style}-{release}.ttf"


CUTS = (
    Cut("Arimo", "normal", 400, "fontpkg_arimo", "Arimo[wght].ttf"),
    Cut("Arimo", "normal", 700, "fontpkg_arimo", "Arimo[wght].ttf"),
    Cut("Arimo", "italic", 400, "fontpkg_arimo", "Arimo-Italic[wght].ttf"),
    Cut("Source Sans 3", "normal", 400, "fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
    Cut("Source Sans 3", "normal", 600, "fontpkg_source_sans_3", "SourceSans3[wght].ttf"),
    Cut("Source Sans 3", "italic", 400, "fontpkg_source_sans_3", "SourceSans3-Italic[wght].ttf"),
)
STAMP = CUTS[3]

# Latin with its diacritics, punctuation, currency, arrows, mathematics, boxes and ticks.
KEPT = (
    *range(0x20, 0x250),
    *range(0x2B0, 0x300),
    *range(0x1E00, 0x1F00),
    *range(0x2000, 0x2070),
    *range(0x20A0, 0x20C0),
    *range(0x2100, 0x2150),
    *range(0x2190, 0x2300),
    *range(0x25A0, 0x2600),
    0x2610,
    0x2611,
    0x2612,
    0x2713,
    0x2717,
)


def prepare(folder: Path) -> Path:
    """Every cut of CUTS lies complete in `folder`; returns it. Safe when several processes call it at once.

    Seconds the first time, microseconds afterwards. A cut is written aside and renamed into place, so a reader never
    sees half a font; a lock keeps two processes from doing the same work.
    """
    folder = folder.resolve()
    if all(cut.path(folder).exists() for cut in CUTS):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder):
        for source in dict.fromkeys((cut.package, cut.source) for cut in CUTS):
            wanted = [cut for cut in CUTS if (cut.package, cut.source) == source and not cut.path(folder).exists()]
            if wanted:
                _cut(source, wanted, folder)
    return folder


def stamp_face(folder: Path) -> Path:
    """The face in which a visible signature is set, ready on disk."""
    return STAMP.path(prepare(folder))


@cache
def coverage(folder: Path) -> frozenset[int]:
    """Code points that print: every one that at least one cut carries."""
    from fontTools.ttLib import TTFont

    covered: set[int] = set()
    for cut in CUTS:
        with TTFont(cut.path(folder), lazy=True) as font:
            covered |= font.getBestCmap().keys()
    return frozenset(covered)


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _cut(source: tuple[str, str], wanted: list[Cut], folder: Path) -> None:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    package, name = source
    features = ["kern", "liga", "mark", "tnum", "lnum"]
    subsetter = Subsetter(Options(layout_features=features, name_IDs=["*"], notdef_outline=True))
    subsetter.populate(unicodes=KEPT)
    with TTFont(str(files(package) / "files" / name), recalcTimestamp=False) as font:
        subsetter.subset(font)
        for cut in wanted:
            target = cut.path(folder)
            aside = target.with_suffix(f".{os.getpid()}.part")
            instantiateVariableFont(font, {"wght": cut.weight}).save(aside)
            aside.replace(target)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))

"""A pseudo-locale: every Indonesian text two fifths longer, with accents and in brackets; and settings that speak it.

The folder of its compiled catalogue is named by RAKOR_PSEUDO_LOCALE. Whatever has no brackets on a page did not come
from the catalogue; whatever lacks one of them was cut off.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from rakor.settings import *  # noqa: F403
from tests.test_wording import ENTRIES, PLACEHOLDER, Entry

LOCALE_PATHS = [Path(os.environ.get("RAKOR_PSEUDO_LOCALE", "."))]

MORE = 0.4
ACCENTED = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")
KEPT = re.compile(rf"({PLACEHOLDER.pattern}|&\w+;|%%|\n|\b[A-Z]{{6,}}\b)")
"""Placeholders, tags and line ends, and words in capitals, which a module of ours replaces."""
HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n'


def lengthened(text: str) -> str:
    """`Simpan draf` → `[Sííímpááán drááf]`: its vowels are drawn out; what programs read stays as it is."""
    parts = KEPT.split(text)
    return f"[{''.join(part if number % 2 else _drawn_out(part) for number, part in enumerate(parts))}]"


def _drawn_out(text: str) -> str:
    vowels = [place for place, letter in enumerate(text) if letter.lower() in "aeiou"]
    wanted = math.ceil(MORE * len(text)) if vowels else 0
    times = [1 + wanted // len(vowels) + (rank < wanted % len(vowels)) for rank in range(len(vowels))]
    said = dict(zip(vowels, times, strict=True))
    return "".join(
        letter.translate(ACCENTED) + letter.lower().translate(ACCENTED) * (said[place] - 1) if place in said else letter
        for place, letter in enumerate(text)
    )


def compile_into(folder: Path) -> None:
    """Writes the catalogue where Django looks for the Indonesian one under this folder."""
    place = folder / "id" / "LC_MESSAGES"
    place.mkdir(parents=True)
    source = place / "django.po"
    source.write_text("\n".join([HEAD, *("\n".join(_lines(entry)) + "\n" for entry in ENTRIES)]), encoding="utf-8")
    subprocess.run(["msgfmt", "--check-format", "-o", place / "django.mo", source], check=True)


def _lines(entry: Entry) -> Iterator[str]:
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    if entry.context is not None:
        yield f"msgctxt {quoted(entry.context)}"
    yield f"msgid {quoted(entry.msgid)}"
    if entry.plural:
        yield f"msgid_plural {quoted(entry.plural)}"
    yield f"msgstr{'[0]' if entry.plural else ''} {quoted(lengthened(entry.msgstr))}"

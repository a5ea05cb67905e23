"""What the Indonesian catalogue lacks, found by the real `makemessages` on a copy of the sources."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("rakor", "attendees", "agenda", "minutes", "templates")


def untranslated(folder: Path) -> list[str]:
    """msgids that have no Indonesian text or a fuzzy one; made in the given empty folder."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    shutil.copy(ROOT / "manage.py", folder)
    subprocess.run(
        [sys.executable, "manage.py", "makemessages", "-l", "id", "--no-obsolete", "--no-location", "-v0"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        check=True,
        capture_output=True,
    )
    done = subprocess.run(
        ["msgattrib", "--untranslated", "--no-obsolete", "--no-wrap", "rakor/locale/id/LC_MESSAGES/django.po"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    fuzzy = subprocess.run(
        ["msgattrib", "--only-fuzzy", "--no-obsolete", "--no-wrap", "rakor/locale/id/LC_MESSAGES/django.po"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [m for text in (done.stdout, fuzzy.stdout) for m in re.findall(r'^msgid "(.+)"$', text, flags=re.M)]

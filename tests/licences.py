"""The licence of every locked package: `python -m tests.licences` prints them, and ends with 1 when one is unfit."""

from __future__ import annotations

import re
import sys
from importlib.metadata import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
FIT = re.compile(r"\b(MIT|BSD|Apache|MPL|Mozilla|OFL|LGPL|Lesser|PSF|Python Software Foundation|Artistic)\b")
"""Those that let an Apache-2.0 application be passed on together with the package."""

READ = {"axe-playwright-python": "MIT"}
"""Packages whose metadata names none; somebody has read their file."""


def locked(lock: str = "requirements-dev.txt") -> list[str]:
    """The packages of the lock that belong on this machine."""
    lines = re.findall(r"^([a-z0-9][^\\\n]*==[^\\\n]*)", (ROOT / lock).read_text(), re.MULTILINE)
    wanted = [Requirement(line.strip()) for line in lines]
    return [one.name for one in wanted if one.marker is None or one.marker.evaluate()]


def licence(package: str) -> str:
    """What the package says: an SPDX expression, else its classifiers joined by OR, else the first line of its text."""
    about = metadata(package)
    classifiers = [c.rpartition(" :: ")[2] for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    text = (about.get("License") or "").strip().partition("\n")[0]
    return about.get("License-Expression") or " OR ".join(classifiers) or text or READ.get(package, "")


def is_fit(said: str) -> bool:
    """True when one of the choices has only fit parts."""
    return any(all(FIT.search(part) for part in choice.split(" AND ")) for choice in said.split(" OR "))


def main() -> int:
    found = {package: licence(package) for package in locked()}
    for package, said in found.items():
        sys.stdout.write(f"{package:32} {said or 'none'}{'' if is_fit(said) else '   UNFIT'}\n")
    return any(not is_fit(said) for said in found.values())


if __name__ == "__main__":
    sys.exit(main())

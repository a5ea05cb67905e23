"""One gallery a run; it is hung when the last picture has been taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.conftest import browse, world
from tests.screenshots.gallery import Gallery

__all__ = ["browse", "gallery", "world"]


@pytest.fixture(scope="session")
def gallery(browser) -> Iterator[Gallery]:
    """Its folder is RAKOR_PICTURES, or `pictures` beside this file, and emptied of older pictures."""
    folder = Path(os.environ.get("RAKOR_PICTURES") or Path(__file__).with_name("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    made = Gallery(folder)
    yield made
    made.hang(browser)

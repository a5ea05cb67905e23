"""The demo's own secrets: made once, readable by their owner only, handed on as files and not in the environment."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

NAMES = ("SECRET_KEY", "LINK_KEY", "SETUP_CODE")


def secrets_of(folder: Path) -> dict[str, str]:
    """Return ``NAME_FILE`` → path for each secret of the data folder, made when missing."""
    place = folder / "secrets"
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in NAMES:
        path = place / name
        if not path.exists():
            unfinished = place / f".{name}"
            unfinished.unlink(missing_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(48 if name != "SETUP_CODE" else 9))
            unfinished.rename(path)
    return {f"{name}_FILE": str(place / name) for name in NAMES}

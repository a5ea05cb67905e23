"""Reads a file from outside in a process of its own: nothing it holds can stop or crash whoever asks.

Such a file is hostile until shown otherwise. The process has limits of memory and time and none of our environment.
At most two files are looked into at a time, and whoever waits holds no connection to the database meanwhile: a few
files that take long would keep everybody else out.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from django.utils.translation import gettext_lazy as _

SLACK = 12  # seconds more by the clock, because a busy machine gives a process only part of its time
PATIENCE = 2  # seconds during which a place to look may come free
MEMORY_LIMIT = 1024 * 1024 * 1024

places_to_look = threading.BoundedSemaphore(2)


class NoPlaceToLook(Exception):
    """As many files as may be looked into at a time are being looked into."""

    reason = _("Several files are being checked at the moment. Try again in half a minute.")


class TookTooLong(Exception):
    """The process was ended because its time was over."""


def read_apart(module: str, given: bytes, *, seconds: int) -> bytes:
    """What `python -m module <seconds>` writes when it is given these bytes; nothing when it broke off.

    TookTooLong when it used up `seconds` of a processor; NoPlaceToLook when two others are at it and none ends soon.
    """
    _give_connection_back()
    if not places_to_look.acquire(timeout=PATIENCE):
        raise NoPlaceToLook
    try:
        process = subprocess.run(
            [sys.executable, "-m", module, str(seconds)],
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds + SLACK,
            check=False,
            cwd=Path(__file__).resolve().parents[2],
            env=environment(),
        )
    except subprocess.TimeoutExpired as over:
        raise TookTooLong from over
    finally:
        places_to_look.release()
    if process.returncode < 0:
        raise TookTooLong
    return process.stdout


def keep_to_limits(seconds: int) -> None:
    """Called first in the process apart: limits of memory and of a processor's time, no core file, no log."""
    import resource

    limits = {resource.RLIMIT_AS: MEMORY_LIMIT, resource.RLIMIT_CPU: seconds, resource.RLIMIT_CORE: 0}
    for limit, value in limits.items():
        with suppress(ValueError, OSError):  # macOS knows no limit of address space
            resource.setrlimit(limit, (value, value))
    logging.disable()


def environment() -> dict[str, str]:
    """What Python needs to start, and nothing of ours: no secret is within reach of a hostile file."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONHOME")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _give_connection_back() -> None:
    """To the pool, unless a transaction is open; the next query takes one again."""
    from django.db import connection

    if not connection.in_atomic_block:
        connection.close()

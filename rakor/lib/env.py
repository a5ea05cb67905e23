"""Reads the environment; a secret may also lie in the file that NAME_FILE names."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def env_text(name: str, default: str = "") -> str:
    """The text of NAME, else of the file NAME_FILE names, else the default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on; an unknown word is an error, never a silent False."""
    word = os.environ.get(name, "").strip().lower()
    if not word:
        return default
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {word!r}")


def env_int(name: str, default: int) -> int:
    """The whole number of NAME, else the default."""
    word = os.environ.get(name, "").strip()
    try:
        return int(word) if word else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {word!r}") from None


def env_list(name: str, default: str = "") -> list[str]:
    """The comma-separated words of NAME, without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def env_secret(name: str, *, insecure: bool = False) -> str:
    """The secret NAME (or NAME_FILE); without it the process refuses to start, unless insecure is allowed (tests)."""
    secret = env_text(name)
    if secret:
        return secret
    if insecure:
        return f"insecure-{name}-for-development-and-tests-only-{'0' * 32}"
    raise ImproperlyConfigured(f"Set {name} (or {name}_FILE) to a long random text.")

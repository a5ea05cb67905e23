"""Keeps personal links out of every log: `/u/<token>` is written as `/u/…`."""

import logging
import re

LINK = re.compile(r"(/u/|/akun/lupa-sandi/kunci/)[^\s\"'?#&]+")


def masked(text: str) -> str:
    """The text with the token of every personal link taken out."""
    return LINK.sub(r"\1…", text)


class MaskLinks(logging.Filter):
    """A log filter that masks personal links in message and arguments; it lets every record pass."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = masked(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(masked(a) if isinstance(a, str) else a for a in record.args)
        if record.exc_info and not record.exc_text:
            record.exc_text = masked(logging.Formatter().formatException(record.exc_info))
        return True

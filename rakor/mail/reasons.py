"""What a mail server's refusal means, in a sentence for people."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

ADDRESS = re.compile(r"<?[^\s<>\"']+@[^\s<>\"',;]+>?")
REPLY = re.compile(r"(?P<data>DATA )?(?P<code>[245]\d\d)(?:[ -]+(?P<class>[245])\.(?P<detail>\d{1,3}\.\d{1,3})\b)?")

UNKNOWN = _("The address is not known there.")
MISSPELT = _("The address is not written correctly.")
FULL = _("The mailbox is full.")
LATER = _("The recipient’s mail server asks to try again later.")
REFUSED = _("The recipient’s mail server refuses this mail.")
POLICY = _("The recipient’s mail server takes no mail from us. Please tell the system administrator.")
TOO_LARGE = _("The mail is too large for the recipient’s mailbox.")
AWAY = _("Our mail server cannot be reached at the moment.")

OURS: dict[str, Any] = {
    "address": MISSPELT,
    "auth": _("Our mail server does not accept its user name or password. Please tell the system administrator."),
    "connect": AWAY,
    "cut": _("The connection broke while the mail was handed over; it may have arrived."),
    "demo": _("This is a demonstration: it sends mail only to its own mailbox."),
    "disconnected": AWAY,
    "interrupted": _("Sending was interrupted several times. Please tell the system administrator."),
    "render": _("The mail could not be prepared. Please tell the system administrator."),
    "sender": _("Our mail server refuses our sender address. Please tell the system administrator."),
    "tls": _("Our mail server offers no secure connection. Please tell the system administrator."),
}

DETAILS: dict[str, Any] = {  # RFC 3463, "subject.detail"
    "1.0": UNKNOWN,
    "1.1": UNKNOWN,
    "1.2": _("The part after the @ takes no mail."),
    "1.3": MISSPELT,
    "1.6": _("The mailbox has moved."),
    "1.10": _("The part after the @ takes no mail."),
    "2.0": UNKNOWN,
    "2.1": _("The mailbox is not in use any more."),
    "2.2": FULL,
    "2.3": TOO_LARGE,
    "3.4": TOO_LARGE,
    "4.4": _("The part after the @ takes no mail."),
}

CODES: dict[str, Any] = {"501": MISSPELT, "550": UNKNOWN, "551": UNKNOWN, "553": MISSPELT, "452": FULL, "552": FULL}


def reason(reply: str) -> Any:
    """A sentence without the address: `550 5.1.1 No such user` → “The address is not known there.”; "" for ""."""
    if not reply:
        return ""
    if reply.startswith("rakor:"):
        return OURS.get(reply.removeprefix("rakor:"), REFUSED)
    found = REPLY.match(reply)
    if not found:
        return REFUSED
    detail, code = found["detail"] or "", found["code"]
    temporary = (found["class"] or code)[0] == "4"
    if detail in DETAILS and not (temporary and DETAILS[detail] is UNKNOWN):
        return DETAILS[detail]
    if detail.startswith("7.") and not temporary:
        return POLICY
    if not detail and not found["data"] and code in CODES:
        return CODES[code]
    return LATER if temporary else REFUSED


def is_hard(reply: str) -> bool:
    """True when trying again cannot help. A full mailbox (x.2.2, 452, 552) always can: somebody will empty it."""
    found = REPLY.match(reply)
    if not found or found["code"].startswith("4"):
        return False
    return found["detail"] != "2.2" and not (found["code"] == "552" and found["detail"] is None)


def blames_address(reply: str) -> bool:
    """True when this refusal says that the address is wrong; not that we, our mail or our server are not wanted."""
    if reply.startswith("rakor:"):
        return reply == "rakor:address"
    found = REPLY.match(reply)
    if not found or found["data"] or (found["detail"] or "").startswith("7."):
        return False
    return is_hard(reply)


def short(reply: str, to: str) -> str:
    """The reply as the row keeps it: one line of at most 300 characters without any address."""
    text = ADDRESS.sub("…", " ".join(reply.split()))
    local = to.partition("@")[0]
    if len(local) > 2:
        text = re.sub(re.escape(local), "…", text, flags=re.IGNORECASE)
    return text[:300]

"""Public ids and personal links that can be made again and revoked, with no bearer value in the database."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

from django.conf import settings

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: it is read aloud and typed from paper
PUBLIC_ID = f"[{ALPHABET}]{{12}}"
"""Pattern of a public id."""
SHORT = f"[{ALPHABET}{ALPHABET.lower()}]{{8}}"
"""Pattern of a meeting's short code, as printed or as typed from paper in small letters."""
PURPOSE = "link"
MAC_BYTES = 20  # 160 bits; product.md rule 3 asks for at least 128


def new_public_id() -> str:
    """Twelve characters that name a row in addresses and on paper (59 bits; never a permission by itself)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(12))


def new_short() -> str:
    """Eight characters that name a meeting's door on paper (39 bits: too many to walk through; no permission)."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def link_mac(kind: str, public_id: str, generation: int) -> str:
    """The mac of a personal link: HMAC-SHA-256 over purpose, kind, public id and generation under LINK_KEY."""
    message = "\x1f".join([PURPOSE, kind, public_id, str(generation)]).encode()
    digest = hmac.new(settings.LINK_KEY.encode(), message, sha256).digest()[:MAC_BYTES]
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def link_token(kind: str, public_id: str, generation: int) -> str:
    """The token of `/u/<token>`: public id, dot, mac."""
    return f"{public_id}.{link_mac(kind, public_id, generation)}"


def link_is_genuine(token: str, kind: str, public_id: str, generation: int) -> bool:
    """True when the token was made for this subject in its present generation (constant time)."""
    return hmac.compare_digest(token.encode(), link_token(kind, public_id, generation).encode())


CODE_DIGITS = 8


def one_time_code(public_id: str, subject: str, generation: int) -> str:
    """Eight digits that belong to this asking (`public_id`) for this subject; made anew under LINK_KEY, never kept."""
    message = "\x1f".join(["code", public_id, subject, str(generation)]).encode()
    number = int.from_bytes(hmac.new(settings.LINK_KEY.encode(), message, sha256).digest()[:16])
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}}"

"""What may stand in an address: anything else is nobody's page, found out before a view or the database is asked."""

from __future__ import annotations

from django.urls import register_converter

from rakor.lib.numbers import whole_number
from rakor.lib.tokens import PUBLIC_ID, SHORT


class PublicId:
    """`<public_id:…>`: a row's name in addresses."""

    regex = PUBLIC_ID

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Short(PublicId):
    """`<short:…>`: a meeting's short code, typed from paper in small letters or capitals."""

    regex = SHORT

    def to_python(self, value: str) -> str:
        return value.upper()


class Code(PublicId):
    """`<code:…>`: an agency's code; no control characters."""

    regex = r"[^/\x00-\x1f\x7f]+"


class Pk:
    """`<pk:…>`: a row's number, from 1 to what a column can hold."""

    regex = r"[1-9][0-9]{0,18}"

    def to_python(self, value: str) -> int:
        if (number := whole_number(value)) is None:
            raise ValueError(value)
        return number

    def to_url(self, value: int) -> str:
        return str(value)


def register() -> None:
    """Makes the four known to `path()`."""
    register_converter(PublicId, "public_id")
    register_converter(Short, "short")
    register_converter(Code, "code")
    register_converter(Pk, "pk")

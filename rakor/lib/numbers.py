"""Numbers that somebody sent."""

GREATEST = 2**63 - 1
"""What PostgreSQL's bigint holds: no row has a greater id."""


def whole_number(text: str | None) -> int | None:
    """The number in plain digits, if a row could have it; None for everything else that can be typed."""
    if not text or len(text) > 19 or not (text.isascii() and text.isdigit()):
        return None
    number = int(text)
    return number if number <= GREATEST else None

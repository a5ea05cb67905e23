"""Numbers that are given once: counted in the database, in the caller's transaction."""

from django.db import connection


def next_in(scope: str, year: int, kind: str) -> int:
    """The next whole number of the scope (agency code), year and kind, from 1 up.

    The counter's row stays locked until the caller's transaction ends, so a roll-back leaves no gap.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_numbercounter (scope, year, kind, last) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (scope, year, kind) DO UPDATE SET last = documents_numbercounter.last + 1 RETURNING last",
            [scope, year, kind],
        )
        return int(cursor.fetchone()[0])


def counted_as(kind: str, pattern: str) -> str:
    """The kind whose counter a pattern runs on: its own when the number shows it, else one counter for all kinds.

    So two documents of one unit never carry the same number.
    """
    return kind if "{kind}" in pattern else ""

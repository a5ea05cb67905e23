"""The database backend of the settings: Django's own for PostgreSQL, made to outlive a restart of the server."""

from __future__ import annotations

from typing import Any


def try_on(pool: Any) -> None:
    """Begins anew to connect, so that a server which comes back is noticed within two seconds.

    psycopg's own waits double up to a minute and more: it calls this whenever it has given up.
    """
    pool.check()

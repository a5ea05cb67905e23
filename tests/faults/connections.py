"""The database that ends its connections, as at a restart, at a chosen moment."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

END_ALL = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()"""

WHERE = ("dbname", "user", "password", "host", "port")


def end_all() -> None:
    """Ends every connection to the test's database, as a restart does."""
    with psycopg.connect(**{k: v for k, v in connection.get_connection_params().items() if k in WHERE}) as other:
        other.execute(END_ALL)
    time.sleep(0.2)


@contextmanager
def ends_at(words: str) -> Iterator[None]:
    """The database ends all its connections when the first query with these words is sent."""
    ended = []

    def watch(execute, sql, params, many, context):
        if not ended and words in sql:
            ended.append(sql)
            end_all()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert ended, f"no query had {words}"

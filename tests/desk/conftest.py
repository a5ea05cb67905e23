"""A database that is away."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection


@pytest.fixture
def no_database(transactional_db):
    """The database's port is one on which nobody listens, and the pool waits a second for it."""
    with _impatient(HOST="127.0.0.1", PORT="1"):
        yield


@pytest.fixture
def impatient_pool(transactional_db):
    """The pool waits a second for a connection."""
    with _impatient():
        connection.pool.open()
        yield connection.pool


@contextmanager
def _impatient(**where: str) -> Iterator[None]:
    before = dict(connection.settings_dict)
    connection.close()
    connection.close_pool()
    options = connection.settings_dict["OPTIONS"]
    impatient = {**options, "pool": {**options["pool"], "timeout": 1}}
    connection.settings_dict.update(where, OPTIONS=impatient)
    yield
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(before)

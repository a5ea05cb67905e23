"""A database that is away."""

import pytest
from django.db import connection


@pytest.fixture
def no_database(transactional_db):
    """The database's port is one on which nobody listens, and the pool waits a second for it."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.close_pool()
    options = connection.settings_dict["OPTIONS"]
    impatient = {**options, "pool": {**options["pool"], "timeout": 1}}
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1", OPTIONS=impatient)
    yield
    connection.close()
    connection.close_pool()
    connection.settings_dict.update(before)

"""The health page."""

import pytest
from django.db import connections


def test_health_answers_ok(client, db):
    answer = client.get("/sehat/")

    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"ok", "text/plain")


def test_health_is_never_kept(client, db):
    assert "no-store" in client.get("/sehat/")["Cache-Control"]


def test_health_costs_one_query(client, db, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get("/sehat/")


@pytest.mark.django_db(transaction=True)
def test_health_says_503_when_the_database_is_away(client, settings):
    """The database's port is one on which nobody listens."""
    connection = connections["default"]
    connection.close_pool()
    host, port = connection.settings_dict["HOST"], connection.settings_dict["PORT"]
    pool = connection.settings_dict["OPTIONS"].pop("pool", None)
    connection.close()
    connection.settings_dict.update(HOST="127.0.0.1", PORT="1")
    try:
        answer = client.get("/sehat/")
    finally:
        connection.close()
        connection.settings_dict.update(HOST=host, PORT=port)
        if pool is not None:
            connection.settings_dict["OPTIONS"]["pool"] = pool

    assert (answer.status_code, answer.content) == (503, b"database")

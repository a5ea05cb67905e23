"""The world's pages answer as it says; that every page is in it is seen to by tests/test_architecture.py."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.pages.world import build


@pytest.mark.django_db
def test_pages_answer_as_the_world_says():
    world = build()
    told = []
    for stop in world.stops:
        client = Client()
        if stop.who in world.sessions:
            client.cookies["sessionid"] = world.sessions[stop.who]
        answer = client.get(stop.path)
        if answer.status_code != stop.status:
            told.append(f"{stop.who} {stop.path}: {answer.status_code} {answer.headers.get('Location', '')}")
    assert told == []

"""The short code of a meeting, which names its door."""

import importlib
import re

import pytest
from django.apps import apps
from django.db import IntegrityError

from rakor.lib.tokens import SHORT
from rakor.meetings.models import Meeting
from tests import factories as make

filled = importlib.import_module("rakor.meetings.migrations.0003_short_filled")


def test_every_meeting_has_a_code_of_its_own(db):
    codes = {make.MeetingFactory().short for _one in range(20)}

    assert len(codes) == 20
    assert [code for code in codes if not re.fullmatch(SHORT, code)] == []


def test_two_meetings_never_share_a_code(db):
    taken = make.MeetingFactory().short

    with pytest.raises(IntegrityError, match="meeting_short_once"):
        make.MeetingFactory(short=taken)


def test_meetings_of_before_get_their_codes(db, monkeypatch):
    monkeypatch.setattr(filled, "AT_ONCE", 2)
    kept = make.MeetingFactory()
    for _one in range(5):
        make.MeetingFactory(short="")

    filled.fill(apps, None)

    codes = set(Meeting.objects.values_list("short", flat=True))
    assert (len(codes), "" in codes, kept.short in codes) == (6, False, True)

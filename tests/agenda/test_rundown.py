"""The rundown that is set once: in each zone its own, and new as soon as something happens."""

import pytest
from django.core.cache import caches
from django.utils import timezone

from agenda.models import AgendaItem, release, shown_release
from agenda.rundown import rundown
from rakor.lib.access import SYSTEM
from tests import factories as make

JAKARTA, BALI = "Asia/Jakarta", "Asia/Makassar"


@pytest.fixture
def released(meeting):
    caches["rendered"].clear()
    make.AgendaItemFactory(meeting=meeting, title="Laporan", order=1)
    release(meeting, by=SYSTEM)
    return shown_release(meeting)


def test_second_reader_costs_no_rows(meeting, released, django_assert_num_queries):
    first = rundown(meeting, released, JAKARTA)
    with django_assert_num_queries(1):  # the release without its rows
        assert rundown(meeting, shown_release(meeting), JAKARTA) == first
    meeting.start(by=SYSTEM)
    with django_assert_num_queries(2):  # and what has begun
        assert rundown(meeting, shown_release(meeting), JAKARTA) == first


def test_each_zone_reads_its_own_clock(meeting, released):
    assert "09.00 WIB" in rundown(meeting, released, JAKARTA)
    assert "10.00 WITA" in rundown(meeting, released, BALI)


def test_item_that_begins_is_seen_at_once(meeting, released):
    meeting.start(by=SYSTEM)
    assert 'aria-current="step"' not in rundown(meeting, released, JAKARTA)
    AgendaItem.objects.filter(meeting=meeting).update(started_at=timezone.now(), started_by="system")
    assert 'aria-current="step"' in rundown(meeting, released, JAKARTA)


def test_next_release_is_seen_at_once(meeting, released):
    rundown(meeting, released, JAKARTA)
    make.AgendaItemFactory(meeting=meeting, title="Penutup rapat", order=2)
    release(meeting, by=SYSTEM)
    assert "Penutup rapat" in rundown(meeting, shown_release(meeting), JAKARTA)

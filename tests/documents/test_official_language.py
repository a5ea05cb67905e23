"""Papers are Indonesian, whatever language the page of whoever makes them has."""

import subprocess

import pytest
from django.utils.translation import override

from agenda.models import release
from attendees.letters import particulars, preview, proposal
from minutes.models import Minutes
from minutes.sealing import content_of
from tests import factories as make
from tests.conftest import staff_meeting


def text_of(pdf: bytes) -> str:
    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


@pytest.fixture
def planned(cast):
    meeting = staff_meeting(cast, end_open=True)
    make.AgendaItemFactory(meeting=meeting, title="Pembukaan", kind="opening")
    make.AgendaItemFactory(meeting=meeting, title="Istirahat", kind="break")
    release(meeting, by=cast.viewer(cast.sari))
    return meeting


def test_letter_made_on_an_english_page_is_indonesian(planned):
    def made(language: str) -> tuple[object, ...]:
        with override(language):
            return proposal(planned), particulars(planned), text_of(preview(planned))

    english, indonesian = made("en"), made("id")

    assert english == indonesian
    assert "09.00 WIB s.d. selesai" in english[2]


def test_minutes_approved_on_an_english_page_are_indonesian(cast):
    held = staff_meeting(cast, status="held")
    minutes = Minutes.begin(held, by=cast.viewer(cast.nia))
    minutes.write(kind="decision", text="Alur rujukan disusun bersama.", item=None, by=cast.viewer(cast.nia))
    minutes.submit(by=cast.viewer(cast.nia))

    with override("en"):
        minutes.approve(by=cast.viewer(cast.karno))

    with override("id"):
        assert minutes.document.content == content_of(held, minutes.versions.get())
    assert minutes.document.content["particulars"][1] == {"label": "Waktu", "value": "09.00–12.00 WIB"}

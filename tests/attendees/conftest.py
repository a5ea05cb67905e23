"""A signed letter, more positions, and Sari at her desk."""

from datetime import date

import pytest
from django.utils import timezone

from rakor.documents.models import Document
from tests import factories as make


def sign(meeting) -> Document:
    """A letter of the meeting that was signed elsewhere."""
    return make.DocumentFactory(
        kind="invitation_letter",
        meeting=meeting,
        subject="Undangan",
        status="signed",
        number="B-7/UJI/KS.01/XI/2026",
        number_elsewhere=True,
        date=date(2026, 11, 20),
        current=make.FileFactory(),
        signed_at=timezone.now(),
        signed_by="system",
        signed_elsewhere=True,
        upload_finding="other",
    )


@pytest.fixture
def letter(meeting):
    """The signed letter of `meeting`."""
    return sign(meeting)


@pytest.fixture
def sari(cast, login):
    """Sari's browser."""
    return login(cast.sari)


@pytest.fixture
def by(cast):
    """Sari as the one who acts."""
    return cast.viewer(cast.sari)


@pytest.fixture
def offices(cast):
    """Two more heads: one with an address in Bogor, one of Kupang without any."""
    with_mail = make.PositionFactory(
        agency=make.AgencyFactory(
            code="BP3MI-JABAR",
            name="BP3MI Jawa Barat",
            short_name="BP3MI Jawa Barat",
            kind="bp3mi",
            province_code="32",
            province="Jawa Barat",
            protocol_order=480,
        ),
        name="Kepala BP3MI Jawa Barat",
        email="jabar@uji.example",
    )
    without = make.PositionFactory(
        agency=make.AgencyFactory(
            code="BP3MI-NTT",
            name="BP3MI Nusa Tenggara Timur",
            short_name="BP3MI Nusa Tenggara Timur",
            kind="bp3mi",
            zone="Asia/Makassar",
            protocol_order=520,
        ),
        name="Kepala BP3MI Nusa Tenggara Timur",
        email="",
    )
    return with_mail, without

"""A signed letter, more positions, and Sari at her desk."""

from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from attendees.inviting import invite
from attendees.sending import send_invitations
from rakor.documents.models import Document
from rakor.mail.delivery import drain
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.mail.sink import Sink

JAKARTA = ZoneInfo("Asia/Jakarta")


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


@pytest.fixture
def received(transactional_db, tmp_path, settings):
    """A real mail server; `received()` delivers what is due and gives the mails that came since the last call."""
    with Sink(tmp_path / "maildir") as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.smtp_port, 5
        settings.BASE_URL = "https://rakor.example"
        known = set()

        def read():
            assert drain() is None
            new = [path for path in sorted((tmp_path / "maildir").rglob("*.eml")) if path not in known]
            known.update(new)
            return [message_from_bytes(path.read_bytes(), policy=default) for path in new]

        read.refuse = sink.refuse
        yield read


@pytest.fixture
def invited(received, meeting, letter, offices, by):
    """The meeting, on 12 May 2026 at 13.30 WIB, after its invitations have left: Bali and Jawa Barat by mail."""
    start = datetime(2027, 5, 12, 13, 30, tzinfo=JAKARTA)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + timedelta(hours=2), reply_by=None)
    invite(meeting, offices, by=by)
    send_invitations(meeting, by=by)
    assert len(received()) == 2
    return Meeting.objects.get(pk=meeting.pk)

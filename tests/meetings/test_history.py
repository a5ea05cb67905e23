"""The audit trail of a meeting in sentences, and its live channel."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from rakor.audit.models import AuditEvent
from rakor.lib.access import Viewer
from rakor.meetings.history import SENTENCES, told
from tests import factories as make
from tests.conftest import staff_meeting


def sentences(meeting):
    return [entry.text for entry in told(meeting, AuditEvent.objects.filter(meeting=meeting.public_id))]


@pytest.fixture
def english():
    from django.utils import translation

    with translation.override("en"):
        yield


def test_history_names_accounts(cast, english):
    meeting = staff_meeting(cast, status="draft")

    meeting.publish(by=cast.viewer(cast.sari))

    assert sentences(meeting) == ["Sari Wulandari published the meeting"]


def test_history_names_invitees_by_position(meeting, invitation, english):
    invitation.respond("declined", by=Viewer(link_subjects=(("invitation", invitation.public_id),)))

    assert sentences(meeting) == ["Kepala BP3MI Bali answered: not coming"]


def test_history_says_for_whom_the_organiser_answered(cast, meeting, invitation, english):
    invitation.respond("declined", by=cast.viewer(cast.sari))

    assert sentences(meeting) == ["Sari Wulandari answered for Kepala BP3MI Bali: not coming"]


def test_history_names_changed_fields(cast, meeting, english):
    meeting.venue = "Aula Baru"
    meeting.revise(["venue"], by=cast.viewer(cast.sari))

    assert sentences(meeting) == ["Sari Wulandari changed venue"]


def test_history_keeps_its_lines_when_names_are_gone(meeting, english):
    make.AuditEventFactory(
        meeting=meeting.public_id, verb="agenda_item.started", target="agenda.AgendaItem:0", actor="user:0"
    )

    assert sentences(meeting) == ["Somebody who is no longer known started the agenda item (no longer there)"]


def test_history_says_an_unknown_verb_as_it_is(meeting, english):
    make.AuditEventFactory(meeting=meeting.public_id, verb="moon.landed")

    assert sentences(meeting) == ["The system recorded “moon.landed”"]


def test_every_sentence_can_be_said(meeting):
    for verb in SENTENCES:
        make.AuditEventFactory(meeting=meeting.public_id, verb=verb, target=f"meetings.Meeting:{meeting.public_id}")

    assert len(sentences(meeting)) == len(SENTENCES)


READERS = [("sari", 200), ("aulia", 200), ("karno", 403), ("sinta", 403), ("citra", 404)]


@pytest.mark.parametrize(("who", "status"), READERS)
def test_history_is_for_organiser_and_auditor(cast, login, meeting, who, status):
    assert login(getattr(cast, who)).get(f"/rapat/{meeting.public_id}/riwayat/").status_code == status


def test_guest_reads_no_history(guest, invitation):
    assert guest(invitation).get(f"/rapat/{invitation.meeting.public_id}/riwayat/").status_code == 403


def test_history_is_paged(cast, login, meeting):
    make.AuditEventFactory.create_batch(31, meeting=meeting.public_id)

    answer = login(cast.sari).get(f"/rapat/{meeting.public_id}/riwayat/?page=2")

    assert len(answer.context["entries"]) == 1


def test_history_takes_the_same_queries_for_one_and_three_rows(cast, login, meeting):
    client = login(cast.sari)
    counts = []
    for more in (1, 2):
        make.AuditEventFactory.create_batch(more, meeting=meeting.public_id, actor=f"user:{cast.nia.pk}")
        with CaptureQueriesContext(connection) as asked:
            client.get(f"/rapat/{meeting.public_id}/riwayat/")
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 12


@pytest.mark.parametrize(("who", "status"), [("sari", 200), ("sinta", 200), ("citra", 404)])
def test_stream_is_for_those_who_see_the_meeting(cast, login, meeting, who, status):
    answer = login(getattr(cast, who)).get(f"/rapat/{meeting.public_id}/aliran/")

    assert answer.status_code == status


def test_stranger_hears_nothing(client, meeting):
    assert client.get(f"/rapat/{meeting.public_id}/aliran/").status_code == 404


def test_guest_hears_the_meeting(guest, invitation):
    answer = guest(invitation).get(f"/rapat/{invitation.meeting.public_id}/aliran/")

    assert answer["Content-Type"] == "text/event-stream"

"""Auditors and system administrators read a restricted meeting by a named right only, and it is recorded."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rakor.audit.models import AuditEvent
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import prove, staff_meeting


@pytest.fixture
def secret(cast):
    return staff_meeting(cast, security="R")


def sees(cast, name):
    return Meeting.objects.visible_to(cast.viewer(getattr(cast, name))).exists()


def given(cast, **changes):
    until = (timezone.localdate() + timedelta(days=3)).isoformat()
    return {"user": cast.aulia.pk, "reason": "Pemeriksaan khusus", "until": until} | changes


@pytest.mark.parametrize("name", ["aulia", "admin"])
def test_right_opens_the_meeting_until_its_last_day(cast, secret, name):
    grant = make.GrantFactory(meeting=secret, user=getattr(cast, name))
    assert sees(cast, name)

    type(grant).objects.update(until=timezone.localdate() - timedelta(days=1))
    assert not sees(cast, name)


def test_right_opens_nothing_to_somebody_who_is_neither_auditor_nor_administrator(cast, secret):
    make.GrantFactory(meeting=secret, user=cast.citra)

    assert not sees(cast, "citra")


def test_administrator_reads_an_ordinary_meeting_by_a_right_only(cast, meeting):
    assert not sees(cast, "admin")

    make.GrantFactory(meeting=meeting, user=cast.admin)
    assert sees(cast, "admin")


def test_organiser_gives_and_takes_back_the_right_and_both_are_recorded(cast, meeting, login):
    sari, page = login(cast.sari), f"/rapat/{meeting.public_id}/hak-baca/"
    sari.post(page, given(cast))
    grant = meeting.grants.get()
    sari.post(f"{page}{grant.pk}/cabut/")
    sari.post(f"{page}{grant.pk}/cabut/")

    history = sari.get(f"/rapat/{meeting.public_id}/riwayat/").content.decode()
    verbs = list(AuditEvent.objects.filter(verb__startswith="grant").order_by("pk").values_list("verb", "actor"))
    assert verbs == [("grant.given", f"user:{cast.sari.pk}"), ("grant.ended", f"user:{cast.sari.pk}")]
    assert "memberi Aulia Rahman hak membaca rapat ini" in history


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"until": "2020-01-01"}, "until"),
        ({"user": "0"}, "user"),
        ({"until": ""}, "until"),
    ],
)
def test_right_needs_somebody_a_reason_and_a_day_to_come(cast, meeting, login, changes, field):
    answer = login(cast.sari).post(f"/rapat/{meeting.public_id}/hak-baca/", given(cast, **changes))

    assert (answer.status_code, list(answer.context["form"].errors), meeting.grants.count()) == (422, [field], 0)


def test_right_is_given_once(cast, meeting, login):
    make.GrantFactory(meeting=meeting, user=cast.aulia)

    answer = login(cast.sari).post(f"/rapat/{meeting.public_id}/hak-baca/", given(cast))
    assert (answer.status_code, meeting.grants.count()) == (422, 1)


def test_invited_auditor_is_no_auditor_of_a_restricted_meeting(cast, secret, login):
    secret.invitations.update(user=cast.aulia)

    aulia = login(cast.aulia)
    prove(aulia, cast.aulia)

    assert aulia.get(f"/rapat/{secret.public_id}/riwayat/").status_code == 403

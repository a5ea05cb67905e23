"""Days that differ from the national calendar: entered by the system administrator, heeded by whatever counts days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from attendees.chasing import moments, remind_those_due
from minutes.models import FollowUp
from rakor.audit.models import AuditEvent
from rakor.meetings.models import Meeting, SpecialDay
from tests import factories as make

JAKARTA = ZoneInfo("Asia/Jakarta")
MONDAY = datetime(2026, 6, 22, 9, tzinfo=JAKARTA)


@pytest.fixture
def page(cast, login):
    admin = login(cast.admin)
    return lambda **data: admin.post(reverse("working_days"), data) if data else admin.get(reverse("working_days"))


def test_administrator_adds_and_removes_a_day(page):
    assert page(date="2026-06-19", name="Libur Daerah", free="True", province_code="").status_code == 302
    row = SpecialDay.objects.get()
    assert (row.date, row.free) == (date(2026, 6, 19), True)
    assert "Libur Daerah" in page().content.decode()
    assert page(date="2026-06-19", name="Lagi", free="False", province_code="").status_code == 422

    page(remove=str(row.pk))
    assert SpecialDay.objects.count() == 0
    verbs = AuditEvent.objects.filter(verb__startswith="special_day").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["special_day.added", "special_day.removed"]


def test_nobody_else_finds_the_page(cast, login):
    assert [login(who).get(reverse("working_days")).status_code for who in (cast.sari, cast.aulia)] == [404, 404]


def test_province_goes_before_the_country(db):
    make.SpecialDayFactory(date=date(2026, 6, 19), free=True)
    make.SpecialDayFactory(date=date(2026, 6, 19), free=False, province_code="51")

    assert SpecialDay.objects.overrides("51") == {date(2026, 6, 19): False}
    assert SpecialDay.objects.overrides("32") == {date(2026, 6, 19): True}


@pytest.mark.parametrize(("province", "reminded"), [("", 18), ("51", 18), ("32", 19)])
def test_reminder_goes_around_a_day_that_is_free_at_the_host(meeting, cast, province, reminded):
    cast.bureau.province_code = "51"
    cast.bureau.save()
    make.SpecialDayFactory(date=date(2026, 6, 19), province_code=province)
    facts = {"status": "invited", "invited_at": MONDAY, "invited_by": "x", "reply_by": None}
    Meeting.objects.update(starts_at=MONDAY, ends_at=MONDAY.replace(hour=12), **facts)
    invitation = meeting.invitations.get()
    about = {"subject_kind": "invitation", "subject_id": invitation.public_id, "to": invitation.email}
    sent = datetime(2026, 6, 8, tzinfo=JAKARTA)
    make.OutgoingMailFactory(kind="invitation", status="sent", sent_at=sent, **about)
    found = Meeting.objects.get()

    [(moment, _end)] = moments(found, SpecialDay.objects.of(found))

    assert moment == datetime(2026, 6, reminded, 8, tzinfo=JAKARTA)
    assert remind_those_due(datetime(2026, 6, 19, 9, tzinfo=JAKARTA)) == (1 if reminded == 19 else 0)


def test_due_day_of_a_follow_up_skips_it(cast, meeting, by_system):
    make.SpecialDayFactory(date=_next_working_day())
    point = make.PointFactory(minutes=make.MinutesFactory(meeting=meeting), kind="follow_up", number=1)
    follow_up = make.FollowUpFactory(point=point, due_date=None, due_days=1)
    follow_up.assign(by=by_system)

    assert FollowUp.objects.get().due_date > _next_working_day()


@pytest.fixture
def by_system():
    from rakor.lib.access import SYSTEM

    return SYSTEM


def _next_working_day():
    from django.utils import timezone

    from rakor.lib.working_days import working_day_after

    return working_day_after(timezone.localdate(timezone=JAKARTA), 1)

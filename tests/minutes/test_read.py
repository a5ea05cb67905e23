"""Reading the signed minutes by link: times in the reader's own zone, under the letterhead of the host."""

import re
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.utils import timezone

from agenda.models import release
from minutes.models import Minutes, Point
from tests import factories as make
from tests.conftest import staff_meeting

NINE_AT_THE_HOST = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)


@pytest.fixture
def closed(cast):
    """A meeting in Jakarta whose minutes are distributed, with a point of nine o'clock."""
    meeting, now, paper = staff_meeting(cast), timezone.now(), make.FileFactory()
    make.AgendaItemFactory(meeting=meeting, title="Diskusi")
    release(meeting, by=cast.viewer(cast.sari))
    type(meeting).objects.update(
        status="closed", started_at=meeting.starts_at, started_by="x", ended_at=meeting.ends_at, ended_by="x",
        closed_at=now, closed_by="x",
    )  # fmt: skip
    done = {"signed_at": now, "signed_by": "system", "distributed_at": now, "distributed_by": "system"}
    document = make.DocumentFactory(
        kind="minutes", meeting=meeting, status="distributed", number="NOT-1/UJI", date=timezone.localdate(),
        prepared=paper, current=paper, **done,
    )  # fmt: skip
    minutes = make.MinutesFactory(
        meeting=meeting, document=document, status="distributed", submitted_at=NINE_AT_THE_HOST, submitted_by="x",
        approved_at=NINE_AT_THE_HOST, approved_by="x", approved_sha256="0" * 64,
    )  # fmt: skip
    point = make.PointFactory(minutes=minutes)
    Point.objects.filter(pk=point.pk).update(recorded_at=NINE_AT_THE_HOST)
    meeting.refresh_from_db()
    return meeting


def test_guest_reads_the_times_of_points_in_own_zone(closed, guest):
    page = guest(closed.invitations.get()).get(f"/rapat/{closed.public_id}/notula/").content.decode()

    read = page.partition('id="notula"')[2]
    assert (read.count("10.00 WITA"), "09.00 WIB" in read) == (3, False)
    assert "Jam dalam WITA; zona penyelenggara WIB." in read


def test_colleague_of_the_host_reads_them_in_the_hosts_zone(closed, cast, login):
    page = login(cast.sinta).get(f"/rapat/{closed.public_id}/notula/").content.decode()

    read = page.partition('id="notula"')[2]
    assert (read.count("09.00 WIB"), "WITA" in read) == (3, False)


def test_minutes_being_written_keep_the_zone_of_the_meeting(cast, login):
    meeting = staff_meeting(cast, status="in_progress")
    Minutes.begin(meeting, by=cast.viewer(cast.nia)).write(
        kind="response", text="Siap.", item=None, by=cast.viewer(cast.nia)
    )
    Point.objects.update(recorded_at=NINE_AT_THE_HOST)
    type(cast.nia).objects.filter(pk=cast.nia.pk).update(zone="Asia/Makassar")

    page = login(cast.nia).get(f"/rapat/{meeting.public_id}/notula/").content.decode()

    assert re.search(r'class="point" id="butir-\d+">.*?09\.00 WIB', page, re.DOTALL)


def letterhead(page: str) -> list[str]:
    """The two lines above a guest's page."""
    above = page.partition('<header class="letterhead">')[2].partition("</header>")[0]
    return re.findall(r'<span lang="id">(.*?)</span>', above)


@pytest.mark.parametrize("page", ["", "rundown/", "notula/"])
def test_guest_reads_the_pages_of_the_meeting_under_the_letterhead_of_its_host(closed, cast, guest, page):
    answer = guest(closed.invitations.get()).get(f"/rapat/{closed.public_id}/{page}")

    assert letterhead(answer.content.decode()) == [cast.ministry.name, cast.bureau.name]


def test_guest_reads_a_document_under_the_letterhead_of_its_host(closed, cast, guest):
    document = closed.documents.get()

    answer = guest(closed.invitations.get()).get(f"/dokumen/{document.public_id}/")

    assert letterhead(answer.content.decode()) == [cast.ministry.name, cast.bureau.name]


def test_stranger_at_the_door_reads_whose_meeting_it_is(closed, cast):
    answer = Client().get(f"/rapat/{closed.public_id}/")

    assert letterhead(answer.content.decode()) == [cast.ministry.name, cast.bureau.name]


@pytest.fixture
def to_do(closed, cast):
    """What the agency of Bali has to do after the closed meeting, and what another one has."""
    mine = make.FollowUpFactory(
        point=make.PointFactory(minutes=closed.minutes.get(), kind="follow_up", number=2, text="Menyusun alur."),
        agency=cast.bali, status="assigned", assigned_by="x", due_date=date(2026, 4, 20),
    )  # fmt: skip
    make.FollowUpFactory(
        point=make.PointFactory(minutes=closed.minutes.get(), kind="follow_up", number=3),
        agency=cast.bureau, status="assigned", assigned_by="x", due_date=date(2026, 4, 21),
    )  # fmt: skip
    type(closed).objects.update(contact_name="Sari Wulandari", contact_phone="0812 0000 0000")
    return mine


def test_every_follow_up_leads_to_its_place_in_the_minutes(closed, to_do, cast, login):
    client = login(cast.sinta)
    page = client.get("/tindak-lanjut/").content.decode()

    assert f'href="/rapat/{closed.public_id}/notula/#butir-{to_do.point_id}"' in page
    assert f'id="butir-{to_do.point_id}"' in client.get(f"/rapat/{closed.public_id}/notula/").content.decode()


@pytest.mark.parametrize(("who", "told"), [("rina", 1), ("sinta", 0), ("sari", 0), ("aulia", 0)])
def test_contact_reads_whom_to_tell_of_the_own_follow_ups_only(to_do, cast, login, who, told):
    page = login(getattr(cast, who)).get("/tindak-lanjut/").content.decode()

    assert (page.count("Menyusun alur."), page.count('href="tel:081200000000"')) == (2, told)


def test_what_is_done_is_told_to_nobody_any_more(to_do, cast, login):
    type(to_do).objects.filter(pk=to_do.pk).update(status="done")

    assert "tel:" not in login(cast.rina).get("/tindak-lanjut/").content.decode()


def test_guest_reads_the_follow_ups_under_the_letterhead_of_the_host_and_whom_to_tell(closed, to_do, cast, guest):
    page = guest(closed.invitations.get()).get("/tindak-lanjut/").content.decode()

    assert letterhead(page) == [cast.ministry.name, cast.bureau.name]
    assert page.count('href="tel:081200000000"') == 1
    assert f'<p class="crumbs"><a href="/undangan/{closed.invitations.get().public_id}/">' in page


def test_guest_who_has_not_said_who_reads_no_follow_up(closed, to_do, guest):
    page = guest(closed.invitations.get(), known=False).get("/tindak-lanjut/").content.decode()

    assert ("Menyusun alur." in page, letterhead(page)) == (False, [])

"""The calendar of meetings: who finds what, in which order, with how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories as make
from tests.conftest import staff_meeting


@pytest.fixture
def titles(login):
    """`titles(user, **filter)`: the titles on the first page of the user's list."""

    def _titles(user, **given):
        return [meeting.title for meeting in login(user).get("/rapat/", given).context["page"]]

    return _titles


def at(days: int, **fields):
    start = timezone.now() + timedelta(days=days)
    return {"starts_at": start, "ends_at": start + timedelta(hours=2), **fields}


def test_list_shows_what_is_to_come_first(cast, titles):
    staff_meeting(cast, title="Lama", **at(-30, status="held"))
    staff_meeting(cast, title="Kemarin", **at(-1, status="held"))
    staff_meeting(cast, title="Nanti", **at(20))
    staff_meeting(cast, title="Besok", **at(1))

    assert titles(cast.sari) == ["Besok", "Nanti", "Kemarin", "Lama"]


def test_list_groups_by_month(cast, login):
    staff_meeting(cast, **at(1))
    staff_meeting(cast, **at(-40, status="held"))

    months = login(cast.sari).get("/rapat/").context["months"]

    assert [(month["past"], len(month["rows"])) for month in months] == [(False, 1), (True, 1)]


def test_running_meeting_is_never_past(cast, login):
    staff_meeting(cast, **at(-1, status="in_progress"))

    assert [month["past"] for month in login(cast.sari).get("/rapat/").context["months"]] == [False]


def test_list_hides_drafts_from_staff(cast, titles):
    """Bait: a draft beside a published meeting of the same house."""
    staff_meeting(cast, title="Draf", status="draft")
    staff_meeting(cast, title="Terbit")

    assert titles(cast.sinta) == ["Terbit"]


def test_list_hides_meetings_of_other_houses(cast, titles):
    """Bait: a published meeting to which Citra's agency is not invited, beside one to which it is."""
    staff_meeting(cast, title="Tertutup bagi Citra")
    invited = staff_meeting(cast, title="Mengundang Dinas Lain")
    make.InvitationFactory(meeting=invited, position=make.PositionFactory(agency=cast.stranger_agency))

    assert titles(cast.citra) == ["Mengundang Dinas Lain"]


def test_list_hides_restricted_meetings_from_staff_and_auditor(cast, titles):
    staff_meeting(cast, title="Terbatas", security="T")

    assert (titles(cast.sinta), titles(cast.aulia)) == ([], [])


def test_system_administrator_reads_no_meeting(cast, titles):
    staff_meeting(cast)

    assert titles(cast.admin) == []


def test_list_search_finds_every_word(cast, titles):
    staff_meeting(cast, title="Rapat Debarkasi Terpadu")
    staff_meeting(cast, title="Rapat Anggaran")

    assert titles(cast.sari, q="terpadu rapat") == ["Rapat Debarkasi Terpadu"]
    assert "Rapat Debarkasi Terpadu" in titles(cast.sari, q="bogor terpadu")


def test_list_filters_by_status(cast, titles):
    staff_meeting(cast, title="Draf", status="draft")
    staff_meeting(cast, title="Terbit")

    assert titles(cast.sari, status="draft") == ["Draf"]


def test_list_filters_by_year(cast, titles):
    staff_meeting(cast, title="Lama", **at(-800, status="held"))
    staff_meeting(cast, title="Baru")

    year = timezone.localtime(timezone.now() - timedelta(days=800)).year
    assert titles(cast.sari, year=year) == ["Lama"]


def test_list_filters_by_own_part(cast, titles):
    staff_meeting(cast, title="Dipimpin Karno")
    make.MeetingFactory(title="Tanpa Karno", host=cast.bureau)

    assert titles(cast.karno, whose="mine") == ["Dipimpin Karno"]


def test_list_ignores_an_unknown_filter(cast, titles):
    staff_meeting(cast, title="Ada")

    assert titles(cast.sari, status="entah", year="abad", page="tujuh") == ["Ada"]


def test_list_is_paged(cast, login):
    make.MeetingFactory.create_batch(21, host=cast.bureau)

    assert len(login(cast.sari).get("/rapat/?page=2").context["page"]) == 1


def test_empty_list_leads_the_organiser_to_the_form(cast, login):
    assert b'href="/rapat/baru/"' in login(cast.sari).get("/rapat/").content


def test_empty_list_offers_staff_no_form(cast, login):
    assert b'href="/rapat/baru/"' not in login(cast.sinta).get("/rapat/").content


def test_stranger_is_asked_to_log_in(client, db):
    assert client.get("/rapat/").url == "/masuk/?next=/rapat/"


def partly_sent(cast, **fields):
    """An invited meeting; one invitation went out, one was added since."""
    meeting = staff_meeting(cast, status="invited", **fields)
    sent = meeting.invitations.get().public_id
    make.OutgoingMailFactory(subject_kind="invitation", subject_id=sent, status="sent", sent_at=timezone.now())
    make.InvitationFactory(meeting=meeting)
    return meeting


def test_list_calls_a_partly_sent_meeting_as_its_own_page_does(cast, login):
    meeting = partly_sent(cast)
    client = login(cast.sari)

    named = [client.get(path).content.decode() for path in ("/rapat/", f"/rapat/{meeting.public_id}/")]

    assert '<span class="chip incomplete">Terkirim sebagian</span>' in named[0]
    assert '<li aria-current="step">Terkirim sebagian</li>' in named[1]


def test_list_does_not_tell_staff_that_a_meeting_is_partly_sent(cast, login):
    """Bait: what is not sent yet, in a meeting that the whole house sees."""
    partly_sent(cast)

    text = login(cast.sinta).get("/rapat/").content.decode()

    assert ("Terkirim sebagian" in text, '<span class="chip invited">Undangan terkirim</span>' in text) == (False, True)


def test_list_takes_the_same_few_queries_for_one_and_three_partly_sent_meetings(cast, login):
    client = login(cast.sari)
    counts = []
    for more in (1, 2):
        for _row in range(more):
            partly_sent(cast)
        with CaptureQueriesContext(connection) as asked:
            text = client.get("/rapat/").content.decode()
        counts.append((len(asked), text.count("Terkirim sebagian")))

    assert counts == [(counts[0][0], 1), (counts[0][0], 3)]
    assert counts[0][0] <= 12


def test_list_takes_the_same_few_queries_for_one_and_three_rows(cast, login):
    client = login(cast.sari)
    counts = []
    for more in (1, 2):
        for _row in range(more):
            staff_meeting(cast)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/rapat/")
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 12

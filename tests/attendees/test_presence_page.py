"""`/rapat/<meeting>/kehadiran/`: who is there, and the hand of whoever checks people in."""

from datetime import timedelta

import pytest
from django.utils import timezone

from attendees.ledger import Ledger, _plain, story
from attendees.models import Invitation, Presence
from rakor.audit.models import AuditEvent
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.attendees.guest.conftest import snapshot
from tests.conftest import staff_meeting


@pytest.fixture
def soon(cast):
    """A meeting in ten minutes: the desk is open."""
    start = timezone.now() + timedelta(minutes=10)
    return staff_meeting(cast, starts_at=start, ends_at=start + timedelta(hours=3))


@pytest.fixture
def head(soon):
    """Kepala BP3MI Bali's invitation."""
    return soon.invitations.get()


@pytest.fixture
def sari(cast, login):
    return login(cast.sari)


def address(meeting, rest: str = "") -> str:
    return f"/rapat/{meeting.public_id}/kehadiran/{rest}"


def check_in(client, invitation, **data):
    return client.post(address(invitation.meeting, f"{invitation.public_id}/hadir/"), data)


def close(client, presence, **data):
    return client.post(address(presence.meeting, f"{presence.pk}/tutup/"), data)


# -- who may -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "reads", "checks_in"),
    [
        ("sari", 200, 303), ("nia", 200, 403), ("karno", 200, 403), ("aulia", 200, 403),
        ("rina", 403, 403), ("sinta", 403, 403), ("citra", 404, 404), ("admin", 404, 404),
    ],
)  # fmt: skip
def test_presences_are_for_those_who_prepare(cast, login, head, who, reads, checks_in):
    client = login(getattr(cast, who))

    assert (client.get(address(head.meeting)).status_code, check_in(client, head).status_code) == (reads, checks_in)


def test_registrar_reads_and_checks_in(cast, login, head):
    make.MeetingRoleFactory(meeting=head.meeting, role="registrar", user=cast.citra)
    client = login(cast.citra)

    assert (client.get(address(head.meeting)).status_code, check_in(client, head).status_code) == (200, 303)


def test_guest_does_not_see_who_is_there(guest, head):
    client = guest(head)

    assert [client.get(address(head.meeting, rest)).status_code for rest in ("", "daftar.csv")] == [403, 403]


# -- checking in ---------------------------------------------------------------------------------------------------


def test_check_in_begins_a_presence_in_the_hall(sari, head, cast):
    check_in(sari, head)

    presence = Presence.objects.get()
    assert (presence.mode, presence.source, presence.recorded_by, presence.until) == (
        "in_person",
        "desk",
        f"user:{cast.sari.pk}",
        None,
    )


def test_check_in_leaves_the_answer_as_it_was_given(sari, head):
    check_in(sari, head)

    head.refresh_from_db()
    assert head.status == "pending"


def test_check_in_twice_is_once(sari, head):
    check_in(sari, head)
    before = snapshot()

    check_in(sari, head)

    assert snapshot() == before


def test_check_in_of_somebody_online_ends_that(sari, guest, head):
    guest(head).post(f"/undangan/{head.public_id}/gabung/")

    check_in(sari, head)

    assert list(Presence.objects.values_list("mode", "end_source").order_by("pk")) == [
        ("online", "by_hand"),
        ("in_person", ""),
    ]


def test_principal_beside_his_deputy_is_recorded_too(sari, head, cast):
    deputy = head.delegate_to(name="Gede", position="Kasi", mode="in_person", by=cast.viewer(cast.rina))
    for invitation in (head, deputy):
        check_in(sari, invitation)

    count = Ledger(head.meeting).count
    companions = [person.invitation.person_name for person in Ledger(head.meeting).people if person.is_companion]
    assert (count.heads, count.agencies_present, count.agencies_represented, companions) == (2, 1, 0, ["Gede"])


@pytest.mark.parametrize(
    ("hours", "status", "expected"), [(5, "scheduled", 0), (3, "scheduled", 1), (-1, "held", 0), (0, "cancelled", 0)]
)
def test_desk_is_open_on_the_day_only(sari, head, hours, status, expected):
    start = timezone.now() + timedelta(hours=hours)
    facts = {
        "started_at": start,
        "started_by": "x",
        "ended_at": start,
        "ended_by": "x",
        "cancelled_at": start,
        "cancelled_by": "x",
    }
    Meeting.objects.update(
        starts_at=start, ends_at=start + timedelta(hours=3), status=status, cancel_reason="Dialihkan", **facts
    )

    check_in(sari, head)

    assert Presence.objects.count() == expected


def test_invitation_of_another_meeting_is_not_checked_in_here(sari, head, cast):
    other = staff_meeting(cast)

    assert sari.post(address(other, f"{head.public_id}/hadir/")).status_code == 404


def test_withdrawn_invitation_is_not_checked_in(sari, head, cast):
    head.withdraw(by=cast.viewer(cast.sari))

    assert (check_in(sari, head).status_code, Presence.objects.count()) == (404, 0)


# -- taking back ---------------------------------------------------------------------------------------------------


def test_leaving_is_recorded_by_hand(sari, head, cast):
    check_in(sari, head)

    close(sari, Presence.objects.get(), why="left")

    presence = Presence.objects.get()
    assert (presence.end_source, presence.closed_by, presence.until > presence.since) == (
        "by_hand",
        f"user:{cast.sari.pk}",
        True,
    )


def test_mistake_stays_in_the_ledger_and_does_not_count(sari, head):
    check_in(sari, head)

    close(sari, Presence.objects.get(), why="mistake")

    assert (
        Presence.objects.get().is_mistake,
        Presence.objects.counted().count(),
        Ledger(head.meeting).count.heads,
    ) == (True, 0, 0)


def test_entry_is_closed_once(sari, head):
    check_in(sari, head)
    close(sari, Presence.objects.get(), why="left")
    until = Presence.objects.get().until

    close(sari, Presence.objects.get(), why="mistake")

    assert (Presence.objects.get().until, AuditEvent.objects.filter(verb="presence.closed").count()) == (until, 1)


def test_entry_of_another_meeting_is_not_closed_here(sari, head, cast):
    check_in(sari, head)
    other = staff_meeting(cast)

    assert sari.post(address(other, f"{Presence.objects.get().pk}/tutup/")).status_code == 404


def test_list_comes_back_as_it_was_narrowed(sari, head):
    response = sari.post(address(head.meeting, f"{head.public_id}/hadir/"), {"q": "bali", "state": ""})

    assert response["Location"] == address(head.meeting) + "?q=bali"


# -- the ledger ----------------------------------------------------------------------------------------------------


def presences(cast, meeting) -> dict[str, Invitation]:
    """Bali with three online, the stranger agency in the hall, one declined, one silent, one represented and absent."""
    people = {"head": meeting.invitations.get()}
    for name in ("second", "third"):
        position = make.PositionFactory(agency=cast.bali)
        people[name] = make.InvitationFactory(
            meeting=meeting,
            position=position,
            status="accepted",
            mode="online",
            answered_at=timezone.now(),
            answered_by="x",
        )
    for name in ("hall", "declined", "silent"):
        people[name] = make.InvitationFactory(
            meeting=meeting, position=make.PositionFactory(agency=cast.stranger_agency)
        )
    people["declined"].respond("declined", reason="Dinas", by=cast.viewer(cast.sari))
    for name in ("head", "second", "third"):
        make.PresenceFactory(invitation=people[name])
    make.PresenceFactory(invitation=people["hall"], mode="in_person", source="desk")
    return people


def test_agency_with_three_online_counts_once(cast, soon):
    presences(cast, soon)

    count = Ledger(soon).count

    assert (count.online, count.in_person, count.heads, count.here) == (3, 1, 4, 4)
    assert (count.agencies, count.agencies_present, count.agencies_represented, count.agencies_missing) == (2, 2, 0, 0)


def test_agency_seen_through_a_deputy_only_is_represented(cast, soon, head):
    deputy = head.delegate_to(name="Gede", position="Kasi", mode="online", by=cast.viewer(cast.rina))
    make.PresenceFactory(invitation=deputy)

    count = Ledger(soon).count

    assert (count.agencies_present, count.agencies_represented, count.agencies_missing) == (0, 1, 0)
    assert [person.state for person in Ledger(soon).people] == ["represented", "present"]


def test_states_before_and_after_the_end(cast, soon):
    people = presences(cast, soon)
    people["third"].leave(by=cast.viewer(cast.sari))
    before = {p.invitation.pk: p.state for p in Ledger(soon).people}
    meeting = Meeting.objects.get()
    for verb in ("start", "end"):
        getattr(meeting, verb)(by=cast.viewer(cast.sari))
    after = {p.invitation.pk: p.state for p in Ledger(meeting).people}

    names = ("head", "third", "declined", "silent")
    assert [before[people[name].pk] for name in names] == ["present", "left", "excused", "silent"]
    assert [after[people[name].pk] for name in names] == ["present", "present", "excused", "silent"]


def test_withdrawn_person_who_was_there_stays_in_the_list(cast, soon, head):
    make.PresenceFactory(invitation=head)
    head.withdraw(by=cast.viewer(cast.sari))

    assert [person.invitation for person in Ledger(soon).people] == [head]


def test_interval_says_what_is_known_and_from_what(head):
    since = timezone.make_aware(timezone.datetime(2026, 4, 15, 9, 3))
    open_one = Presence(meeting=head.meeting, invitation=head, mode="online", source="personal_link", since=since)
    closed = Presence(
        mode="in_person", source="desk", since=since, until=since + timedelta(hours=2), end_source="meeting_end"
    )

    assert story(open_one, "Asia/Jakarta").startswith("bergabung 09.03 WIB (") or "09.03 WIB" in story(
        open_one, "Asia/Jakarta"
    )
    assert ("09.03 WIB" in story(closed, "Asia/Jakarta"), "11.03 WIB" in story(closed, "Asia/Jakarta")) == (True, True)


def test_export_lists_everybody_and_no_contact(sari, cast, soon):
    people = presences(cast, soon)
    Invitation.objects.filter(pk=people["silent"].pk).update(position_name='=HYPERLINK("x")', phone="+6281200000001")

    text = sari.get(address(soon, "daftar.csv")).content.decode("utf-8-sig")

    assert len(text.splitlines()) == 1 + 6
    assert [word for word in ("@", "81200000001", ";=HYPERLINK") if word in text.replace("'=HYPERLINK", "")] == []


def test_list_is_searched_and_filtered(sari, cast, soon):
    presences(cast, soon)

    found = [
        [person.invitation.agency.code for person in sari.get(address(soon) + query).context["page"].object_list]
        for query in ("?q=dinas+lain", "?state=excused", "?q=tidak-ada", "?state=salah")
    ]

    assert [len(rows) for rows in found] == [3, 1, 0, 6]


def test_list_pages(sari, soon):
    for _ in range(55):
        make.InvitationFactory(meeting=soon)

    pages = [sari.get(address(soon) + f"?page={number}").context["page"] for number in (1, 2)]

    assert [len(page.object_list) for page in pages] == [50, 6]


def test_empty_list_says_what_to_do(sari, soon):
    Invitation.objects.all().delete()

    assert f'href="/rapat/{soon.public_id}/undangan/"' in sari.get(address(soon)).content.decode()


@pytest.mark.parametrize("people", [1, 3])
def test_list_asks_the_database_little(sari, soon, people, django_assert_max_num_queries):
    for _ in range(people - 1):
        make.PresenceFactory(invitation=make.InvitationFactory(meeting=soon))
    sari.get(address(soon))

    with django_assert_max_num_queries(12):
        sari.get(address(soon))


def test_get_changes_nothing(sari, soon):
    before = snapshot()

    for rest in ("", "daftar.csv", "?state=present", "?page=9"):
        sari.get(address(soon, rest))

    assert snapshot() == before


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\u200b=", "\ufeff+"])
def test_no_cell_of_the_file_is_a_formula(begin):
    assert _plain(f"{begin}1+1").startswith("'")


def test_an_ordinary_cell_of_the_file_stays_as_it_is():
    assert _plain("Kepala BP3MI Bali") == "Kepala BP3MI Bali"


def test_presence_is_not_closed_after_the_meeting(cast, sari):
    over = staff_meeting(cast, status="held")
    presence = make.PresenceFactory(invitation=over.invitations.get())
    answer = sari.post(address(over, f"{presence.pk}/tutup/"), follow=True)

    presence.refresh_from_db()
    assert ("semua kehadiran berakhir bersamanya" in answer.content.decode(), presence.until) == (True, None)


def test_act_of_the_hall_stands_first_in_its_column_for_everybody(sari, guest, head):
    """Somebody online can be marked as left too; that stands behind."""
    guest(head).post(f"/undangan/{head.public_id}/gabung/")

    row = sari.get(f"/rapat/{head.meeting.public_id}/kehadiran/").content.decode().split(f'id="u-{head.public_id}"')[1]

    assert 0 < row.index("/hadir/") < row.index('value="left"')

"""The home page: what waits for whom, the next meetings, and what each role finds when nothing waits."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rakor.desk.todo import waiting_for
from tests import factories as make
from tests.conftest import staff_meeting

ICONS = {
    "file-pen": "draft", "calendar-off": "overslept", "archive": "to close", "mail-x": "bounced",
    "users": "no invitees", "send": "ready", "file-text": "no letter", "hourglass": "unanswered",
    "notebook-pen": "minutes", "undo-2": "returned", "file-check": "to approve", "signature": "to sign",
    "mail-check": "to answer", "list-checks": "follow-up",
}  # fmt: skip


@pytest.fixture
def waits(cast):
    """`waits(user)`: what waits for the user, in the order of the page."""

    def _waits(user):
        return [ICONS[todo.icon] for todo in waiting_for(cast.viewer(user))]

    return _waits


def in_days(days: float, **fields):
    start = timezone.now() + timedelta(days=days)
    return {"starts_at": start, "ends_at": start + timedelta(hours=2), **fields}


def letter_of(meeting):
    paper = make.FileFactory()
    return make.DocumentFactory(
        kind="invitation_letter", meeting=meeting, status="signed", current=paper, prepared=paper, number="1",
        date=timezone.localdate(), signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip


def mail_to(invitation, **fields):
    return make.OutgoingMailFactory(subject_kind="invitation", subject_id=invitation.public_id, **fields)


# -- the organiser -----------------------------------------------------------------------------------------------


def test_draft_waits_for_its_organiser(cast, waits):
    staff_meeting(cast, status="draft")

    assert waits(cast.sari) == ["draft"]


def test_meeting_without_invitees_waits(cast, waits):
    make.MeetingFactory(host=cast.bureau)

    assert waits(cast.sari) == ["no invitees"]


def test_meeting_without_signed_letter_waits(cast, waits, meeting):
    assert waits(cast.sari) == ["no letter"]


def test_invitations_with_a_signed_letter_wait_to_be_sent(cast, waits, meeting):
    letter_of(meeting)

    assert waits(cast.sari) == ["ready"]


def test_sent_invitations_wait_for_nobody(cast, waits, invitation):
    letter_of(invitation.meeting)
    mail_to(invitation, status="sent", sent_at=timezone.now())

    assert waits(cast.sari) == []


def test_bounced_invitation_comes_first(cast, waits, invitation):
    letter_of(invitation.meeting)
    mail_to(invitation, status="bounced_hard")
    staff_meeting(cast, **in_days(1, status="draft"))

    assert waits(cast.sari) == ["bounced", "draft"]


def test_bounced_invitation_delivered_by_hand_waits_no_longer(cast, waits, invitation):
    letter_of(invitation.meeting)
    mail_to(invitation, status="bounced_hard")
    invitation.record_by_hand("Kurir", by=cast.viewer(cast.sari))

    assert waits(cast.sari) == []


def test_unanswered_wait_near_the_deadline(cast, waits):
    meeting = staff_meeting(cast, status="invited", reply_by=timezone.now() + timedelta(days=1))
    mail_to(meeting.invitations.get(), status="sent", sent_at=timezone.now())

    assert waits(cast.sari) == ["unanswered"]


def test_unanswered_are_only_those_whose_invitation_went_out(cast, login):
    """Bait: an invitation that waits to be sent and one that was refused, beside one sent and one handed over."""
    meeting = staff_meeting(cast, status="invited", reply_by=timezone.now() + timedelta(days=1))
    sent, refused, by_hand, _waiting = [
        meeting.invitations.get(),
        *make.InvitationFactory.create_batch(3, meeting=meeting),
    ]
    mail_to(sent, status="sent", sent_at=timezone.now())
    mail_to(refused, status="bounced_hard")
    by_hand.record_by_hand("Kurir", by=cast.viewer(cast.sari))

    (todo,) = [todo for todo in waiting_for(cast.viewer(cast.sari)) if todo.icon == "hourglass"]
    listed = login(cast.sari).get(todo.url).context["page"].object_list

    assert (todo.title, {line.invitation.pk for line in listed}) == ("2 jabatan belum menjawab", {sent.pk, by_hand.pk})


def test_unanswered_do_not_wait_long_before_the_deadline(cast, waits):
    meeting = staff_meeting(cast, status="invited", reply_by=timezone.now() + timedelta(days=5))
    mail_to(meeting.invitations.get(), status="sent", sent_at=timezone.now())

    assert waits(cast.sari) == []


def test_meeting_whose_day_passed_waits(cast, waits):
    staff_meeting(cast, **in_days(-2))

    assert waits(cast.sari) == ["overslept"]


def test_meetings_of_other_units_do_not_wait(cast, waits):
    """Bait: everything that would wait, in a meeting of another house."""
    make.MeetingFactory(status="draft")
    make.MeetingFactory(host=cast.stranger_agency)

    assert waits(cast.sari) == []


# -- chair, minute-taker, signatory ------------------------------------------------------------------------------


def test_submitted_minutes_wait_for_the_chair(cast, waits):
    make.MinutesFactory(meeting=staff_meeting(cast, status="held"), status="submitted")

    assert (waits(cast.karno), waits(cast.nia)) == (["to approve"], [])


def test_returned_minutes_wait_for_the_minute_taker(cast, waits):
    make.MinutesFactory(
        meeting=staff_meeting(cast, status="held"), status="returned", returned_at=timezone.now(), returned_by="system",
        return_note="Butir 3",
    )  # fmt: skip

    assert (waits(cast.nia), waits(cast.karno)) == (["returned"], [])


def test_minutes_not_begun_wait_for_the_minute_taker(cast, waits):
    staff_meeting(cast, status="held")

    assert waits(cast.nia) == ["minutes"]


def test_document_waits_for_its_next_signatory(cast, waits, meeting):
    paper = make.FileFactory()
    document = make.DocumentFactory(
        meeting=meeting, status="awaiting_signature", prepared=paper, current=paper, number="1",
        date=timezone.localdate(),
    )  # fmt: skip
    make.SignatoryFactory(document=document, order=1, user=cast.nia)
    make.SignatoryFactory(document=document, order=2, user=cast.karno)

    assert (waits(cast.nia), waits(cast.karno)) == (["to sign"], [])


def test_letter_of_a_cancelled_meeting_waits_for_nobody(cast, waits, meeting):
    paper = make.FileFactory()
    letter = make.DocumentFactory(
        kind="invitation_letter", meeting=meeting, status="awaiting_signature", prepared=paper, current=paper,
        number="1", date=timezone.localdate(),
    )  # fmt: skip
    make.SignatoryFactory(document=letter, order=1, user=cast.nia)
    assert waits(cast.nia) == ["to sign"]

    meeting.cancel(by=cast.viewer(cast.sari), reason="Dialihkan")

    assert waits(cast.nia) == []


# -- those invited -----------------------------------------------------------------------------------------------


def test_invitation_waits_for_the_contact(cast, waits, meeting):
    assert waits(cast.rina) == ["to answer"]


def test_answered_invitation_waits_no_longer(cast, waits, invitation):
    invitation.respond("declined", by=cast.viewer(cast.rina))

    assert waits(cast.rina) == []


def test_follow_up_waits_for_its_agency(cast, waits):
    follow_up_of(cast, cast.bali, due=timezone.localdate() + timedelta(days=9))

    assert (waits(cast.rina), waits(cast.citra)) == (["follow-up"], [])


def test_overdue_follow_up_is_urgent(cast):
    follow_up_of(cast, cast.bali, due=timezone.localdate() - timedelta(days=1))

    assert [(todo.urgent, todo.tone) for todo in waiting_for(cast.viewer(cast.rina))] == [(True, "bad")]


def follow_up_of(cast, agency, *, due):
    meeting = staff_meeting(cast, status="closed")
    paper = make.FileFactory()
    document = make.DocumentFactory(
        meeting=meeting, status="signed", prepared=paper, current=paper, number=f"N-{meeting.pk}",
        date=timezone.localdate(), signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip
    minutes = make.MinutesFactory(
        meeting=meeting, status="signed", document=document, approved_at=timezone.now(), approved_by="system",
        approved_sha256="0" * 64,
    )  # fmt: skip
    point = make.PointFactory(minutes=minutes, kind="follow_up", number=1)
    return make.FollowUpFactory(
        point=point, agency=agency, status="assigned", due_date=due, assigned_at=timezone.now(), assigned_by="system"
    )


# -- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["sari", "nia", "karno", "rina", "citra", "sinta", "aulia", "admin"])
def test_everybody_has_a_home_with_nothing_on_it(cast, login, who):
    answer = login(getattr(cast, who)).get("/")

    assert (answer.status_code, answer.context["todos"]) == (200, [])


def test_next_meeting_is_the_nearest_published_one(cast, login):
    staff_meeting(cast, title="Draf dekat", **in_days(1, status="draft"))
    staff_meeting(cast, title="Terbit", **in_days(4))
    staff_meeting(cast, title="Jauh", **in_days(40))

    context = login(cast.sari).get("/").context

    assert (context["next"].title, [m.title for m, _name in context["following"]]) == ("Terbit", ["Draf dekat", "Jauh"])


def test_running_meeting_stands_at_the_top(cast, login):
    staff_meeting(cast, title="Kini", **in_days(-0.5, status="in_progress"))

    assert [meeting.title for meeting in login(cast.sinta).get("/").context["running"]] == ["Kini"]


def test_next_meeting_says_to_its_organiser_that_some_invitations_were_not_sent(cast, login):
    letter_of(staff_meeting(cast, **in_days(4, status="invited")))

    said = [str(login(user).get("/").context["next_status"]) for user in (cast.sari, cast.sinta)]

    assert said == ["Terkirim sebagian", ""]


def test_further_meetings_say_it_too(cast, login):
    staff_meeting(cast, **in_days(2))
    for days in (4, 6):
        staff_meeting(cast, **in_days(days, status="invited"))

    said = [
        [str(name) for _meeting, name in login(user).get("/").context["following"]] for user in (cast.sari, cast.sinta)
    ]

    assert said == [["Terkirim sebagian"] * 2, ["", ""]]


def test_home_takes_the_same_queries_for_one_and_three_partly_sent_meetings(cast, login):
    client = login(cast.sari)
    staff_meeting(cast, **in_days(1))
    counts = []
    for more in (1, 2):
        for _row in range(more):
            staff_meeting(cast, **in_days(4, status="invited"))
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 16


def test_next_meeting_does_not_count_answers_of_nobody_who_was_asked(cast, login, meeting):
    text = login(cast.sari).get("/").content.decode()

    assert ("1 jabatan dipilih; undangan belum dikirim." in text, "sudah menjawab" in text) == (True, False)


def test_answers_are_counted_for_the_organiser_only(cast, login, meeting):
    counted = [login(user).get("/").context["tally"] is not None for user in (cast.sari, cast.sinta)]

    assert counted == [True, False]


def test_home_shows_citra_nothing_of_others(cast, login):
    """Bait: a draft, a published and a running meeting, unanswered invitations and an overdue follow-up."""
    staff_meeting(cast, title="Umpan draf", status="draft")
    staff_meeting(cast, title="Umpan terbit")
    staff_meeting(cast, title="Umpan berjalan", status="in_progress")
    follow_up_of(cast, cast.bali, due=timezone.localdate() - timedelta(days=1))

    assert "Umpan" not in login(cast.citra).get("/").content.decode()


def test_guest_is_led_to_the_invitation(guest, invitation):
    assert guest(invitation).get("/").url == f"/undangan/{invitation.public_id}/"


def test_stranger_is_asked_to_log_in(cast, client):
    assert client.get("/").url == "/masuk/?next=/"


@pytest.mark.parametrize(("status", "shown"), [("in_progress", (True, False)), ("adjourned", (False, True))])
def test_adjourned_meeting_has_no_running_dot(cast, login, status, shown):
    staff_meeting(cast, **in_days(-0.1, status=status))

    text = login(cast.sinta).get("/").content.decode()

    assert ('class="dot"' in text, 'class="now rounded paused"' in text, "· rapat dimulai" in text) == (
        *shown,
        shown[1],
    )


def test_unanswered_after_the_deadline_look_and_read_otherwise(cast):
    meeting = staff_meeting(cast, status="invited", reply_by=timezone.now() - timedelta(days=1))
    mail_to(meeting.invitations.get(), status="sent", sent_at=timezone.now())

    (todo,) = waiting_for(cast.viewer(cast.sari))

    assert (todo.icon, todo.text.startswith("Batas jawaban sudah lewat: ")) == ("alarm-clock-off", True)


# -- the latest minutes ------------------------------------------------------------------------------------------


def signed_minutes(cast, title, **fields):
    meeting = staff_meeting(cast, **{"status": "closed", "title": title, **fields})
    paper = make.FileFactory()
    document = make.DocumentFactory(
        kind="minutes", meeting=meeting, status="signed", prepared=paper, current=paper, number=f"N-{meeting.pk}",
        date=timezone.localdate(), signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip
    return make.MinutesFactory(
        meeting=meeting, status="signed", document=document, approved_at=timezone.now(), approved_by="system",
        approved_sha256="0" * 64,
    )  # fmt: skip


def test_staff_find_the_latest_minutes_to_download_when_nothing_waits(cast, login):
    older, newer = signed_minutes(cast, "Lama"), signed_minutes(cast, "Baru")

    answer = login(cast.sinta).get("/")

    text = answer.content.decode()
    assert answer.context["latest"] == [newer, older]
    assert [f'href="/dokumen/{m.document.public_id}/unduh/" download' in text for m in (older, newer)] == [True, True]
    assert text.count("Tidak ada yang menunggu") == 1


def test_latest_minutes_are_those_that_the_viewer_may_read(cast, login):
    """Bait: signed minutes of a restricted meeting, and unsigned ones of an open one."""
    signed_minutes(cast, "Terbatas", security="T")
    make.MinutesFactory(meeting=staff_meeting(cast, status="held"), status="submitted")
    read = signed_minutes(cast, "Terbuka")

    latest = [login(user).get("/").context["latest"] for user in (cast.sinta, cast.citra)]

    assert latest == [[read], []]


def test_latest_minutes_give_way_to_what_waits(cast, login):
    signed_minutes(cast, "Lama")
    staff_meeting(cast, status="draft")

    assert login(cast.sari).get("/").context["latest"] == []


def test_home_takes_the_same_queries_for_one_and_three_minutes(cast, login):
    client = login(cast.sinta)
    counts = []
    for more in (1, 2):
        for number in range(more):
            signed_minutes(cast, f"Rapat {number}")
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 14


def test_home_takes_the_same_queries_for_one_and_three_rows(cast, login):
    client = login(cast.sari)
    counts = []
    for more in (1, 2):
        for _row in range(more):
            staff_meeting(cast)
            staff_meeting(cast, status="draft")
            follow_up_of(cast, cast.bureau, due=timezone.localdate())
        with CaptureQueriesContext(connection) as asked:
            client.get("/")
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 14

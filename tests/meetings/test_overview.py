"""The overview of a meeting and its door."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rakor.meetings.panels import panels, readiness, tabs
from tests import factories as make
from tests.conftest import staff_meeting


def page(client, meeting):
    return client.get(f"/rapat/{meeting.public_id}/")


@pytest.fixture
def step(login):
    """`step(user, meeting)`: the address of the next step on the user's overview, or None."""

    def _step(user, meeting):
        found = page(login(user), meeting).context["step"]
        return found and found.url_name

    return _step


# -- who sees what -----------------------------------------------------------------------------------------------


def test_organiser_sees_the_readiness(cast, login, meeting):
    assert len(page(login(cast.sari), meeting).context["checks"]) == 6


def test_every_button_of_the_readiness_says_what_it_leads_to(cast, login):
    meeting = make.MeetingFactory(host=cast.bureau, status="draft", venue="", city="")
    make.InvitationFactory(meeting=meeting, email="")

    verbs = [str(check.action or check.advice) for check in page(login(cast.sari), meeting).context["checks"]]

    assert verbs == ["Lengkapi", "Tunjuk", "Pilih undangan", "Susun rundown", "Siapkan surat", "Lihat siapa"]


def test_staff_reads_without_the_insides(cast, login, meeting):
    context = page(login(cast.sinta), meeting).context

    assert (context["checks"], context["stages"], context["traces"], context["step"]) == ([], [], [], None)


def test_staff_is_not_shown_the_online_room(cast, login, meeting):
    assert b"ruang-uji" not in page(login(cast.sinta), meeting).content


def test_guest_reads_in_the_guests_frame(guest, invitation):
    answer = page(guest(invitation), invitation.meeting)

    assert (answer.status_code, answer.context["base"]) == (200, "guest.html")


def test_guest_reads_times_in_the_own_zone_first(cast, guest):
    meeting = staff_meeting(cast)
    invitation = meeting.invitations.get()

    when = page(guest(invitation), meeting).context["when"]

    assert (when["clock"], when["host_clock"]) == ("10.00–13.00 WITA", "09.00–12.00 WIB")


def test_guest_is_led_back_to_the_invitation(guest, invitation):
    context = page(guest(invitation), invitation.meeting).context

    assert context["invitation_url"] == f"/undangan/{invitation.public_id}/"


def test_draft_is_hidden_from_staff(cast, login):
    assert page(login(cast.sinta), staff_meeting(cast, status="draft")).status_code == 404


def test_draft_is_open_to_its_minute_taker(cast, login):
    assert page(login(cast.nia), staff_meeting(cast, status="draft")).status_code == 200


def test_open_end_is_said_in_words(cast, login):
    when = page(login(cast.sari), staff_meeting(cast, end_open=True)).context["when"]

    assert when["clock"] == "09.00 WIB s.d. selesai"


def test_overview_takes_the_same_queries_for_one_and_three_invitees(cast, login, meeting):
    client = login(cast.sari)
    counts = []
    for more in (0, 2):
        make.InvitationFactory.create_batch(more, meeting=meeting)
        with CaptureQueriesContext(connection) as asked:
            page(client, meeting)
        counts.append(len(asked))

    assert counts[0] == counts[1]


# -- the one next step -------------------------------------------------------------------------------------------


def test_next_step_of_a_draft_is_to_publish(cast, step):
    assert step(cast.sari, staff_meeting(cast, status="draft")) == "meeting_publish"


def test_next_step_without_invitees_is_to_choose_them(cast, step):
    assert step(cast.sari, make.MeetingFactory(host=cast.bureau)) == "invitation_add"


def test_next_step_with_invitees_is_the_rundown(cast, step, meeting):
    assert step(cast.sari, meeting) == "agenda"


def test_next_step_with_a_rundown_is_the_letter(cast, step, meeting):
    make.AgendaReleaseFactory(meeting=meeting)

    assert step(cast.sari, meeting) == "letter"


def ready_to_send(meeting):
    """Gives the meeting a rundown and a signed letter."""
    make.AgendaReleaseFactory(meeting=meeting)
    paper = make.FileFactory()
    make.DocumentFactory(
        kind="invitation_letter", meeting=meeting, status="signed", current=paper, prepared=paper,
        signed_at=timezone.now(), signed_by="system", date=timezone.localdate(), number="1",
    )  # fmt: skip


def test_next_step_with_a_signed_letter_is_to_send(cast, step, meeting):
    ready_to_send(meeting)

    assert step(cast.sari, meeting) == "invitation_list"


@pytest.fixture
def partly_sent(cast):
    """An invited meeting with a rundown and a signed letter; one invitation went out, two were added since."""
    meeting = staff_meeting(cast, status="invited")
    ready_to_send(meeting)
    sent = meeting.invitations.get().public_id
    make.OutgoingMailFactory(
        kind="invitation", subject_kind="invitation", subject_id=sent, status="sent", sent_at=timezone.now()
    )
    make.InvitationFactory.create_batch(2, meeting=meeting)
    return meeting


def test_invitations_added_later_are_the_next_step(cast, login, partly_sent):
    found = page(login(cast.sari), partly_sent).context["step"]

    assert (found.url_name, str(found.label)) == ("invitation_list", "Kirim 2 undangan")


@pytest.mark.parametrize(("who", "first"), [("sari", "invitation_list"), ("karno", "conduct")])
def test_invitations_not_sent_yet_come_first_on_the_day_for_the_organiser(cast, step, partly_sent, who, first):
    partly_sent.starts_at = timezone.now() + timedelta(hours=1)
    partly_sent.ends_at = partly_sent.starts_at + timedelta(hours=2)
    partly_sent.save(update_fields=["starts_at", "ends_at"])

    assert step(getattr(cast, who), partly_sent) == first


def test_chip_stages_and_readiness_agree_on_what_is_not_sent(cast, login, partly_sent):
    answer = page(login(cast.sari), partly_sent)

    missing = [str(check.missing) for check in answer.context["checks"] if check.missing]
    assert "2 undangan belum dikirim." in missing
    assert ("Terkirim sebagian", "current") in answer.context["stages"]
    assert '<span class="chip scheduled">Terjadwal</span>' in answer.content.decode()
    assert "Undangan terkirim" not in answer.content.decode()


def test_overview_and_board_agree_on_who_has_no_address(cast, login, meeting):
    """Bait: without an address too, but told by hand, or sent a mail before the address was taken away."""
    meeting.invitations.update(email="")
    told, mailed = make.InvitationFactory.create_batch(2, meeting=meeting, email="")
    told.record_by_hand("Kurir", by=cast.viewer(cast.sari))
    make.OutgoingMailFactory(
        subject_kind="invitation", subject_id=mailed.public_id, status="sent", sent_at=timezone.now()
    )

    said = [str(check.missing) for check in page(login(cast.sari), meeting).context["checks"]]
    board = login(cast.sari).get(f"/rapat/{meeting.public_id}/undangan/").context["board"]

    assert "1 jabatan tanpa alamat surel perlu dihubungi manual." in said
    assert len(board.by_hand()) == 1


def test_draft_without_anything_says_each_thing_that_is_missing_once(cast, login):
    meeting = make.MeetingFactory(host=cast.bureau, status="draft")

    text = page(login(cast.sari), meeting).content.decode()

    missing = re.findall(r"<h3>(Belum ada yang diundang|Rundown belum dirilis)", text)
    assert sorted(missing) == ["Belum ada yang diundang", "Rundown belum dirilis"]
    assert [text.count(words) for words in ('id="jawaban"', 'id="panel-agenda"')] == [0, 0]


def test_answers_are_not_counted_before_anybody_was_asked(cast, login, meeting):
    text = page(login(cast.sari), meeting).content.decode()

    assert ("1 jabatan dipilih. Jawaban masuk setelah undangan dikirim." in text, "Hadir luring" in text) == (
        True,
        False,
    )


@pytest.mark.parametrize("status", ["in_progress", "held", "closed"])
@pytest.mark.parametrize("sent", [True, False])
def test_stage_of_invitations_is_ticked_only_where_some_went_out(cast, login, status, sent):
    went_out = {"invited_at": timezone.now(), "invited_by": "system"} if sent else {}

    told = page(login(cast.sari), staff_meeting(cast, status=status, **went_out)).context["stages"]

    assert (("Undangan terkirim", "done") in told, ("Terjadwal", "done") in told) == (sent, True)


def test_meeting_all_of_whose_invitations_are_sent_says_so(cast, login, partly_sent):
    partly_sent.invitations.filter(pk__gt=partly_sent.invitations.earliest("pk").pk).delete()

    answer = page(login(cast.sari), partly_sent)

    assert '<span class="chip invited">Undangan terkirim</span>' in answer.content.decode()
    assert ("Undangan terkirim", "current") in answer.context["stages"]


def test_staff_is_not_told_what_is_not_sent(cast, login, partly_sent):
    assert page(login(cast.sinta), partly_sent).context["status_name"] == ""


def test_next_step_of_a_postponed_meeting_is_a_new_date(cast, step):
    assert step(cast.sari, staff_meeting(cast, status="postponed")) == "meeting_edit"


@pytest.mark.parametrize(
    ("status", "first"), [("in_progress", "panel-agenda"), ("adjourned", "panel-agenda"), ("invited", "jawaban")]
)
def test_rundown_that_is_on_stands_before_the_answers(cast, login, status, first):
    meeting = staff_meeting(cast, status=status)
    make.AgendaReleaseFactory(meeting=meeting)

    main = "".join(page(login(cast.sari), meeting).context["panels"]["main"])

    assert min(("panel-agenda", "jawaban"), key=lambda name: main.index(f'"{name}')) == first


@pytest.mark.parametrize("status", ["held", "closed", "cancelled"])
def test_meeting_that_is_over_promises_no_rundown(cast, login, status):
    main = "".join(page(login(cast.sari), staff_meeting(cast, status=status)).context["panels"]["main"])

    assert "panel-agenda" not in main


@pytest.mark.parametrize(("status", "chip"), [("in_progress", "in_progress live"), ("adjourned", "adjourned")])
def test_adjourned_meeting_does_not_look_as_if_it_ran(cast, login, status, chip):
    assert f'<span class="chip {chip}">' in page(login(cast.sari), staff_meeting(cast, status=status)).content.decode()


@pytest.mark.parametrize(("days", "told"), [(-1, True), (1, False)])
def test_answers_say_that_their_time_has_passed(cast, login, days, told):
    meeting = staff_meeting(cast, status="invited", reply_by=timezone.now() + timedelta(days=days))

    assert ("Batas jawaban sudah lewat" in page(login(cast.sari), meeting).content.decode()) is told


def test_next_step_on_the_day_is_the_conduct(cast, step):
    start = timezone.now() + timedelta(hours=2)

    assert step(cast.karno, staff_meeting(cast, starts_at=start, ends_at=start + timedelta(hours=2))) == "conduct"


def test_next_step_of_a_held_meeting_is_its_minutes(cast, step):
    assert step(cast.nia, staff_meeting(cast, status="held")) == "minutes"


def test_next_step_is_nobody_elses(cast, step, meeting):
    assert step(cast.sinta, meeting) is None


# -- the door ----------------------------------------------------------------------------------------------------


def test_door_tells_a_stranger_title_day_and_host(client, meeting):
    answer = page(client, meeting)

    assert (answer.status_code, answer.templates[0].name) == (200, "meetings/door.html")


def test_door_tells_nothing_else(client, cast):
    """Bait: everything that only those concerned may read."""
    meeting = staff_meeting(cast, theme="Tema rahasia", contact_phone="0812000", online_code="kode-1", dress_code="PDH")

    text = page(client, meeting).content.decode()

    baits = ("Tema rahasia", "0812000", "kode-1", "PDH", "Aula Uji", "ruang-uji", "Karno", "Budi", "Kepala BP3MI")
    assert [bait for bait in baits if bait in text] == []


def test_door_is_all_that_another_account_sees(cast, login, meeting):
    assert page(login(cast.citra), meeting).templates[0].name == "meetings/door.html"


def test_door_leads_an_account_without_a_part_onwards(cast, login, meeting):
    text = page(login(cast.citra), meeting).content.decode()

    ways = ('href="/rapat/"', 'href="/panduan/tamu/"', "Minta unit penyelenggara mengundang Anda")
    assert [way in text.split("<main")[1] for way in ways] == [True, True, True]


def test_draft_has_no_door(client, cast):
    assert page(client, staff_meeting(cast, status="draft")).status_code == 404


def test_restricted_meeting_has_no_door(client, cast):
    assert page(client, staff_meeting(cast, security="T")).status_code == 404


def test_unknown_meeting_is_not_found(client, db):
    assert client.get("/rapat/TIDAKADA/").status_code == 404


# -- the registries ----------------------------------------------------------------------------------------------


def test_tabs_in_order():
    assert tabs.names() == ["overview", "invitations", "agenda", "letter", "conduct", "presence", "minutes", "history"]


def test_panels_in_order():
    assert panels.names() == ["answers", "delivery", "agenda", "minutes"]


def test_readiness_checks_in_order():
    before = ["place", "officers", "invitees", "agenda", "letter", "sent", "deputies", "addresses"]
    assert readiness.names() == [*before, "minutes"]

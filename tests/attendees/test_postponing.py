"""Postponing: the old date leaves calendars, everybody hears of it after a look and is asked again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from attendees.models import Invitation, Notice
from attendees.notices import facts, mark, tell_change, untold
from attendees.sending import send_invitations
from rakor.lib.access import Refusal
from rakor.mail.models import OutgoingMail
from rakor.meetings.deadlines import moved_along
from rakor.meetings.models import Meeting
from tests.attendees.test_notices import answer, event_of, move, text_of

JAKARTA = ZoneInfo("Asia/Jakarta")
WHY = "Deputi dipanggil ke Istana"


@pytest.fixture
def postponed(invited, by):
    invited.postpone(by=by, reason=WHY)
    return Meeting.objects.get(pk=invited.pk)


def tell(meeting, by):
    return tell_change(meeting, mark(facts(meeting)), by=by)


def test_nothing_leaves_before_the_organiser_has_looked(postponed, received):
    assert received() == []
    assert [(c.label, c.before, c.after) for c in untold(postponed, "Asia/Jakarta")] == [
        (
            "Waktu",
            "Rabu, 12 Mei 2027, 13.30–15.30 WIB",
            "ditunda, tanggal baru menyusul (semula Rabu, 12 Mei 2027, 13.30–15.30 WIB)",
        ),
        ("Alasan", "", WHY),
    ]


def test_postponed_meeting_leaves_calendars_and_comes_back_as_the_same_event(postponed, received, by):
    assert tell(postponed, by) == 2
    gone = {mail["To"].addresses[0].addr_spec: mail for mail in received()}["kepala.bali@uji.example"]
    move(postponed, by, hours=-4, days=7)
    postponed.refresh_from_db()
    tell(postponed, by)
    back = {mail["To"].addresses[0].addr_spec: mail for mail in received()}["kepala.bali@uji.example"]

    (method_gone, event_gone), (method_back, event_back) = event_of(gone), event_of(back)
    assert (method_gone, event_gone["status"]) == ("CANCEL", "CANCELLED")
    assert (method_back, event_back["status"]) == ("REQUEST", "CONFIRMED")
    assert event_gone["uid"] == event_back["uid"]
    assert event_back["sequence"] > event_gone["sequence"]
    assert "Ditunda: " in gone["Subject"]
    assert WHY in text_of(gone)
    assert "Jangan datang pada tanggal semula" in text_of(gone)
    assert "Rabu, 19 Mei 2027" in text_of(back)


def test_answers_are_kept_and_asked_for_again_with_the_new_date(invited, received, by):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")
    answer(bali, by)
    invited.postpone(by=by, reason=WHY)
    bali.refresh_from_db()
    assert bali.status == "accepted"
    with pytest.raises(Refusal):
        answer(bali, by, "declined")

    tell(invited, by)
    received()
    invited = Meeting.objects.get(pk=invited.pk)
    assert untold(invited, "Asia/Jakarta") == []
    move(invited, by, hours=0, days=7)
    bali.refresh_from_db()
    assert (invited.status, bali.status) == ("scheduled", "reconfirm")
    tell(invited, by)
    asked = {mail["To"].addresses[0].addr_spec: "konfirmasi" in text_of(mail) for mail in received()}
    assert asked == {"kepala.bali@uji.example": True, "jabar@uji.example": False}
    assert Meeting.objects.get(pk=invited.pk).status == "invited"


def test_notice_that_waits_is_not_sent_after_the_new_date(postponed, received, by):
    tell(postponed, by)
    move(postponed, by, hours=0, days=7)

    assert received() == []


def test_invitation_that_waits_is_kept_back_and_sent_with_the_new_date(meeting, letter, invitation, received, by):
    send_invitations(meeting, by=by)
    meeting.refresh_from_db()
    meeting.postpone(by=by, reason=WHY)
    assert received() == []
    with pytest.raises(Refusal):
        send_invitations(meeting, by=by)
    move(meeting, by, hours=0, days=7)

    assert send_invitations(meeting, by=by) == 1
    assert [mail["To"].addresses[0].addr_spec for mail in received()] == ["kepala.bali@uji.example"]
    assert sorted(OutgoingMail.objects.values_list("status", flat=True)) == ["cancelled", "sent"]


def test_page_asks_for_the_reason_and_leads_to_the_look(invited, sari):
    url = reverse("meeting_postpone", args=[invited.public_id])
    assert "Tunda rapat" in sari.get(url).content.decode()
    assert sari.post(url, {"reason": ""}).status_code == 422

    response = sari.post(url, {"reason": WHY})

    assert response.url == reverse("change_notice", args=[invited.public_id])
    assert WHY in sari.get(response.url).content.decode()
    invited.refresh_from_db()
    assert (invited.status, invited.postpone_reason) == ("postponed", WHY)


def test_doors_say_that_it_is_postponed(postponed, guest):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")

    pages = [
        Client().get(reverse("door", args=[postponed.short])),
        guest(bali).get(reverse("invitation_detail", args=[bali.public_id])),
    ]

    assert all("ditunda" in page.content.decode() for page in pages)
    assert WHY in pages[1].content.decode()


def test_whoever_has_no_mail_is_told_by_a_text(postponed, sari):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")

    page = sari.get(reverse("invitation_text", args=[postponed.public_id, bali.public_id])).content.decode()

    assert "ditunda" in page
    assert bali.link in page


@pytest.mark.parametrize(
    ("new", "moved"),
    [
        (datetime(2026, 5, 13, 9, tzinfo=JAKARTA), datetime(2026, 5, 8, 16, tzinfo=JAKARTA)),
        (datetime(2026, 5, 18, 9, tzinfo=JAKARTA), datetime(2026, 5, 13, 16, tzinfo=JAKARTA)),  # 14 and 15 May are free
        (datetime(2026, 5, 12, 9, tzinfo=JAKARTA), datetime(2026, 5, 7, 16, tzinfo=JAKARTA)),  # an hour of that day
        (datetime(2026, 5, 4, 9, tzinfo=JAKARTA), datetime(2026, 5, 7, 16, tzinfo=JAKARTA)),  # it would be past
    ],
)
def test_deadline_moves_along_onto_a_working_day(new, moved):
    old, deadline = datetime(2026, 5, 12, 13, 30, tzinfo=JAKARTA), datetime(2026, 5, 7, 16, tzinfo=JAKARTA)

    assert moved_along(deadline, old, new, now=datetime(2026, 5, 2, tzinfo=JAKARTA)) == moved


@pytest.mark.parametrize(("by_hand", "days"), [(False, 7), (True, 0)])
def test_deadline_set_by_hand_stays_and_the_organiser_is_told(invited, sari, by_hand, days):
    deadline = datetime(2027, 5, 4, 16, tzinfo=JAKARTA)
    Meeting.objects.update(reply_by=deadline, reply_by_hand=by_hand)
    Notice.objects.update(facts=facts(Meeting.objects.get()))
    edit = reverse("meeting_edit", args=[invited.public_id])
    form = sari.get(edit).context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    response = sari.post(edit, {**typed, "date": "2027-05-19"})

    assert response.url == reverse("change_notice", args=[invited.public_id])
    invited.refresh_from_db()
    assert invited.reply_by == deadline + timedelta(days=days)
    assert ("tetap; ubah bila perlu" in sari.get(response.url).content.decode()) == by_hand


def test_deadline_that_is_typed_counts_as_set_by_hand(meeting, sari):
    edit = reverse("meeting_edit", args=[meeting.public_id])
    form = sari.get(edit).context["form"]
    typed = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    day = (meeting.starts_at - timedelta(days=3)).date().isoformat()

    sari.post(edit, {**typed, "reply_date": day, "reply_time": "10:00"})

    meeting.refresh_from_db()
    assert (meeting.reply_by is None, meeting.reply_by_hand) == (False, True)

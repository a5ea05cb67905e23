"""A change is told once, in words, to exactly those who had an invitation; a cancelled meeting leaves calendars."""

from datetime import timedelta

import pytest
from django.urls import reverse
from icalendar import Calendar

from attendees.models import Invitation, Notice
from attendees.notices import by_hand, facts, mark, reached, tell_change, untold
from attendees.sending import deliver_by_hand, send_invitations
from rakor.audit.models import AuditEvent
from rakor.lib.access import Refusal
from rakor.mail.models import OutgoingMail
from rakor.meetings.models import Meeting


def move(meeting, by, *, hours, days=1):
    meeting.starts_at += timedelta(days=days, hours=hours)
    meeting.ends_at += timedelta(days=days, hours=hours)
    meeting.revise(["starts_at", "ends_at"], by=by)


def answer(invitation, by, status="accepted"):
    invitation = Invitation.objects.get(pk=invitation.pk)
    invitation.respond(status, mode="online" if status == "accepted" else "", reason="Sakit", by=by)


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def event_of(mail):
    part = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_payload(decode=True))
    return part.get_param("method"), calendar.walk("VEVENT")[0]


def test_nothing_goes_out_for_an_edit(invited, received, by):
    move(invited, by, hours=-4)

    assert received() == []
    assert [(c.label, c.before, c.after) for c in untold(invited, "Asia/Jakarta")] == [
        ("Waktu", "Rabu, 12 Mei 2027, 13.30–15.30 WIB", "Kamis, 13 Mei 2027, 09.30–11.30 WIB")
    ]


def test_edits_of_a_draft_and_before_sending_are_nobodys_news(meeting, by):
    move(meeting, by, hours=-4)

    assert untold(meeting, "Asia/Jakarta") == []
    assert Notice.objects.count() == 0


def test_edit_that_is_taken_back_is_no_change(invited, by):
    move(invited, by, hours=-4)
    move(invited, by, hours=4, days=-1)

    assert untold(invited, "Asia/Jakarta") == []
    with pytest.raises(Refusal, match="semua perubahan"):
        tell_change(invited, mark(facts(invited)), by=by)


def test_one_notice_for_several_edits_says_the_difference_in_the_readers_zone(invited, received, by):
    move(invited, by, hours=-4)
    invited.venue = "Aula Lantai 2"
    invited.revise(["venue"], by=by)

    assert tell_change(invited, mark(facts(invited)), by=by) == 2

    mails = {mail["To"].addresses[0].addr_spec: mail for mail in received()}
    assert sorted(mails) == ["jabar@uji.example", "kepala.bali@uji.example"]
    bali = text_of(mails["kepala.bali@uji.example"])
    assert "Waktu: Rabu, 12 Mei 2027, 14.30–16.30 WITA → Kamis, 13 Mei 2027, 10.30–12.30 WITA" in bali
    assert "→ Aula Lantai 2" in bali
    assert Invitation.objects.get(email="kepala.bali@uji.example").link in bali
    assert untold(invited, "Asia/Jakarta") == []


def test_event_keeps_its_uid_and_raises_its_sequence(received, meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    before = event_of(received()[0])
    meeting.refresh_from_db()
    move(meeting, by, hours=1)
    tell_change(meeting, mark(facts(meeting)), by=by)
    after = event_of(received()[0])

    assert (before[0], after[0]) == ("REQUEST", "REQUEST")
    assert before[1]["uid"] == after[1]["uid"]
    assert after[1]["sequence"] > before[1]["sequence"]
    assert after[1].decoded("dtstart") == meeting.starts_at


def test_second_click_tells_nobody_twice(invited, received, by):
    move(invited, by, hours=-4)
    seen = mark(facts(invited))
    tell_change(invited, seen, by=by)
    received()

    with pytest.raises(Refusal):
        tell_change(invited, seen, by=by)
    assert received() == []


def test_only_what_was_looked_at_goes_out(invited, received, by):
    move(invited, by, hours=-4)
    seen = mark(facts(invited))
    move(invited, by, hours=1)

    with pytest.raises(Refusal, match="berubah lagi"):
        tell_change(invited, seen, by=by)
    assert received() == []


def test_whoever_answered_is_asked_again_and_nobody_is_silently_counted(invited, received, by):
    bali, jabar = (
        Invitation.objects.get(email="kepala.bali@uji.example"),
        Invitation.objects.get(email="jabar@uji.example"),
    )
    answer(bali, by)
    answer(jabar, by, "declined")
    move(invited, by, hours=-4)

    assert sorted(Invitation.objects.exclude(email="").values_list("status", flat=True)) == ["reconfirm", "reconfirm"]
    assert AuditEvent.objects.get(verb="invitations.asked_again").new == "2"
    tell_change(invited, mark(facts(invited)), by=by)
    assert all("konfirmasi" in text_of(mail) for mail in received())
    answer(bali, by)
    assert Invitation.objects.get(pk=bali.pk).status == "accepted"


def test_time_corrected_while_the_meeting_runs_asks_nobody_again(invited, by):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")
    answer(bali, by)
    invited.start(by=by)
    move(invited, by, hours=0, days=-1)

    assert Invitation.objects.get(pk=bali.pk).status == "accepted"


def test_another_place_asks_nobody_again(invited, by):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")
    answer(bali, by)
    invited.venue = "Aula Lantai 2"
    invited.revise(["venue"], by=by)

    assert Invitation.objects.get(pk=bali.pk).status == "accepted"


def test_deputy_is_told_and_asked_himself(invited, received, by):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")
    bali.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)
    received()  # his own link, and the news to whom he represents
    move(invited, by, hours=-4)
    tell_change(invited, mark(facts(invited)), by=by)

    told = sorted(mail["To"].addresses[0].addr_spec for mail in received())
    assert told == ["jabar@uji.example", "kepala.bali@uji.example", "wirya@uji.example"]
    statuses = dict(Invitation.objects.values_list("email", "status"))
    assert (statuses["kepala.bali@uji.example"], statuses["wirya@uji.example"]) == ("delegated", "reconfirm")


def test_whoever_is_represented_learns_by_whom_and_the_calendar_says_so(invited, received, by):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")
    bali.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)

    mails = {mail["To"].addresses[0].addr_spec: mail for mail in received()}
    assert sorted(mails) == ["kepala.bali@uji.example", "wirya@uji.example"]
    assert "Wirya (Kasi)" in text_of(mails["kepala.bali@uji.example"])
    parameters = {to: event_of(mail)[1]["attendee"].params for to, mail in mails.items()}
    assert parameters["kepala.bali@uji.example"]["PARTSTAT"] == "DELEGATED"
    assert parameters["kepala.bali@uji.example"]["DELEGATED-TO"] == "mailto:wirya@uji.example"
    assert parameters["wirya@uji.example"]["DELEGATED-FROM"] == "mailto:kepala.bali@uji.example"
    bali.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)
    assert received() == []


def test_deputy_that_was_taken_back_is_no_news(invited, received, by):
    bali = Invitation.objects.get(email="kepala.bali@uji.example")
    bali.delegate_to(name="Wirya", position="Kasi", email="", mode="online", by=by)
    answer(bali, by)

    assert received() == []


def test_whom_no_mail_reaches_stands_on_the_list_for_the_telephone(invited, by):
    kupang = Invitation.objects.get(email="")
    assert list(by_hand(invited)) == []
    deliver_by_hand(kupang, "WhatsApp", by=by)

    assert list(by_hand(invited)) == [kupang]
    assert {row.email for row in reached(invited)} == {"jabar@uji.example", "kepala.bali@uji.example"}


def test_restricted_meeting_tells_the_time_only(invited, received, by):
    Meeting.objects.update(security="T", title="Rahasia Dapur")
    invited.refresh_from_db()
    invited.venue = "Ruang Bawah Tanah"
    move(invited, by, hours=-4)
    invited.revise(["venue"], by=by)
    tell_change(invited, mark(facts(invited)), by=by)

    for mail in received():
        whole = mail["Subject"] + text_of(mail) + mail.get_body(("html",)).get_content()
        assert "Rahasia Dapur" not in whole
        assert "Bawah Tanah" not in whole
        assert "Kamis, 13 Mei 2027" in whole


def test_cancelled_meeting_leaves_the_calendars_of_exactly_those_who_had_it(invited, received, by):
    invited.cancel(by=by, reason="Menteri dipanggil ke Istana")

    mails = received()
    assert sorted(mail["To"].addresses[0].addr_spec for mail in mails) == [
        "jabar@uji.example",
        "kepala.bali@uji.example",
    ]
    for mail in mails:
        method, event = event_of(mail)
        assert (method, event["status"]) == ("CANCEL", "CANCELLED")
        assert "Menteri dipanggil ke Istana" in text_of(mail)
    assert received() == []


def test_invitation_that_still_waits_is_not_sent_after_cancelling(received, meeting, letter, invitation, by):
    send_invitations(meeting, by=by)
    meeting.refresh_from_db()
    meeting.cancel(by=by, reason="Batal")

    assert received() == []
    assert list(OutgoingMail.objects.values_list("kind", "status")) == [("invitation", "cancelled")]


def test_page_shows_the_difference_and_lets_it_go_out(invited, received, sari, by):
    move(invited, by, hours=-4)
    url = reverse("change_notice", args=[invited.public_id])
    page = sari.get(url).content.decode()
    assert "Rabu, 12 Mei 2027, 13.30–15.30 WIB" in page
    assert url in sari.get(reverse("invitation_list", args=[invited.public_id])).content.decode()

    answer = sari.post(url, {"seen": mark(facts(invited))}, follow=True)

    assert "2 undangan sedang diberi tahu." in answer.content.decode()
    assert len(received()) == 2
    assert url not in sari.get(reverse("invitation_list", args=[invited.public_id])).content.decode()


def test_page_costs_the_same_for_many(invited, sari, by, django_assert_max_num_queries):
    move(invited, by, hours=-4)
    with django_assert_max_num_queries(13):
        sari.get(reverse("change_notice", args=[invited.public_id]))

"""Answering and sending somebody, by the one who holds the link."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from attendees.models import Invitation
from rakor.audit.models import AuditEvent
from rakor.mail.models import OutgoingMail
from tests.attendees.guest.conftest import act, see, snapshot, toasts
from tests.conftest import staff_meeting

DEPUTY = {
    "name": "I Gede Wirya", "position": "Kepala Seksi Pelindungan", "contact": "gede@uji.example", "mode": "online",
    "instruction": "Sampaikan data ambulans.",
}  # fmt: skip


@pytest.fixture
def client(guest, invitation):
    """Budi's browser, a week before the meeting."""
    return guest(invitation)


def fresh(invitation) -> Invitation:
    return Invitation.objects.get(pk=invitation.pk)


# -- the answer ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "status", "mode"),
    [("in_person", "accepted", "in_person"), ("online", "accepted", "online"), ("declined", "declined", "")],
)
def test_answer_is_recorded_with_whose_link_it_was(client, invitation, answer, status, mode):
    response = act(client, invitation, "jawab", answer=answer)

    now = fresh(invitation)
    assert (response.status_code, response["Location"]) == (303, f"/undangan/{invitation.public_id}/")
    assert (now.status, now.mode, now.answered_by) == (status, mode, f"invitation:{invitation.public_id}")


def test_same_answer_again_changes_nothing(client, invitation):
    act(client, invitation, "jawab", answer="online")
    before = snapshot()

    act(client, invitation, "jawab", answer="online")

    assert snapshot() == before
    assert AuditEvent.objects.filter(verb="invitation.answered").count() == 1


def test_answer_changes_until_the_meeting_is_over(client, invitation, cast):
    act(client, invitation, "jawab", answer="online")
    invitation.meeting.start(by=cast.viewer(cast.sari))

    act(client, invitation, "jawab", answer="declined", reason="Sakit")

    assert (fresh(invitation).status, fresh(invitation).reason) == ("declined", "Sakit")


@pytest.mark.parametrize("status", ["held", "closed", "cancelled"])
def test_answer_after_the_meeting_is_refused_with_a_sentence(client, invitation, status):
    facts = {
        "status": status,
        "started_at": invitation.meeting.starts_at,
        "started_by": "x",
        "ended_at": invitation.meeting.ends_at,
    }
    facts |= {
        "ended_by": "x",
        "cancelled_at": invitation.meeting.starts_at,
        "cancelled_by": "x",
        "cancel_reason": "Dialihkan",
    }
    type(invitation.meeting).objects.update(**facts)

    response = client.post(f"/undangan/{invitation.public_id}/jawab/", {"answer": "online"}, follow=True)

    assert (fresh(invitation).status, response.status_code, len(toasts(response))) == ("pending", 200, 1)


def test_way_that_is_not_offered_is_refused_at_its_place(client, invitation):
    Invitation.objects.update(offer="online")

    response = act(client, invitation, "jawab", answer="in_person")

    assert (response.status_code, fresh(invitation).status) == (422, "pending")
    assert len(response.context["form"].errors["answer"]) == 1


def test_only_offered_ways_are_asked(client, invitation):
    Invitation.objects.update(offer="in_person")

    page = see(client, invitation).content.decode()

    assert ('value="in_person"' in page, 'value="online"' in page) == (True, False)


def test_reason_that_is_too_long_comes_back_as_typed(client, invitation):
    act(client, invitation, "jawab", answer="declined")

    response = act(client, invitation, "jawab", answer="declined", reason="a" * 301)

    assert (response.status_code, fresh(invitation).reason) == (422, "")
    assert "a" * 301 in response.content.decode()


def test_reason_can_be_added_afterwards(client, invitation):
    act(client, invitation, "jawab", answer="declined")

    act(client, invitation, "jawab", answer="declined", reason="  Dinas\r\n luar kota ")

    assert fresh(invitation).reason == "Dinas luar kota"


def test_answer_of_the_account_holder_is_the_accounts(invitation, cast, login):
    Invitation.objects.update(user=cast.sinta)

    act(login(cast.sinta), invitation, "jawab", answer="online")

    assert fresh(invitation).answered_by == f"user:{cast.sinta.pk}"


@pytest.mark.parametrize(("days", "late"), [(1, False), (-1, True)])
def test_answer_after_the_asked_day_is_still_welcome(client, invitation, days, late):
    type(invitation.meeting).objects.update(reply_by=timezone.now() + timedelta(days=days))

    page = see(client, invitation)
    act(client, invitation, "jawab", answer="online")

    assert (page.context["late"], fresh(invitation).status) == (late, "accepted")


QUESTION = "Apakah Bapak/Ibu akan hadir?"


def test_who_has_not_answered_is_asked_openly(client, invitation):
    page = see(client, invitation).content.decode()

    assert (QUESTION in page, page.count('name="answer"'), "<details" in page) == (True, 3, False)


@pytest.mark.parametrize(
    ("answer", "statement"),
    [
        ("in_person", "Bapak/Ibu hadir langsung di Bogor"),
        ("online", "Bapak/Ibu hadir secara daring"),
        ("declined", "Bapak/Ibu berhalangan hadir"),
    ],
)
def test_who_has_answered_reads_the_answer_and_one_closed_way_to_change_it(client, invitation, answer, statement):
    act(client, invitation, "jawab", answer=answer)

    page = see(client, invitation).content.decode()

    closed = re.search(r"<details>.*?</details>", page, re.DOTALL).group()
    assert (statement in page, QUESTION in page, page.count("<details")) == (True, False, 1)
    assert (closed.count("<button class"), page.count('<button class="choice"')) == (2, 2)


def test_reason_that_was_given_is_read_and_changed_behind_the_same_door(client, invitation):
    act(client, invitation, "jawab", answer="declined", reason="Dinas luar")

    page = see(client, invitation).content.decode()

    before, closed = page.split("<details>")
    assert ("Dinas luar" in before, 'id="reason"' in before, 'id="reason"' in closed) == (True, False, True)


def test_who_is_present_is_not_asked_again(guest, cast, today):
    today.check_in(by=cast.viewer(cast.sari))

    page = see(guest(today), today).content.decode()

    assert ("Kehadiran Bapak/Ibu sudah tercatat" in page, QUESTION in page, "<details>" in page) == (True, False, True)


# -- the deputy ----------------------------------------------------------------------------------------------------


def test_deputy_gets_an_invitation_of_his_own(client, invitation):
    act(client, invitation, "wakil", **DEPUTY)

    deputy = invitation.delegates.get()
    assert (fresh(invitation).status, deputy.status, deputy.mode) == ("delegated", "accepted", "online")
    assert (deputy.person_name, deputy.represents, deputy.zone) == (
        "I Gede Wirya",
        "Kepala BP3MI Bali",
        "Asia/Makassar",
    )
    assert deputy.public_id != invitation.public_id


def test_deputy_is_mailed_once(client, invitation):
    for _ in range(2):
        act(client, invitation, "wakil", **DEPUTY)

    mail = OutgoingMail.objects.get(kind="delegation")
    assert (mail.to, mail.subject_id) == ("gede@uji.example", invitation.delegates.get().public_id)


def test_same_deputy_again_makes_no_second_one(client, invitation):
    act(client, invitation, "wakil", **DEPUTY)
    before = snapshot()

    act(client, invitation, "wakil", **DEPUTY)

    assert snapshot() == before


def test_same_deputy_keeps_the_link_and_takes_what_changed(client, invitation):
    act(client, invitation, "wakil", **DEPUTY)
    link = invitation.delegates.get().link

    act(client, invitation, "wakil", **DEPUTY | {"mode": "in_person", "instruction": "Bawa data."})

    deputy = invitation.delegates.get()
    assert (deputy.link, deputy.mode, deputy.instruction) == (link, "in_person", "Bawa data.")


def test_another_deputy_ends_the_link_of_the_one_before(client, guest, invitation):
    act(client, invitation, "wakil", **DEPUTY)
    first = guest(invitation.delegates.get())

    act(client, invitation, "wakil", **DEPUTY | {"name": "Ni Made Sari", "contact": "made@uji.example"})

    assert [d.person_name for d in invitation.delegates.filter(ended_at__isnull=True)] == ["Ni Made Sari"]
    assert see(first, invitation.delegates.get(person_name="I Gede Wirya")).status_code == 404


def test_principal_who_comes_after_all_takes_the_deputy_back(client, invitation):
    act(client, invitation, "wakil", **DEPUTY)

    act(client, invitation, "jawab", answer="in_person")

    assert (fresh(invitation).status, invitation.delegates.get().end_reason) == ("accepted", "withdrawn")


def test_deputy_sends_somebody_in_turn(client, guest, invitation):
    act(client, invitation, "wakil", **DEPUTY)
    deputy = invitation.delegates.get()

    act(guest(deputy), deputy, "wakil", **DEPUTY | {"name": "Ketut", "contact": "ketut@uji.example"})

    staff = deputy.delegates.get()
    assert (fresh(deputy).status, staff.represents, staff.room_name) == (
        "delegated", "Kepala BP3MI Bali", "BP3MI Bali – Ketut, mewakili Kepala BP3MI Bali",
    )  # fmt: skip


def test_page_of_the_principal_says_who_comes(client, invitation):
    act(client, invitation, "wakil", **DEPUTY)

    page = see(client, invitation)
    assert page.context["delegate"].person_name == "I Gede Wirya"
    assert "I Gede Wirya" in page.content.decode()


def test_page_of_the_deputy_says_whom_he_represents(client, guest, invitation):
    act(client, invitation, "wakil", **DEPUTY)
    deputy = invitation.delegates.get()

    page = see(guest(deputy), deputy).content.decode()

    assert ("Kepala BP3MI Bali" in page, DEPUTY["instruction"] in page, "Budi" in page) == (True, True, False)


def test_link_of_a_deputy_without_mail_is_shown_once(client, invitation):
    client.post(f"/undangan/{invitation.public_id}/wakil/", DEPUTY | {"contact": "0812-3456-7890"})
    link = invitation.delegates.get().link

    pages = [see(client, invitation, part).content.decode() for part in ("wakil/", "wakil/", "")]

    assert [link in page for page in pages] == [True, False, False]
    assert (invitation.delegates.get().phone, OutgoingMail.objects.count()) == ("+6281234567890", 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "123"),
        ("name", "a" * 121),
        ("position", ""),
        ("position", "b" * 201),
        ("contact", ""),
        ("contact", "0812-3456"),
        ("contact", "0812-3456-7890-1234"),
        ("contact", "(021) 5550123"),
        ("contact", "gede@"),
        ("contact", "lewat WA"),
        ("contact", "---"),
        ("mode", ""),
        ("mode", "terbang"),
        ("instruction", "c" * 301),
    ],
)
def test_wrong_entry_is_said_at_its_field_and_nothing_typed_is_lost(client, invitation, field, value):
    sent = DEPUTY | {field: value}

    response = act(client, invitation, "wakil", **sent)

    assert (response.status_code, list(response.context["form"].errors), invitation.delegates.count()) == (
        422,
        [field],
        0,
    )
    page = response.content.decode()
    assert [text for name, text in sent.items() if name != "mode" and text not in page] == []


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0812-3456-7890", "+6281234567890"),
        ("+62 812 3456 7890", "+6281234567890"),
        ("628123456789", "+628123456789"),
        ("+60 12-345 6789", "+60123456789"),
    ],
)
def test_number_is_taken_as_people_type_it(client, invitation, typed, kept):
    act(client, invitation, "wakil", **DEPUTY | {"contact": typed})

    assert invitation.delegates.get().phone == kept


def test_deputy_after_the_meeting_is_refused_in_the_form(client, invitation):
    facts = {
        "status": "held",
        "started_at": invitation.meeting.starts_at,
        "started_by": "x",
        "ended_at": invitation.meeting.ends_at,
        "ended_by": "x",
    }
    type(invitation.meeting).objects.update(**facts)

    response = act(client, invitation, "wakil", **DEPUTY)

    assert (response.status_code, len(response.context["form"].non_field_errors()), invitation.delegates.count()) == (
        422,
        1,
        0,
    )


def test_head_only_invitation_takes_a_deputy_and_says_so(client, invitation):
    Invitation.objects.update(head_only=True)

    act(client, invitation, "wakil", **DEPUTY)

    assert invitation.delegates.get().head_only is True


# -- saya mewakili -------------------------------------------------------------------------------------------------


def test_who_represents_enters_himself_and_holds_his_own_link(guest, invitation):
    device = guest(invitation, known=False)
    response = act(device, invitation, "kenal", who="deputy")
    form = device.get(response["Location"])

    device.post(response["Location"], {"name": "I Gede Wirya", "position": "Kasi", "contact": "", "mode": "online"})

    deputy = invitation.delegates.get()
    assert "Budi" not in form.content.decode()
    assert device.session["links"] == {f"invitation:{deputy.public_id}": 1}
    assert (see(device, deputy).status_code, see(device, invitation).status_code) == (200, 404)
    assert "attendees/guest/detail.html" in [template.name for template in see(device, deputy).templates]


def test_who_represents_takes_nobodys_place(client, guest, invitation):
    act(client, invitation, "wakil", **DEPUTY)
    device = guest(invitation, known=False)

    response = device.post(
        f"/undangan/{invitation.public_id}/wakil/?saya",
        {"name": "Lain", "position": "Kasi", "contact": "", "mode": "online"},
    )

    assert (response.status_code, invitation.delegates.get().person_name) == (422, "I Gede Wirya")
    assert "Gede" not in response.content.decode()


# -- what the page gives -------------------------------------------------------------------------------------------


def test_calendar_names_neither_the_room_nor_the_personal_link(client, invitation):
    response = see(client, invitation, "rapat.ics")
    text = response.content.decode().replace("\r\n ", "")

    assert response["Content-Type"].startswith("text/calendar")
    assert (invitation.meeting.online_url in text, "/u/" in text, f"/undangan/{invitation.public_id}/" in text) == (
        False,
        False,
        True,
    )
    assert f"UID:{invitation.meeting.public_id}@" in text


def test_calendar_keeps_its_uid_and_raises_its_sequence(client, invitation, cast):
    def facts():
        lines = see(client, invitation, "rapat.ics").content.decode().splitlines()
        return [line for line in lines if line.startswith(("UID", "SEQUENCE"))]

    before = facts()
    invitation.meeting.venue = "Aula Baru"
    invitation.meeting.revise(["venue"], by=cast.viewer(cast.sari))

    after = facts()
    assert (before[0], before[1], after[0], after[1]) == (after[0], "SEQUENCE:0", before[0], "SEQUENCE:1")


def test_own_clock_stands_first(client, invitation):
    page = see(client, invitation).content.decode()

    assert 0 < page.index("10.00–13.00 WITA") < page.index("09.00–12.00 WIB waktu penyelenggara")


def test_page_of_the_meeting_opens_from_the_invitation(client, invitation):
    assert f'href="/rapat/{invitation.meeting.public_id}/"' in see(client, invitation).content.decode()
    assert client.get(f"/rapat/{invitation.meeting.public_id}/").status_code == 200


@pytest.mark.parametrize(
    "part", ["", "wakil/", "ruang/", "bukan-saya/", "rapat.ics", "kenal/", "dibuka/", "jawab/", "gabung/", "keluar/"]
)
@pytest.mark.parametrize("known", [True, False])
def test_no_get_changes_anything(guest, invitation, part, known):
    browser = guest(invitation, known=known)
    before = snapshot()

    for address in (f"/undangan/{invitation.public_id}/{part}", f"/undangan/{invitation.public_id}/{part}?saya"):
        browser.get(address)
        browser.head(address)

    assert snapshot() == before


def test_pages_are_kept_by_no_cache(client, invitation):
    assert [
        "no-store" in see(client, invitation, part)["Cache-Control"]
        for part in ("", "wakil/", "bukan-saya/", "rapat.ics")
    ] == [True] * 4


def places(page: str, *words: str) -> list[str]:
    """The words in the order in which the page has them."""
    return sorted(words, key=page.index)


def test_room_stands_above_the_date_once_it_is_open(guest, today):
    page = see(guest(today), today).content.decode()

    assert places(page, 'class="clock"', "/gabung/") == ["/gabung/", 'class="clock"']


def test_date_stands_above_the_hour_at_which_the_room_opens(client, invitation):
    act(client, invitation, "jawab", answer="online")

    page = see(client, invitation).content.decode()

    opens = "Ruang daring dibuka di halaman ini"
    assert places(page, 'class="clock"', opens) == ['class="clock"', opens]


def test_banner_names_the_zone_of_its_hour(guest, cast, today):
    today.meeting.start(by=cast.viewer(cast.sari))

    page = see(guest(today), today).content.decode()

    assert re.search(r'id="news".*?sejak \d\d\.\d\d WITA', page)


def test_heading_of_letter_and_papers_needs_a_letter(cast, guest, client, invitation):
    ahead = see(client, invitation).content.decode()
    over = guest(staff_meeting(cast, status="held").invitations.get()).get("/", follow=True).content.decode()

    headings = ("Surat dan bahan", "Kalender dan halaman rapat")
    assert [[h in page for h in headings] for page in (ahead, over)] == [[False, True], [False, False]]
    assert "Halaman rapat" in over


def test_page_of_a_meeting_that_is_over_promises_no_rundown(cast, guest):
    over = guest(staff_meeting(cast, status="held").invitations.get())

    assert "Rundown belum dirilis" not in over.get("/", follow=True).content.decode()

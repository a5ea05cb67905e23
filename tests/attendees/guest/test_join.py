"""The day itself: one tap records the moment of joining."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone

from attendees.guest_page import room_opens
from attendees.models import Invitation, Presence
from rakor.audit.models import AuditEvent
from rakor.meetings.models import Meeting
from tests.attendees.guest.conftest import act, see, snapshot, toasts


def move(meeting, minutes: float) -> None:
    """Puts the start so many minutes from now."""
    start = timezone.now() + timedelta(minutes=minutes)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=start, ends_at=start + timedelta(hours=3))


def test_join_records_the_moment_and_leads_to_our_own_page(budi, today):
    before = timezone.now()

    response = act(budi, today, "gabung")

    presence = Presence.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/undangan/{today.public_id}/ruang/")
    assert (presence.mode, presence.source, presence.recorded_by, presence.until) == (
        "online",
        "personal_link",
        f"invitation:{today.public_id}",
        None,
    )
    assert before <= presence.since <= timezone.now()


def test_join_answers_too(budi, today):
    act(budi, today, "gabung")

    today.refresh_from_db()
    assert (today.status, today.mode) == ("accepted", "online")


def test_second_tap_keeps_the_first_moment(budi, today):
    act(budi, today, "gabung")
    first = Presence.objects.get()

    response = act(budi, today, "gabung")

    assert response["Location"].endswith("/ruang/")
    assert (Presence.objects.get().since, AuditEvent.objects.filter(verb="presence.opened").count()) == (first.since, 1)


def test_join_before_the_room_opens_is_refused_with_a_sentence(budi, today, soon):
    move(soon, 40)

    response = budi.post(f"/undangan/{today.public_id}/gabung/", follow=True)

    assert (Presence.objects.count(), len(toasts(response)), response.context["joinable"]) == (0, 1, False)


@pytest.mark.parametrize(("minutes", "joinable"), [(31, False), (29, True), (-60, True)])
def test_button_is_there_when_it_works(budi, today, soon, minutes, joinable):
    move(soon, minutes)

    assert see(budi, today).context["joinable"] is joinable


def test_button_is_there_early_when_the_meeting_was_started(budi, today, soon, cast):
    move(soon, 120)
    Meeting.objects.get().start(by=cast.viewer(cast.sari))

    assert see(budi, today).context["joinable"] is True


def test_early_comer_sees_when_it_opens_and_how_long_that_is(budi, today, soon):
    act(budi, today, "jawab", answer="online")
    move(soon, 90)

    opening = see(budi, today).context["opening"]

    assert (opening["counts"], 3590 <= opening["seconds"] <= 3601) == (True, True)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-04-14 23:59", "ruang dibuka di halaman ini pada hari rapat"),
        ("2026-04-15 00:01", "ruang dibuka di halaman ini hari ini pukul 09.30 WITA"),
        ("2026-04-15 09:31", "ruang sudah dibuka"),
    ],
)
def test_page_says_when_the_room_opens_in_words_of_the_day(cast, soon, now, words):
    """The start is 10.00 WITA; before midnight in Bali it is not today yet."""
    bali = ZoneInfo("Asia/Makassar")
    soon.starts_at = datetime(2026, 4, 15, 10, tzinfo=bali)
    soon.ends_at = soon.starts_at + timedelta(hours=2)
    opens = room_opens(soon, "Asia/Makassar", datetime.fromisoformat(now).replace(tzinfo=bali))

    text = render_to_string("attendees/guest/_when.html", {"meeting": soon, "zone": "Asia/Makassar", "opens": opens})

    assert f"<span>atau daring; {words}</span>" in text


def test_page_of_the_open_room_does_not_put_it_off(budi, today):
    assert "atau daring; ruang sudah dibuka" in see(budi, today).content.decode()


@pytest.mark.parametrize("status", ["held", "closed", "cancelled", "postponed"])
def test_join_of_a_meeting_that_is_not_on_is_refused(budi, today, soon, status):
    facts = {"started_at": soon.starts_at, "started_by": "x", "ended_at": soon.ends_at, "ended_by": "x"}
    gone = {"cancelled_at": soon.starts_at, "cancelled_by": "x", "cancel_reason": "Dialihkan"}
    later = {"postponed_at": soon.starts_at, "postponed_by": "x", "postpone_reason": "Dialihkan"}
    Meeting.objects.update(status=status, **(facts | gone | later))

    act(budi, today, "gabung")

    assert Presence.objects.count() == 0
    assert see(budi, today).context["joinable"] is False


def test_join_of_a_meeting_without_an_online_part_is_refused(budi, today):
    Meeting.objects.update(mode="in_person")

    act(budi, today, "gabung")

    assert Presence.objects.count() == 0


def test_join_of_one_invited_to_the_hall_only_is_refused(budi, today):
    Invitation.objects.update(offer="in_person")

    act(budi, today, "gabung")

    assert Presence.objects.count() == 0


def test_principal_with_a_deputy_joins_no_longer_and_is_told_so(budi, today):
    act(budi, today, "wakil", name="Gede", position="Kasi", contact="gede@uji.example", mode="online")

    response = budi.post(f"/undangan/{today.public_id}/gabung/", follow=True)

    today.refresh_from_db()
    assert (Presence.objects.count(), today.status, len(toasts(response))) == (0, "delegated", 1)
    assert response.context["joinable"] is False


def test_deputy_joins_with_his_own_link(budi, guest, today):
    act(budi, today, "wakil", name="Gede", position="Kasi", contact="gede@uji.example", mode="in_person")
    deputy = today.delegates.get()

    act(guest(deputy), deputy, "gabung")

    assert Presence.objects.get().invitation == deputy


def test_contact_does_not_join_for_the_invited_person(cast, login, today):
    assert (act(login(cast.rina), today, "gabung").status_code, Presence.objects.count()) == (403, 0)


def test_ended_invitation_does_not_join(budi, today, cast):
    today.withdraw(by=cast.viewer(cast.sari))

    assert (act(budi, today, "gabung").status_code, Presence.objects.count()) == (404, 0)


# -- the room ------------------------------------------------------------------------------------------------------


def test_room_is_not_shown_before_joining(budi, today, soon):
    page = see(budi, today)

    assert see(budi, today, "ruang/")["Location"] == f"/undangan/{today.public_id}/"
    assert soon.online_url not in page.content.decode()


def test_room_gives_name_code_number_and_the_link_in_a_new_tab(budi, today, soon):
    Meeting.objects.update(online_code="415 220", online_dial_in="(021) 5550 100")
    act(budi, today, "gabung")

    page = see(budi, today, "ruang/").content.decode()

    assert f'href="{soon.online_url}" target="_blank" rel="noopener noreferrer"' in page
    assert [text for text in ("BP3MI Bali – Budi Hartanto", "415 220", "(021) 5550 100") if text not in page] == []


def test_room_adds_nothing_to_the_security_policy(budi, today):
    act(budi, today, "gabung")

    assert see(budi, today, "ruang/")["Content-Security-Policy"] == see(budi, today)["Content-Security-Policy"]


def test_room_without_a_link_says_so(budi, today):
    Meeting.objects.update(online_url="")
    act(budi, today, "gabung")

    response = see(budi, today, "ruang/")
    assert (response.status_code, response.context["url"]) == (200, "")


def test_changed_room_is_announced_to_the_page_that_saw_the_old_one(budi, today, soon, cast):
    act(budi, today, "gabung")
    mark = see(budi, today, "ruang/").context["seen"]
    soon.refresh_from_db()
    soon.online_url = "https://rapat.example/ruang-baru"
    soon.revise(["online_url"], by=cast.viewer(cast.sari))

    again = see(budi, today, f"ruang/?ruang={mark}")

    assert (again.context["changed"], again.context["url"], again.context["seen"]) == (
        True,
        "https://rapat.example/ruang-baru",
        mark,
    )
    assert see(budi, today, "ruang/").context["changed"] is False


def test_room_after_the_meeting_leads_back(budi, today, soon, cast):
    act(budi, today, "gabung")
    for verb in ("start", "end"):
        getattr(Meeting.objects.get(), verb)(by=cast.viewer(cast.sari))

    presence = Presence.objects.get()
    assert see(budi, today, "ruang/")["Location"] == f"/undangan/{today.public_id}/"
    assert (presence.end_source, presence.until) == ("meeting_end", Meeting.objects.get().ended_at)


# -- leaving -------------------------------------------------------------------------------------------------------


def test_leaving_closes_with_its_source(budi, today):
    act(budi, today, "gabung")

    response = act(budi, today, "keluar")

    presence = Presence.objects.get()
    assert (response.status_code, presence.end_source, presence.until is None) == (303, "left", False)


def test_leaving_twice_keeps_the_first_moment(budi, today):
    act(budi, today, "gabung")
    act(budi, today, "keluar")
    until = Presence.objects.get().until

    act(budi, today, "keluar")

    assert Presence.objects.get().until == until


def told_on_leaving(client, invitation) -> list[str]:
    return toasts(client.post(f"/undangan/{invitation.public_id}/keluar/", follow=True))


def test_leaving_says_what_was_recorded_and_what_was_not(budi, today):
    act(budi, today, "gabung")

    told = told_on_leaving(budi, today) + told_on_leaving(budi, today)

    assert told == [
        "Waktu keluar tercatat. Bapak/Ibu dapat bergabung lagi selama rapat berlangsung.",
        "Bapak/Ibu sudah keluar sebelumnya; tidak ada yang dicatat lagi.",
    ]


def test_leaving_after_the_meeting_says_that_it_ended_everything(budi, cast, today):
    act(budi, today, "gabung")
    meeting, by = Meeting.objects.get(), cast.viewer(cast.sari)
    meeting.start(by=by)
    meeting.end(by=by)
    before = snapshot()

    told = told_on_leaving(budi, today)

    assert (told, snapshot() == before) == (["Rapat sudah selesai; semua kehadiran berakhir bersamanya."], True)


def test_coming_back_begins_another_interval(budi, today):
    for part in ("gabung", "keluar", "gabung"):
        act(budi, today, part)

    assert [presence.until is None for presence in Presence.objects.order_by("pk")] == [False, True]


# -- at once -------------------------------------------------------------------------------------------------------


@pytest.fixture
def crowd(transactional_db):
    """`crowd(n, call)` calls n times at once, each with a connection of its own."""

    def _crowd(n, call):
        def once(i):
            try:
                return call(i)
            finally:
                connection.close()

        with ThreadPoolExecutor(n) as pool:
            return list(pool.map(once, range(n)))

    return _crowd


def test_eight_taps_at_once_are_one_presence(crowd, budi, today):
    cookies = budi.cookies

    def tap(_i):
        browser = type(budi)()
        browser.cookies = cookies
        return act(browser, today, "gabung")["Location"]

    assert crowd(8, tap) == [f"/undangan/{today.public_id}/ruang/"] * 8
    assert (Presence.objects.count(), AuditEvent.objects.filter(verb="invitation.answered").count()) == (1, 1)


def test_eight_answers_at_once_are_one_answer(crowd, cast, today):
    by = cast.viewer(cast.rina)

    crowd(8, lambda _i: Invitation.objects.get(pk=today.pk).respond("accepted", mode="online", by=by))

    assert AuditEvent.objects.filter(verb="invitation.answered").count() == 1


def test_eight_delegations_at_once_are_one_deputy(crowd, cast, today):
    by, facts = (
        cast.viewer(cast.rina),
        {"name": "Gede", "position": "Kasi", "phone": "+6281234567890", "mode": "online"},
    )

    made = crowd(8, lambda _i: Invitation.objects.get(pk=today.pk).delegate_to(by=by, **facts).pk)

    assert (len(set(made)), today.delegates.count()) == (1, 1)


def test_no_presence_stays_open_when_the_meeting_ends_meanwhile(crowd, cast, today, soon):
    by = cast.viewer(cast.sari)
    Meeting.objects.get().start(by=by)

    def tap(i):
        if i == 3:
            return Meeting.objects.get().end(by=by)
        try:
            return Invitation.objects.get(pk=today.pk).join(by=by)
        except PermissionError:
            raise
        except Exception as no:
            return no

    crowd(6, tap)

    assert Presence.objects.open().count() == 0

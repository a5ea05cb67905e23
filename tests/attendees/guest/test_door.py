"""`/r/<short>/`: the door of an unrestricted meeting, which tells nobody who is invited."""

from __future__ import annotations

import re
from datetime import timedelta
from statistics import median
from time import monotonic

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attendees.door import A_DAY, AGAIN_AFTER, AT_ONCE, MOST_A_DAY, SHOWN
from attendees.mails import link_again_mail
from attendees.models import Invitation
from attendees.sending import correct_address
from attendees.views import door as views
from rakor.audit.models import AuditEvent
from rakor.mail.models import OutgoingMail
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.attendees.conftest import sign
from tests.attendees.guest.conftest import snapshot, toasts
from tests.conftest import prove

BALI = "kepala.bali@uji.example"


@pytest.fixture(autouse=True)
def _nobody_asked_yet(db):
    cache.clear()


@pytest.fixture
def went_out(invitation):
    """Budi's invitation, which has left by mail."""
    make.OutgoingMailFactory(
        kind="invitation", subject_kind="invitation", subject_id=invitation.public_id, to=BALI, status="sent",
        sent_at=timezone.now(),
    )  # fmt: skip
    return invitation


def at(meeting, name="door") -> str:
    return reverse(name, args=[meeting.short])


def ask(meeting, agency="BP3MI-BALI", client=None):
    return (client or Client()).post(at(meeting, "door_agency"), {"agency": agency})


def ask_by_address(meeting, email, client=None):
    return (client or Client()).post(at(meeting, "door_address"), {"email": email})


def again() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind="link_again").order_by("pk"))


def search(meeting, words) -> list[str]:
    """The agencies that the door shows for these words."""
    found = Client().get(at(meeting), {"q": words}).content.decode()
    return re.findall(r'name="agency" value="([^"]+)"', found)


# -- what stands at the door -------------------------------------------------------------------------------------


def test_door_tells_host_kind_and_day_and_not_the_title(meeting):
    Meeting.objects.update(
        title="Rapat tentang Nama Seseorang", theme="Tema", venue="Aula", online_url="https://x.example"
    )
    page = Client().get(at(meeting)).content.decode()

    assert meeting.get_kind_display() in page
    assert meeting.host.name in page
    assert "09.00" in page
    assert "WIB" in page
    assert [word for word in ("Nama Seseorang", "Tema", "Aula", "x.example") if word in page] == []


def test_door_names_no_invitee(went_out, meeting, offices):
    page = Client().get(at(meeting)).content.decode()

    assert [word for word in ("Bali", "Budi", BALI, "Jawa Barat", went_out.public_id) if word in page] == []


def test_door_says_the_state_of_the_letter_and_leads_to_its_verification(meeting, letter):
    page = Client().get(at(meeting)).content.decode()

    assert letter.number in page
    assert "20 November 2026" in page
    assert "Berlaku" in page
    assert f"/verifikasi/{letter.code}/" in page


def test_door_says_of_a_revoked_letter_that_it_is_not_in_force(meeting, letter, by):
    letter.revoke(reason="Keliru", by=by)

    assert Client().get(at(meeting)).context["validity"].word == "Dicabut"


def test_door_says_nothing_of_an_unsigned_letter(meeting):
    make.DocumentFactory(kind="invitation_letter", meeting=meeting, status="draft", number="RAHASIA-1")

    page = Client().get(at(meeting))
    assert page.context["letter"] is None
    assert "RAHASIA-1" not in page.content.decode()


def test_door_opens_by_small_letters(meeting):
    assert Client().get(f"/r/{meeting.short.lower()}/").status_code == 200


def test_door_is_kept_by_no_cache_and_listed_by_no_search_engine(meeting):
    answer = Client().get(at(meeting))

    assert "no-store" in answer["Cache-Control"]
    assert '<meta name="robots" content="noindex">' in answer.content.decode()


def test_invited_guest_is_led_to_the_meeting(guest, invitation, meeting):
    assert f'href="/rapat/{meeting.public_id}/"' in guest(invitation).get(at(meeting)).content.decode()
    assert f'href="/rapat/{meeting.public_id}/"' not in Client().get(at(meeting)).content.decode()


def closed_doors(meeting) -> list[str]:
    """Every address of the door, and what each answers: status and page."""
    client, answers = Client(), []
    for name in ("door", "door_sent"):
        answers.append(client.get(at(meeting, name)))
    answers += [ask(meeting, client=client), ask_by_address(meeting, BALI, client=client)]
    return [(answer.status_code, [t.name for t in answer.templates][:1]) for answer in answers]


@pytest.mark.parametrize("facts", [
    {"security": "T"}, {"security": "R"}, {"security": "SR"},
    {"status": "draft", "published_at": None, "published_by": ""},
])  # fmt: skip
def test_restricted_meeting_and_draft_have_no_door(went_out, meeting, facts):
    unknown = Meeting(short="ABCDEFGH")
    Meeting.objects.filter(pk=meeting.pk).update(**facts)

    assert closed_doors(meeting) == closed_doors(unknown) == [(404, ["404.html"])] * 4
    assert again() == []


@pytest.mark.parametrize("short", ["", "ABC", "ABCDEFGHJ", "ABCDEFG0", "ABCDEFG%00", "........"])
def test_what_is_no_code_is_not_found(meeting, short):
    assert Client().get(f"/r/{short}/").status_code == 404


# -- the search --------------------------------------------------------------------------------------------------


def test_search_finds_agencies_invited_or_not(meeting, offices):
    assert search(meeting, "bp3mi") == ["BP3MI-JABAR", "BP3MI-BALI", "BP3MI-NTT"]
    assert search(meeting, "dinas lain") == ["LAIN"]


def test_search_is_the_same_for_a_meeting_to_which_nobody_is_invited(meeting, offices):
    assert search(make.MeetingFactory(host=meeting.host), "bp3mi") == search(meeting, "bp3mi")


def test_search_shows_some_and_says_that_there_are_more(meeting):
    for number in range(SHOWN + 1):
        make.AgencyFactory(code=f"BALAI-{number}", name=f"Balai Uji {number}")

    answer = Client().get(at(meeting), {"q": "balai uji"})
    assert (len(answer.context["agencies"]), answer.context["more"]) == (SHOWN, True)


def test_search_asks_as_much_for_three_agencies_as_for_one(meeting, offices):
    counts = []
    for words in ("denpasar", "bp3mi"):
        with CaptureQueriesContext(connection) as asked:
            search(meeting, words)
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 12


def test_search_leaves_out_agencies_that_have_ended(meeting):
    make.AgencyFactory(code="DULU", name="Balai Dahulu", valid_to=timezone.localdate() - timedelta(days=1))

    assert search(meeting, "balai dahulu") == []


@pytest.mark.parametrize("words", ["", "ba", "b a", "x" * 81, "bali\u200b", "nol \x00"])
def test_search_for_too_little_or_nonsense_lists_nothing(meeting, words):
    assert search(meeting, words) == []


def test_looking_changes_nothing(went_out, meeting):
    before, client = snapshot(), Client()

    for path in (at(meeting), at(meeting) + "?q=bali", at(meeting, "door_sent")):
        client.get(path)
        client.head(path)
    assert {client.get(at(meeting, name)).status_code for name in ("door_agency", "door_address")} == {405}
    assert snapshot() == before


# -- asking by agency --------------------------------------------------------------------------------------------


def test_right_agency_gets_its_link_at_the_address_on_file(went_out, meeting):
    answer = ask(meeting)

    assert (answer.status_code, answer["Location"]) == (303, at(meeting, "door_sent"))
    assert [(mail.to, mail.subject_id, mail.status) for mail in again()] == [(BALI, went_out.public_id, "queued")]
    assert "tautan" in Client().get(answer["Location"]).content.decode().lower()


def test_every_invited_position_of_the_agency_gets_its_own(went_out, meeting, cast):
    deputy = make.InvitationFactory(
        meeting=meeting, agency=cast.bali, agency_name="BP3MI Bali", position=None, position_name="Staf",
        delegated_from=went_out, email="wakil@uji.example",
        delivered_by_hand_at=timezone.now(), delivered_by_hand_by="system",
    )  # fmt: skip
    ask(meeting)

    assert {(mail.to, mail.subject_id) for mail in again()} == {
        (BALI, went_out.public_id),
        ("wakil@uji.example", deputy.public_id),
    }


def test_agency_with_many_positions_gets_some_at_a_time(went_out, meeting, cast):
    for _one in range(AT_ONCE):
        make.InvitationFactory(
            meeting=meeting, agency=cast.bali, delivered_by_hand_at=timezone.now(), delivered_by_hand_by="system"
        )
    ask(meeting)
    assert len(again()) == AT_ONCE

    ask(meeting)
    assert len({mail.subject_id for mail in again()}) == len(again()) == AT_ONCE + 1


def test_organiser_reads_in_the_history_that_somebody_asked(went_out, meeting, sari):
    ask(meeting)

    page = sari.get(f"/rapat/{meeting.public_id}/riwayat/").content.decode()
    assert "Pengunjung tanpa nama" in page
    assert "meminta tautan Kepala BP3MI Bali di pintu rapat" in page


def test_asking_is_on_record_without_the_address(went_out, meeting):
    ask(meeting)

    [event] = AuditEvent.objects.filter(verb="invitation.link_asked_for")
    assert (event.target, event.actor) == (f"attendees.Invitation:{went_out.public_id}", "anonymous")


@pytest.mark.parametrize("agency", ["LAIN", "TIDAK-ADA", "", "nol \x00", "x" * 5000])
def test_wrong_agency_gets_the_same_answer_and_nothing_is_sent(went_out, meeting, agency):
    wrong, right = ask(meeting, agency), ask(meeting)

    assert (wrong.status_code, wrong["Location"]) == (right.status_code, right["Location"])
    assert [mail.to for mail in again()] == [BALI]


def test_answer_takes_the_same_time(went_out, meeting):
    def taken(agency: str) -> float:
        OutgoingMail.objects.filter(kind="link_again").delete()
        begun = monotonic()
        ask(meeting, agency)
        return monotonic() - begun

    right, wrong = (median(taken(agency) for _one in range(5)) for agency in ("BP3MI-BALI", "LAIN"))
    assert right >= views.AT_LEAST
    assert wrong >= views.AT_LEAST
    assert abs(right - wrong) < views.AT_LEAST / 2


def test_agency_without_address_gets_the_same_answer_and_no_mail(went_out, meeting):
    Invitation.objects.update(email="")

    assert ask(meeting).status_code == 303
    assert again() == []


def test_ended_invitation_gets_no_link(went_out, meeting, by):
    went_out.withdraw(by=by)

    assert ask(meeting).status_code == 303
    assert ask_by_address(meeting, BALI).status_code == 303
    assert again() == []


def test_invitation_that_never_left_gets_no_link(invitation, meeting):
    assert ask(meeting).status_code == 303
    assert again() == []


def test_invitation_of_another_meeting_gets_no_link(went_out, cast):
    other = make.MeetingFactory(host=cast.bureau)

    assert ask(other).status_code == 303
    assert again() == []


@pytest.mark.parametrize(("status", "sent"), [
    ("scheduled", 1), ("invited", 1), ("in_progress", 1), ("adjourned", 1), ("postponed", 1), ("held", 1),
    ("closed", 0), ("cancelled", 0),
])  # fmt: skip
def test_links_are_sent_until_the_meeting_is_closed(went_out, meeting, status, sent):
    now = timezone.now()
    facts = {"started_at": now, "started_by": "x", "ended_at": now, "ended_by": "x"}
    gone = {"cancelled_at": now, "cancelled_by": "x", "cancel_reason": "Dialihkan"}
    later = {"postponed_at": now, "postponed_by": "x", "postpone_reason": "Dialihkan"}
    Meeting.objects.update(status=status, **(facts | gone | later))
    client = Client()
    answer = ask(meeting, client=client)

    assert len(again()) == sent
    assert answer["Location"] == at(meeting, "door_sent" if sent else "door")
    page = client.get(answer["Location"])
    assert len(toasts(page)) == 1 - sent
    assert [mail for mail in again() if link_again_mail(mail.ids["invitation"]) is None] == []


# -- asking by address -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [BALI, "Kepala.Bali@UJI.example", f"  {BALI} "])
def test_known_address_gets_its_link(went_out, meeting, typed):
    answer = ask_by_address(meeting, typed)

    assert (answer.status_code, answer["Location"]) == (303, at(meeting, "door_sent"))
    assert [(mail.to, mail.subject_id) for mail in again()] == [(BALI, went_out.public_id)]


@pytest.mark.parametrize(
    "typed", ["lain@uji.example", "kepala.bal_@uji.example", "kepala.bali@uji.example.id", "%@uji.example"]
)
def test_unknown_address_gets_the_same_answer_and_nothing_is_sent(went_out, meeting, typed):
    wrong, right = ask_by_address(meeting, typed), ask_by_address(meeting, BALI)

    assert (wrong.status_code, wrong["Location"]) == (right.status_code, right["Location"])
    assert [mail.to for mail in again()] == [BALI]


@pytest.mark.parametrize("typed", ["", "bukan alamat", "a@b\nBcc: c@d.example", "x" * 300 + "@uji.example"])
def test_no_address_is_told_at_its_field_and_kept(meeting, typed):
    answer = ask_by_address(meeting, typed)

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["email"]
    assert answer.context["form"]["email"].value() == typed


# -- limits ------------------------------------------------------------------------------------------------------


def test_link_is_sent_once_in_a_quarter_of_an_hour(went_out, meeting):
    answers = [ask(meeting), ask(meeting), ask_by_address(meeting, BALI)]

    assert {answer["Location"] for answer in answers} == {at(meeting, "door_sent")}
    assert len(again()) == 1


def test_link_is_sent_again_later_but_not_all_day(went_out, meeting):
    for _one in range(MOST_A_DAY + 2):
        ask(meeting)
        for mail in again():
            OutgoingMail.objects.filter(pk=mail.pk).update(created_at=mail.created_at - AGAIN_AFTER)
    assert len(again()) == MOST_A_DAY

    OutgoingMail.objects.filter(kind="link_again").update(created_at=timezone.now() - A_DAY)
    ask(meeting)
    assert len(again()) == MOST_A_DAY + 1


def test_visitor_who_asks_too_often_is_told_so_and_loses_nothing(went_out, meeting, monkeypatch):
    monkeypatch.setitem(views.LIMITS, "door_visitor", "2/10m/ip")
    for _one in range(2):
        ask(meeting, "LAIN")
    answer = ask_by_address(meeting, BALI)

    assert answer.status_code == 429
    assert "Tunggu sepuluh menit" in answer.content.decode()
    assert answer.context["form"]["email"].value() == BALI
    assert again() == []
    assert Client(REMOTE_ADDR="192.0.2.7").post(at(meeting, "door_agency"), {"agency": "LAIN"}).status_code == 303


def test_door_at_which_too_many_ask_is_closed_for_a_while(went_out, meeting, cast, monkeypatch):
    monkeypatch.setitem(views.LIMITS, "door_meeting", "2/h/key")
    for number in range(2):
        Client(REMOTE_ADDR=f"192.0.2.{number}").post(at(meeting, "door_agency"), {"agency": "LAIN"})

    assert ask(meeting).status_code == 429
    assert again() == []
    assert ask(make.MeetingFactory(host=cast.bureau)).status_code == 303


# -- the mail ----------------------------------------------------------------------------------------------------


def test_mail_holds_exactly_the_invitations_own_link(went_out, meeting):
    make.InvitationFactory(meeting=meeting, agency=went_out.agency)
    ask(meeting)
    [mail] = again()
    message = link_again_mail(**mail.ids)

    links = re.findall(r"https?://\S+/u/[\w.-]+", message.text)
    assert links == [went_out.link]
    assert set(re.findall(r"https?://[^\s\"<]+/u/[\w.-]+", message.html)) == {went_out.link}
    assert message.attachments == []


def test_mail_is_not_needed_when_the_invitation_has_ended_or_the_door_is_shut(went_out, meeting, by):
    assert link_again_mail(went_out.pk) is not None
    Meeting.objects.update(security="T")
    assert link_again_mail(went_out.pk) is None
    Meeting.objects.update(security="B")
    went_out.withdraw(by=by)
    assert link_again_mail(went_out.pk) is None


def test_corrected_address_calls_back_what_waits_for_the_old_one(went_out, meeting, by):
    ask(meeting)
    correct_address(went_out, email="baru@uji.example", phone="", person_name="", keep_in_directory=False, by=by)

    assert [(mail.to, mail.status) for mail in again()] == [(BALI, "cancelled")]


# -- a link that is no longer in force ---------------------------------------------------------------------------


def opened(link: str):
    return Client().get(link[link.index("/u/") :])


def words_of(answer) -> str:
    """The page without the token that each answer has of its own."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


@pytest.mark.parametrize("how", ["withdrawn", "replaced", "not mine"])
def test_link_of_before_leads_to_the_door(went_out, meeting, by, how):
    link = went_out.link
    if how == "withdrawn":
        went_out.withdraw(by=by)
    elif how == "replaced":
        Invitation.objects.update(link_generation=3)
    else:
        went_out.end_as_not_mine(by=by)
    answer = opened(link)

    assert answer.status_code == 404
    assert at(meeting) in answer.content.decode()


@pytest.mark.parametrize("security", ["T", "R", "SR"])
def test_link_of_before_tells_nothing_of_a_restricted_meeting(went_out, meeting, by, security):
    link = went_out.link
    went_out.withdraw(by=by)
    Meeting.objects.update(security=security)

    assert words_of(opened(link)) == words_of(opened("/u/ABCDEFGHJKMN.salah"))


def test_forged_link_leads_to_no_door(went_out, meeting, by):
    went_out.withdraw(by=by)

    for mac in ("A" * 27, "", went_out.link.rpartition(".")[2][:-1]):
        assert opened(f"/u/{went_out.public_id}.{mac}").context["door"] is None


# -- the letter and the text for groups --------------------------------------------------------------------------


def test_text_for_groups_holds_the_door_and_no_link_and_no_title(went_out, meeting, sari, letter):
    Meeting.objects.update(title="Judul yang Tidak Ikut")
    text = sari.get(f"/rapat/{meeting.public_id}/undangan/").context["group_text"]

    assert f"{settings.BASE_URL}/r/{meeting.short}/" in text
    assert [word for word in ("/u/", "Judul yang", "Bali", "Budi", "@") if word in text] == []


def test_there_is_no_text_for_groups_of_a_restricted_or_unsent_meeting(went_out, meeting, sari, cast, login):
    address = f"/rapat/{meeting.public_id}/undangan/"
    assert "group_text" not in sari.get(address).context
    sign(meeting)
    assert "group_text" in sari.get(address).context
    assert "group_text" not in login(cast.karno).get(address).context
    Meeting.objects.update(security="T")
    prove(sari, cast.sari)
    assert "group_text" not in sari.get(address).context

"""A new device sees meeting, agency and position, and says who it is."""

import re

import pytest
from django.utils import timezone

from attendees.models import Invitation
from rakor.audit.models import AuditEvent
from tests import factories as make
from tests.attendees.guest.conftest import act, see, snapshot


@pytest.fixture
def new(guest, invitation):
    """A browser that has only opened the link."""
    return guest(invitation, known=False)


def test_new_device_sees_meeting_agency_and_position(new, invitation):
    page = see(new, invitation).content.decode()

    assert [text in page for text in (invitation.meeting.title, "BP3MI Bali", "Kepala BP3MI Bali")] == [True] * 3


def test_new_device_sees_no_name_and_no_contact(new, invitation):
    Invitation.objects.update(
        phone="+6281200000001",
        status="declined",
        reason="RAHASIA-ALASAN",
        answered_at=invitation.invited_at,
        answered_by="x",
    )

    page = see(new, invitation).content.decode()

    assert [
        text for text in ("Budi", "Hartanto", "kepala.bali@", "81200000001", "RAHASIA-ALASAN") if text in page
    ] == []


def test_new_device_sees_no_restricted_title(new, invitation):
    type(invitation.meeting).objects.update(security="R", title="JUDUL-RAHASIA")

    assert "JUDUL-RAHASIA" not in see(new, invitation).content.decode()


def test_new_device_has_three_buttons(new, invitation):
    assert re.findall(r'name="who" value="(\w+)"', see(new, invitation).content.decode()) == [
        "self",
        "deputy",
        "not_mine",
    ]


@pytest.mark.parametrize("part", ["ruang/", "wakil/", "rapat.ics"])
def test_new_device_is_asked_before_it_sees_more(new, invitation, part):
    response = see(new, invitation, part)

    assert (response.status_code, response["Location"]) == (303, f"/undangan/{invitation.public_id}/")


@pytest.mark.parametrize(
    ("part", "data"), [("jawab", {"answer": "online"}), ("gabung", {}), ("keluar", {}), ("wakil", {"name": "X"})]
)
def test_new_device_changes_nothing_before_it_said_who_it_is(new, invitation, part, data):
    before = snapshot()

    response = act(new, invitation, part, **data)

    assert (response["Location"], snapshot() == before) == (f"/undangan/{invitation.public_id}/", True)


@pytest.mark.parametrize("part", ["", "rundown/", "notula/", "aliran/"])
def test_new_device_is_led_from_the_meeting_to_the_question(new, invitation, part):
    response = new.get(f"/rapat/{invitation.meeting.public_id}/{part}")

    assert (response.status_code, response["Location"]) == (302, f"/undangan/{invitation.public_id}/")


def test_new_device_finds_no_paper_and_no_follow_up(new, invitation):
    document = make.DocumentFactory(meeting=invitation.meeting, status="distributed", **_signed())

    assert new.get(f"/dokumen/{document.public_id}/").status_code == 404
    assert new.get(f"/dokumen/{document.public_id}/unduh/").status_code == 404
    assert list(new.get("/tindak-lanjut/").context["page"]) == []


def _signed() -> dict:
    now, paper = timezone.now(), make.FileFactory()
    facts = {"number": "B-1/UJI", "date": timezone.localdate(), "pages": 1, "prepared": paper, "current": paper}
    moments = {"signed_at": now, "signed_by": "system", "distributed_at": now, "distributed_by": "system"}
    return {"kind": "minutes", **facts, **moments}


def test_device_known_by_one_link_sees_the_meeting_though_another_was_only_opened(guest, invitation):
    client = guest(invitation)
    client.get(make.InvitationFactory(meeting=invitation.meeting).link.partition("8000")[2])

    page = client.get(f"/rapat/{invitation.meeting.public_id}/")
    assert "meetings/detail.html" in [template.name for template in page.templates]


def test_new_device_is_led_home_to_the_question(new, invitation):
    assert new.get("/")["Location"] == f"/undangan/{invitation.public_id}/"


def test_who_says_self_is_asked_no_more(new, invitation):
    act(new, invitation, "kenal", who="self")

    page = see(new, invitation)
    assert "attendees/guest/detail.html" in [template.name for template in page.templates]


def test_answer_takes_two_taps_from_the_mail(new, invitation):
    act(new, invitation, "kenal", who="self")
    act(new, invitation, "jawab", answer="online")

    invitation.refresh_from_db()
    assert (invitation.status, invitation.mode) == ("accepted", "online")


def test_saying_who_it_is_counts_as_opened(new, invitation):
    act(new, invitation, "kenal", who="self")

    invitation.refresh_from_db()
    assert invitation.opened_at is not None


def test_nonsense_is_asked_again(new, invitation):
    act(new, invitation, "kenal", who="siapa")

    assert see(new, invitation).templates[0].name == "attendees/guest/identify.html"


def test_known_device_stays_known_to_one_link_only(new, invitation, soon):
    act(new, invitation, "kenal", who="self")
    other = soon.invitations.get()

    new.get(other.link.partition("8000")[2])

    assert see(new, other).templates[0].name == "attendees/guest/identify.html"


def test_account_of_the_invited_person_is_known(invitation, cast, login):
    Invitation.objects.update(user=cast.sinta)

    shown = [template.name for template in see(login(cast.sinta), invitation).templates]
    assert "attendees/guest/detail.html" in shown


def test_contact_of_the_agency_is_known_and_answers(invitation, cast, login):
    act(login(cast.rina), invitation, "jawab", answer="in_person")

    invitation.refresh_from_db()
    assert (invitation.status, invitation.answered_by) == ("accepted", f"user:{cast.rina.pk}")


# -- dibuka --------------------------------------------------------------------------------------------------------


def test_opening_by_get_is_not_told(new, invitation):
    see(new, invitation)

    invitation.refresh_from_db()
    assert invitation.opened_at is None


def test_visible_page_tells_once(new, invitation):
    answers = [act(new, invitation, "dibuka").status_code for _ in range(2)]

    invitation.refresh_from_db()
    assert answers == [204, 204]
    assert invitation.opened_at is not None
    assert AuditEvent.objects.filter(verb="invitation.opened").count() == 1


def test_page_that_was_seen_does_not_tell_again(new, invitation):
    act(new, invitation, "dibuka")

    assert "data-seen" not in see(new, invitation).content.decode()


def test_contact_does_not_open_for_the_invited_person(invitation, cast, login):
    response = act(login(cast.rina), invitation, "dibuka")

    invitation.refresh_from_db()
    assert (response.status_code, invitation.opened_at) == (403, None)


# -- bukan saya ----------------------------------------------------------------------------------------------------


def test_not_for_me_asks_first(new, invitation):
    response = new.post(f"/undangan/{invitation.public_id}/kenal/", {"who": "not_mine"}, follow=True)

    invitation.refresh_from_db()
    assert (response.templates[0].name, invitation.ended_at) == ("attendees/guest/not_mine.html", None)
    assert "Budi" not in response.content.decode()


def test_not_for_me_ends_the_link_and_shows_nothing_more(new, invitation):
    link = invitation.link.partition("8000")[2]

    response = new.post(f"/undangan/{invitation.public_id}/bukan-saya/", follow=True)

    invitation.refresh_from_db()
    assert (invitation.end_reason, invitation.link_generation) == ("not_mine", 2)
    assert response.templates[0].name == "attendees/guest/ended.html"
    assert invitation.meeting.title not in response.content.decode()
    assert (see(new, invitation).status_code, new.get(link).status_code) == (404, 404)


def test_not_for_me_twice_is_once(new, invitation):
    first = act(new, invitation, "bukan-saya")
    second = act(new, invitation, "bukan-saya")

    invitation.refresh_from_db()
    assert (first.status_code, second.status_code, invitation.link_generation) == (303, 200, 2)


def test_not_for_me_is_told_to_the_organiser(new, invitation, cast, login):
    make.InvitationFactory(meeting=invitation.meeting)
    act(new, invitation, "bukan-saya")

    page = login(cast.sari).get(f"/rapat/{invitation.meeting.public_id}/undangan/")
    warned = page.content.decode().partition('class="callout" data-tone="bad"')[2]
    assert "Kepala BP3MI Bali" in warned.partition("</div>")[0]


def test_not_for_me_is_not_said_by_the_contact(invitation, cast, login):
    assert act(login(cast.rina), invitation, "bukan-saya").status_code == 403


def test_new_link_works_on_the_device_that_ended_the_old_one(new, invitation):
    act(new, invitation, "bukan-saya")
    Invitation.objects.update(ended_at=None, ended_by="", end_reason="")
    invitation.refresh_from_db()

    new.get(invitation.link.partition("8000")[2])

    assert see(new, invitation, "bukan-saya/").templates[0].name == "attendees/guest/not_mine.html"

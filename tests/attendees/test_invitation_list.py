"""The delivery board."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from attendees.board import Board
from attendees.inviting import invite
from attendees.sending import send_invitations
from tests import factories as make


@pytest.fixture
def url(meeting):
    return f"/rapat/{meeting.public_id}/undangan/"


def mail(invitation, status, **facts):
    return make.OutgoingMailFactory(
        kind="invitation", subject_kind="invitation", subject_id=invitation.public_id,
        to=invitation.email or "x@uji.example", status=status,
        sent_at=timezone.now() if status == "sent" else None, **facts,
    )  # fmt: skip


def names(response) -> list[str]:
    return [line.invitation.position_name for line in response.context["page"].object_list]


@pytest.mark.parametrize(
    ("status", "facts", "delivery"),
    [
        ("queued", {}, "queued"),
        ("sending", {"lease_until": timezone.now() + timedelta(minutes=1)}, "sending"),
        ("sent", {}, "sent"),
        ("bounced_soft", {"reply": "452 4.2.2 full"}, "bounced_soft"),
        ("bounced_hard", {"reply": "550 5.1.1 unknown"}, "bounced_hard"),
        ("cancelled", {}, "unsent"),
    ],
)
def test_board_shows_the_state_of_delivery(sari, invitation, url, status, facts, delivery):
    mail(invitation, status, **facts)

    (line,) = sari.get(url).context["page"].object_list
    assert line.delivery == delivery


def test_board_goes_by_the_latest_mail(sari, invitation, url):
    mail(invitation, "bounced_hard", reply="550 5.1.1 unknown")
    mail(invitation, "sent")

    (line,) = sari.get(url).context["page"].object_list
    assert line.delivery == "sent"


def test_board_counts_delivery_by_hand(sari, invitation, by, url):
    invitation.record_by_hand("WhatsApp", by=by)

    (line,) = sari.get(url).context["page"].object_list
    assert line.delivery == "manual"
    assert line.news.startswith("WhatsApp, ")


def test_board_says_why_it_failed(sari, invitation, url):
    mail(invitation, "bounced_hard", reply="550 5.1.1 unknown")

    (line,) = sari.get(url).context["page"].object_list
    assert (line.is_trouble, bool(line.news)) == (True, True)


def test_board_shows_who_represents(sari, invitation, by, url):
    invitation.delegate_to(name="I Gede Wirya", position="Kepala Seksi", mode="online", by=by)

    page = sari.get(url)

    assert names(page) == ["Kepala BP3MI Bali"]
    assert page.context["page"].object_list[0].delegate.invitation.person_name == "I Gede Wirya"


def test_board_marks_an_answer_on_behalf(sari, invitation, by, url):
    invitation.respond("accepted", mode="online", by=by)

    assert sari.get(url).context["page"].object_list[0].by_organiser


def test_board_lists_those_to_tell_by_hand(sari, meeting, by, offices, url):
    invite(meeting, offices, by=by)

    by_hand = sari.get(url).context["board"].by_hand()
    assert [row["position_name"] for row in by_hand] == ["Kepala BP3MI Nusa Tenggara Timur"]


def test_board_reports_a_wrong_person_until_invited_again(meeting, invitation, by, cast):
    invitation.end_as_not_mine(by=by)
    before = [row["position_name"] for row in Board(meeting, "Asia/Jakarta").wrong_persons]

    invite(meeting, [cast.head_of_bali], by=by)

    assert (before, Board(meeting, "Asia/Jakarta").wrong_persons) == (["Kepala BP3MI Bali"], [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Kepala BP3MI Jawa Barat", "Kepala BP3MI Bali", "Kepala BP3MI Nusa Tenggara Timur"]),
        ("?q=bali", ["Kepala BP3MI Bali"]),
        ("?q=hartanto", ["Kepala BP3MI Bali"]),
        ("?answer=online", ["Kepala BP3MI Bali"]),
        ("?answer=pending", ["Kepala BP3MI Jawa Barat", "Kepala BP3MI Nusa Tenggara Timur"]),
        ("?delivery=unreachable", ["Kepala BP3MI Nusa Tenggara Timur"]),
        ("?answer=pending&delivery=unsent", ["Kepala BP3MI Jawa Barat"]),
        ("?q=tidakada", []),
        ("?page=abc", ["Kepala BP3MI Jawa Barat", "Kepala BP3MI Bali", "Kepala BP3MI Nusa Tenggara Timur"]),
    ],
)
def test_board_filters(sari, meeting, invitation, by, offices, url, query, found):
    invite(meeting, offices, by=by)
    invitation.respond("accepted", mode="online", by=by)

    assert names(sari.get(url + query)) == found


def test_board_shows_nothing_of_another_meeting(sari, cast, invitation, url):
    bait = make.MeetingFactory(host=cast.stranger_agency)
    make.InvitationFactory(meeting=bait, position__name="Umpan")

    assert names(sari.get(url)) == ["Kepala BP3MI Bali"]


def test_board_shows_no_address_and_no_link(sari, invitation, url):
    page = sari.get(url).content.decode()

    assert "kepala.bali@uji.example" not in page
    assert "/u/" not in page


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("sari", 200),
        ("karno", 200),
        ("nia", 200),
        ("aulia", 200),
        ("sinta", 403),
        ("rina", 403),
        ("citra", 404),
        ("admin", 404),
    ],
)
def test_board_is_for_those_who_prepare(cast, login, url, who, status):
    assert login(getattr(cast, who)).get(url).status_code == status


def test_board_is_not_for_the_invited_guest(guest, invitation, url):
    assert guest(invitation).get(url).status_code == 403


def test_board_offers_no_action_to_the_chair(cast, login, invitation, url):
    page = login(cast.karno).get(url)

    assert page.context["editable"] is False
    assert f"/undangan/{invitation.public_id}/" not in page.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_board_costs_the_same_for_more_rows(sari, meeting, letter, by, url, count, django_assert_max_num_queries):
    for _number in range(count):
        made = make.InvitationFactory(meeting=meeting)
        made.delegate_to(name="Wakil", position="Staf", mode="online", by=by)
    send_invitations(meeting, by=by)

    with django_assert_max_num_queries(12):
        sari.get(url)


def test_board_of_nobody_says_what_to_do(sari, meeting, invitation, by, url):
    invitation.withdraw(by=by)

    page = sari.get(url).content.decode()

    assert f"{url}tambah/" in page
    assert "<table" not in page


def test_board_fetches_itself_on_answers(sari, invitation, url):
    page = sari.get(f"{url}?q=bali").content.decode()

    assert f'hx-get="{url}?q=bali" hx-trigger="live:answers from:body" hx-select="#papan"' in page


def figures(response, heading: str) -> list[int]:
    """The numbers of one group on the board, the sum first."""
    part = response.content.decode().split(f'aria-labelledby="{heading}"')[1].split("</section>")[0]
    return [int(number) for number in re.findall(r"<b[^>]*>(\d+)</b>", part)]


@pytest.mark.parametrize("heading", ["menurut-jawaban", "menurut-pengiriman"])
def test_board_figures_of_each_group_add_up_to_the_invitations(sari, meeting, invitation, by, offices, url, heading):
    invite(meeting, offices, by=by)
    invitation.respond("accepted", mode="online", by=by)
    invitation.delegate_to(name="I Gede Wirya", position="Kepala Seksi", mode="online", by=by)
    mail(invitation, "sent")

    together, *parts = figures(sari.get(url), heading)

    assert (sum(parts), together) == (3, 3)
    assert len(parts) > 1


def test_board_figures_fold_on_a_phone(sari, invitation, url):
    text = sari.get(url).content.decode()

    assert text.index('<details class="fold">') < text.index("menurut-jawaban") < text.index("<table")


def test_opened_link_does_not_contradict_the_mail_that_was_not_sent(sari, invitation, by, url):
    """Handed over on another way: the mail was not sent, and the link was opened all the same."""
    invitation.mark_opened(by=by)

    text = sari.get(url).content.decode()

    assert [
        f'<span class="chip {chip}">{words}</span>' in text
        for chip, words in (
            ("draft", "Surel belum dikirim"),
            ("opened", "Tautan dibuka"),
        )
    ] == [True, True]


def test_wrong_persons_stand_in_one_note_that_folds_when_they_are_many(sari, meeting, invitation, by, url):
    """The agency is named where the position does not name it."""
    agency = make.AgencyFactory(name="Badan Uji", short_name="Badan Uji")
    other = make.InvitationFactory(meeting=meeting, agency=agency, position_name="Kepala", agency_name="Badan Uji")
    make.InvitationFactory(meeting=meeting)
    found = []
    for row in (invitation, other):
        row.end_as_not_mine(by=by)
        note = sari.get(url).content.decode().split("sampai ke orang yang salah.")
        found.append((len(note), "<details" in note[1].split("</ul>")[0], "Kepala, Badan Uji" in note[1]))

    assert found == [(2, False, False), (2, True, True)]
    assert note[1].split("</ul>")[0].count(">Undang lagi<") == 2

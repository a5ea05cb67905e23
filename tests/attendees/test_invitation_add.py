"""Choosing invitees from the directory."""

import pytest

from attendees.inviting import invite
from attendees.models import Invitation, Position
from rakor.lib.access import Refusal
from tests import factories as make


@pytest.fixture
def url(meeting):
    return f"/rapat/{meeting.public_id}/undangan/tambah/"


def invited(meeting) -> list[str]:
    return [i.position_name for i in meeting.invitations.active().addressed().in_protocol_order()]


def test_chosen_positions_are_invited_with_names_of_the_day(sari, meeting, offices, url):
    sari.post(url, {"action": "add", "position": [p.pk for p in offices], "offer": "either"})

    made = meeting.invitations.get(position=offices[1])
    assert (made.agency_name, made.zone, made.email) == ("BP3MI Nusa Tenggara Timur", "Asia/Makassar", "")
    assert invited(meeting) == ["Kepala BP3MI Jawa Barat", "Kepala BP3MI Bali", "Kepala BP3MI Nusa Tenggara Timur"]


def test_acting_holder_is_printed_before_the_position(meeting, by, offices):
    Position.objects.filter(pk=offices[0].pk).update(acting="Plt.")

    (made,) = invite(meeting, Position.objects.filter(pk=offices[0].pk).select_related("agency"), by=by)

    assert made.position_name == "Plt. Kepala BP3MI Jawa Barat"


def test_terms_are_set_for_the_batch(sari, meeting, offices, url):
    sari.post(
        url, {"action": "add", "position": [offices[0].pk], "offer": "online", "required": "on", "head_only": "on"}
    )

    made = meeting.invitations.get(position=offices[0])
    assert (made.offer, made.required, made.head_only) == ("online", True, True)


def test_adding_twice_adds_nobody_twice(sari, meeting, offices, url):
    for _once in range(2):
        sari.post(url, {"action": "add", "position": [p.pk for p in offices], "offer": "either"})

    assert meeting.invitations.count() == 3


def test_inviting_what_is_invited_already_adds_nothing(meeting, by, cast):
    assert invite(meeting, [cast.head_of_bali], by=by) == []


def test_a_filter_keeps_the_choice_and_changes_nothing(sari, meeting, offices, url):
    response = sari.post(url, {"action": "filter", "q": "bali", "position": [offices[0].pk]})

    assert response.status_code == 200
    assert [p.pk for p in response.context["picker"].chosen] == [offices[0].pk]
    assert meeting.invitations.count() == 1


def test_all_of_a_kind_are_chosen_at_once(sari, meeting, offices, url):
    response = sari.post(url, {"action": "all:bp3mi"})

    picker = response.context["picker"]
    assert [p.name for p in picker.chosen] == ["Kepala BP3MI Jawa Barat", "Kepala BP3MI Nusa Tenggara Timur"]
    assert picker.agency_count == 2


def test_all_of_a_search_are_chosen_at_once(sari, offices, url):
    response = sari.post(url, {"action": "all", "province": "32"})

    assert [p.name for p in response.context["picker"].chosen] == ["Kepala BP3MI Jawa Barat"]


def test_the_choice_is_emptied(sari, offices, url):
    response = sari.post(url, {"action": "none", "position": [offices[0].pk]})

    assert response.context["picker"].chosen == []


def test_search_finds_aliases_and_holders(sari, cast, offices, url):
    cast.stranger_agency.aliases = ["Kantor Lama"]
    cast.stranger_agency.save()
    make.PositionFactory(agency=cast.stranger_agency, name="Kepala Dinas Lain", holder="Nyoman Contoh")

    found = [
        [p.name for p in sari.get(url, {"q": words}).context["picker"].shown] for words in ("kantor lama", "nyoman")
    ]
    assert found == [["Kepala Dinas Lain"], ["Kepala Dinas Lain"]]


def test_agencies_out_of_force_on_the_day_are_not_offered(sari, meeting, url):
    gone = make.AgencyFactory(valid_to=meeting.starts_at.date())
    make.PositionFactory(agency=gone, name="Kepala Badan Lama")

    assert "Kepala Badan Lama" not in [p.name for p in sari.get(url).context["picker"].shown]


@pytest.mark.parametrize(
    "typed",
    [
        {"action": "add", "offer": "either"},
        {"action": "add", "offer": "either", "position": ["abc", "-1", "9" * 30]},
        {"action": "add", "offer": "either", "position": ["987654"]},
        {"action": "add", "offer": "melayang"},
    ],
)
def test_nothing_sensible_chosen_adds_nobody(sari, meeting, url, typed):
    response = sari.post(url, typed)

    assert response.status_code == 422
    assert meeting.invitations.count() == 1


def test_wrong_terms_keep_the_choice(sari, meeting, offices, url):
    response = sari.post(url, {"action": "add", "offer": "melayang", "position": [offices[0].pk]})

    assert (response.status_code, list(response.context["terms"].errors)) == (422, ["offer"])
    assert [p.pk for p in response.context["picker"].chosen] == [offices[0].pk]


def test_ways_are_only_those_of_the_meeting(sari, cast, offices):
    hall = make.MeetingFactory(host=cast.bureau, mode="in_person")

    response = sari.get(f"/rapat/{hall.public_id}/undangan/tambah/")

    assert response.context["terms"].fields["offer"].choices == [
        ("in_person", response.context["terms"].fields["offer"].choices[0][1])
    ]


def test_a_meeting_that_is_over_takes_nobody(cast, by, offices):
    held = make.MeetingFactory(host=cast.bureau, status="held")

    with pytest.raises(Refusal):
        invite(held, offices, by=by)


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("sari", 200),
        ("karno", 403),
        ("nia", 403),
        ("aulia", 403),
        ("sinta", 403),
        ("rina", 403),
        ("citra", 404),
        ("admin", 404),
    ],
)
def test_only_the_organiser_chooses(cast, login, url, who, status):
    assert login(getattr(cast, who)).get(url).status_code == status


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_for_more_rows(sari, cast, url, count, django_assert_max_num_queries):
    for _number in range(count):
        make.PositionFactory(agency=cast.bali)

    with django_assert_max_num_queries(12):
        sari.get(url)


def test_a_withdrawn_position_can_be_invited_again(meeting, invitation, by, cast):
    invitation.withdraw(by=by)

    made = invite(meeting, [cast.head_of_bali], by=by)

    assert [i.status for i in made] == ["pending"]
    assert Invitation.objects.filter(meeting=meeting).count() == 2


@pytest.mark.parametrize(("query", "offered"), [("?q=bali", True), ("?q=tidakada", False)])
def test_nothing_found_offers_nothing_to_add(sari, cast, url, query, offered):
    assert ('value="add"' in sari.get(url + query).content.decode()) is offered


def test_what_was_chosen_before_can_be_added_though_nothing_is_found(sari, cast, offices, url):
    page = sari.post(url, {"action": "filter", "q": "tidakada", "position": [offices[0].pk]}).content.decode()

    assert ('value="add"' in page, offices[0].name in page) == (True, True)


def test_terms_fold_on_a_phone_but_not_over_an_error(sari, offices, url):
    fold = '<details class="fold"{}><summary>'

    asked, refused = sari.get(url), sari.post(url, {"action": "add", "offer": "melayang", "position": [offices[0].pk]})

    assert [fold.format(opened) in page.content.decode() for page, opened in ((asked, ""), (refused, " open"))] == [
        True
    ] * 2

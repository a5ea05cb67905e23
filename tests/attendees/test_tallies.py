"""Counting who comes."""

import pytest

from attendees.tallies import tally_of
from tests import factories as make


def answered(meeting, agency, by, *answers):
    for answer in answers:
        made = make.InvitationFactory(meeting=meeting, position=make.PositionFactory(agency=agency))
        if answer == "declined":
            made.respond("declined", by=by)
        elif answer != "pending":
            made.respond("accepted", mode=answer, by=by)


def test_tally_sums_to_the_invitations(meeting, by, cast):
    answered(meeting, cast.bali, by, "in_person", "online", "online", "declined")

    counted = tally_of(meeting)
    assert (counted.invitations, dict(counted.answers)) == (
        5,
        {"in_person": 1, "online": 2, "declined": 1, "pending": 1},
    )


def test_tally_counts_an_agency_once(meeting, by, cast):
    answered(meeting, cast.bali, by, "in_person", "online")
    answered(meeting, cast.stranger_agency, by, "declined")

    counted = tally_of(meeting)
    assert (counted.agencies, counted.agencies_answered, counted.agencies_coming) == (2, 2, 1)


def test_tally_counts_the_delegate_in_place_of_the_principal(meeting, invitation, by):
    invitation.delegate_to(name="Wirya", position="Kepala Seksi", mode="online", by=by)

    counted = tally_of(meeting)
    assert (counted.invitations, counted.answers["delegated"], counted.online, counted.expected) == (1, 1, 1, 1)


def test_tally_follows_the_chain_to_its_end(meeting, invitation, by):
    first = invitation.delegate_to(name="Wirya", position="Kepala Seksi", mode="online", by=by)
    first.delegate_to(name="Putu", position="Staf", mode="in_person", by=by)

    counted = tally_of(meeting)
    assert (counted.answers["delegated"], counted.in_person, counted.online) == (1, 1, 0)


def test_tally_of_a_delegate_who_declines_is_a_no(meeting, invitation, by):
    delegate = invitation.delegate_to(name="Wirya", position="Kepala Seksi", mode="online", by=by)
    delegate.respond("declined", by=by)

    counted = tally_of(meeting)
    assert (counted.answers["declined"], counted.expected) == (1, 0)


def test_tally_leaves_out_the_withdrawn(meeting, invitation, by):
    invitation.withdraw(by=by)

    assert tally_of(meeting).invitations == 0


def test_parts_of_the_bar_stand_one_after_another(meeting, by, cast):
    answered(meeting, cast.bali, by, "in_person", "online")

    assert [(part["code"], part["x"], part["count"]) for part in tally_of(meeting).parts] == [
        ("in_person", 0, 1), ("online", 1, 1), ("delegated", 2, 0), ("declined", 2, 0), ("pending", 2, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "shown"), [("sari", True), ("karno", True), ("aulia", True), ("sinta", False), ("rina", False)]
)
def test_overview_shows_the_answers_to_those_who_prepare(cast, login, meeting, who, shown):
    page = login(getattr(cast, who)).get(f"/rapat/{meeting.public_id}/").content.decode()

    assert ('id="jawaban"' in page) is shown

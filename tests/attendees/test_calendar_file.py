"""rapat.ics and telephone numbers."""

from datetime import UTC

import pytest
from django.core.exceptions import ValidationError
from icalendar import Calendar

from attendees.calendar_file import calendar_file
from attendees.phones import kept, shown


def event_of(meeting, **more):
    return Calendar.from_ical(calendar_file(meeting, **more)).walk("VEVENT")[0]


def test_calendar_holds_the_meeting_in_utc(meeting):
    event = event_of(meeting)

    assert event.decoded("dtstart") == meeting.starts_at.astimezone(UTC)
    assert event.decoded("summary") == meeting.title


def test_calendar_replaces_itself_after_a_change(meeting):
    before = event_of(meeting)
    meeting.revision += 1
    after = event_of(meeting)

    assert before["uid"] == after["uid"]
    assert after.decoded("sequence") == before.decoded("sequence") + 1


def test_calendar_holds_the_link_only_when_given(meeting, invitation):
    assert "url" not in event_of(meeting)
    assert event_of(meeting, link=invitation.link)["url"] == invitation.link


def test_calendar_never_holds_the_online_room(meeting, invitation):
    assert meeting.online_url.encode() not in calendar_file(meeting, link=invitation.link)


def test_calendar_of_a_restricted_meeting_is_neutral(meeting):
    meeting.security = "T"

    written = calendar_file(meeting).decode()
    assert meeting.title not in written
    assert meeting.venue not in written


def test_calendar_of_a_cancelled_meeting_says_so(meeting):
    meeting.status = "cancelled"

    assert event_of(meeting)["status"] == "CANCELLED"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("", ""),
        ("0812-3456-7890", "+6281234567890"),
        ("0812 3456 7890", "+6281234567890"),
        ("812.3456.7890", "+6281234567890"),
        ("62 812 3456 7890", "+6281234567890"),
        ("(021) 555 0100", "+62215550100"),
        ("+44 20 7946 0000", "+442079460000"),
    ],
)
def test_phone_is_kept_in_one_form(typed, number):
    assert kept(typed) == number


@pytest.mark.parametrize("typed", ["telepon", "12", "+0812", "0" * 20, "08x2"])
def test_phone_that_is_none_is_refused(typed):
    with pytest.raises(ValidationError):
        kept(typed)


@pytest.mark.parametrize(
    ("number", "read"),
    [
        ("+6281234567890", "0812-3456-7890"),
        ("+62215550100", "0215550100"),
        ("+442079460000", "+442079460000"),
        ("", ""),
    ],
)
def test_phone_is_shown_as_people_read_it(number, read):
    assert shown(number) == read

"""rapat.ics and telephone numbers."""

import io
from datetime import UTC

import pytest
import vobject
from django.core.exceptions import ValidationError
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar

from attendees.calendar_file import calendar_file, calendar_invitation
from attendees.phones import kept, shown


def event_of(meeting, **more):
    return Calendar.from_ical(calendar_file(meeting, **more)).walk("VEVENT")[0]


def test_calendar_holds_the_meeting_in_its_zone(meeting):
    event = event_of(meeting)

    assert event.decoded("dtstart").astimezone(UTC) == meeting.starts_at
    assert event["dtstart"].params["TZID"] == meeting.zone
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


# -- iTIP --------------------------------------------------------------------------------------------------------

ORGANISER = ('Biro Perencanaan, Kerja Sama; "Hukum"', "rakor@uji.example")


def itip(invitation, method="REQUEST"):
    return calendar_invitation(invitation, method=method, organiser=ORGANISER)


def as_strict_stranger(content: bytes):
    return IcsCalendarStream.calendar_from_ics(content.decode()).events[0]


def as_older_program(content: bytes):
    return vobject.readOne(io.StringIO(content.decode(), newline=""))


def test_three_parsers_read_the_same_request(meeting, invitation):
    content = itip(invitation)
    ours, strict, older = Calendar.from_ical(content), as_strict_stranger(content), as_older_program(content)
    event = ours.walk("VEVENT")[0]

    assert ours["method"] == older.method.value == "REQUEST"
    assert event["uid"] == strict.uid == older.vevent.uid.value
    assert event["sequence"] == strict.sequence == int(older.vevent.sequence.value)
    moments = (event.decoded("dtstart"), strict.dtstart, older.vevent.dtstart.value)
    assert {moment.astimezone(UTC) for moment in moments} == {meeting.starts_at}
    assert [zone["tzid"] for zone in ours.walk("VTIMEZONE")] == [meeting.zone] == [older.vtimezone.tzid.value]
    assert str(event["organizer"]) == older.vevent.organizer.value == "mailto:rakor@uji.example"
    assert strict.organizer.common_name == older.vevent.organizer.cn_param == "Biro Perencanaan, Kerja Sama; Hukum"
    (attendee,) = strict.attendees
    assert str(attendee.uri) == older.vevent.attendee.value == f"mailto:{invitation.email}"
    assert older.vevent.attendee.params == {
        "CN": [invitation.person_name or invitation.position_name], "CUTYPE": ["INDIVIDUAL"],
        "PARTSTAT": ["NEEDS-ACTION"], "ROLE": ["OPT-PARTICIPANT"], "RSVP": ["FALSE"],
    }  # fmt: skip


def test_request_says_how_the_answer_stands(invitation, by):
    invitation.respond("accepted", mode="online", by=by)

    assert event_parameters(itip(invitation))["PARTSTAT"] == "ACCEPTED"


def test_delegate_and_delegator_name_each_other(invitation, by):
    delegate = invitation.delegate_to(name="Wirya", position="Kasi", email="wirya@uji.example", mode="online", by=by)

    delegator, deputy = event_parameters(itip(invitation)), event_parameters(itip(delegate))
    assert (delegator["PARTSTAT"], delegator["DELEGATED-TO"]) == ("DELEGATED", "mailto:wirya@uji.example")
    assert (deputy["PARTSTAT"], deputy["DELEGATED-FROM"]) == ("ACCEPTED", f"mailto:{invitation.email}")


def test_cancel_takes_the_same_event_away(invitation, by):
    request = itip(invitation)
    invitation.meeting.cancel(by=by, reason="Ditunda")
    cancel = itip(invitation, "CANCEL")
    before, after = (Calendar.from_ical(content).walk("VEVENT")[0] for content in (request, cancel))

    assert Calendar.from_ical(cancel)["method"] == "CANCEL"
    assert (after["uid"], after["status"]) == (before["uid"], "CANCELLED")
    assert after["sequence"] > before["sequence"]
    assert "url" not in after
    assert str(after["attendee"]) == f"mailto:{invitation.email}"


def test_name_cannot_break_out_of_its_parameter(invitation):
    invitation.person_name = 'Budi";PARTSTAT=ACCEPTED:mailto:lain@uji.example\r\nX-JAHAT:ya'

    content = itip(invitation)
    assert b"\r\nX-JAHAT" not in content
    assert event_parameters(content)["PARTSTAT"] == "NEEDS-ACTION"
    assert as_strict_stranger(content).attendees[0].uri == f"mailto:{invitation.email}"


def test_invitation_without_an_address_has_no_place_in_itip(invitation):
    invitation.email = ""

    with pytest.raises(ValueError, match="mail address"):
        itip(invitation)


def event_parameters(content: bytes) -> dict[str, str]:
    return {
        name: str(value) for name, value in Calendar.from_ical(content).walk("VEVENT")[0]["attendee"].params.items()
    }


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

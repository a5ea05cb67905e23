"""Answers after the deadline are marked, those before it are free; at the door a ministry leads to its units."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from attendees.models import Invitation
from rakor.mail.models import OutgoingMail
from rakor.meetings.models import Meeting
from tests import factories as make


def deadline(hours):
    Meeting.objects.update(reply_by=timezone.now() + timedelta(hours=hours))


def say(invitation, by, status="accepted"):
    row = Invitation.objects.select_related("meeting").get(pk=invitation.pk)
    row.respond(status, mode="online" if status == "accepted" else "", by=by)
    return Invitation.objects.get(pk=invitation.pk)


@pytest.mark.parametrize(("hours", "late"), [(1, False), (-1, True)])
def test_answer_after_the_deadline_is_marked_everywhere(meeting, invitation, sari, by, hours, late):
    deadline(hours)
    say(invitation, by, "declined")

    assert say(invitation, by).late is late
    board = reverse("invitation_list", args=[meeting.public_id])
    pages = [board, reverse("invitation_manage", args=[meeting.public_id, invitation.public_id])]
    assert [">Terlambat<" in sari.get(page).content.decode() for page in pages] == [late, late]
    assert len(sari.get(board, {"answer": "late"}).context["page"].object_list) == 1
    export = sari.get(reverse("invitation_export", args=[meeting.public_id]))
    sheet = load_workbook(filename=_file(export)).active
    heading, row = list(sheet.iter_rows(values_only=True))[:2]
    assert row[heading.index("Terlambat menjawab")] == ("ya" if late else "tidak")


def _file(response):
    from io import BytesIO

    return BytesIO(b"".join(response))


def test_deputy_sent_after_the_deadline_is_late_on_both_rows(invitation, by):
    deadline(-1)
    row = Invitation.objects.get(pk=invitation.pk)
    made = row.delegate_to(name="Wirya", position="Kasi", email="", mode="online", by=by)

    assert (Invitation.objects.get(pk=invitation.pk).late, Invitation.objects.get(pk=made.pk).late) == (True, True)


def test_new_date_clears_the_mark(meeting, invitation, by):
    Meeting.objects.update(status="invited", invited_at=timezone.now(), invited_by="x")
    deadline(-1)
    say(invitation, by)
    meeting.refresh_from_db()
    meeting.starts_at += timedelta(days=7)
    meeting.ends_at += timedelta(days=7)
    meeting.revise(["starts_at", "ends_at"], by=by)

    row = Invitation.objects.get(pk=invitation.pk)
    assert (row.status, row.late) == ("reconfirm", False)


def test_door_leads_from_a_ministry_to_its_units_invited_or_not(meeting, cast):
    invited = make.PositionFactory(agency=cast.bureau, email="biro@uji.example")
    row = make.InvitationFactory(meeting=meeting, position=invited)
    make.OutgoingMailFactory(status="sent", sent_at=timezone.now(), subject_kind="invitation", subject_id=row.public_id)
    make.AgencyFactory(code="KP2MI-LAIN", short_name="Ditjen Lain", parent=cast.ministry)
    door, client = reverse("door", args=[meeting.short]), Client()

    assert "?satuan=KP2MI#" in client.get(door, {"q": "kementerian"}).content.decode()
    shown = client.get(door, {"satuan": "KP2MI"})
    assert [agency.code for agency in shown.context["agencies"]] == ["KP2MI-BIRO", "KP2MI-LAIN"]
    answers = {
        code: client.post(reverse("door_agency", args=[meeting.short]), {"agency": code})["Location"]
        for code in ("KP2MI-LAIN", "KP2MI-BIRO")
    }

    assert len(set(answers.values())) == 1
    assert list(OutgoingMail.objects.filter(kind="link_again").values_list("to", flat=True)) == ["biro@uji.example"]


def test_door_of_an_agency_without_units_says_so(meeting, cast):
    page = Client().get(reverse("door", args=[meeting.short]), {"satuan": "BP3MI-BALI"}).content.decode()
    assert "tidak memuat satuan kerja BP3MI Bali" in page

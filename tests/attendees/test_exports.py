"""Lists for a spreadsheet: the same rows as the page, for the same readers, and never a formula."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from attendees.models import Position
from rakor.lib.sheets import Sheet, workbook
from tests import factories as make


def taken(client, path: str, sheet: int = 0) -> list[tuple]:
    """The rows of the file below its heading."""
    answer = client.get(path)
    assert (answer.status_code, answer.headers["X-Content-Type-Options"]) == (200, "nosniff")
    return [row[:] for row in load_workbook(BytesIO(answer.content)).worksheets[sheet].values][1:]


@pytest.mark.parametrize("text", ["=1+1", "+62", "-5", "@x", '=HYPERLINK("http://a.example")', "\t=1"])
def test_text_is_never_a_formula(text):
    cell = load_workbook(BytesIO(workbook(Sheet("a", ["b"], [[text]])))).active["A2"]

    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)


def test_control_characters_break_no_file():
    assert load_workbook(BytesIO(workbook(Sheet("a/b", ["b"], [["nol\x00\x0b\uffff"]])))).active["A2"].value == "nol"


def test_directory_is_narrowed_as_its_page(cast, login):
    rows = taken(login(cast.sari), "/instansi/ekspor/?kind=bp3mi")

    assert [row[0] for row in rows] == ["BP3MI-BALI"]


def test_directory_gives_contacts_to_those_who_may_change_them(cast, login):
    addresses = {
        who: [row[4] for row in taken(login(getattr(cast, who)), "/instansi/ekspor/?kind=bp3mi", 1)]
        for who in ("sari", "rina", "aulia")
    }

    assert addresses == {"sari": ["kepala.bali@uji.example"], "rina": ["kepala.bali@uji.example"], "aulia": [None]}


def test_directory_can_be_imported_again_and_changes_nothing(cast, login):
    from django.core.files.uploadedfile import SimpleUploadedFile

    from attendees.importing import Plan
    from attendees.models import Import

    Position.objects.filter(pk=cast.head_of_bali.pk).update(holder="=1+1", phone="+6281234567890")
    client = login(cast.sari)
    book = load_workbook(BytesIO(client.get("/instansi/ekspor/").content))
    book.remove(book.worksheets[0])
    out = BytesIO()
    book.save(out)
    client.post("/instansi/impor/", {"file": SimpleUploadedFile("a.xlsx", out.getvalue())})

    assert [line.state for line in Plan(Import.objects.get(), cast.viewer(cast.sari)).lines] == ["same"]


def test_invitees_come_with_answer_and_delivery_and_no_contact(cast, login, meeting, invitation):
    make.InvitationFactory(meeting=meeting, status="pending")
    invitation.respond("declined", reason="=sakit", by=cast.viewer(cast.sari))

    [row] = taken(login(cast.sari), f"/rapat/{meeting.public_id}/undangan/ekspor/?answer=declined")

    assert (row[1], row[3], row[4]) == ("Kepala BP3MI Bali", "Berhalangan", "=sakit")
    assert "kepala.bali@uji.example" not in row


def test_invitees_of_two_thousand_take_no_more_queries(cast, login, meeting, django_assert_max_num_queries):
    agency = make.AgencyFactory()
    for number in range(40):
        make.InvitationFactory(meeting=meeting, position=make.PositionFactory(agency=agency, name=f"Jabatan {number}"))
    client = login(cast.sari)
    with django_assert_max_num_queries(12):
        assert len(taken(client, f"/rapat/{meeting.public_id}/undangan/ekspor/")) == 41


def test_attendance_is_narrowed_as_its_page(cast, login, meeting, invitation):
    make.InvitationFactory(meeting=meeting)

    rows = taken(login(cast.sari), f"/rapat/{meeting.public_id}/kehadiran/daftar.xlsx?q=bali")

    assert [row[1] for row in rows] == ["Kepala BP3MI Bali"]


def test_follow_ups_are_those_of_the_page(cast, login, meeting):
    sent = {"status": "distributed", "submitted_at": timezone.now(), "submitted_by": "system"}
    approved = {"approved_at": timezone.now(), "approved_by": "system", "approved_sha256": "0" * 64}
    document = make.DocumentFactory(meeting=meeting)
    minutes = make.MinutesFactory(meeting=meeting, document=document, **sent, **approved)
    point = make.PointFactory(minutes=minutes, kind="follow_up", number=1, text="=TL")
    make.FollowUpFactory(point=point, agency=cast.bali, status="assigned")
    make.FollowUpFactory(agency=make.AgencyFactory(), status="assigned")

    rows = taken(login(cast.rina), "/tindak-lanjut/ekspor/?status=assigned")

    assert [(row[1], row[3]) for row in rows] == [("=TL", "BP3MI Bali")]


def test_register_is_that_of_the_own_house(cast, login, meeting):
    elsewhere = make.MeetingFactory(host=make.AgencyFactory())
    for place, subject in ((meeting, "Surat Uji"), (meeting, "Lain"), (elsewhere, "Surat rumah lain")):
        make.DocumentFactory(kind="invitation_letter", meeting=place, subject=subject)

    rows = taken(login(cast.sari), "/dokumen/ekspor/?q=surat")

    assert [row[3] for row in rows] == ["Surat Uji"]

"""The surat undangan: composed, looked at, prepared for a signature here or elsewhere."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.conf import settings
from django.utils import timezone

from agenda.models import release
from attendees.inviting import invite
from attendees.letters import attachments, invitee_list, letter_context, letter_of, particulars, proposal
from rakor.documents.models import Document, NumberCounter
from rakor.documents.register import make_paper
from tests import factories as make
from tests.attendees.conftest import sign
from tests.conftest import prove, rows, staff_meeting
from tests.documents.pdf_assertions import assert_archival


@pytest.fixture
def url(meeting):
    return f"/rapat/{meeting.public_id}/surat/"


@pytest.fixture
def typed(cast, meeting):
    """`typed(**changes)`: what the browser posts of the filled form."""

    def _typed(**changes):
        filled = {
            "date": timezone.localdate().isoformat(), "place": "Jakarta", "urgency": "urgent",
            "subject": "Undangan Rapat Koordinasi",
            "opening": "Dalam rangka koordinasi, kami mengundang Bapak/Ibu untuk hadir pada:",
            "closing": "Mohon hadir tepat waktu.\r\n\r\nAtas perhatian Bapak/Ibu, kami sampaikan terima kasih.",
            "signatory": cast.karno.pk, "signatory_position": "Kepala Biro", "signatory_name": "Karno Wibisono",
            "attachments": ["invitees"], "cc": "Sekretaris Jenderal\nInspektur Jenderal",
        }  # fmt: skip
        return filled | changes

    return _typed


def text_of(pdf: bytes) -> str:
    import subprocess

    return subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()


# -- composing -----------------------------------------------------------------------------------------------


def test_registry_of_attachments_lists_its_entries():
    assert attachments.names() == ["invitees", "agenda"]


def test_proposal_is_built_from_the_meeting(meeting):
    type(meeting).objects.update(
        purpose="Memperkuat layanan.",
        contact_name="Sari",
        contact_phone="0812-0000-0000",
        reply_by=meeting.starts_at - timedelta(days=1),
    )
    meeting.refresh_from_db()

    written = proposal(meeting)
    assert written["subject"] == f"Undangan {meeting.title}"
    assert written["opening"] == "Dalam rangka memperkuat layanan, kami mengundang Bapak/Ibu untuk hadir pada:"
    assert "narahubung Sari (0812-0000-0000)" in written["closing"]
    assert "paling lambat" in written["closing"]


def test_particulars_carry_the_hosts_zone_and_no_room(meeting):
    said = {row["label"]: row["value"] for row in particulars(meeting)}

    assert list(said) == ["hari, tanggal", "pukul", "tempat", "acara", "pimpinan rapat"]
    assert said["pukul"] == "09.00 s.d. 12.00 WIB"
    assert meeting.online_url not in json.dumps(said)


def test_particulars_of_an_open_end(meeting):
    meeting.end_open = True

    assert particulars(meeting)[1]["value"] == "09.00 WIB s.d. selesai"


def test_invitees_are_grouped_in_protocol_order(meeting, by, cast, offices):
    own = make.PositionFactory(agency=cast.bureau, name="Kepala Biro")
    invite(meeting, [*offices, own], by=by)

    groups = [
        (g["letter"], g["name"], [(r["no"], r["position"], r["agency"]) for r in g["rows"]])
        for g in invitee_list(meeting)["groups"]
    ]
    assert groups == [
        ("A", "Kementerian Pelindungan Pekerja Migran Indonesia", [(1, "Kepala Biro", "KP2MI")]),
        (
            "B",
            "Balai Pelayanan Pelindungan Pekerja Migran Indonesia (BP3MI)",
            [
                (2, "Kepala BP3MI Jawa Barat", "BP3MI Jawa Barat"),
                (3, "Kepala BP3MI Bali", "BP3MI Bali"),
                (4, "Kepala BP3MI Nusa Tenggara Timur", "BP3MI Nusa Tenggara Timur"),
            ],
        ),
    ]


def test_invitees_hold_no_names_and_no_contacts(meeting):
    written = json.dumps(invitee_list(meeting))

    assert "Budi" not in written
    assert "@" not in written


def test_draft_is_saved_and_shown_again(sari, meeting, url, typed):
    sari.post(url, typed(subject="Undangan yang lain"))

    assert letter_of(meeting).status == "draft"
    assert sari.get(url).context["form"]["subject"].value() == "Undangan yang lain"


def test_draft_twice_is_one_document(sari, meeting, url, typed):
    for _once in range(2):
        sari.post(url, typed())

    assert Document.objects.filter(kind="invitation_letter").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("place", ""),
        ("place", "x" * 61),
        ("urgency", "kilat"),
        ("subject", ""),
        ("subject", "x" * 301),
        ("subject", "Undangan 🎉"),
        ("opening", ""),
        ("closing", ""),
        ("closing", "x" * 1601),
        ("date", "kemarin"),
        ("date", "2099-01-01"),
        ("signatory", "999999"),
        ("signatory_position", ""),
        ("signatory_name", ""),
        ("attachments", ["rahasia"]),
        ("cc", "\n".join(["Kepala"] * 16)),
        ("cc", "x" * 201),
    ],
)
def test_letter_form_refuses_at_the_field(sari, meeting, url, typed, field, value):
    response = sari.post(url, typed(**{field: value}))

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert letter_of(meeting) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"date": ""}, "date"),
        ({"date": "2020-01-01"}, "date"),
        ({"signatory": ""}, "signatory"),
    ],
)
def test_letter_signed_here_needs_date_and_account(sari, meeting, url, typed, changes, field):
    response = sari.post(f"{url}siapkan/", typed(path="here", **changes))

    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert letter_of(meeting) is None


# -- signed here ---------------------------------------------------------------------------------------------


def label_of(page: str, name: str) -> str:
    """The label of a field with what stands beside it, without its tags."""
    return re.sub("<.*?>", "", re.search(rf'<label for="id_{name}">.*?</label>', page).group())


@pytest.mark.parametrize("path", [None, "here", "elsewhere"])
def test_letter_says_when_its_date_and_account_are_needed(sari, url, typed, path):
    answer = sari.post(f"{url}siapkan/", typed(date="", place="", path=path)) if path else sari.get(url)

    page = answer.content.decode()
    assert [label_of(page, name) for name in ("date", "signatory", "cc")] == [
        "Tanggal surat (wajib bila ditandatangani di sini)",
        "Ditandatangani oleh akun (wajib bila ditandatangani di sini)",
        "Tembusan (boleh kosong)",
    ]


def test_letter_that_came_back_names_its_errors_in_the_order_of_the_page(sari, url):
    page = sari.post(f"{url}siapkan/", {"path": "here"}).content.decode()

    named = re.findall(r'<li><a href="#(\w+)">', page)
    assert named == sorted(named, key=lambda anchor: page.index(f'id="{anchor}"'))
    assert len(named) == 9


def test_subject_is_one_line_in_a_box_of_two(sari, meeting, url, typed):
    sari.post(url, typed(subject="Undangan Rapat\r\nKoordinasi  Uji"))

    assert letter_of(meeting).subject == "Undangan Rapat Koordinasi Uji"
    assert re.search(r'<textarea name="subject"[^>]* rows="2"', sari.get(url).content.decode())


def test_letter_signed_here_gets_the_next_number(sari, cast, meeting, url, typed):
    NumberCounter.objects.create(scope="KP2MI-BIRO", year=timezone.localdate().year, kind="", last=213)

    response = sari.post(f"{url}siapkan/", typed(path="here"))

    letter = letter_of(meeting)
    assert response.url == f"/dokumen/{letter.public_id}/"
    assert (letter.status, letter.number.split("/")[0], letter.number.split("/")[1]) == ("numbered", "B-214", "RENKS")
    assert [(s.user, s.position) for s in letter.signatories.all()] == [(cast.karno, "Kepala Biro")]


def test_letter_signed_here_twice_has_one_number(sari, meeting, url, typed):
    for _once in range(2):
        sari.post(f"{url}siapkan/", typed(path="here"))

    assert Document.objects.filter(kind="invitation_letter").count() == 1
    assert NumberCounter.objects.get(scope="KP2MI-BIRO").last == 1


def test_letter_without_letterhead_is_refused_with_the_form(sari, cast, meeting, url, typed):
    cast.bureau.letterheads.all().delete()

    response = sari.post(f"{url}siapkan/", typed(path="here"))

    assert (response.status_code, list(response.context["form"].errors)) == (422, ["__all__"])
    assert letter_of(meeting) is None


def test_paper_says_what_was_composed(sari, meeting, url, typed, by, offices):
    invite(meeting, offices, by=by)
    sari.post(f"{url}siapkan/", typed(path="here"))
    make_paper(letter_of(meeting).pk)

    letter = letter_of(meeting)
    text = text_of(bytes(letter.current.content))
    assert letter.status == "awaiting_signature"
    for words in (
        letter.number,
        "Undangan Rapat Koordinasi",
        "Kepala BP3MI Nusa Tenggara Timur",
        "Inspektur Jenderal",
        letter.code,
        "DAFTAR UNDANGAN",
    ):
        assert words.lower() in text.lower()


def test_paper_holds_no_link_and_no_contact(sari, meeting, url, typed):
    sari.post(f"{url}siapkan/", typed(path="here"))
    make_paper(letter_of(meeting).pk)

    pdf = pikepdf.open(BytesIO(bytes(letter_of(meeting).current.content)))
    everything = text_of(bytes(letter_of(meeting).current.content)) + "".join(
        a.get_file().read_bytes().decode() for a in pdf.attachments.values()
    )
    assert meeting.online_url not in everything
    assert "/u/" not in everything
    assert "@uji.example" not in everything


def test_paper_carries_data_and_calendar(sari, meeting, url, typed):
    sari.post(f"{url}siapkan/", typed(path="here"))
    make_paper(letter_of(meeting).pk)

    pdf = pikepdf.open(BytesIO(bytes(letter_of(meeting).current.content)))
    data = json.loads(pdf.attachments["data.json"].get_file().read_bytes())
    assert sorted(pdf.attachments) == ["data.json", "rapat.ics"]
    assert (data["number"], data["meeting"]["public_id"]) == (letter_of(meeting).number, meeting.public_id)


def test_paper_keeps_what_was_frozen(sari, meeting, url, typed, by):
    sari.post(f"{url}siapkan/", typed(path="here"))
    meeting.invitations.get().withdraw(by=by)
    type(meeting).objects.update(title="Judul Baru")

    context = letter_context(letter_of(meeting))
    assert context["document"]["meeting"] == meeting.title
    assert context["invitees"]["groups"][0]["rows"][0]["position"] == "Kepala BP3MI Bali"


def test_rundown_is_the_second_attachment(sari, meeting, url, typed, by):
    make.AgendaItemFactory(meeting=meeting, title="Pembukaan")
    release(meeting, by=by)
    sari.post(f"{url}siapkan/", typed(path="here", attachments=["invitees", "agenda"]))
    make_paper(letter_of(meeting).pk)

    context = letter_context(letter_of(meeting))
    assert (context["document"]["attachments"], context["invitees"]["roman"], context["agenda"]["roman"]) == (
        "2 (dua) berkas",
        "I",
        "II",
    )
    assert "Pembukaan" in text_of(bytes(letter_of(meeting).current.content))


# -- the door on the paper -----------------------------------------------------------------------------------


def figures(pdf: bytes) -> list[str]:
    """What stands for each picture to whoever does not see it."""
    opened = pikepdf.open(BytesIO(pdf))
    found, ahead = [], [opened.Root.StructTreeRoot]
    while ahead:
        element = ahead.pop()
        kids = element.get("/K", [])
        kids = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        ahead += reversed([kid for kid in kids if isinstance(kid, pikepdf.Dictionary)])
        if element.get("/S") == "/Figure":
            found.append(str(element.Alt))
    return found


def test_paper_shows_the_door_as_address_and_as_code(sari, meeting, url, typed):
    sari.post(f"{url}siapkan/", typed(path="here"))
    make_paper(letter_of(meeting).pk)

    pdf, door = bytes(letter_of(meeting).current.content), f"127.0.0.1:8000/r/{meeting.short}"
    assert_archival(pdf, verify_url=f"{settings.BASE_URL}/verifikasi/")
    assert figures(pdf) == [
        f"Kode QR menuju pintu rapat {door}",
        "Kode QR menuju halaman pemeriksaan dokumen 127.0.0.1:8000/verifikasi",
    ]
    assert door in "".join(text_of(pdf).split())


@pytest.mark.parametrize("security", ["T", "R", "SR"])
def test_paper_of_a_restricted_meeting_shows_no_door(sari, cast, meeting, url, typed, security):
    type(meeting).objects.update(security=security)
    prove(sari, cast.sari)
    sari.post(f"{url}siapkan/", typed(path="here"))
    make_paper(letter_of(meeting).pk)

    pdf = bytes(letter_of(meeting).current.content)
    assert [alt for alt in figures(pdf) if "pintu" in alt] == []
    assert "/r/" not in text_of(pdf)
    assert meeting.short not in json.dumps(letter_of(meeting).content)


def test_paper_that_was_composed_before_there_were_doors_shows_none(sari, meeting, url, typed):
    sari.post(url, typed())
    letter = letter_of(meeting)
    del letter.content["door"]

    assert letter_context(letter)["door"] is None


# -- signed elsewhere ----------------------------------------------------------------------------------------


def test_letter_signed_elsewhere_stays_a_draft_with_a_paper(sari, meeting, url, typed):
    response = sari.post(f"{url}siapkan/", typed(path="elsewhere", date="", signatory=""))

    letter = letter_of(meeting)
    assert response.url == f"/dokumen/{letter.public_id}/"
    assert (letter.status, letter.number, letter.date, letter.prepared is not None) == ("draft", "", None, True)


def test_letter_can_be_reworded_after_its_paper_was_made(sari, meeting, url, typed):
    sari.post(f"{url}siapkan/", typed(path="elsewhere"))
    sari.post(url, typed(subject="Perihal lain"))

    letter = letter_of(meeting)
    assert (letter.subject, letter.prepared) == ("Perihal lain", None)


# -- looking -------------------------------------------------------------------------------------------------


def test_preview_is_a_pdf_and_changes_nothing(sari, meeting, url):
    before = rows(Document, NumberCounter)
    response = sari.get(f"{url}pratinjau/")

    assert (response["Content-Type"], response.content[:5]) == ("application/pdf", b"%PDF-")
    assert rows(Document, NumberCounter) == before


def test_preview_shows_the_saved_draft(sari, meeting, url, typed):
    sari.post(url, typed(subject="Undangan yang lain"))

    assert "Undangan yang lain" in text_of(sari.get(f"{url}pratinjau/").content)


def test_signed_letter_is_not_composed_again(sari, meeting, letter, url, typed):
    response = sari.post(url, typed())

    assert response.status_code == 422
    assert Document.objects.filter(kind="invitation_letter").count() == 1


@pytest.mark.parametrize("page", ["", "pratinjau/"])
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
def test_letter_page_is_for_the_organiser(cast, login, meeting, url, page, who, status):
    assert login(getattr(cast, who)).get(url + page).status_code == status


@pytest.mark.parametrize(("who", "status"), [("karno", 403), ("aulia", 403), ("sinta", 403), ("citra", 404)])
def test_letter_is_prepared_by_the_organiser(cast, login, meeting, url, typed, who, status):
    assert login(getattr(cast, who)).post(f"{url}siapkan/", typed(path="here")).status_code == status
    assert letter_of(meeting) is None


# -- the register --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("sari", {"signed", "draft"}),
        ("karno", {"signed"}),
        ("sinta", {"signed"}),
        ("rina", {"signed"}),
        ("citra", set()),
        ("admin", set()),
    ],
)
def test_letter_is_read_once_signed(cast, meeting, who, sees):
    sign(meeting)
    make.DocumentFactory(kind="invitation_letter", meeting=meeting)
    bait = make.MeetingFactory(host=cast.stranger_agency, security="T")
    sign(bait)

    viewer = cast.viewer(getattr(cast, who))
    assert (
        set(Document.objects.visible_to(viewer).filter(kind="invitation_letter").values_list("status", flat=True))
        == sees
    )


# -- when the meeting is over or has no date ---------------------------------------------------------------------


@pytest.mark.parametrize("status", ["held", "closed", "cancelled"])
def test_no_letter_is_written_for_what_is_over(cast, sari, typed, status):
    over = staff_meeting(cast, status=status)
    answers = [
        sari.post(f"/rapat/{over.public_id}/surat/{path}", typed(path=way))
        for path, way in (("", ""), ("siapkan/", "here"), ("siapkan/", "elsewhere"))
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert ["surat undangan untuknya tidak dibuat lagi" in answer.content.decode() for answer in answers] == [True] * 3
    assert "Undangan Rapat Koordinasi" in answers[0].content.decode()
    assert (Document.objects.count(), NumberCounter.objects.count()) == (0, 0)


def test_letter_page_of_what_is_over_offers_nothing(cast, sari):
    over = staff_meeting(cast, status="cancelled")
    page = sari.get(f"/rapat/{over.public_id}/surat/").content.decode()

    assert ("surat undangan untuknya tidak dibuat lagi" in page, "siapkan/" in page, "pratinjau/" in page) == (
        True,
        False,
        False,
    )


def test_letter_of_a_postponed_meeting_waits_for_its_date(cast, sari, typed):
    postponed = staff_meeting(cast, status="postponed")
    answers = [
        sari.post(f"/rapat/{postponed.public_id}/surat/{path}", typed(path=way)).status_code
        for path, way in (("siapkan/", "here"), ("siapkan/", "elsewhere"), ("", ""))
    ]

    assert (answers, Document.objects.get().status, Document.objects.get().prepared) == ([422, 422, 302], "draft", None)


def test_another_account_brings_its_name_and_position_along(cast, login, meeting, url, typed):
    make.PositionFactory(agency=cast.bureau, name="Kepala Bagian Tata Usaha", user=cast.nia)
    login(cast.sari).post(url, typed())

    login(cast.sari).post(url, typed(signatory=cast.nia.pk))

    kept = letter_of(meeting).content["form"]
    assert (kept["signatory_name"], kept["signatory_position"]) == ("Nia Kurniasih", "Kepala Bagian Tata Usaha")


def test_name_of_somebody_else_than_the_account_is_refused(cast, login, url, typed):
    answer = login(cast.sari).post(url, typed(signatory_name="Ratna Lain, S.H."))

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["signatory_name"])


@pytest.mark.parametrize("path", ["here", "elsewhere"])
def test_letter_to_nobody_becomes_no_paper(cast, login, meeting, url, typed, path):
    meeting.invitations.all().delete()

    answer = login(cast.sari).post(f"{url}siapkan/", typed(path=path))

    assert answer.status_code == 422
    assert not Document.objects.exclude(status="draft").exists()
    assert not NumberCounter.objects.exists()

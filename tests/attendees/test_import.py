"""Positions and invitees come from spreadsheets: looked at first, then all or nothing."""

from __future__ import annotations

import time
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from attendees.importing import Plan, forget_imports
from attendees.models import Import, Invitation, Position
from rakor.audit.models import AuditEvent
from rakor.lib import sheets
from tests import factories as make
from tests.conftest import rows as counted

HEADING = ["Instansi", "Jabatan", "Plt./Plh.", "Nama pejabat", "Surel", "Telepon"]


def xlsx(*rows, heading=HEADING) -> bytes:
    book = Workbook()
    for row in [heading, *rows]:
        book.active.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def upload(client, content: bytes, *, to="/instansi/impor/", name="daftar.xlsx"):
    return client.post(to, {"file": SimpleUploadedFile(name, content)})


def to(meeting) -> str:
    return f"/rapat/{meeting.public_id}/undangan/impor/"


@pytest.fixture
def sari(cast, login):
    return login(cast.sari)


def plan(cast) -> Plan:
    return Plan(Import.objects.get(), cast.viewer(cast.sari))


def faults(cast) -> list[tuple[int, str, str, str]]:
    return [(line.number, f.tone, f.column, f.sentence) for line in plan(cast).lines for f in line.faults]


def confirm(client, cast):
    waiting = Import.objects.get()
    return client.post(f"/impor/{waiting.public_id}/", {"action": "apply", "seen": plan(cast).seal})


GOOD = ["BP3MI Bali", "Kepala Seksi Uji", "Plt.", "Ayu Lestari", "Ayu@Bali.example", "0812 3456 7890"]


# -- the two steps -----------------------------------------------------------------------------------------------


def test_upload_writes_nothing_but_the_waiting_list(cast, sari):
    before = counted(Position, Invitation, AuditEvent)

    answer = upload(sari, xlsx(GOOD))

    assert (answer.status_code, answer.url) == (302, f"/impor/{Import.objects.get().public_id}/")
    assert counted(Position, Invitation, AuditEvent) == before
    assert "Ayu Lestari" in sari.get(answer.url).content.decode()


def test_confirm_writes_the_position_with_its_facts(cast, sari):
    upload(sari, xlsx(GOOD))

    confirm(sari, cast)

    made = cast.bali.positions.get(name="Kepala Seksi Uji")
    assert (made.acting, made.holder, made.email, made.phone) == (
        "Plt.", "Ayu Lestari", "ayu@bali.example", "+6281234567890",
    )  # fmt: skip
    assert AuditEvent.objects.filter(verb="position.added", target=f"attendees.Position:{made.pk}").count() == 1


def test_confirm_leaves_no_personal_data_behind(cast, sari):
    upload(sari, xlsx(GOOD))

    confirm(sari, cast)

    waiting = Import.objects.get()
    assert (waiting.rows, waiting.choices, waiting.applied_by) == ([], {}, f"user:{cast.sari.pk}")
    assert "Ayu" not in str(dict(sari.session))


def test_confirm_twice_writes_once(cast, sari):
    upload(sari, xlsx(GOOD))
    seal, path = plan(cast).seal, f"/impor/{Import.objects.get().public_id}/"

    answers = [sari.post(path, {"action": "apply", "seen": seal}).status_code for _again in range(2)]

    assert answers == [302, 302]
    assert Position.objects.filter(name="Kepala Seksi Uji").count() == 1
    assert AuditEvent.objects.filter(verb="position.added").count() == 1


def test_known_position_is_changed_and_empty_cells_leave_what_is_there(cast, sari):
    upload(sari, xlsx(["bp3mi-bali", "KEPALA BP3MI BALI", "", "I Wayan Uji", "", ""]))

    confirm(sari, cast)

    head = Position.objects.get(pk=cast.head_of_bali.pk)
    assert (head.name, head.holder, head.email) == ("Kepala BP3MI Bali", "I Wayan Uji", "kepala.bali@uji.example")
    assert AuditEvent.objects.filter(verb="position.changed").count() == 1


def test_one_wrong_row_keeps_all_from_being_written(cast, sari):
    upload(sari, xlsx(GOOD, ["BP3MI Bali", "Kepala Seksi Dua", "", "", "bukan-surel", ""]))

    confirm(sari, cast)

    assert Position.objects.filter(name__startswith="Kepala Seksi").count() == 0
    assert len(Import.objects.get().rows) == 2


def test_directory_that_changed_since_the_look_is_looked_at_again(cast, sari):
    upload(sari, xlsx(GOOD))
    seal = plan(cast).seal
    make.PositionFactory(agency=cast.bali, name="Kepala Seksi Uji", holder="Orang Lain")

    sari.post(f"/impor/{Import.objects.get().public_id}/", {"action": "apply", "seen": seal})

    assert cast.bali.positions.get(name="Kepala Seksi Uji").holder == "Orang Lain"


def test_discarded_list_is_gone(cast, sari):
    upload(sari, xlsx(GOOD))

    sari.post(f"/impor/{Import.objects.get().public_id}/", {"action": "give_up"})

    assert (Import.objects.count(), Position.objects.filter(name="Kepala Seksi Uji").count()) == (0, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_preview_of_somebody_else_is_not_found(cast, login, sari, method):
    make.MembershipFactory(user=cast.nia, agency=cast.bureau, role="organiser")
    upload(sari, xlsx(GOOD))

    answer = getattr(login(cast.nia), method)(f"/impor/{Import.objects.get().public_id}/", {"action": "give_up"})

    assert (answer.status_code, Import.objects.count()) == (404, 1)


def test_list_of_yesterday_is_swept_away(cast):
    old = make.ImportFactory(uploaded_at=timezone.now() - timedelta(hours=25))
    new = make.ImportFactory()

    assert (forget_imports(), list(Import.objects.all())) == (1, [new])
    assert old.pk != new.pk


# -- what is wrong, and where ------------------------------------------------------------------------------------


def test_missing_agency_is_told_at_its_row_and_column(cast, sari):
    upload(sari, xlsx(GOOD, ["Qwzx", "Kepala", "", "", "", ""]))

    assert [(n, tone, column) for n, tone, column, _said in faults(cast)] == [(3, "bad", "Instansi")]


def test_doubtful_agency_is_suggested_and_can_be_chosen(cast, sari):
    upload(sari, xlsx(["BP3MI Provinsi Bali", "Kepala Seksi Uji", "", "", "", ""]))
    [(key, doubt)] = plan(cast).doubts.items()
    path = f"/impor/{Import.objects.get().public_id}/"
    assert cast.bali in doubt.suggestions
    assert "BP3MI Bali" in sari.get(path).content.decode()

    sari.post(path, {"action": "choose", "text-0": key, "agency-0": cast.bali.pk})
    confirm(sari, cast)

    assert cast.bali.positions.filter(name="Kepala Seksi Uji").count() == 1


def test_agency_that_was_not_suggested_cannot_be_chosen(cast, sari):
    upload(sari, xlsx(["BP3MI Provinsi Bali", "Kepala Seksi Uji", "", "", "", ""]))
    [key] = plan(cast).doubts
    strange = make.AgencyFactory(name="Zzz")

    path = f"/impor/{Import.objects.get().public_id}/"
    sari.post(path, {"action": "choose", "text-0": key, "agency-0": strange.pk})

    assert Import.objects.get().choices == {}


def test_former_name_suggests_its_successor(cast, sari):
    yesterday = timezone.localdate() - timedelta(days=1)
    make.AgencyFactory(code="BNP2TKI", name="Badan Nasional Uji", valid_to=yesterday, successor=cast.ministry)
    upload(sari, xlsx(["BNP2TKI", "Kepala", "", "", "", ""]))

    assert [doubt.suggestions for doubt in plan(cast).doubts.values()] == [[cast.ministry]]


CELLS = {
    "malformed address": (["BP3MI Bali", "Kepala Uji", "", "", "ayu@", ""], "bad", "Surel"),
    "malformed telephone": (["BP3MI Bali", "Kepala Uji", "", "", "", "12"], "bad", "Telepon"),
    "no position": (["BP3MI Bali", "", "", "Ayu Lestari", "", ""], "bad", "Jabatan"),
    "no agency": (["", "Kepala Uji", "", "", "", ""], "bad", "Instansi"),
    "acting": (["BP3MI Bali", "Kepala Uji", "Pjs", "", "", ""], "bad", "Plt./Plh."),
    "header injection": (["BP3MI Bali", "Kepala Uji", "", "Ayu\r\nBcc: a@b.example", "", ""], "bad", "Nama pejabat"),
    "injection in an address": (["BP3MI Bali", "Kepala Uji", "", "", "a@b.example\nBcc: c", ""], "bad", "Surel"),
    "invisible": (["BP3MI Bali", "Kepala Uji", "", "Ayu\u202eLestari", "", ""], "bad", "Nama pejabat"),
    "too long": (["BP3MI Bali", "K" * 201, "", "", "", ""], "bad", "Jabatan"),
    "10 MB": (["BP3MI Bali", "Kepala Uji", "", "A" * 10_000_000, "", ""], "bad", "Nama pejabat"),
    "formula": (["BP3MI Bali", "Kepala Uji", "", '=HYPERLINK("http://a.example","x")', "", ""], "warn", "Nama pejabat"),
}  # fmt: skip


def big(row) -> bytes:
    """As `xlsx`, for cells longer than Excel takes."""
    from xml.sax.saxutils import escape

    cells = "".join(f'<c r="{chr(65 + n)}2" t="inlineStr"><is><t>{escape(v)}</t></is></c>' for n, v in enumerate(row))
    source, out = zipfile.ZipFile(BytesIO(xlsx())), BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            content = source.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b"</sheetData>", f'<row r="2">{cells}</row></sheetData>'.encode())
            target.writestr(part.filename, content)
    return out.getvalue()


@pytest.mark.parametrize("name", CELLS)
def test_wrong_cell_is_told_at_its_place(cast, sari, name):
    row, tone, column = CELLS[name]

    upload(sari, big(row) if name == "10 MB" else xlsx(row))

    assert [fault[:3] for fault in faults(cast)] == [(2, tone, column)]
    assert (
        faults(cast)[0][3]
        in sari.get(f"/impor/{Import.objects.get().public_id}/").context["page"][0].faults[0].sentence
    )


def test_formula_is_kept_as_text(cast, sari):
    upload(sari, xlsx(["BP3MI Bali", "Kepala Uji", "", "=1+1", "", ""]))

    confirm(sari, cast)

    assert cast.bali.positions.get(name="Kepala Uji").holder == "=1+1"


def test_the_same_person_twice_is_an_error(cast, sari):
    upload(sari, xlsx(["BP3MI Bali", "Satu", "", "Ayu Lestari"], ["BP3MI Bali", "Dua", "", "ayu  LESTARI"]))

    assert [fault[:3] for fault in faults(cast)] == [(3, "bad", "Nama pejabat")]


def test_the_same_position_twice_is_an_error(cast, sari):
    upload(sari, xlsx(["BP3MI Bali", "Satu", "", "", "", ""], ["BP3MI-BALI", "satu", "", "", "", ""]))

    assert [fault[:3] for fault in faults(cast)] == [(3, "bad", "Jabatan")]


def test_two_people_with_the_same_single_name_are_a_warning_and_written(cast, sari):
    upload(sari, xlsx(["BP3MI Bali", "Satu", "", "Suharto", "", ""], ["BP3MI Bali", "Dua", "", "Suharto", "", ""]))
    assert [fault[:3] for fault in faults(cast)] == [(3, "warn", "Nama pejabat")]

    confirm(sari, cast)

    assert cast.bali.positions.filter(holder="Suharto").count() == 2


def test_contact_changes_the_own_agency_only(cast, login):
    rina = login(cast.rina)
    upload(rina, xlsx(GOOD, ["LAIN", "Kepala Uji", "", "", "", ""]))

    lines = Plan(Import.objects.get(), cast.viewer(cast.rina)).lines

    assert [line.state for line in lines] == ["new", "wrong"]


# -- files -------------------------------------------------------------------------------------------------------


def text(encoding: str, delimiter: str) -> bytes:
    rows = [HEADING, ["BP3MI Bali", "Kepala Seksi Café", "", "Ayu Lestari", "", "0812-3456-7890"]]
    return "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_is_read_in_either_encoding(cast, sari, encoding, delimiter):
    upload(sari, text(encoding, delimiter), name="daftar.csv")

    assert [line.texts["position"] for line in plan(cast).lines] == ["Kepala Seksi Café"]


def bomb() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(sheets.UNPACKED_LIMIT + 1))
    return out.getvalue()


def lying_bomb() -> bytes:
    """Its directory says that it is small."""
    content = bytearray(bomb())
    size = (sheets.UNPACKED_LIMIT + 1).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (100).to_bytes(4, "little")
    return bytes(content)


def old_xls() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def with_entities() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><Types/>')
    return out.getvalue()


FILES = {
    "empty": (lambda: b"", "empty"),
    "not a spreadsheet": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), "not_sheet"),
    "a PDF": (lambda: b"%PDF-1.7 uji", "not_sheet"),
    "another archive": (lambda: _archive(), "not_sheet"),
    "broken archive": (lambda: xlsx(GOOD)[:2000], "damaged"),
    "zip bomb": (bomb, "bomb"),
    "zip bomb that lies": (lying_bomb, "damaged"),
    "entities": (with_entities, "not_sheet"),
    "old or locked": (old_xls, "old_or_locked"),
    "too many rows": (lambda: b"Instansi;Jabatan\n" + b"a;b\n" * 2001, "too_many_rows"),
    "too many columns": (lambda: xlsx(["x"] * 31), "too_many_columns"),
    "a row far below": (lambda: b"Instansi;Jabatan\n" + b";\n" * 20_001 + b"a;b\n", "too_many_rows"),
    "too large": (lambda: b"Instansi;Jabatan\n" + b"a" * sheets.SIZE_LIMIT, "too_large"),
    "open quotation mark": (lambda: b'Instansi;Jabatan\n"a;b\n', "quotes"),
}


def _archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "uji")
    return out.getvalue()


@pytest.mark.parametrize("name", FILES)
def test_dangerous_file_is_refused_with_a_sentence_at_its_field(cast, sari, name):
    make_file, code = FILES[name]
    began = time.monotonic()

    answer = upload(sari, make_file())

    assert answer.status_code == 422
    assert [str(said) for said in answer.context["form"].errors["file"]] == [str(sheets.REFUSED[code])]
    assert Import.objects.count() == 0
    assert time.monotonic() - began < 30


def test_list_without_its_headings_says_which_are_missing(cast, sari):
    answer = upload(sari, xlsx(["a"], heading=["Nama"]))

    assert "Instansi, Jabatan" in answer.context["form"].errors["file"][0]


@pytest.mark.parametrize("kind", ["jabatan", "undangan"])
def test_template_is_understood_when_it_is_filled_in(cast, sari, kind, meeting):
    book = load_workbook(BytesIO(sari.get(f"/impor/templat/{kind}/").content))
    book.worksheets[0].append(["BP3MI Bali", "Kepala Seksi Uji"])
    out = BytesIO()
    book.save(out)

    upload(
        sari,
        out.getvalue(),
        to="/instansi/impor/" if kind == "jabatan" else to(meeting),
    )

    assert [line.state for line in plan(cast).lines] == ["new"]


# -- invitees ----------------------------------------------------------------------------------------------------


def test_invitees_are_invited_on_their_terms_and_the_directory_stays(cast, sari, meeting):
    there = make.PositionFactory(
        agency=cast.stranger_agency, name="Kepala Dinas", holder="Nama Lama", email="lama@a.example"
    )
    heading = ["Instansi", "Jabatan", "Nama", "Surel", "Wajib hadir", "Cara hadir"]
    content = xlsx(["LAIN", "Kepala Dinas", "Nama Baru", "baru@a.example", "ya", "daring"], heading=heading)
    upload(sari, content, to=to(meeting))

    confirm(sari, cast)

    made = meeting.invitations.get(position=there)
    assert (made.person_name, made.email, made.required, made.offer) == ("Nama Baru", "baru@a.example", True, "online")
    there.refresh_from_db()
    assert (there.holder, there.email) == ("Nama Lama", "lama@a.example")


def test_invited_position_is_left_alone(cast, sari, meeting):
    upload(
        sari,
        xlsx(["BP3MI Bali", "Kepala BP3MI Bali", "", "", "", ""]),
        to=to(meeting),
    )

    assert ([line.state for line in plan(cast).lines], plan(cast).writes) == (["invited"], 0)


def test_new_position_of_an_invitee_comes_into_the_directory(cast, sari, meeting):
    upload(sari, xlsx(["BP3MI Bali", "Kasubbag Uji", "", "", "", ""]), to=to(meeting))

    confirm(sari, cast)

    assert meeting.invitations.filter(position__name="Kasubbag Uji", position__agency=cast.bali).count() == 1


# -- many --------------------------------------------------------------------------------------------------------


def _queries_for(client, cast, number: int, meeting=None) -> tuple[int, float]:
    Import.objects.all().delete()
    mark = f"{number}"
    content = xlsx(
        *[["BP3MI Bali", f"Jabatan {mark}-{n}", "", f"Orang Nomor {n}", f"o{n}@a.example", ""] for n in range(number)]
    )
    upload(client, content, to=to(meeting) if meeting else "/instansi/impor/")
    path, seal = f"/impor/{Import.objects.get().public_id}/", plan(cast).seal
    began = time.monotonic()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(path)
        client.post(path, {"action": "apply", "seen": seal})
    return len(queries), time.monotonic() - began


@pytest.mark.parametrize("into", ["directory", "meeting"])
def test_two_thousand_rows_take_seconds_and_no_more_queries_than_two(cast, sari, meeting, into):
    there = meeting if into == "meeting" else None
    few, _seconds = _queries_for(sari, cast, 2, there)

    many, seconds = _queries_for(sari, cast, 2000, there)

    assert (many - few, cast.bali.positions.filter(name__startswith="Jabatan 2000-").count()) == (0, 2000)
    assert meeting.invitations.count() == (2003 if there else 1)
    assert many < 60
    assert seconds < 30

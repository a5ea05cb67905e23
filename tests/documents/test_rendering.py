"""The paper engine: what is set, what is refused, and that the assertions about it can fail."""

import json
import multiprocessing
import socketserver
import subprocess
import sys
import threading
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
from django.conf import settings
from pikepdf import Array, Dictionary, Name, String

from rakor.documents import fonts, rendering
from rakor.documents.kinds import AttachedFile
from rakor.documents.rendering import UncoveredCharacters, uncovered
from tests.documents import papers
from tests.documents.papers import PAPERS, TITLE
from tests.documents.pdf_assertions import assert_archival, assert_sound_to_qpdf, page_count, text


@pytest.mark.parametrize("paper", PAPERS)
def test_render_is_archival(paper, caplog):
    pdf = PAPERS[paper]().set()
    assert_archival(pdf)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("weasyprint")] == []


@pytest.mark.parametrize("paper", PAPERS)
def test_render_is_sound_to_qpdf(paper, tmp_path):
    assert_sound_to_qpdf(PAPERS[paper]().set(), tmp_path)


def test_render_letter_follows_the_official_order(tmp_path):
    read = text(papers.letter().set(), tmp_path, "-layout")
    parts = [
        "BIRO PERENCANAAN DAN KERJA SAMA",
        "Nomor",
        "Jakarta, 1 April 2026",
        "Sifat",
        "Lampiran",
        "Hal",
        "Yth. (Daftar Undangan Terlampir)",
        "kami mengundang",
        "hari, tanggal",
        "terima kasih",
        "Sama,",
        "Karno Wibisono",
        "Tembusan",
        "LAMPIRAN I",
        "DAFTAR UNDANGAN",
        "LAMPIRAN II",
        "SUSUNAN ACARA",
        "08.00–09.00",
    ]
    places = [read.index(part) for part in parts]
    assert places == sorted(places)


def test_render_letter_names_every_addressee(tmp_path):
    read = text(papers.letter(invited=30).set(), tmp_path)
    assert [n for n in range(1, 31) if f"Kepala BP3MI Contoh {n}\n" not in read] == []


def test_render_short_letter_is_one_page():
    assert page_count(papers.short_letter().set()) == 1


def test_render_sets_a_letter_closer_that_is_a_few_lines_too_long():
    paper = papers.short_letter()
    for number in range(4):
        paper.context["particulars"].append({"label": f"catatan {number}", "value": TITLE})
    assert page_count(paper.set()) == 1


def test_render_never_leaves_a_signature_alone(tmp_path):
    paper = papers.short_letter()
    paper.context["closing"][0] *= 45
    read = text(paper.set(), tmp_path, "-f", "2", "-l", "2")
    assert read.index("terima kasih") < read.index("Karno Wibisono")


def test_pages_counts_the_pages():
    pdf = papers.letter().set()
    assert rendering.pages(pdf) == page_count(pdf)


def test_pages_refuses_what_is_no_pdf():
    with pytest.raises(ValueError):
        rendering.pages(b"bukan PDF")


def test_render_prints_aware_times_as_the_meetings_wall_clock(tmp_path):
    with_zone = datetime.fromisoformat("2026-04-15T10:00:00+08:00")
    paper = papers.agenda()
    paper.context["agenda"]["days"][0]["blocks"][0]["rows"][0] |= {"start": with_zone, "end": None}
    assert "10.00–selesai" in text(paper.set(), tmp_path)


def test_render_refuses_times_in_utc():
    paper = papers.agenda()
    paper.context["agenda"]["days"][0]["blocks"][0]["rows"][0]["start"] = datetime(2026, 4, 15, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="2026-04-15T02:00:00"):
        paper.set()


def test_render_names_the_characters_that_cannot_be_printed():
    paper = papers.minutes()
    paper.context["minutes"]["opening"] = ["Rapat 😀 dibuka oleh 王"]
    with pytest.raises(UncoveredCharacters) as refused:
        paper.set()
    assert refused.value.characters == ("😀", "王")
    assert "“😀” (U+1F600), “王” (U+738B)" in str(refused.value)


@pytest.mark.parametrize("place", ["running_head", "number", "title"])
def test_render_looks_for_characters_in_margins_too(place):
    paper = papers.minutes()
    paper.context["document"][place] = "Notula 王"
    with pytest.raises(UncoveredCharacters):
        paper.set()


def test_render_looks_for_characters_in_the_mark():
    paper = papers.restricted()
    paper.context["mark"]["line"] = "untuk 王"
    with pytest.raises(UncoveredCharacters):
        paper.set()


def test_render_drops_invisible_marks_and_composes_letters(tmp_path):
    paper = papers.minutes()
    paper.context["minutes"]["opening"] = ["Andre\u0301\u200b \u202edibuka\ufeff"]
    assert "André dibuka" in text(paper.set(), tmp_path)


def test_uncovered_lists_characters_once():
    assert uncovered("Rapat ✓ ☐ – „kutip“ 😀 dan 😀") == ["😀"]


def test_render_writes_small_object_streams():
    with pikepdf.open(BytesIO(papers.letter().set())) as pdf:
        streams = [
            found for found in pdf.objects if isinstance(found, pikepdf.Stream) and found.get("/Type") == "/ObjStm"
        ]
        held = [int(stream.N) for stream in streams]
    assert (len(held) > 10, max(held)) == (True, 50)


def test_render_escapes_what_people_typed(tmp_path):
    paper = papers.minutes()
    paper.context["minutes"]["opening"] = ["<b>tebal</b> & <img src=x>"]
    assert "<b>tebal</b> & <img src=x>" in text(paper.set(), tmp_path)


def test_render_attaches_the_data_with_its_schema():
    with pikepdf.open(BytesIO(papers.minutes().set())) as pdf:
        carried = json.loads(pdf.attachments["data.json"].get_file().read_bytes())
    assert carried == {"schema": "urn:rakor:document:minutes:1", "title": TITLE}


def test_render_attaches_other_files():
    calendar = AttachedFile("rapat.ics", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "Undangan kalender")
    pdf = papers.short_letter().set(files=[calendar])
    assert_archival(pdf)
    with pikepdf.open(BytesIO(pdf)) as opened:
        carried = opened.attachments["rapat.ics"]
        assert (carried.get_file().read_bytes(), str(carried.obj.AFRelationship)) == (calendar.content, "/Supplement")


def test_render_puts_the_fields_over_their_boxes():
    with pikepdf.open(BytesIO(papers.minutes().set())) as pdf:
        fields = {str(field.T): (str(field.TU), [float(v) for v in field.Rect]) for field in pdf.Root.AcroForm.Fields}
    (chair, chair_box), (taker, taker_box) = fields[papers.CHAIR], fields[papers.MINUTE_TAKER]
    assert (chair, taker) == ("Tanda tangan pimpinan rapat", "Tanda tangan notulis")
    assert chair_box[2] < taker_box[0]
    assert chair_box[1::2] == taker_box[1::2]


def test_render_refuses_a_field_without_a_box():
    paper = papers.minutes()
    paper.fields["sig-lain"] = "Tanda tangan lain"
    with pytest.raises(LookupError, match="sig-lain"):
        paper.set()


def test_render_does_without_logo_and_letterhead():
    paper = papers.short_letter()
    del paper.context["letterhead"]["logo"]
    assert_archival(paper.set())
    del paper.context["letterhead"]
    assert_archival(paper.set())


def test_render_leaves_room_for_number_and_date_of_a_paper_signed_elsewhere(tmp_path):
    paper = papers.short_letter()
    paper.context["document"] |= {"number": "", "date": None}
    paper.fields = {}
    pdf = paper.set()
    assert_archival(pdf)
    assert "Jakarta," in text(pdf, tmp_path)


def test_render_marks_every_page_of_a_sample(tmp_path):
    pdf = papers.letter().set()
    read = text(pdf, tmp_path)
    mark = "CONTOH – BUKAN DOKUMEN RESMI, BUKAN TANDA TANGAN ELEKTRONIK TERSERTIFIKASI"
    assert read.count(mark) == page_count(pdf)


def test_render_marks_nothing_else(tmp_path):
    paper = papers.letter()
    paper.context["document"]["is_sample"] = False
    assert "BUKAN DOKUMEN RESMI" not in text(paper.set(), tmp_path)


def test_render_restricted_paper_shows_class_and_copy(tmp_path):
    read = text(papers.restricted().set(), tmp_path, "-layout")
    assert "Salinan nomor 3 dari 5" in read
    assert [line for line in read.splitlines() if line.split()[:1] == ["R"]] != []


def test_render_stays_indonesian_for_an_english_reader(tmp_path):
    from django.utils import translation

    with translation.override("en"):
        assert "1 April 2026" in text(papers.letter().set(), tmp_path)
        paper = papers.letter()
        paper.context["document"]["date"] = datetime(2026, 5, 4)
        assert "4 Mei 2026" in text(paper.set(), tmp_path)


@pytest.fixture
def listener():
    """A server on loopback that keeps what it was asked for."""
    asked = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            asked.append(self.rfile.readline())

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def test_render_fetches_nothing_from_outside(listener):
    address, asked = listener
    paper = papers.short_letter()
    paper.context["letterhead"]["logo"] = f"{address}/logo.svg"
    paper.set()
    assert asked == []


def test_render_reads_no_file_but_its_own(tmp_path):
    picture = tmp_path / "logo.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><text>RAHASIA</text></svg>')
    paper = papers.short_letter()
    for address in (picture.as_uri(), f"{rendering.PRINT.as_uri()}/../../../../../../../..{picture}"):
        paper.context["letterhead"]["logo"] = address
        assert "RAHASIA" not in text(paper.set(), tmp_path)


def test_render_takes_a_logo_as_data_uri():
    paper = papers.short_letter()
    picture = "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'/%3E"
    paper.context["letterhead"]["logo"] = f"data:image/svg+xml,{picture}"
    assert_archival(paper.set())


def test_modules_are_cheap_to_import():
    modules = ", ".join(f"rakor.documents.{name}" for name in ("rendering", "signing", "verification", "authority"))
    code = f"import sys, {modules}; print(sorted({{'weasyprint', 'pyhanko', 'fontTools'}} & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=settings.BASE_DIR, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_prepare_is_safe_in_two_processes_at_once(tmp_path):
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=fonts.prepare, args=(tmp_path / "fonts",)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    kept = sorted(path.name for path in (tmp_path / "fonts").glob("[!.]*"))
    assert kept == sorted(cut.path(tmp_path).name for cut in fonts.CUTS)
    assert fonts.coverage(tmp_path / "fonts") == fonts.coverage(fonts.prepare(settings.DATA_DIR / "fonts"))


# ---- the assertions can fail -----------------------------------------------------------------------------


def _without(key):
    def change(pdf):
        del pdf.Root[key]

    return change


def _plain(pdf):
    for key in ("/Metadata", "/OutputIntents", "/StructTreeRoot", "/MarkInfo"):
        del pdf.Root[key]


def _no_ua(pdf):
    content = pdf.Root.Metadata.read_bytes().replace(b'pdfuaid:part="1"', b"")
    pdf.Root.Metadata.write(content)


def _not_3a(pdf):
    content = pdf.Root.Metadata.read_bytes().replace(b'conformance="A"', b'conformance="B"')
    pdf.Root.Metadata.write(content)


def _font_taken_out(pdf):
    descriptor = next(found for found in pdf.objects if isinstance(found, Dictionary) and "/FontFile2" in found)
    del descriptor["/FontFile2"]


def _courier(pdf):
    courier = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier)
    pdf.pages[0].obj.Resources.Font.F99 = pdf.make_indirect(courier)


def _box_printed(pdf):
    page = pdf.pages[0]
    program = pikepdf.parse_content_stream(page)
    place = next(i for i, (_operands, operator) in enumerate(program) if str(operator) in ("Tj", "TJ"))
    shown = pikepdf.ContentStreamInstruction([String(b"\0\0")], pikepdf.Operator("Tj"))
    page.obj.Contents = pdf.make_stream(pikepdf.unparse_content_stream([*program[:place], shown, *program[place:]]))


def _title_gone(pdf):
    del pdf.docinfo["/Title"]


def _untagged_field(pdf):
    del pdf.Root.AcroForm.Fields[0].StructParent


def _nameless_field(pdf):
    del pdf.Root.AcroForm.Fields[0].TU


def _hidden_field(pdf):
    pdf.Root.AcroForm.Fields[0].F = 2


def _note(pdf):
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=[0, 0, 9, 9], Contents=String("Palsu"))
    pdf.pages[0].obj.Annots.append(pdf.make_indirect(note))


def _link_elsewhere(pdf):
    pdf.Root.Elsewhere = pdf.make_indirect(Dictionary(S=Name.URI, URI=String("https://lain.example/")))


def _script(pdf):
    pdf.Root.Script = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))


def _relation_gone(pdf):
    del pdf.Root.AF[0].AFRelationship


def _no_alternative(pdf):
    tops = list(pdf.Root.StructTreeRoot.K)
    while tops:
        element = tops.pop()
        if isinstance(element, Dictionary):
            if element.get("/S") == Name.Figure:
                del element["/Alt"]
                return
            kids = element.get("/K", Array())
            tops += list(kids) if isinstance(kids, Array) else [kids]
    raise LookupError


FAULTS = {
    "a plain PDF": (_plain, "not marked"),
    "no PDF/UA metadata": (_no_ua, "PDF/UA-1"),
    "another conformance": (_not_3a, "PDF/A-3A"),
    "no output intent": (_without("/OutputIntents"), "output intent"),
    "no language": (_without("/Lang"), "language"),
    "not marked": (_without("/MarkInfo"), "marked"),
    "no viewer preference": (_without("/ViewerPreferences"), "title not shown"),
    "no outline": (_without("/Outlines"), "outline"),
    "no structure": (_without("/StructTreeRoot"), "structure"),
    "no associated files": (_without("/AF"), "data.json"),
    "no title": (_title_gone, "title"),
    "a font taken out": (_font_taken_out, "not embedded"),
    "Courier": (_courier, "not embedded"),
    "a box for a character": (_box_printed, "notdef"),
    "an untagged field": (_untagged_field, "not tagged"),
    "a nameless field": (_nameless_field, "no name"),
    "a hidden field": (_hidden_field, "not printed"),
    "a note": (_note, "annotation"),
    "a link elsewhere": (_link_elsewhere, "leads to"),
    "a script": (_script, "JavaScript"),
    "no relation of an attachment": (_relation_gone, "relation"),
    "a figure without words": (_no_alternative, "alternative"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_assertions_catch(fault):
    change, said = FAULTS[fault]
    with pikepdf.open(BytesIO(papers.unsigned_minutes())) as pdf:
        change(pdf)
        changed = BytesIO()
        pdf.save(changed)
    with pytest.raises(AssertionError, match=said):
        assert_archival(changed.getvalue())


def test_assertions_pass_after_a_plain_resave():
    changed = BytesIO()
    with pikepdf.open(BytesIO(papers.unsigned_minutes())) as pdf:
        pdf.save(changed)
    assert_archival(changed.getvalue())

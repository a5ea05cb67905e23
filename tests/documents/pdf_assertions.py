"""What our papers are built for, read back from their bytes: PDF/A-3A and PDF/UA-1, before and after signing.

These are our own assertions, not a conformance validator; they fail for every fault that we know how to plant.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

PDFAID, PDFUAID = "{http://www.aiim.org/pdfa/ns/id/}", "{http://www.aiim.org/pdfua/ns/id/}"
DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"
ACTIVE = {
    f"/{action}" for action in ("JavaScript", "Launch", "GoToR", "SubmitForm", "ImportData", "Movie", "Rendition")
}
RELATIONSHIPS = ("/Data", "/Supplement", "/Source", "/Alternative")


def assert_archival(pdf: bytes, *, verify_url: str = "https://rakor.example/verifikasi/") -> None:
    """Every promise of the paper engine holds in these bytes; an AssertionError names the one that does not."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        assert not opened.is_encrypted, "encrypted"
        assert opened.pdf_version == "1.7", f"version {opened.pdf_version}"
        _assert_catalogue(opened)
        _assert_metadata(opened)
        _assert_output_intent(opened)
        _assert_fonts_embedded(opened)
        _assert_no_missing_glyph(opened)
        _assert_tagged(opened)
        _assert_annotations_tagged(opened, verify_url)
        _assert_attachments(opened)
        _assert_quiet(opened, verify_url)


def text(pdf: bytes, tmp_path: Path, *options: str) -> str:
    """What poppler reads, in reading order."""
    return _run(["pdftotext", *options, _kept(pdf, tmp_path), "-"])


def assert_sound_to_qpdf(pdf: bytes, tmp_path: Path) -> None:
    _run(["qpdf", "--check", _kept(pdf, tmp_path)])


def pdfsig(pdf: bytes, root_pem: bytes, tmp_path: Path) -> list[tuple[str, str]]:
    """Poppler's (signature, certificate) verdict of each signature, with our root in an NSS database of its own."""
    store = tmp_path / "nss"
    shutil.rmtree(store, ignore_errors=True)
    store.mkdir()
    (tmp_path / "root.pem").write_bytes(root_pem)
    _run(["certutil", "-N", "-d", f"sql:{store}", "--empty-password"])
    _run(["certutil", "-A", "-d", f"sql:{store}", "-n", "root", "-t", "CT,C,C", "-i", str(tmp_path / "root.pem")])
    lines = [line.strip() for line in _run(["pdfsig", "-nssdir", str(store), _kept(pdf, tmp_path)]).splitlines()]
    signatures = [line.split(": ", 1)[1] for line in lines if line.startswith("- Signature Validation")]
    certificates = [line.split(": ", 1)[1] for line in lines if line.startswith("- Certificate Validation")]
    return list(zip(signatures, certificates, strict=True))


def page_count(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)


# ---- the single promises ---------------------------------------------------------------------------------


def _assert_catalogue(pdf: Pdf) -> None:
    root = pdf.Root
    assert str(root.get("/Lang", "")) == "id-ID", f"language {root.get('/Lang')}"
    assert root.get("/MarkInfo", Dictionary()).get("/Marked", False) is True, "not marked as tagged"
    assert root.get("/ViewerPreferences", Dictionary()).get("/DisplayDocTitle", False) is True, "title not shown"
    assert "/ID" in pdf.trailer, "no identifier"
    assert "/First" in root.get("/Outlines", Dictionary()), "no outline"


def _assert_metadata(pdf: Pdf) -> None:
    assert "/Metadata" in pdf.Root, "no XMP"
    xmp = ElementTree.fromstring(pdf.Root.Metadata.read_bytes())
    found: dict[str, str] = {}
    for element in xmp.iter():
        found |= element.attrib
    assert (found.get(f"{PDFAID}part"), found.get(f"{PDFAID}conformance")) == ("3", "A"), "not said to be PDF/A-3A"
    assert found.get(f"{PDFUAID}part") == "1", "not said to be PDF/UA-1"
    prefixes = [element.text for element in xmp.iter("{http://www.aiim.org/pdfa/ns/schema#}prefix")]
    assert "pdfuaid" in prefixes, "no extension schema for pdfuaid"
    title = str(pdf.docinfo.get("/Title", ""))
    assert title, "no title"
    titles = [li.text for found in xmp.iter(DC_TITLE) for li in found.iter() if li.text and li.text.strip()]
    assert titles == [title], f"title {title!r} is not that of the XMP {titles!r}"


def _assert_output_intent(pdf: Pdf) -> None:
    intents = list(pdf.Root.get("/OutputIntents", Array()))
    assert [str(intent.S) for intent in intents] == ["/GTS_PDFA1"], "no PDF/A output intent"
    assert intents[0].DestOutputProfile.N == 3, "the output intent is not RGB"
    assert len(intents[0].DestOutputProfile.read_bytes()) > 1000, "no colour profile"


def _assert_fonts_embedded(pdf: Pdf) -> None:
    fonts = [found for found in pdf.objects if isinstance(found, Dictionary) and found.get("/Type") == Name.Font]
    tops = [font for font in fonts if not str(font.get("/Subtype")).startswith("/CIDFont")]
    assert tops, "no font"
    for font in tops:
        name = str(font.get("/BaseFont", font.get("/Subtype")))
        holder = font.DescendantFonts[0] if font.get("/Subtype") == Name.Type0 else font
        descriptor = holder.get("/FontDescriptor", Dictionary())
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys()), f"{name} is not embedded"
        assert "/ToUnicode" in font, f"{name} cannot be read as text"


def _assert_no_missing_glyph(pdf: Pdf) -> None:
    streams = [(page.obj, page.obj.get("/Resources")) for page in pdf.pages]
    streams += [(found, found.get("/Resources")) for found in pdf.objects if _is_form(found)]
    for stream, resources in streams:
        fonts = resources.get("/Font", Dictionary()) if resources is not None else Dictionary()
        wide = {name for name, font in fonts.items() if font.get("/Subtype") == Name.Type0}
        current = ""
        for operands, operator in pikepdf.parse_content_stream(stream):
            if str(operator) == "Tf":
                current = str(operands[0])
            elif str(operator) in ("Tj", "TJ", "'", '"') and current in wide:
                for shown in _strings(operands):
                    codes = [shown[i : i + 2] for i in range(0, len(shown), 2)]
                    assert b"\0\0" not in codes, "a character is missing in the type (.notdef)"


def _is_form(found: object) -> bool:
    return isinstance(found, pikepdf.Stream) and found.get("/Subtype") == Name.Form


def _strings(operands: object) -> Iterator[bytes]:
    for operand in operands:
        if isinstance(operand, pikepdf.String):
            yield bytes(operand)
        elif isinstance(operand, Array):
            yield from _strings(operand)


def _assert_tagged(pdf: Pdf) -> None:
    assert "/StructTreeRoot" in pdf.Root, "no structure tree"
    for number, page in enumerate(pdf.pages, 1):
        assert page.obj.get("/Tabs") == Name.S, f"page {number} has no tab order"
        assert "/StructParents" in page.obj, f"page {number} is not in the structure tree"
    levels = []
    for element in _elements(pdf.Root.StructTreeRoot):
        kind = str(element.get("/S", ""))
        if kind == "/Figure":
            assert str(element.get("/Alt", "")), "a figure has no alternative text"
        if kind == "/Table":
            assert any(str(inner.get("/S")) == "/TH" for inner in _elements(element)), "a table has no heading cells"
        if kind[:2] == "/H" and kind[2:].isdigit():
            levels.append(int(kind[2:]))
    for before, after in zip([0, *levels], levels, strict=False):
        assert after <= before + 1, f"heading level {before} is followed by {after}"


def _elements(element: Dictionary) -> Iterator[Dictionary]:
    kids = element.get("/K", Array())
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield kid
            yield from _elements(kid)


def _assert_annotations_tagged(pdf: Pdf, verify_url: str) -> None:
    parents = {}
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.get("/Nums", Array()))
    for key, value in zip(numbers[::2], numbers[1::2], strict=True):
        parents[int(key)] = value
    for annotation in (annotation for page in pdf.pages for annotation in page.obj.get("/Annots", Array())):
        kind = str(annotation.Subtype)
        assert kind in ("/Widget", "/Link"), f"an annotation {kind}"
        element = parents.get(int(annotation.get("/StructParent", -1)))
        assert isinstance(element, Dictionary), f"a {kind} is not tagged"
        if kind == "/Widget":
            assert str(element.S) == "/Form", "a field is not tagged as Form"
            assert str(element.get("/Alt", "")), "a field has no alternative text"
            assert str(annotation.get("/TU", "")), "a field has no name for people"
            assert int(annotation.F) & 4, "a field is not printed"
            assert not int(annotation.F) & 0b100011, "a field is hidden"
            assert "/N" in annotation.get("/AP", Dictionary()), "a field has no appearance"
        else:
            assert str(annotation.A.URI).startswith(verify_url), "a link leads elsewhere"


def _assert_attachments(pdf: Pdf) -> None:
    attached = {str(spec.UF): spec for spec in pdf.Root.get("/AF", Array())}
    assert "data.json" in attached, "no data.json"
    names = list(pdf.Root.Names.EmbeddedFiles.Names)[1::2]
    assert {str(spec.UF) for spec in names} == set(attached), "attachments and associated files differ"
    for name, spec in attached.items():
        relationship = str(spec.get("/AFRelationship", ""))
        assert relationship in RELATIONSHIPS, f"{name}: {relationship or 'no'} relation"
        assert str(spec.EF.F.get("/Subtype", "")), f"{name} has no media type"
        assert str(spec.get("/Desc", "")), f"{name} has no description"
    assert str(attached["data.json"].AFRelationship) == "/Data", "data.json is not Data"
    assert json.loads(attached["data.json"].EF.F.read_bytes())["schema"], "data.json names no schema"


def _assert_quiet(pdf: Pdf, verify_url: str) -> None:
    assert "/OpenAction" not in pdf.Root, "something happens on opening"
    for found in pdf.objects:
        if isinstance(found, Dictionary):
            assert "/AA" not in found, "an additional action"
            for action in (found, *(value for value in found.values() if isinstance(value, Dictionary))):
                kind = str(action.get("/S", ""))
                assert kind not in ACTIVE, f"an action {kind}"
                if "/URI" in action and kind == "/URI":
                    assert str(action.URI).startswith(verify_url), f"leads to {action.URI}"


def _kept(pdf: bytes, folder: Path) -> str:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    return str(path)


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout} {done.stderr}"
    return done.stdout

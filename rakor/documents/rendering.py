"""Sets an official paper: one PDF that is built for PDF/A-3A and PDF/UA-1, from a template in templates/pdf/.

The only module that imports WeasyPrint, and only inside functions: importing this one is cheap. The fonts, the style
sheet and the font configuration are kept per process (twice as fast); one document is set at a time, because Pango's
font map is not made for threads.

Official paper is always Indonesian, whatever language the reader has chosen.
"""

from __future__ import annotations

import atexit
import html
import json
import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context, Engine
from django.utils import translation
from django.utils.translation import gettext as _

from rakor.documents import fonts, object_streams
from rakor.documents.kinds import AttachedFile

if TYPE_CHECKING:
    from weasyprint import CSS
    from weasyprint.document import Document
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher

PRINT = Path(__file__).resolve().parent / "print"
LANGUAGE = "id"
PRINTED_AND_LOCKED = 132
WITH_QR = ("verify", "door")
"""Parts of a context that hold an address to scan."""

A_FEW_LINES = 1.35
"""A paper that ends beyond it, in pages, cannot be set closer onto one: signatures and tembusan take a quarter."""

VARIANT = {"pdf_variant": "pdf/a-3a", "output_intent": "srgb", "pdf_version": "1.7", "pdf_tags": True}

_one_at_a_time = threading.Lock()


class UncoveredCharacters(ValueError):
    """The text holds characters that no type of the paper has; they would print as boxes and break PDF/A.

    `characters` lists each once, in the order in which they occur; the message names them for people.
    """

    def __init__(self, characters: Sequence[str]) -> None:
        self.characters = tuple(characters)
        shown = ", ".join(_described(character) for character in self.characters[:10])
        more = " …" if len(self.characters) > 10 else ""
        super().__init__(
            _("These characters cannot be printed in an official document: %(characters)s. Replace or remove them.")
            % {"characters": shown + more}
        )


def render(
    template: str,
    context: Mapping[str, Any],
    *,
    fields: Mapping[str, str],
    data: Mapping[str, Any],
    files: Sequence[AttachedFile] = (),
) -> bytes:
    """The PDF of templates/pdf/<template>.html, ready to be signed.

    `context` is what the template's first lines name; datetimes in it are already in the meeting's zone, one in UTC is
    refused. With `context["verify"]["url"]` a QR code is added as `verify.qr`, likewise to `door`. `fields` maps the id
    of each box to sign in to its label: an empty, tagged signature field lies over it. `data` is attached as data.json,
    with its schema.

    Raises UncoveredCharacters before anything is set, LookupError when the template has no box for a field.
    """
    markup = _markup(template, context)
    press = _press(settings.DATA_DIR / "fonts")
    if missing := _missing(markup, press.covered):
        raise UncoveredCharacters(missing)
    attached = [_data(template, data), *files]
    with _one_at_a_time:
        document = press.lay_out(markup)
        if 1 < _ends_at(document) <= A_FEW_LINES:
            # Then it is set closer, so that signature and tembusan stay on the first page.
            closer = press.lay_out(_markup(template, {**context, "close": True}))
            document = closer if _ends_at(closer) <= 1 else document
        return _written(document, attached, fields)


def uncovered(text: str) -> list[str]:
    """The characters of `text` that official paper cannot print, each once; for forms that refuse them at the field."""
    return _missing(text, fonts.coverage(fonts.prepare(settings.DATA_DIR / "fonts")))


def pages(pdf: bytes) -> int:
    """How many pages the PDF has; ValueError when it is none."""
    from rakor.documents.verification import page_count

    return page_count(pdf)


# ---- text ------------------------------------------------------------------------------------------------


def _markup(template: str, context: Mapping[str, Any]) -> str:
    _refuse_utc(context)
    values = dict(context)
    for name in WITH_QR:
        if leads_to := context.get(name):
            values[name] = {**leads_to, "qr": _qr(leads_to["url"])}
    # use_tz off: an aware time prints as the meeting's wall clock, not as the server's
    page = Context(values, use_tz=False, use_l10n=False)
    with translation.override(LANGUAGE):
        return _clean(Engine.get_default().get_template(f"pdf/{template}.html").render(page))


def _clean(markup: str) -> str:
    """Composed (a letter and its accent are one), without invisible marks that come along when people paste."""
    composed = unicodedata.normalize("NFC", markup)
    return "".join(c for c in composed if c == "\u00ad" or unicodedata.category(c) != "Cf")


def _missing(markup: str, covered: frozenset[int]) -> list[str]:
    # The whole markup is looked at, attributes too: margins and numbers are set from them. In <style> a mark's text
    # stands percent-encoded inside an SVG.
    text = re.sub(
        r"<style>.*?</style>", lambda style: unquote(style[0]), html.unescape(_clean(markup)), flags=re.DOTALL
    )
    return [c for c in dict.fromkeys(text) if ord(c) not in covered and c not in "\n\r\t"]


def _described(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return f"“{character}” ({code})" if character.isprintable() else code


def _refuse_utc(value: object) -> None:
    if isinstance(value, datetime) and value.utcoffset() == timedelta(0):
        raise ValueError(f"a time in UTC would be printed as if it were local: {value.isoformat()}")
    if isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            _refuse_utc(part)


def _qr(url: str) -> str:
    import segno

    return str(segno.make(url, error="m", micro=False).svg_data_uri(border=1, scale=4))


def _data(template: str, data: Mapping[str, Any]) -> AttachedFile:
    content = {"schema": f"urn:rakor:document:{template}:1", **data}
    text = json.dumps(content, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True)
    return AttachedFile("data.json", text.encode(), "Data dokumen", "Data")


# ---- setting ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Press:
    """What is made once per process: type, style sheet, fetcher."""

    covered: frozenset[int]
    fonts: FontConfiguration
    css: list[CSS]
    fetcher: URLFetcher

    def lay_out(self, markup: str) -> Document:
        from weasyprint import HTML

        source = HTML(string=markup, base_url=f"{PRINT.as_uri()}/", url_fetcher=self.fetcher)
        return source.render(font_config=self.fonts, stylesheets=self.css, **VARIANT)


def _ends_at(document: Document) -> float:
    """Where the last box to sign or the tembusan ends, in pages: 1.4 is in the second; 0 when there is neither."""
    return max(
        (
            number + box[3] / page.height
            for number, page in enumerate(document.pages)
            for name, box in page.anchors.items()
            if name == "tembusan" or name.startswith("sig-")
        ),
        default=0,
    )


def _written(document: Document, attached: Sequence[AttachedFile], fields: Mapping[str, str]) -> bytes:
    from weasyprint import Attachment

    _declare_accessible(document)
    carried = [
        Attachment(string=f.content, name=f.name, description=f.description, relationship=f.relationship)
        for f in attached
    ]

    def finish(document: Document, pdf: Any) -> None:
        _add_signature_fields(document, pdf, fields)
        pdf.write = partial(object_streams.write, pdf)

    return bytes(document.write_pdf(attachments=carried, finisher=finish, **VARIANT))


@cache
def _press(folder: Path) -> _Press:
    from weasyprint import CSS
    from weasyprint.text.fonts import FontConfiguration

    folder = fonts.prepare(folder)
    configuration = FontConfiguration()
    fetcher = _local_only(PRINT, folder)
    faces = "".join(
        f'@font-face{{font-family:"{cut.family}";font-style:{cut.style};font-weight:{cut.weight};src:url("{cut.path(folder).as_uri()}")}}\n'
        for cut in fonts.CUTS
    )
    sheets = [
        CSS(string=faces, font_config=configuration, url_fetcher=fetcher),
        CSS(filename=PRINT / "print.css", font_config=configuration, url_fetcher=fetcher),
    ]
    atexit.register(_press.cache_clear)  # while WeasyPrint's modules are still there to let go of the fonts
    return _Press(fonts.coverage(folder), configuration, sheets, fetcher)


def _local_only(*folders: Path) -> URLFetcher:
    """A fetcher for data: and for files in the given folders; everything else is refused, so no paper can call out."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    roots = tuple(folder.resolve() for folder in folders)

    class LocalOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint is untyped
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
            if url.startswith("file:"):
                path = Path(url2pathname(urlsplit(url).path)).resolve()
                if not any(path.is_relative_to(root) for root in roots):
                    raise ValueError("a paper reads only its own folder")
            return super().fetch(url, headers)

    return LocalOnly(allowed_protocols=("data", "file"), allow_redirects=False)


# WeasyPrint names one standard per file; that the same file is built for PDF/UA-1 is said in its XMP, with the
# extension schema that PDF/A asks for.
UA_SCHEMA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>PDF/UA part</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


def _declare_accessible(document: Document) -> None:
    made = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *args: made(*args).replace(b"</rdf:RDF>", UA_SCHEMA)


def _add_signature_fields(document: Document, pdf: Any, labels: Mapping[str, str]) -> None:
    """Puts an empty, tagged signature field over each box whose id is a key of `labels`.

    The fields are there before the first signature, so that later ones only fill them and break none. Without labels
    the form is there and empty: whoever signs elsewhere adds a field, and the comparison needs a form to begin from.
    """
    import pydyf

    boxes = {
        name: (index, _in_points(box, page.height))
        for index, page in enumerate(document.pages)
        for name, box in page.anchors.items()
    }
    if missing := labels.keys() - boxes.keys():
        raise LookupError(f"the template has no box for {sorted(missing)}")
    widgets = [_signature_field(pdf, name, label, *boxes[name]) for name, label in labels.items()]
    form = pydyf.Dictionary({"Fields": pydyf.Array([w.reference for w in widgets]), "SigFlags": 0})
    pdf.add_object(form)
    pdf.catalog["AcroForm"] = form.reference


def _in_points(box: tuple[float, float, float, float], height: float) -> list[float]:
    """A box in CSS pixels from the top as a PDF rectangle: points from the bottom."""
    x1, y1, x2, y2 = box
    return [round(value * 0.75, 2) for value in (x1, height - y2, x2, height - y1)]


def _signature_field(pdf: Any, name: str, label: str, page_index: int, rect: list[float]) -> Any:
    from pydyf import Array, Dictionary, Stream, String

    def referenced(reference: bytes | str) -> Any:
        return pdf.objects[int((reference.decode() if isinstance(reference, bytes) else reference).split()[0])]

    page = pdf.objects[pdf.pages["Kids"][3 * page_index]]
    size = Array([0, 0, rect[2] - rect[0], rect[3] - rect[1]])
    look = Stream([], {"Type": "/XObject", "Subtype": "/Form", "BBox": size, "Resources": Dictionary()})
    pdf.add_object(look)
    widget = Dictionary({"Type": "/Annot", "Subtype": "/Widget", "FT": "/Sig", "T": String(name), "TU": String(label)})
    widget |= {"F": PRINTED_AND_LOCKED, "P": page.reference, "Rect": Array(rect)}
    widget["AP"] = Dictionary({"N": look.reference})
    pdf.add_object(widget)
    page.setdefault("Annots", Array()).append(widget.reference)

    root = referenced(pdf.catalog["StructTreeRoot"])
    tree, top = referenced(root["ParentTree"]), referenced(root["K"][0])
    # K is the OBJR itself, not an array of it: else a second signature makes the first one look broken
    inside = Dictionary({"Type": "/OBJR", "Obj": widget.reference, "Pg": page.reference})
    element = Dictionary({"Type": "/StructElem", "S": "/Form", "Alt": String(label), "K": inside})
    element |= {"P": top.reference, "Pg": page.reference}
    pdf.add_object(element)
    top["K"].append(element.reference)
    widget["StructParent"] = key = max(tree["Nums"][::2]) + 1
    tree["Nums"].extend([key, element.reference])
    return widget

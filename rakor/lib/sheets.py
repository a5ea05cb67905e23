"""Spreadsheets in and out: what somebody uploads is read as text and within bounds, what we write holds no formula.

XLSX and CSV (`;`, `,` or tab; UTF-8 with or without BOM, Windows-1252) are told apart by content, never by name. A file
is a stranger's: it is read by a process apart (rakor.lib.apart), and before openpyxl sees it the archive's directory
and then what really comes out of it are counted. Formulas come back as the text that stands in the cell.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rakor.lib.apart import TookTooLong, keep_to_limits, read_apart

SIZE_LIMIT = 5 * 1024 * 1024
UNPACKED_LIMIT = 60 * 1024 * 1024
"""Bytes that an XLSX may have unpacked; 2,000 rows of people have two million."""
MOST_PARTS = 500
MOST_ROWS = 2000
"""Rows that are not empty, without the heading."""
LAST_ROW = 20_000
"""Empty rows between them count here."""
MOST_COLUMNS = 30
LONGEST = 1001
"""Characters kept of a cell: one more than any field takes, so that a longer one is told at its place."""
SECONDS = 10
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

REFUSED: dict[str, str | Promise] = {
    "empty": _("The file is empty."),
    "too_large": _("The file is larger than 5 MB. Delete what is not needed, or divide it."),
    "not_sheet": _("The file is not a spreadsheet. Save it as XLSX or CSV and upload it again."),
    "old_or_locked": _(
        "The file is protected by a password or in the old XLS format. Save it as XLSX without password."
    ),
    "bomb": _("The file unpacks to far more than a list of people needs. Copy the list into a new spreadsheet."),
    "too_many_rows": _("The file has more than 2,000 rows. Divide it."),
    "too_many_columns": _("The file has more than 30 columns. Keep those of the template."),
    "quotes": _("A quotation mark in the CSV file is never closed. Save it anew as XLSX or CSV."),
    "too_long": _("Reading the file took too long and was stopped. Copy the list into a new spreadsheet."),
    "damaged": _("The file is damaged and cannot be read. Save it anew as XLSX or CSV."),
}


class Unreadable(Exception):
    """The file cannot be taken; `reason` is a sentence that says what to do."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = REFUSED[code]


Row = tuple[int, list[str]]
"""A row's number in the sheet, from 1, and its cells as text."""


def read_rows(content: bytes) -> list[Row]:
    """The rows of the first visible sheet that are not empty; Unreadable, or NoPlaceToLook when too many are read."""
    if not content:
        raise Unreadable("empty")
    if len(content) > SIZE_LIMIT:
        raise Unreadable("too_large")
    try:
        found = json.loads(read_apart(__name__, content, seconds=SECONDS))
    except TookTooLong:
        raise Unreadable("too_long") from None
    except ValueError:
        raise Unreadable("damaged") from None
    if "error" in found:
        raise Unreadable(found["error"])
    return [(number, cells) for number, cells in found["rows"]]


# -- reading, in the process apart -------------------------------------------------------------------------------


def _read(content: bytes) -> list[Row]:
    if content.startswith(b"PK\x03\x04"):
        _check_archive(content)
        return _bounded(_xlsx(content))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_or_locked")
    return _bounded(_csv(_decoded(content)))


def _bounded(rows: Iterable[tuple[int, Sequence[str]]]) -> list[Row]:
    kept: list[Row] = []
    for number, cells in rows:
        texts = [cell[:LONGEST] for cell in cells]
        while texts and not texts[-1].strip():
            texts.pop()
        if not texts:
            continue
        if len(texts) > MOST_COLUMNS:
            raise Unreadable("too_many_columns")
        kept.append((number, texts))
        if len(kept) > MOST_ROWS + 1 or number > LAST_ROW:
            raise Unreadable("too_many_rows")
    return kept


def _check_archive(content: bytes) -> None:
    """What the directory promises, then what really comes out; a document type (entities) is nobody's spreadsheet."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if "[Content_Types].xml" not in archive.namelist():
                raise Unreadable("not_sheet")
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
                raise Unreadable("bomb")
            total = 0
            for part in parts:
                with archive.open(part) as opened:
                    tail = b""
                    while piece := opened.read(64 * 1024):
                        total += len(piece)
                        if total > UNPACKED_LIMIT:
                            raise Unreadable("bomb")
                        if b"<!DOCTYPE" in tail + piece or b"<!ENTITY" in tail + piece:
                            raise Unreadable("not_sheet")
                        tail = piece[-9:]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as broken:
        raise Unreadable("damaged") from broken


def _xlsx(content: bytes) -> Iterator[tuple[int, list[str]]]:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
    visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not visible:
        raise Unreadable("not_sheet")
    sheet = visible[0]
    sheet.reset_dimensions()
    last = sheet.iter_rows(max_row=LAST_ROW + 1, max_col=MOST_COLUMNS + 1, values_only=True)
    for number, values in enumerate(last, start=1):
        if any(value is not None for value in values):
            yield number, [_text(value) for value in values]
        elif number > LAST_ROW:
            return


def _text(value: Any) -> str:
    """A cell as the text that people see; a formula as it is written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if hasattr(value, "text"):  # an array formula
        return str(value.text)
    return str(value)


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f]", text) or content.startswith((b"%PDF", b"{\\rtf", b"<")):
            raise Unreadable("not_sheet")
        return text
    raise Unreadable("not_sheet")


def _csv(text: str) -> Iterator[tuple[int, list[str]]]:
    heading = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=heading.count)
    csv.field_size_limit(SIZE_LIMIT)
    table = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from enumerate(table, start=1)
    except csv.Error as broken:
        raise Unreadable("quotes") from broken


def _serve(seconds: int) -> None:
    """The process apart: the file on stdin, its rows or why not as JSON on stdout."""
    keep_to_limits(seconds)
    content = sys.stdin.buffer.read()
    try:
        said: dict[str, Any] = {"rows": _read(content)}
    except Unreadable as no:
        said = {"error": no.code}
    except MemoryError:
        said = {"error": "bomb"}
    except Exception:
        said = {"error": "damaged"}
    sys.stdout.write(json.dumps(said))


# -- writing -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """A table: heading, then rows of text, whole numbers, days or nothing."""

    title: str
    heading: Sequence[Any]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] = ()
    """Of columns, in characters; 24 where nothing is said."""


def workbook(*sheets: Sheet) -> bytes:
    """An XLSX whose text cells are text, whatever they begin with, also after somebody has edited them."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", str(sheet.title))[:31])
        page.freeze_panes = "A2"
        for number, _column in enumerate(sheet.heading):
            width = sheet.widths[number] if number < len(sheet.widths) else 24
            page.column_dimensions[get_column_letter(number + 1)].width = width
        page.append([_cell(page, value, bold=True) for value in sheet.heading])
        for row in sheet.rows:
            page.append([_cell(page, value) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def download(name: str, *sheets: Sheet) -> HttpResponse:
    """The tables as a file of this name, without its ending."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(workbook(*sheets), content_type=TYPE, headers=headers)


def _cell(page: Any, value: Any, *, bold: bool = False) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return int(value) if value is not None else None
    cell = WriteOnlyCell(page)
    if isinstance(value, date) and not isinstance(value, datetime):
        cell.value = value
        cell.number_format = "dd/mm/yyyy"
        return cell
    cell._value = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", str(value))[:32_000]
    cell.data_type = "s"
    if cell._value[:1] in {"=", "+", "-", "@", "\t", "\r", "\n"}:
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

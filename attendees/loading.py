"""Fills the directory from attendees/data/agencies.json: names, places, validity and the head of each agency.

Loading again adds what is missing and leaves every row that is there as it is, so that hand edits stay.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction

from attendees.models import Agency, Position

DATA = Path(__file__).resolve().parent / "data" / "agencies.json"

MINISTRIES = ("KEMENKO-PM", "KEMENLU", "KEMENDAGRI", "KEMENIMIPAS", "KEMENKES", "KEMENSOS", "KEMNAKER", "KEMENPPPA")
BODIES = ("POLRI", "BNPP", "ANRI", "BSSN", "BPJS-KES", "BPJS-TK", "ORI")
HEADS = (
    ("Kementerian Koordinator ", "Menteri Koordinator "),
    ("Kementerian ", "Menteri "),
    ("Sekretariat ", "Sekretaris "),
    ("Inspektorat ", "Inspektur "),
    ("Direktorat ", "Direktur "),
    ("Deputi ", "Deputi "),
    ("Ombudsman ", "Ketua Ombudsman "),
    ("Perwakilan Ombudsman ", "Kepala Perwakilan Ombudsman "),
    ("Badan Penyelenggara Jaminan Sosial ", "Direktur Utama BPJS "),
    ("Pemerintah Provinsi ", "Gubernur "),
    ("Pemerintah ", "Gubernur "),
)


def read() -> dict[str, Any]:
    """The file: `provinces` [{code, name}] and `agencies` [{code, name, short_name, kind, parent, city, …}]."""
    found: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return found


def load() -> tuple[int, int]:
    """Adds the agencies that are missing, each with its head; how many agencies and positions those were."""
    rows = {row["code"]: row for row in read()["agencies"]}
    orders = protocol_orders(list(rows.values()))
    known = {agency.code: agency for agency in Agency.objects.all()}
    added: list[str] = []
    with transaction.atomic():
        for code in _parents_first(rows):
            if code not in known:
                known[code] = _agency(rows[code], orders[code], known)
                added.append(code)
        for code in added:
            if successor := rows[code].get("successor"):
                Agency.objects.filter(code=code).update(successor=known[successor])
        heads = [
            Position(agency=known[code], name=head_of(rows[code]), order=1)
            for code in added
            if not rows[code].get("successor")
        ]
        Position.objects.bulk_create(heads)
    return len(added), len(heads)


def head_of(row: dict[str, Any]) -> str:
    """The position of an agency's head: `Kepala BP3MI Bali`, `Direktur Jenderal Pelindungan`, `Gubernur Bali`."""
    name = row["name"]
    if row["kind"] == "bp3mi" or name.startswith("Bidang Kedokteran"):
        return f"Kepala {row['short_name']}"
    for start, head in HEADS:
        if name.startswith(start):
            return head + name.removeprefix(start)
    return f"Kepala {name}"


def protocol_orders(rows: list[dict[str, Any]]) -> dict[str, int]:
    """The protocol order of each code, with gaps of ten for rows put between by hand.

    The ministry and its units, other ministries and bodies with theirs, BP3MI by province, police and Ombudsman in the
    provinces, local governments by province with their offices.
    """
    place = {row["code"]: number for number, row in enumerate(rows)}
    parents = {row["code"]: row["parent"] for row in rows}
    ranked = sorted(rows, key=lambda row: _rank(row, parents, place))
    return {row["code"]: 1000 + 10 * number for number, row in enumerate(ranked)}


def _rank(row: dict[str, Any], parents: dict[str, str | None], place: dict[str, int]) -> tuple[Any, ...]:
    code, top = row["code"], row["code"]
    while parents[top]:
        top = parents[top]  # type: ignore[assignment]
    if row["kind"] == "bp3mi":
        return (5, row["province_code"], place[code])
    if code.startswith("BIDDOKKES-"):
        return (6, row["province_code"], place[code])
    if code.startswith("ORI-"):
        return (7, row["province_code"], place[code])
    if row["kind"] == "local_government":
        return (8, row["province_code"], place[code])
    if row["kind"] == "central":
        return (1, place[top], place[code])
    if top in BODIES:
        return (3, BODIES.index(top), code != top, place[code])
    return (2, MINISTRIES.index(top) if top in MINISTRIES else len(MINISTRIES), place[top], code != top, place[code])


def _parents_first(rows: dict[str, dict[str, Any]]) -> list[str]:
    done: dict[str, None] = {}

    def visit(code: str) -> None:
        for needed in (rows[code]["parent"], rows[code].get("successor")):
            if needed and needed not in done:
                visit(needed)
        done[code] = None

    for code in rows:
        if code not in done:
            visit(code)
    return list(done)


def _agency(row: dict[str, Any], order: int, known: dict[str, Agency]) -> Agency:
    days = {name: date.fromisoformat(row[name]) for name in ("valid_from", "valid_to") if name in row}
    return Agency.objects.create(
        code=row["code"],
        name=re.sub(r"\s+", " ", row["name"]),
        short_name=row["short_name"],
        kind=row["kind"],
        parent=known[row["parent"]] if row["parent"] else None,
        city=row["city"],
        province=row["province"],
        province_code=row["province_code"],
        zone=row["zone"],
        protocol_order=order,
        aliases=row.get("aliases", []),
        confidence=row["confidence"],
        note=row.get("note", ""),
        **days,
    )

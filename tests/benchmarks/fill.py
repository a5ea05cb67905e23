"""Fills an installation to the limits of product.md by copying a row of each kind in PostgreSQL; then looks at lists.

10,000 meetings with 100 invitations and presences each, and 20 follow-ups each: `python -m tests.benchmarks fill`.
"""

from __future__ import annotations

import time
from typing import Any

from tests import factories as make
from tests.benchmarks import rows
from tests.benchmarks.ground import Ground
from tests.benchmarks.load import load
from tests.benchmarks.report import Report

MEETINGS, INVITED, FOLLOW_UPS = 10_000, 100, 20
NUMBERED = "lpad(upper(to_hex(row_number() OVER ())), 12, '{}')"
LISTS = ("/", "/rapat/", "/rapat/?q=uji", "/tindak-lanjut/", "/instansi/", "/dokumen/")


def measure(ground: Ground, cast: rows.Cast, report: Report) -> None:
    from django.db import connection

    began = time.monotonic()
    number = fill(cast)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    report.add("filling, s", time.monotonic() - began, "", ", ".join(f"{n:,} {what}" for what, n in number.items()))
    web, cookie = ground.web(), rows.session_of_user(cast.sari)
    for path in LISTS:
        page = load(web, path, cookie=cookie, connections=2, seconds=4)
        said = f"slowest {page.latencies[-1] * 1000:.0f} ms, {page.cpu:.0f} ms CPU, statuses {dict(page.statuses)}"
        report.add(f"full installation, {path}, ms", page.latencies[len(page.latencies) // 2] * 1000, "", said)
    web.stop()


def fill(cast: rows.Cast) -> dict[str, int]:
    """How many rows of each kind were made. Each is a copy of one that the factories made, with its keys replaced."""
    meeting = make.MeetingFactory(host=cast.bureau, status="closed")
    invitation = make.InvitationFactory(meeting=meeting, status="accepted", mode="online", answered_by="system",
                                        answered_at=meeting.starts_at)  # fmt: skip
    presence = make.PresenceFactory(invitation=invitation, since=meeting.starts_at, until=meeting.ends_at,
                                    end_source="meeting_end", closed_by="system")  # fmt: skip
    minutes = make.MinutesFactory(meeting=meeting)
    point = make.PointFactory(minutes=minutes, kind="follow_up", number=1)
    follow_up = make.FollowUpFactory(point=point, agency=cast.bali)
    last = {type(row): row.pk for row in (meeting, invitation, minutes, point)}
    made = {
        "meetings": _copies(
            meeting,
            f"generate_series(1, {MEETINGS - 1}) n",
            public_id=NUMBERED.format("M"),
            code="'RK-ISI-' || n",
            title="'Contoh: Rapat Isi ' || n",
            starts_at="t.starts_at - n * interval '5 hours'",
            ends_at="t.ends_at - n * interval '5 hours'",
            started_at="t.started_at - n * interval '5 hours'",
            ended_at="t.ended_at - n * interval '5 hours'",
        )
    }
    meetings = f"(SELECT id AS n FROM {meeting._meta.db_table} WHERE id >= {last[type(meeting)]}) m"
    made["invitations"] = _copies(
        invitation,
        f"{meetings}, generate_series(1, {INVITED}) k",
        public_id=NUMBERED.format("I"),
        meeting_id="m.n",
        position_id="NULL::bigint",
        email="'isi' || k || '@uji.example'",
    )
    invitations = (
        f"(SELECT id AS n, meeting_id AS of FROM {invitation._meta.db_table} WHERE id > {last[type(invitation)]}) i"
    )
    made["presences"] = _copies(presence, invitations, invitation_id="i.n", meeting_id="i.of")
    made["minutes"] = _copies(minutes, f"{meetings}", "m.n <> t.meeting_id", meeting_id="m.n")
    papers = f"(SELECT id AS n FROM {minutes._meta.db_table} WHERE id > {last[type(minutes)]}) p"
    made["points"] = _copies(
        point,
        f"{papers}, generate_series(1, {FOLLOW_UPS}) k",
        minutes_id="p.n",
        client_id="gen_random_uuid()",
        number="k",
    )
    points = f"(SELECT id AS n FROM {point._meta.db_table} WHERE id > {last[type(point)]}) p"
    keys = {"public_id": NUMBERED.format("F")} if "public_id" in _columns(follow_up) else {}
    made["follow-ups"] = _copies(follow_up, points, point_id="p.n", **keys)
    return made


def _columns(row: Any) -> list[str]:
    return [field.column for field in row._meta.concrete_fields if not field.primary_key]


def _copies(row: Any, source: str, where: str = "true", **columns: str) -> int:
    from django.db import connection

    table, names = row._meta.db_table, _columns(row)
    values = ", ".join(columns.get(name, f't."{name}"') for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        copied = f'SELECT {values} FROM "{table}" t, {source} WHERE t.id = {row.pk} AND {where}'
        cursor.execute(f'INSERT INTO "{table}" ({listed}) {copied}')
        return int(cursor.rowcount)

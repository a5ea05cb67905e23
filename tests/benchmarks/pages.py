"""Guests' pages and the organiser's list, against a plain view and in multiples of a bare Django."""

from __future__ import annotations

from tests.benchmarks import rows
from tests.benchmarks.ground import Ground
from tests.benchmarks.load import Load, load
from tests.benchmarks.report import Report

BOUNDS = {12: ("≥ 0.45", "≤ 12"), 200: ("≥ 0.40", "≤ 25")}


def measure(ground: Ground, cast: rows.Cast, report: Report) -> None:
    with_rundown = {items: rows.meeting_with_rundown(cast, items) for items in BOUNDS}
    invitees = rows.meeting_with_invitees(cast, 300)
    organiser = rows.session_of_user(cast.sari)
    bare_web = ground.web("tests.benchmarks.bare:application", "/")
    bare = load(bare_web, "/")
    bare_web.stop()
    web = ground.web()
    for items, seen in with_rundown.items():
        share, times = BOUNDS[items]
        meeting, cookie = seen.meeting.public_id, seen.session
        plain = _checked(load(web, f"/polos/{meeting}/", cookie=cookie))
        for name, path in (
            ("agenda", f"/rapat/{meeting}/rundown/"),
            ("meeting page", f"/rapat/{meeting}/"),
            ("invitation page", f"/undangan/{seen.invitation.public_id}/"),
        ):
            page = _checked(load(web, path, cookie=cookie))
            title = f"guest's {name}, {items} items"
            report.add(f"{title}, against the plain view", page.rate / plain.rate, share, _both(page, plain))
            report.add(f"{title}, CPU", page.cpu / bare.cpu, times if name == "agenda" else "", _cpu(page, bare))
    page = _checked(load(web, f"/rapat/{invitees.public_id}/undangan/", cookie=organiser))
    report.add("organiser's list of 300, CPU", page.cpu / bare.cpu, "≤ 60", _cpu(page, bare))
    web.stop()


def _checked(made: Load) -> Load:
    if set(made.statuses) != {200}:
        raise RuntimeError(f"answers {dict(made.statuses)}")
    return made


def _both(page: Load, plain: Load) -> str:
    return f"{page.rate:.0f}/s of {plain.rate:.0f}/s, {page.size // 1000} kB, 1 uvicorn, 8 connections"


def _cpu(page: Load, bare: Load) -> str:
    return f"{page.cpu:.2f} ms of {bare.cpu:.2f} ms a request (bare view, cached 20 kB page, 1 uvicorn)"

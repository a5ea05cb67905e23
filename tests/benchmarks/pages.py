"""Guests' pages and the organiser's list, against a plain view and in multiples of a bare Django."""

from __future__ import annotations

from tests.benchmarks import rows
from tests.benchmarks.ground import Ground, Program
from tests.benchmarks.load import Load, load
from tests.benchmarks.report import Report

ROUNDS = 3
BOUNDS = {12: ("≥ 0.45", "≤ 12"), 200: ("≥ 0.40", "≤ 25")}


def measure(ground: Ground, cast: rows.Cast, report: Report) -> None:
    with_rundown = {items: rows.meeting_with_rundown(cast, items) for items in BOUNDS}
    invitees = rows.meeting_with_invitees(cast, 300)
    organiser = rows.session_of_user(cast.sari)
    bare_web = ground.web("tests.benchmarks.bare:application", "/")
    web = ground.web()
    for items, seen in with_rundown.items():
        share, times = BOUNDS[items]
        meeting, cookie = seen.meeting.public_id, seen.session
        names = {
            "agenda": f"/rapat/{meeting}/rundown/",
            "meeting page": f"/rapat/{meeting}/",
            "invitation page": f"/undangan/{seen.invitation.public_id}/",
        }
        asked = {"bare": (bare_web, "/", ""), "plain": (web, f"/polos/{meeting}/", cookie)}
        rounds = _rounds(asked | {name: (web, path, cookie) for name, path in names.items()})
        for name in names:
            page, plain, bare = (_typical(rounds, which, name) for which in (name, "plain", "bare"))
            title = f"guest's {name}, {items} items"
            report.add(f"{title}, against the plain view", page.rate / plain.rate, share, _both(page, plain))
            report.add(f"{title}, CPU", page.cpu / bare.cpu, times if name == "agenda" else "", _cpu(page, bare))
    listed = (web, f"/rapat/{invitees.public_id}/undangan/", organiser)
    rounds = _rounds({"bare": (bare_web, "/", ""), "list": listed})
    page, bare = (_typical(rounds, which, "list") for which in ("list", "bare"))
    report.add("organiser's list of 300, CPU", page.cpu / bare.cpu, "≤ 60", _cpu(page, bare))
    web.stop()
    bare_web.stop()


def _rounds(asked: dict[str, tuple[Program, str, str]]) -> list[dict[str, Load]]:
    """Page and references in turn, three times, so that a slow moment of the machine falls on all of them.

    A round before them is thrown away: in it the server opens its connections and compiles its templates.
    """
    found = [
        {name: _checked(load(web, path, cookie=cookie)) for name, (web, path, cookie) in asked.items()}
        for _ in range(1 + ROUNDS)
    ]
    return found[1:]


def _typical(rounds: list[dict[str, Load]], which: str, name: str) -> Load:
    """`which` in the round in whose middle the page's rate lies, so that a ratio is of one round."""
    middle = sorted(rounds, key=lambda one: one[name].rate)[len(rounds) // 2]
    return middle[which]


def _checked(made: Load) -> Load:
    if set(made.statuses) != {200}:
        raise RuntimeError(f"answers {dict(made.statuses)}")
    return made


def _both(page: Load, plain: Load) -> str:
    return f"{page.rate:.0f}/s of {plain.rate:.0f}/s, {page.size // 1000} kB, 1 uvicorn, 8 connections"


def _cpu(page: Load, bare: Load) -> str:
    return f"{page.cpu:.2f} ms of {bare.cpu:.2f} ms a request (bare view, cached 20 kB page, 1 uvicorn)"

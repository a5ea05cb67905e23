"""The minutes as signed paper, against WeasyPrint alone on the same HTML, both in a warm process."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Report

TIMES = 5


def measure(ground: Ground, cast: object, report: Report) -> None:
    from rakor.documents import rendering
    from tests.documents import papers

    short, long = papers.minutes(), papers.minutes()
    point = {"who": "Kepala BP3MI", "text": "Usul agar jadwal disampaikan dua minggu sebelumnya. " * 4}
    long.context["minutes"]["topics"][0]["points"] = [{"no": f"1.{n}", **point} for n in range(1, 25)]
    short.set()  # warm: type, style sheet, imports
    press = rendering._press(rendering.settings.DATA_DIR / "fonts")
    for name, paper, bound in (
        ("minutes PDF, three pages", long, "≤ 1.25"),
        ("minutes PDF, set twice to stay on one page", short, ""),
    ):
        markup = rendering._markup(paper.template, paper.context)
        ours = _seconds(paper.set)
        bare = _seconds(lambda markup=markup: press.lay_out(markup).write_pdf(**rendering.VARIANT))
        said = f"{ours * 1000:.0f} ms of {bare * 1000:.0f} ms, median of {TIMES}, 1 process"
        report.add(f"{name}, against bare WeasyPrint", ours / bare, bound, said)


def _seconds(make: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        make()
        taken.append(time.process_time() - began)
    return sorted(taken)[TIMES // 2]

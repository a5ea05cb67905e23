"""What the processes cost before anybody comes: the web's cold start, the worker tree's memory."""

from __future__ import annotations

import time

from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Report


def measure(ground: Ground, cast: object, report: Report) -> None:
    bare = ground.web("tests.benchmarks.bare:application", "/")
    bare.stop()
    web = ground.web()
    times = web.seconds_to_first_answer / bare.seconds_to_first_answer
    said = f"{web.seconds_to_first_answer:.1f} s of {bare.seconds_to_first_answer:.1f} s (bare Django), 1 uvicorn"
    report.add("cold start to the first 200, against bare", times, "", said)
    web.stop()
    worker = ground.worker()
    log, until = ground.folder / "worker.log", time.monotonic() + 60
    while "ready" not in log.read_text() and time.monotonic() < until:
        time.sleep(0.1)
    time.sleep(2)
    report.add(
        "worker tree, MB", worker.memory(), "≤ 350", f"{len(worker.tree())} processes, PSS, before the first PDF"
    )
    worker.stop()

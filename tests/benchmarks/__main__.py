"""`make bench`: every figure of one run beside its reference, by hand and outside both rings.

python -m tests.benchmarks [pages mails paper streams processes fill kills] [--note TEXT] [--dry]
"""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Report

ALL = ("processes", "pages", "mails", "paper", "streams")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("figures", nargs="*", default=ALL, choices=[*ALL, "fill", "kills"])
    parser.add_argument("--note", default="", help="stands beside date and commit")
    parser.add_argument("--dry", action="store_true", help="print only, write nothing")
    chosen = parser.parse_args()
    report = Report()
    with Ground() as ground:
        import django

        django.setup()
        from tests.benchmarks.rows import make_cast

        cast = make_cast()
        for name in chosen.figures:
            importlib.import_module(f"tests.benchmarks.{name}").measure(ground, cast, report)
    if not chosen.dry:
        report.write(chosen.note)
    return 0


if __name__ == "__main__":
    sys.exit(main())

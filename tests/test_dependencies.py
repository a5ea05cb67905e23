"""Every dependency has its reason, and every locked package a licence that goes with ours."""

import re
from pathlib import Path

import pytest

from tests.licences import is_fit, licence, locked

PROJECT = (Path(__file__).resolve().parents[1] / "pyproject.toml").read_text()


def test_every_dependency_has_its_reason():
    lists = re.findall(r"^(?:dependencies|demo|dev) = \[\n(.*?)^\]", PROJECT, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in lists for line in block.splitlines()]

    assert len(lists) == 3
    assert [line for line in lines if not re.fullmatch(r'"[^"]+", +# .{12,}', line)] == []


def test_every_locked_package_has_a_fit_licence():
    found = {package: licence(package) for package in locked()}

    assert len(found) > 80
    assert {package: said for package, said in found.items() if not is_fit(said)} == {}


@pytest.mark.parametrize(
    ("said", "fit"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("GPL-3.0-only", False),
        ("MIT AND GPL-3.0-only", False),
        ("GNU General Public License v2 or later (GPLv2+) OR Mozilla Public License 1.1 (MPL 1.1)", True),
        ("AGPL-3.0-or-later", False),
        ("", False),
    ],
)
def test_licence_is_judged(said, fit):
    assert is_fit(said) is fit

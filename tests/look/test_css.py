"""The style sheets keep their rules: colours in one file, no pixel sizes, every status has its kind."""

import re
from pathlib import Path

import pytest
from django.conf import settings

SHEETS = sorted(Path(settings.BASE_DIR, "static", "css").glob("*.css"))
OTHERS = [sheet for sheet in SHEETS if sheet.name != "tokens.css"]


def read(sheet: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)


@pytest.mark.parametrize("sheet", OTHERS, ids=lambda sheet: sheet.name)
def test_colour_literals_stand_in_tokens_alone(sheet):
    literals = re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:oklch|rgb|rgba|hsl|hsla)\([^)]*\)", read(sheet))

    assert set(literals) <= {"#fff", "#0000"}


@pytest.mark.parametrize("sheet", OTHERS, ids=lambda sheet: sheet.name)
def test_white_and_clear_stand_in_shadows_and_gradients_alone(sheet):
    declarations = re.findall(r"[\w-]+:[^;{}]*(?:#fff|#0000)[^;{}]*", read(sheet))

    assert [d for d in declarations if "shadow" not in d and "gradient" not in d] == []


@pytest.mark.parametrize("sheet", OTHERS, ids=lambda sheet: sheet.name)
def test_lengths_above_four_pixels_follow_the_readers_type_size(sheet):
    assert [px for px in re.findall(r"(?<![\w.])-?([\d.]+)px", read(sheet)) if float(px) > 4] == []


def test_no_sheet_fetches_anything():
    assert [s.name for s in SHEETS if re.search(r"@import|url\(|@font-face", read(s))] == []


def test_plain_palette_names_every_colour_of_the_full_one():
    tokens = read(next(s for s in SHEETS if s.name == "tokens.css"))
    plain, _, full = tokens.partition("@supports")

    assert set(re.findall(r"(--[\w-]+):(?:light-dark|oklch)", full)) <= set(re.findall(r"(--[\w-]+):", plain))


def test_sheets_of_every_page_stay_small():
    assert sum(len(sheet.read_bytes()) for sheet in SHEETS if sheet.stem in {"tokens", "base", "components"}) < 40_000

"""Texts two fifths longer, as a translation may be, cut nothing off, cover nothing and make no page scroll sideways."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.pages.longer import compile_into, lengthened
from tests.pages.test_axe import CAME_BACK, DESK, EMPTY, PHONE
from tests.pages.world import Stop, World
from tests.screenshots.gallery import MEASURE, TALLEST

TELLS = ("scrolls sideways", "cut off", "sticks out", "overlap")


@pytest.mark.parametrize(
    ("text", "longer"),
    [
        ("Simpan draf", "[Sííímpááán drááf]"),
        ("QR", "[QR]"),
        ('<a href="/masuk/">Masuk</a> %(n)s', '[<a href="/masuk/">Máásúúk</a> %(n)s]'),
        ("POSITIONS jabatan", "[POSITIONS jááábáátáán]"),
    ],
)
def test_text_is_longer_and_keeps_what_programs_read(text, longer):
    assert lengthened(text) == longer


@pytest.fixture
def longer_words(tmp_path, monkeypatch) -> None:
    """Asked for before `site`: its server then speaks the pseudo-locale."""
    compile_into(tmp_path / "locale")
    monkeypatch.setenv("RAKOR_PSEUDO_LOCALE", str(tmp_path / "locale"))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "tests.pages.longer")


def out_of_place(page: Page) -> Iterator[str]:
    """What is wrong with the page that is open, on a phone and on a desk high enough for its bars to cover nothing."""
    if "áá" not in page.inner_text("body"):
        yield "does not speak the pseudo-locale"
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        whole = min(TALLEST, max(height, page.evaluate("document.documentElement.scrollHeight")))
        page.set_viewport_size({"width": width, "height": whole})
        for line in page.evaluate(MEASURE, {"least": 0}):
            if line.startswith(TELLS):
                yield f"{width}: {line}"


def some_of_each(world: World) -> list[Stop]:
    """The stops of the short round, and one of every other page for guests and for accounts."""
    found = {(stop.name, stop.by_guest, stop.path if stop.key else ""): stop for stop in reversed(world.stops)}
    return sorted(found.values(), key=lambda stop: stop.who)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(1200)
def test_longer_words_fit_on_every_page(longer_words, site, world, browse):
    found = {}
    for who, mine in itertools.groupby(some_of_each(world), key=lambda stop: stop.who):
        page = browse(who, reduced_motion="reduce")
        for stop in mine:
            page.goto(stop.path)
            for line in out_of_place(page):
                found.setdefault(line, f"{stop.name} {who} {stop.path}")
        page.context.close()
    assert not found, "\n".join(["", *(f"{place} {line}" for line, place in found.items())])


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(1200)
def test_longer_words_fit_on_forms_that_came_back(longer_words, site, world, browse):
    found = {}
    for name, form in CAME_BACK:
        stop = next(stop for stop in world.stops if stop.name == name and stop.status == 200)
        page = browse(stop.who, reduced_motion="reduce")
        page.goto(stop.path)
        with page.expect_navigation():
            page.locator(form).first.evaluate(EMPTY)
        expect(page.locator("main .error, main [role=alert]").first).to_be_visible()
        for line in out_of_place(page):
            found.setdefault(line, name)
        page.context.close()
    assert not found, "\n".join(["", *(f"{place} {line}" for line, place in found.items())])

"""A browser without light-dark() and without nesting gets a plain light page that works."""

import pytest
import tinycss2
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def downgraded(css: str) -> str:
    """The style sheet as such a browser reads it: nested rules skipped, unknown values and unmet conditions dropped."""
    return "".join(_plain(rule) for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True))


def _plain(rule) -> str:
    if rule.type == "at-rule" and rule.content is not None and rule.at_keyword in {"layer", "media", "container"}:
        inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
        return f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{''.join(map(_plain, inner))}}}"
    if rule.type == "at-rule":
        return "" if rule.at_keyword == "supports" else rule.serialize()
    if rule.type != "qualified-rule":
        return ""
    lines = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
    kept = [line.serialize() for line in lines if line.type == "declaration" and "light-dark(" not in line.serialize()]
    return f"{tinycss2.serialize(rule.prelude)}{{{';'.join(kept)}}}"


@pytest.fixture
def old_browser(stage):
    """A stage that reads our style sheets like a browser of 2022, on a phone set to dark."""
    stage.change_css = downgraded
    stage.page.emulate_media(color_scheme="dark")
    stage.page.set_viewport_size({"width": 360, "height": 740})
    return stage


EVERYTHING = """
{% icon "search" %} {% chip "overdue" "Terlambat" %}
{% callout "warn" %}<p>Perhatikan.</p>{% endcallout %}
{% include "components/empty.html" with title="Belum ada rapat" text="Buat yang pertama." url="/" label="Buat rapat" %}
<form method="post">
  <div class="field"><label for="judul">Judul</label><input id="judul"></div>
  <fieldset class="field"><legend>Zona</legend><div class="seg">
    <label for="wib"><input type="radio" name="z" id="wib">WIB</label>
    <label for="wita"><input type="radio" name="z" id="wita">WITA</label></div></fieldset>
  <label class="choice" for="hadir"><input type="radio" name="h" id="hadir"><span><b>Hadir</b></span></label>
  <button class="btn primary">Simpan</button>
</form>
{% confirm "Batalkan" "Batalkan rapat?" %}<button>Ya</button>{% endconfirm %}
<div class="table-wrap"><table class="table cards"><tr><th>Jabatan</th><td>Kepala BP3MI Bali</td></tr></table></div>
"""


def test_stripping_leaves_neither_nesting_nor_two_schemes():
    css = (
        "@layer a{:root{--x:#fff}@supports (color:light-dark(#000, #fff)){:root{--x:light-dark(#fff, #000)}}"
        "b{c:d;&:hover{e:f}}}"
    )

    assert downgraded(css) == "@layer a{:root{--x:#fff}b{c:d}}"


def test_old_browser_shows_every_control(old_browser):
    page = old_browser.show(EVERYTHING)

    for control in page.locator("main :is(a, input, button, summary)").all():
        if not control.evaluate("e => !!e.closest('dialog')"):
            expect(control).to_be_visible()


def test_old_browser_chooses_a_segment(old_browser):
    page = old_browser.show(EVERYTHING)

    page.get_by_label("WITA").check()

    expect(page.get_by_label("WITA")).to_be_checked()


@pytest.mark.parametrize("frame", ["base.html", "guest.html", "door.html"])
def test_old_browser_sees_dark_text_on_light_and_no_sideways_scroll(old_browser, frame):
    page = old_browser.show(EVERYTHING, frame=frame)

    seen = page.evaluate(
        """() => ({
             ground: getComputedStyle(document.documentElement).backgroundColor,
             ink: getComputedStyle(document.querySelector("h1")).color,
             scheme: getComputedStyle(document.documentElement).colorScheme,
             wide: document.documentElement.scrollWidth > innerWidth,
             huge: [...document.querySelectorAll("svg")].filter((svg) => svg.getBoundingClientRect().width > 60).length,
           })"""
    )
    assert seen == {
        "ground": "rgb(244, 247, 249)",
        "ink": "rgb(19, 39, 47)",
        "scheme": "light",
        "wide": False,
        "huge": 0,
    }

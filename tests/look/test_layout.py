"""What lies beside what, on a desk and under a finger; and that `make screenshots` would tell when it is squeezed."""

import pytest
from django import forms
from django.template.loader import render_to_string
from playwright.sync_api import expect

from tests.screenshots.gallery import FINGER, MEASURE, MOUSE

pytestmark = pytest.mark.browser

DESK = {"width": 1280, "height": 900}
TITLE = "Rapat Koordinasi Penguatan Layanan Penempatan dan Pelindungan Pekerja Migran Indonesia"
REASON = "Rapat sudah selesai atau belum bertanggal; tidak ada yang dapat dikirim kepada siapa pun."
BUTTON = f"""{{% include "components/closed_button.html" with label="Kirim undangan" id="why" reason="{REASON}" %}}"""
HEAD = f'<div class="page-head"><h1>{TITLE}</h1><div class="row actions">{BUTTON}</div></div>'
SPLIT = '<div class="split"><section class="card">Pembukaan rapat</section><aside class="card">Perjalanan</aside></div>'

ALONE = """<p class="crumbs"><a href="#">Rapat</a> / <a href="#">2026</a> / RK-1</p>
<div class="callout"><p>Perbaiki:</p><ul><li><a href="#">Isi</a></li></ul></div>
<section class="card"><header><h2>Rundown</h2><a href="#">Revisi 1</a></header>
  <dl class="dl"><div><dt>Kode</dt><dd><a href="#">ABCD</a></dd></div></dl></section>
<table class="table"><tbody><tr>
  <th class="who"><b><a href="#">Polri</a></b></th><td><a href="#">Buka</a></td></tr></tbody></table>
<ul class="todo"><li><div><h3><a href="#">Satu hal</a></h3></div></li></ul>
<p><a class="tap" href="#">Lagi</a></p>"""


def width(page, selector: str) -> float:
    return page.locator(selector).first.bounding_box()["width"]


def test_long_reason_beside_a_closed_button_leaves_the_title_its_room(stage):
    page = stage.show(HEAD)
    page.set_viewport_size(DESK)
    assert width(page, ".columns .page-head h1") > 600


def test_split_is_one_column_where_the_page_is_narrow(stage):
    page = stage.show(SPLIT, frame="guest.html")
    page.set_viewport_size(DESK)
    assert width(page, ".split > .card") == width(page, ".split > aside")


def test_split_has_an_aside_on_a_desk(stage):
    page = stage.show(SPLIT)
    page.set_viewport_size(DESK)
    assert width(page, ".split > aside") == 336


FOLD = '<details class="fold"><summary>23 undangan</summary><p>Menurut jawaban</p></details>'
PHONE = {"width": 360, "height": 800}


class Narrow(forms.Form):
    q = forms.CharField(label="Cari", required=False)
    status = forms.ChoiceField(label="Status", required=False, choices=[("", "Semua"), ("draft", "Draf")])
    year = forms.ChoiceField(label="Tahun", required=False, choices=[("", "Semua")])


def filters(form=Narrow, **given) -> str:
    return render_to_string("components/filters.html", {"form": form(given)})


def test_filters_leave_a_phone_to_the_search_until_more_are_wanted(stage):
    page = stage.show(filters(q="rapat"))
    page.set_viewport_size(PHONE)
    expect(page.get_by_label("Cari")).to_be_visible()
    expect(page.get_by_label("Status")).to_be_hidden()

    page.get_by_text("Saringan lain").click()

    expect(page.get_by_label("Status")).to_be_visible()


def test_filter_that_is_set_is_seen_on_a_phone(stage):
    page = stage.show(filters(status="draft"))
    page.set_viewport_size(PHONE)
    expect(page.get_by_label("Status")).to_be_visible()


class Many(Narrow):
    """As many as the directory has."""

    zone = forms.ChoiceField(label="Zona", required=False, choices=[("", "Semua")])
    kind = forms.ChoiceField(label="Jenis", required=False, choices=[("", "Semua jenis instansi dan unitnya")])


@pytest.mark.parametrize("form", [Narrow, Many])
def test_filters_stand_in_one_line_on_a_desk(stage, form):
    page = stage.show(filters(form))
    page.set_viewport_size(DESK)
    feet = [
        box["y"] + box["height"]
        for box in (
            page.locator(f".filters {part}").bounding_box() for part in ("#id_q", "#id_status", "#id_year", ".btn")
        )
    ]
    assert max(feet) - min(feet) < 2


def test_fold_is_closed_on_a_phone_until_it_is_tapped(stage):
    page = stage.show(FOLD)
    page.set_viewport_size(PHONE)
    expect(page.get_by_text("Menurut jawaban")).to_be_hidden()
    page.get_by_text("23 undangan").click()
    expect(page.get_by_text("Menurut jawaban")).to_be_visible()


def test_fold_stands_open_on_a_desk(stage):
    page = stage.show(FOLD)
    page.set_viewport_size(DESK)
    expect(page.get_by_text("Menurut jawaban")).to_be_visible()
    expect(page.get_by_text("23 undangan")).to_be_hidden()


def test_two_buttons_below_a_point_do_not_touch(stage):
    page = stage.show(
        '<form class="point"></form><form class="row"><button class="btn small">Coret butir</button></form>'
        '<p><a class="btn small" href="#">Tulis butir di sini</a></p>'
    )
    strike, write = (page.get_by_text(words).bounding_box() for words in ("Coret butir", "Tulis butir di sini"))
    assert write["y"] - (strike["y"] + strike["height"]) >= 8


def test_what_is_adjourned_has_not_the_colour_of_what_runs(stage):
    page = stage.show(
        '<section class="now rounded"><div class="wrap"><span class="dot"></span>Berlangsung</div></section>'
        '<section class="now rounded paused"><div class="wrap">{% icon "circle-pause" %}<b>Diskors</b></div></section>'
        '{% chip "in_progress" "Berlangsung" True %} {% chip "adjourned" "Diskors" %}'
    )
    grounds = page.locator(".now, .chip").evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert not {grounds[0], grounds[2]} & {grounds[1], grounds[3]}


@pytest.mark.parametrize(("frame", "least"), [("base.html", MOUSE), ("guest.html", FINGER)])
def test_links_that_stand_alone_are_targets(stage, frame, least):
    page = stage.show(ALONE, frame=frame)
    assert page.evaluate(MEASURE, {"least": least}) == []


def test_measure_tells_a_squeezed_column(stage):
    page = stage.show(
        f'<div class="row"><h1 class="tight">{TITLE}</h1></div><section class="card tight">Butir</section>'
    )
    page.set_viewport_size(DESK)
    assert page.evaluate(MEASURE, {"least": MOUSE}) == []
    page.evaluate("for (const one of document.querySelectorAll('.tight')) one.style.inlineSize = '7rem'")
    assert page.evaluate(MEASURE, {"least": MOUSE}) == [
        f"squeezed to 112 px: <h1.tight> “{TITLE[:40]}”",
        "squeezed to 112 px: <section.card.tight> “Butir”",
    ]

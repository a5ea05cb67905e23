"""The small modules, in a real browser under the real policy."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FORM = '<form method="post" action="/kirim/"><button class="btn primary">Kirim</button></form>'


def sent(stage) -> int:
    return stage.requests.count(("POST", "/kirim/"))


def test_double_click_sends_a_form_once(stage):
    held = []
    stage.answers["/kirim/"] = held.append
    page = stage.show(FORM)

    page.get_by_role("button", name="Kirim").dblclick()
    page.wait_for_timeout(200)

    assert sent(stage) == 1


def test_pressed_button_says_it_is_busy_and_is_free_after_going_back(stage):
    stage.answers["/kirim/"] = lambda route: route.fulfill(status=204)
    page = stage.show(FORM)
    button = page.get_by_role("button", name="Kirim")

    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    page.goto(page.url + "lain/")
    page.go_back()

    expect(button).not_to_have_attribute("aria-busy", "true")


def test_htmx_form_is_free_again_after_its_answer(stage):
    stage.answers["/kirim/"] = lambda route: route.fulfill(body="beres", content_type="text/html")
    page = stage.show(FORM.replace("<form", '<form hx-post="/kirim/" hx-target="#hasil"') + '<p id="hasil"></p>')
    button = page.get_by_role("button", name="Kirim")

    for _ in range(2):
        button.click()
        expect(page.locator("#hasil")).to_have_text("beres")
        expect(button).not_to_have_attribute("aria-busy", "true")

    assert sent(stage) == 2


def test_counter_follows_typing(stage):
    page = stage.show(
        '<input id="judul" aria-label="Judul" maxlength="1200"><span data-counter="judul" id="hitung"></span>'
    )

    page.get_by_label("Judul").fill("Rapat")

    expect(page.locator("#hitung")).to_have_text("5/1.200")


@pytest.mark.parametrize(("typed", "hidden"), [(79, True), (80, False)])
def test_late_counter_shows_up_when_the_field_is_nearly_full(stage, typed, hidden):
    page = stage.show(
        '<input id="kota" aria-label="Kota" maxlength="100">'
        '<span data-counter="kota" id="hitung" data-late hidden></span>'
    )

    page.get_by_label("Kota").fill("x" * typed)

    expect(page.locator("#hitung")).to_be_visible(visible=not hidden)


def test_summary_of_errors_has_the_focus(stage):
    page = stage.show('<input aria-label="lain"><div role="alert" tabindex="-1" autofocus>Satu isian</div>')

    expect(page.get_by_role("alert")).to_be_focused()


def test_good_news_leaves_by_itself_and_bad_news_stays(stage):
    stage.page.clock.install()
    good = SimpleNamespace(level_tag="success", text="Tersimpan.")
    bad = SimpleNamespace(level_tag="error", text="Gagal.")
    page = stage.show("", messages=(good, bad))
    expect(page.locator(".toast")).to_have_count(2)

    page.clock.fast_forward(9000)

    expect(page.locator(".toast")).to_have_count(1)
    expect(page.locator(".toast")).to_have_attribute("data-tone", "bad")


def test_message_closes_when_asked(stage):
    page = stage.show("", messages=(SimpleNamespace(level_tag="error"),))

    page.locator(".toast").get_by_role("button").click()

    expect(page.locator(".toast")).to_have_count(0)


def test_menu_closes_on_escape_and_gives_the_focus_back(stage):
    page = stage.show("")
    page.locator("details.menu > summary").click()
    expect(page.locator("details.menu")).to_have_attribute("open", "")

    page.keyboard.press("Escape")

    expect(page.locator("details.menu")).not_to_have_attribute("open", "")
    expect(page.locator("details.menu > summary")).to_be_focused()


def test_dangerous_button_opens_a_dialog_and_leaving_it_gives_the_focus_back(stage):
    page = stage.show(
        '{% confirm "Batalkan rapat" "Batalkan rapat ini?" %}<button data-close>Kembali</button>{% endconfirm %}'
    )
    page.get_by_text("Batalkan rapat", exact=True).click()
    expect(page.get_by_role("dialog", name="Batalkan rapat ini?")).to_be_visible()

    page.get_by_role("button", name="Kembali").click()

    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator("details.confirm > summary")).to_be_focused()


def test_current_tab_is_brought_into_view(stage):
    tabs = "".join(
        f'<li><a href="#{n}"{" aria-current=page" if n == 8 else ""}>Bagian panjang {n}</a></li>' for n in range(10)
    )
    stage.page.set_viewport_size({"width": 360, "height": 740})
    page = stage.show(f'<nav class="tabs" aria-label="Bagian"><ul>{tabs}</ul></nav>')

    expect(page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("at", "sides"), [(0, (False, True)), (300, (True, True)), (9999, (True, False))])
def test_strip_of_tabs_fades_on_the_side_where_there_are_more(stage, at, sides):
    tabs = "".join(f'<li><a href="#{n}">Bagian panjang {n}</a></li>' for n in range(10))
    stage.page.set_viewport_size({"width": 360, "height": 740})
    page = stage.show(f'<nav class="tabs" aria-label="Bagian"><ul>{tabs}</ul></nav>')
    strip = page.locator(".tabs")

    strip.evaluate("(strip, at) => { strip.scrollLeft = at; }", at)

    for name, there in zip(("data-before", "data-after"), sides, strict=True):
        expect(page.locator(f".tabs[{name}]")).to_have_count(int(there))
    assert strip.evaluate("strip => getComputedStyle(strip).maskImage").startswith("linear-gradient")


def test_strip_of_tabs_that_fits_does_not_fade(stage):
    page = stage.show('<nav class="tabs" aria-label="Bagian"><ul><li><a href="#1">Satu</a></li></ul></nav>')

    assert page.locator(".tabs").evaluate("strip => getComputedStyle(strip).maskImage") == "none"


def test_event_of_the_stream_fetches_its_fragment_anew(stage):
    stage.answers["/bagian/"] = lambda route: route.fulfill(body="baru", content_type="text/html")
    stage.answers["/aliran/"] = lambda route: route.fulfill(
        body="retry: 60000\n\nevent: agenda\ndata: {}\n\n", content_type="text/event-stream"
    )

    page = stage.show(
        '<p id="bagian" hx-get="/bagian/" hx-trigger="live:agenda from:body">lama</p>',
        attrs='data-live="/aliran/" data-live-spread="0"',
    )

    expect(page.locator("#bagian")).to_have_text("baru")


def test_event_during_a_fetch_is_not_lost_with_the_fragment_that_is_replaced(stage):
    part = '<p id="bagian" hx-get="/bagian/" hx-trigger="live:agenda from:body" hx-swap="outerHTML">{}</p>'
    first, streams = [], []

    def fragment(route) -> None:
        if first:
            route.fulfill(body=part.format("kedua"), content_type="text/html")
        else:
            first.append(route)

    def stream(route) -> None:
        streams.append(route)
        event = "event: agenda\ndata: {}\n\n" if len(streams) < 3 else ""
        route.fulfill(body=f"retry: {100 if event else 60_000}\n\n{event}", content_type="text/event-stream")

    stage.answers |= {"/bagian/": fragment, "/aliran/": stream}
    page = stage.show(part.format("lama"), attrs='data-live="/aliran/" data-live-spread="0"')
    page.wait_for_timeout(1500)
    assert (len(first), len(streams), stage.requests.count(("GET", "/bagian/"))) == (1, 3, 1)
    first[0].fulfill(body=part.format("pertama"), content_type="text/html")

    expect(page.locator("#bagian")).to_have_text("kedua")


def test_fragment_in_which_somebody_writes_stays(stage):
    held = []
    stage.answers["/bagian/"] = held.append
    stage.answers["/aliran/"] = lambda route: route.fulfill(
        body="retry: 60000\n\nevent: agenda\ndata: {}\n\n", content_type="text/event-stream"
    )
    part = '<div id="bagian" hx-get="/bagian/" hx-trigger="live:agenda from:body" hx-swap="outerHTML">{}</div>'
    page = stage.show(part.format("<textarea aria-label=Catatan></textarea>"), attrs='data-live="/aliran/"')
    page.get_by_label("Catatan").fill("Belum selesai")
    page.wait_for_timeout(1500)
    assert len(held) == 1
    held[0].fulfill(body=part.format("baru"), content_type="text/html")
    page.wait_for_timeout(500)

    expect(page.get_by_label("Catatan")).to_have_value("Belum selesai")


def test_question_stays_open_while_news_arrive_and_they_show_afterwards(stage):
    part = '<div id="bagian" hx-get="/bagian/" hx-trigger="live:agenda from:body" hx-swap="outerHTML">{}</div>'
    stage.answers["/bagian/"] = lambda route: route.fulfill(body=part.format("baru"), content_type="text/html")
    stage.answers["/aliran/"] = lambda route: route.fulfill(
        body="retry: 60000\n\nevent: agenda\ndata: {}\n\n", content_type="text/event-stream"
    )
    question = '{% confirm "Kirim" "Kirim sekarang?" %}<button data-close>Kembali</button>{% endconfirm %}'
    page = stage.show(part.format(question), attrs='data-live="/aliran/" data-live-spread="1500"')
    page.get_by_text("Kirim", exact=True).click()
    page.wait_for_timeout(2000)
    expect(page.get_by_role("dialog", name="Kirim sekarang?")).to_be_visible()
    page.get_by_role("button", name="Kembali").click()

    expect(page.locator("#bagian")).to_have_text("baru", timeout=10_000)


def test_event_for_another_fragment_fetches_nothing(stage):
    stage.answers["/aliran/"] = lambda route: route.fulfill(
        body="retry: 60000\n\nevent: minutes\ndata: {}\n\n", content_type="text/event-stream"
    )

    page = stage.show(
        '<p hx-get="/bagian/" hx-trigger="live:agenda from:body">lama</p>',
        attrs='data-live="/aliran/" data-live-spread="0"',
    )
    page.wait_for_timeout(300)

    assert ("GET", "/bagian/") not in stage.requests


def test_refresh_of_the_stream_fetches_every_fragment(stage):
    stage.answers["/satu/"] = lambda route: route.fulfill(body="satu baru", content_type="text/html")
    stage.answers["/dua/"] = lambda route: route.fulfill(body="dua baru", content_type="text/html")
    stage.answers["/aliran/"] = lambda route: route.fulfill(
        body="retry: 60000\n\nevent: refresh\ndata: {}\n\n", content_type="text/event-stream"
    )

    page = stage.show(
        '<p id="satu" hx-get="/satu/" hx-trigger="live:agenda from:body"></p>'
        '<p id="dua" hx-get="/dua/" hx-trigger="live:minutes from:body"></p>',
        attrs='data-live="/aliran/" data-live-spread="0"',
    )

    expect(page.locator("#satu")).to_have_text("satu baru")
    expect(page.locator("#dua")).to_have_text("dua baru")


def test_page_of_an_outage_loads_again_as_soon_as_the_site_is_ready(stage):
    page = stage.show('<p data-again="/siap/"></p><script type="module" src="/static/js/again.js"></script>')
    stage.pages["/"] = "<h1>Kembali</h1>"

    expect(page.get_by_role("heading", name="Kembali")).to_be_visible(timeout=20_000)
    assert ("GET", "/siap/") in stage.requests


def test_choosing_where_nothing_was_found_is_no_error(stage):
    wrong = []
    stage.page.on("pageerror", lambda error: wrong.append(str(error)))

    page = stage.show('<form data-pick></form><script type="module" src="/static/js/pick.js"></script>')
    page.wait_for_load_state("networkidle")

    assert wrong == []

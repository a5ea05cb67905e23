"""Forms, tags and frames: the markup that every page is made of."""

import re
from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template

from rakor.accounts.context import navigation
from rakor.accounts.widgets import ChoiceCards, DateInput, SegRadio
from rakor.lib.access import NOBODY, AgencyRole, Viewer

NINE = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)


class MeetingForm(forms.Form):
    title = forms.CharField(label="Judul", max_length=1200, help_text="Tercetak di surat")
    date = forms.DateField(label="Tanggal", widget=DateInput)
    mode = forms.ChoiceField(label="Cara", choices=[("in_person", "Luring"), ("online", "Daring")], widget=SegRadio)
    answer = forms.ChoiceField(label="Jawaban", choices=[("yes", "Hadir")], widget=ChoiceCards(icons={"yes": "users"}))
    lead = forms.BooleanField(label="Wajib", required=False)
    paper = forms.FileField(label="Berkas", required=False)
    secret = forms.CharField(widget=forms.HiddenInput)


def rendered(source: str, **context) -> str:
    return Template("{% load rakor_ui %}" + source).render(Context(context)).strip()


def test_form_every_visible_field_has_one_label_or_legend():
    html = str(MeetingForm())

    labels = re.findall(r'<label for="(id_title|id_date|id_paper)">|<label class="check" for="(id_lead)">', html)
    assert ["".join(found) for found in labels] == ["id_title", "id_date", "id_lead", "id_paper"]
    assert re.findall(r"<legend>(\w+)", html) == ["Cara", "Jawaban"]


def test_form_counter_is_named_by_its_field():
    html = str(MeetingForm({"title": "Rapat"})["title"].as_field_group())

    assert '<span class="num" id="id_title_counter" data-counter="id_title">5/1.200</span>' in html
    assert 'aria-describedby="id_title_helptext id_title_counter"' in html


class FewNeeded(forms.Form):
    title = forms.CharField(max_length=400)
    theme = forms.CharField(required=False, max_length=120)
    scope = forms.CharField(required=False, max_length=120)
    agreed = forms.BooleanField(required=False)


class MostNeeded(forms.Form):
    name = forms.CharField()
    email = forms.CharField()
    phone = forms.CharField(required=False)


class NoneNeeded(forms.Form):
    phone = forms.CharField(required=False)


@pytest.mark.parametrize(
    ("form", "marks"),
    [
        (FewNeeded, ["", "(boleh kosong)", "(boleh kosong)"]),
        (MostNeeded, ["", "", "(boleh kosong)"]),
        (NoneNeeded, ["(boleh kosong)"]),
    ],
)
def test_form_marks_only_what_may_be_left_empty(form, marks):
    assert [str(bound.mark) for bound in form()][: len(marks)] == marks


def test_field_with_a_mark_of_its_own_keeps_it():
    form = FewNeeded()
    form.fields["theme"].mark = "(kadang)"

    assert (form["theme"].mark, "(kadang)" in str(form["theme"].as_field_group())) == ("(kadang)", True)


@pytest.mark.parametrize(
    ("field", "text", "hidden"),
    [("title", "", False), ("theme", "", True), ("theme", "x" * 95, True), ("theme", "x" * 96, False)],
)
def test_counter_of_a_short_field_waits_until_it_is_nearly_full(field, text, hidden):
    form = FewNeeded(initial={field: text})
    html = form[field].as_field_group()

    counter = html[html.index("data-counter") :].split(">")[0]
    assert counter.endswith(" hidden") is hidden


def test_form_error_stands_at_its_field_and_is_named_by_it():
    html = str(MeetingForm({"title": ""})["title"].as_field_group())

    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="id_title_helptext id_title_error id_title_counter"' in html
    assert html.count('id="id_title_error"') == 1


def test_form_summary_links_to_inputs_that_exist():
    html = str(MeetingForm({}))

    targets = re.findall(r'href="#(\w+)"', html)
    assert targets == ["id_title", "id_date", "id_mode_0", "id_answer_0"]
    assert [html.count(f'id="{target}"') for target in targets] == [1, 1, 1, 1]


def test_form_error_of_a_hidden_field_is_said_in_the_summary():
    html = str(MeetingForm({"title": "a", "date": "2026-04-15", "mode": "online", "answer": "yes"}))

    assert re.findall(r'href="#(\w+)"', html) == []
    assert html.count('role="alert"') == 1


class Door(forms.Form):
    name = forms.CharField(label="Nama", initial="Budi")
    colour = forms.ChoiceField(label="Warna", choices=[("red", "Merah"), ("blue", "Biru")])
    key = forms.CharField(label="Kunci", widget=forms.PasswordInput)
    day = forms.DateField(label="Hari", widget=DateInput)


ALL, ALL_BUT = "Semua yang diketik masih ada di sini.", "Semua yang diketik masih ada di sini, kecuali kata sandi dan"


@pytest.mark.parametrize(
    ("entered", "kept", "lost"),
    [
        ({}, False, False),
        ({"name": "Budi", "colour": "blue"}, False, False),
        ({"name": "Citra"}, True, False),
        ({"key": "rahasia"}, False, False),
        ({"name": "Citra", "key": "rahasia"}, False, True),
    ],
)
def test_form_summary_says_what_is_kept_only_of_what_was_typed(entered, kept, lost):
    html = str(Door(entered))

    assert (ALL in html, ALL_BUT in html) == (kept, lost)


def test_form_without_errors_has_no_summary():
    assert 'role="alert"' not in str(MeetingForm())


def test_icon_is_inline_and_hidden():
    html = rendered('{% icon "search" %}')

    assert re.fullmatch(r'<svg [^>]*class="icon" aria-hidden="true"[^>]*>(<\w+ [^<>]*/>)+</svg>', html)


def test_chip_escapes_its_label():
    assert rendered('{% chip "draft" label %}', label="<b>") == '<span class="chip draft">&lt;b&gt;</span>'


def test_when_names_day_clock_and_zone():
    html = rendered('{% when moment "Asia/Makassar" %}', moment=NINE)

    assert html == '<time datetime="2026-04-15T02:00+00:00">Rabu, 15 April 2026, 10.00 WITA</time>'


def test_both_clocks_put_the_readers_first():
    html = rendered('{% both_clocks moment "Asia/Makassar" "Asia/Jakarta" %}', moment=NINE)

    assert "10.00 WITA (09.00 WIB)" in html


def test_both_clocks_say_one_zone_once():
    html = rendered('{% both_clocks moment "Asia/Pontianak" "Asia/Jakarta" %}', moment=NINE)

    assert ">09.00 WIB<" in html


def test_clocks_add_the_organisers_day_when_midnight_lies_between():
    late = datetime(2026, 4, 15, 15, 30, tzinfo=UTC)

    html = rendered('{% clocks moment "Asia/Jayapura" "Asia/Jakarta" %}', moment=late)

    assert "Kamis, 16 April 2026" in html
    assert "Rabu, 15 April 2026, 22.30 WIB" in html


def test_confirm_works_without_a_script():
    html = rendered('{% confirm "Batalkan" "Batalkan rapat?" %}<form></form>{% endconfirm %}')

    assert re.sub(r"\s+", " ", html).startswith('<details class="confirm"> <summary class="btn danger">')
    assert "<form></form>" in html


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("", ["home", "meeting_list", "follow_up_list"]),
        ("contact", ["home", "meeting_list", "follow_up_list", "agency_list"]),
        ("organiser", ["home", "meeting_list", "follow_up_list", "agency_list", "document_list"]),
        ("auditor", ["home", "meeting_list", "follow_up_list", "agency_list", "document_list"]),
    ],
)
def test_navigation_shows_what_the_role_may_open(role, names):
    viewer = Viewer(user_id=1, agency_roles=(AgencyRole(1, 1, role),) if role else ())

    assert [item.url_name for item in navigation(viewer, "/rapat/")] == names


@pytest.mark.parametrize(("who", "shown"), [("sinta", True), ("citra", False)])
def test_navigation_shows_staff_the_directory_once_a_meeting_concerns_them(meeting, cast, who, shown):
    items = navigation(cast.viewer(getattr(cast, who)), "/")

    assert ("agency_list" in [item.url_name for item in items]) is shown


def test_navigation_of_a_guest_is_empty():
    assert navigation(NOBODY, "/") == []


def test_navigation_marks_the_current_room():
    items = navigation(Viewer(user_id=1), "/rapat/abc/undangan/")

    assert [item.url_name for item in items if item.current] == ["meeting_list"]

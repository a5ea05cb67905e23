"""Whoever reads English finds no Indonesian but names and official texts, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from tests.pages.test_bad_input import forms, nonsense, nothing, spoilt
from tests.pages.test_language_switch import back_to, switch
from tests.pages.world import World, build
from tests.test_architecture import templates

INDONESIAN = """
yang dan dengan untuk dari pada tidak belum sudah ini itu atau oleh akan dapat harus bila jika agar karena saat setelah
sebelum lagi masih hanya juga semua setiap antara tentang kepada dalam di ke anda kami bapak ibu silakan rapat undangan
notula jawaban hadir kehadiran instansi jabatan surat dokumen tanggal jam pukul waktu tempat acara tautan akun sandi
masuk keluar simpan kirim batal tambah ubah hapus cari unduh unggah lihat buka tutup mulai selesai pimpinan notulis
penyelenggara peserta wakil mewakili mewakilkan daring luring tindak lanjut tenggat keputusan kesimpulan tanggapan
halaman nama surel telepon nomor lampiran berkas verifikasi panduan hari bulan tahun menit orang butir draf terjadwal
berlangsung dibatalkan ditunda menunggu diterima ditolak terkirim gagal ditandatangani tanda tangan penanda kata isian
wajib salah benar ya kembali lanjut sebelumnya berikutnya senin selasa rabu kamis jumat sabtu minggu januari februari
maret mei juni juli agustus oktober desember
"""
ENGLISH = """
the and of with for from not yet is are was were been this that these has have had will may must can your you they who
when where which what before after already still only also every all each between about into by to on in or if meeting
meetings invitation invitations minutes answer answers agency agencies position positions letter document documents
date time place link account password search save send cancel add change delete download upload open close closed start
started end ended chair organiser signed signature decision due page name e-mail phone number attachment file verify
guide back next draft scheduled held running waiting queued sent failed yes wrong required monday tuesday wednesday
thursday friday saturday sunday january february march june july august october december
"""
FOREIGN = {"en": frozenset(INDONESIAN.split()), "id": frozenset(ENGLISH.split())}
"""Language of the page → words that give the other one away."""
SPOKEN = ("alt", "title", "aria-label", "aria-description", "placeholder", "label", "data-label")
"""Attributes that are read to people; a module shows those that begin with `data-` and hold more than one word."""
SHORT = 28
"""Characters up to which a name within an English sentence is read with it."""
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NOTHING = "(?!)"
QUOTED = re.compile(r"“[^”]*”|{\w+}")
"""What is named and not said: the other language's words, and placeholders of a pattern."""
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


Piece = tuple[str, str, str]
"""Its language, the element whose words they are ("" for an attribute), the words."""


class Said(HTMLParser):
    """What a page says, piece by piece."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[Piece] = []
        self._open: list[tuple[str, str]] = [("", "")]
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        given = {name: value or "" for name, value in attrs}
        language = given.get("lang", self._open[-1][1])
        for name, value in given.items():
            shown = name in SPOKEN or (name.startswith("data-") and " " in value)
            if shown or (name == "value" and given.get("type") in ("submit", "button")):
                self.pieces.append((language, "", value))
        if tag not in VOID:
            self._open.append((tag, language))

    def handle_startendtag(self, tag, attrs) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag) -> None:
        while len(self._open) > 1 and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data) -> None:
        tag, language = self._open[-1]
        if data.strip() and tag not in ("script", "style", "code"):
            self.pieces.append((language, tag, " ".join(data.split())))


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield " ".join(value.split())
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)


def entered() -> re.Pattern[str]:
    """Matches whatever stands as free text in a row of the world: titles, names, wording of letters and minutes."""
    known: set[str] = set()
    for model in apps.get_models():
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if not field.choices and field.get_internal_type() in ("CharField", "TextField", "JSONField", "ArrayField")
        ]
        for row in model._base_manager.values_list(*fields) if fields else ():
            known.update(texts_in(row))
    texts = sorted((text for text in known if len(text) > 3 and WORD.search(text)), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, texts)) or NOTHING)


def words_of(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text) if not word.isupper()}


def foreign(pieces: list[Piece], language: str, own: re.Pattern[str]) -> list[str]:
    """The pieces in the page's language with a word of the other, and that word."""
    found = []
    for spoken, _tag, text in pieces:
        if spoken == language and words_of(text) & FOREIGN[language]:
            words = words_of(QUOTED.sub(" ", own.sub(" ", text))) & FOREIGN[language]
            if words:
                found.append(f"{', '.join(sorted(words))}: {text[:160]}")
    return found


def unmarked(pieces: list[Piece], own: re.Pattern[str]) -> list[str]:
    """Indonesian sentences, titles and long names that a screen reader would read as English."""
    return [
        f"<{tag}> {found[0]}"
        for spoken, tag, text in pieces
        if spoken != "id" and tag not in ("", "title", "option") and words_of(text) & FOREIGN["en"]
        for found in own.finditer(text)
        if len(found[0]) > SHORT and words_of(found[0]) & FOREIGN["en"]
    ]


@pytest.fixture
def world(db) -> World:
    return build(whole_directory=False)


def become(client: Client, world: World, who: str, language: str) -> None:
    """One client for everybody: a new one would look through all static files again."""
    client.cookies.clear()
    client.cookies["django_language"] = language
    if who in world.sessions:
        client.cookies["sessionid"] = world.sessions[who]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", FOREIGN)
def test_page_speaks_one_language_and_offers_the_other(world, client, language):
    own, found = entered(), {}
    for stop in world.stops:
        become(client, world, stop.who, language)
        html = client.get(stop.path).content.decode()
        pieces = Said(html).pieces
        wrong = [*foreign(pieces, language, own), *(unmarked(pieces, own) if language == "en" else [])]
        form = switch(html)
        if form is None or form.fields["next"].values != [back_to(stop.path)]:
            wrong.append("no switch that leads back here")
        for piece in wrong:
            found.setdefault(piece, f"{stop.who} {stop.path}")
    assert not found, "\n".join(["", *(f"{place}: {piece}" for piece, place in found.items())])


@pytest.mark.parametrize("language", FOREIGN)
def test_first_run_speaks_one_language(db, client, language):
    client.cookies["django_language"] = language
    html = client.get("/pengaturan-awal/").content.decode()

    assert foreign(Said(html).pieces, language, re.compile(NOTHING)) == []
    assert switch(html) is not None


OF_ANOTHER_KIND = re.compile(
    r"{% comment.*?endcomment %}|{#.*?#}|{% blocktrans.*?{% endblocktrans(?:late)? %}"
    r"|{% block (?:main_class|body_class|body_attrs) %}.*?{% endblock %}|<(script|style|code)\b.*?</\1>"
    r"|<(\w+)[^>]* lang=\"(?:id|en)\".*?</\2>|{% language .*?{% endlanguage %}",
    re.S,
)
"""What says nothing to people, goes through the catalogue, or names its own language."""
LONG_TEXTS = [path for path in templates() if "guide" in path.parts and path.name not in ("page.html", "index.html")]
"""Pages of the guide are written once in each language."""


PROPER = {"Rakor", "PDF", "SHA"}


def own_words(template: str) -> set[str]:
    """Words that stand in the template itself, between its tags or in an attribute that is read to people."""
    text = OF_ANOTHER_KIND.sub(" ", template)
    spoken = re.findall(r"(?:aria-label|alt|title|placeholder)=\"([^\"{]+)\"", text)
    bare = re.sub(r"{%.*?%}|{{.*?}}|<[^>]*>", " ", text, flags=re.S)
    return {word for words in [bare, *spoken] for word in re.findall(r"[A-Za-z]{3,}", words)}


def test_templates_take_their_words_from_the_catalogue():
    """Also where no stop of the world leads."""
    texts = {path: path.read_text(encoding="utf-8") for path in templates() if path not in LONG_TEXTS}
    found = {path.name: own_words(text) - PROPER for path, text in texts.items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_word_outside_the_catalogue_is_found():
    assert own_words('<p title="Tutup">Halo {{ name }} {% translate "Close" %}<b lang="id">Yth.</b></p>') == {
        "Tutup",
        "Halo",
    }


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", FOREIGN)
def test_answers_to_forms_speak_one_language(world, language):
    """Sent empty and sent with nonsense: what is refused, and what is said on the page that follows."""
    own, found, tried = entered(), {}, 0
    for client, _page, form, address, chosen in forms(world):
        client.cookies["django_language"] = language
        for spoil in (nothing, nonsense):
            changes = {name: spoil(form.fields[name]) for name in spoilt(form, spoil)} | chosen
            with transaction.atomic():
                answer = client.post(address, form.sent(**changes), follow=True)
                transaction.set_rollback(True)
            tried += 1
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                for piece in foreign(Said(answer.content.decode()).pieces, language, own):
                    found.setdefault(piece, address)
    assert not found, "\n".join(["", *(f"{place}: {piece}" for piece, place in found.items())])
    assert tried > 30

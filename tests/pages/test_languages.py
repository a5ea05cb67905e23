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
QUOTED = re.compile("“[^”]*”")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Said(HTMLParser):
    """What a page says, piece by piece: (language, the element whose words they are or "" for an attribute, text)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.pieces: list[tuple[str, str, str]] = []
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
    return re.compile("|".join(map(re.escape, texts)))


def foreign(html: str, language: str, own: re.Pattern[str]) -> list[str]:
    """The pieces in the page's language with a word of the other, and that word."""
    found = []
    for spoken, _tag, text in Said(html).pieces:
        if spoken == language:
            rest = QUOTED.sub(" ", own.sub(" ", text))
            words = {word.lower() for word in WORD.findall(rest) if not word.isupper()} & FOREIGN[language]
            if words:
                found.append(f"{', '.join(sorted(words))}: {text[:160]}")
    return found


def unmarked(html: str, own: re.Pattern[str]) -> list[str]:
    """Indonesian sentences, titles and long names that a screen reader would read as English."""
    return [
        f"<{tag}> {found[0]}"
        for spoken, tag, text in Said(html).pieces
        for found in own.finditer(text)
        if spoken != "id" and tag not in ("", "title", "option") and len(found[0]) > SHORT
        if set(WORD.findall(found[0].lower())) & FOREIGN["en"]
    ]


@pytest.fixture
def world(db) -> World:
    return build(whole_directory=False)


def visitor(world: World, who: str, language: str) -> Client:
    client = Client()
    client.cookies["django_language"] = language
    if who in world.sessions:
        client.cookies["sessionid"] = world.sessions[who]
    return client


@pytest.mark.parametrize("language", FOREIGN)
def test_page_speaks_one_language_and_offers_the_other(world, language):
    own, found = entered(), {}
    for stop in world.stops:
        html = visitor(world, stop.who, language).get(stop.path).content.decode()
        wrong = [*foreign(html, language, own), *(unmarked(html, own) if language == "en" else [])]
        form = switch(html)
        if form is None or form.fields["next"].values != [back_to(stop.path)]:
            wrong.append("no switch that leads back here")
        for piece in wrong:
            found.setdefault(piece, f"{stop.who} {stop.path}")
    assert not found, "\n".join(["", *(f"{place}: {piece}" for piece, place in found.items())])


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
                for piece in foreign(answer.content.decode(), language, own):
                    found.setdefault(piece, address)
    assert not found, "\n".join(["", *(f"{place}: {piece}" for piece, place in found.items())])
    assert tried > 30

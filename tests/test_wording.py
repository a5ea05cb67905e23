"""The Indonesian catalogue: compiled as written, placeholders kept, in the words that officials write."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.template import Context, Template
from django.utils import translation

from rakor.lib import wording

CATALOGUE = Path(__file__).resolve().parent.parent / "rakor" / "locale" / "id" / "LC_MESSAGES" / "django.po"
PART = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr)(?:\[0\])? (".*")$|^(".*")$')
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|</?\w+[^>]*>")
LEFT_OVER = {
    "the", "is", "are", "was", "please", "of", "and", "to", "with", "your", "you", "not", "this", "that", "by", "or",
    "meeting", "minutes", "email", "e-mail", "link", "online", "offline", "download", "upload", "password", "login",
    "click", "submit",
}  # fmt: skip
UNOFFICIAL = {
    "perlindungan": "pelindungan", "notulen": "notula or notulis", "peladen": "server",
    "penandatangan": "penanda tangan", "tandatangani": "tanda tangani",
}  # fmt: skip


@dataclass(frozen=True)
class Entry:
    context: str | None
    msgid: str
    plural: str
    msgstr: str

    @property
    def words(self) -> set[str]:
        return set(re.findall(r"[a-z]+(?:-[a-z]+)*", PLACEHOLDER.sub(" ", self.msgstr).lower()))


def entries() -> Iterator[Entry]:
    """Every entry of the catalogue but its head."""
    for block in CATALOGUE.read_text(encoding="utf-8").split("\n\n")[1:]:
        said = {"msgctxt": "", "msgid": "", "msgid_plural": "", "msgstr": ""}
        field = ""
        for line in block.splitlines():
            if found := PART.match(line):
                field = found[1] or field
                said[field] += ast.literal_eval(found[2] or found[3])
        yield Entry(said["msgctxt"] or None, said["msgid"], said["msgid_plural"], said["msgstr"])


ENTRIES = list(entries())


def looked_up(entry: Entry) -> str:
    if entry.plural:
        return translation.ngettext(entry.msgid, entry.plural, 7)
    return translation.pgettext(entry.context, entry.msgid) if entry.context else translation.gettext(entry.msgid)


def test_compiled_catalogue_says_what_the_source_says():
    with translation.override("id"):
        assert {e.msgid: looked_up(e) for e in ENTRIES if looked_up(e) != e.msgstr} == {}


def test_compiled_catalogue_holds_nothing_else():
    with CATALOGUE.with_suffix(".mo").open("rb") as compiled:
        keys = {k for k in gettext.GNUTranslations(compiled)._catalog if k}

    ours = {f"{e.context}\x04{e.msgid}" if e.context else e.msgid for e in ENTRIES}
    assert {k[0] if isinstance(k, tuple) else k for k in keys} == ours


def test_translations_keep_the_placeholders():
    def wanted(text: str) -> list[str]:
        return sorted(set(PLACEHOLDER.findall(text)))

    assert [e.msgid for e in ENTRIES if wanted(e.plural or e.msgid) != wanted(e.msgstr)] == []


def test_translations_do_not_shout():
    assert [e.msgstr for e in ENTRIES if "!" in e.msgstr] == []


def test_no_english_is_left_over():
    assert [(sorted(e.words & LEFT_OVER), e.msgstr) for e in ENTRIES if e.words & LEFT_OVER] == []


@pytest.mark.parametrize("word", UNOFFICIAL)
def test_words_are_those_that_officials_write(word):
    assert [e.msgstr for e in ENTRIES if word in e.words] == [], f"write {UNOFFICIAL[word]}"


def test_head_names_the_language_and_nobody():
    head = CATALOGUE.read_text(encoding="utf-8").split("\n\n")[0]

    assert ('"Language: id\\n"' in head, '"Plural-Forms: nplurals=1; plural=0;\\n"' in head) == (True, True)
    assert "@" not in head
    assert '"POT-Creation-Date: 2026-11-24 00:00+0000\\n"' in head, "run `make messages`, which keeps the date"


# -- dates, times, numbers ---------------------------------------------------------------------------------------

NINE = datetime(2024, 10, 11, 2, 0, tzinfo=UTC)
NOON = datetime(2024, 10, 11, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", ["Jumat, 11 Oktober 2024", "09.00 WIB", "09.00–12.00 WIB", "09.00 WIB s.d. selesai", "12.345"]),
        ("en", ["Friday, 11 October 2024", "09:00 WIB", "09:00–12:00 WIB", "09:00 WIB until it ends", "12,345"]),
    ],
)
def test_page_says_days_hours_and_numbers_as_its_language_does(language, said):
    with translation.override(language):
        assert [
            wording.day(NINE),
            wording.clock(NINE, "Asia/Jakarta"),
            wording.clock_range(NINE, NOON, "Asia/Jakarta"),
            wording.clock_range(NINE, None, "Asia/Jakarta"),
            str(wording.Number(12345)),
        ] == said


@pytest.mark.parametrize("language", ["id", "en"])
def test_paper_says_days_and_hours_in_official_indonesian(language):
    with translation.override(language):
        assert [
            wording.official_day(NINE, "Asia/Jayapura"),
            wording.official_clock(NINE, "Asia/Jayapura"),
            wording.official_clock_range(NINE, NOON, "Asia/Jayapura"),
            wording.official_clock_range(NINE, None, "Asia/Jayapura"),
        ] == ["Jumat, 11 Oktober 2024", "11.00 WIT", "11.00–14.00 WIT", "11.00 WIT s.d. selesai"]


@pytest.mark.parametrize(
    ("language", "said"), [("id", "undangan untuk 12.345 instansi"), ("en", "invitations to 12,345 agencies")]
)
def test_template_separates_thousands_of_counts_only_and_keeps_the_plural(language, said):
    words = "invitations to {{ n }} agency{% plural %}invitations to {{ n }} agencies{% endblocktranslate %}"
    template = Template("{% load i18n rakor_ui %}{% blocktranslate count n=many|number %}" + words + ", {{ year }}")
    with translation.override(language):
        assert template.render(Context({"many": 12345, "year": 2026})) == f"{said}, 2026"

"""Finding directory entries by words that are typed in a hurry: accents, capitals and a wrong letter do not matter.

Agencies and positions keep what they are called in a column `search` that the database fills
(function `directory_text` of migration 0005): names without accents
and capitals between bars, `| bp3mi bali | balai pelindungan … |`, under a trigram index. Each word of a search is
looked for in it literally, at least at the beginning of a word, and from four letters on as a similar word, by
pg_trgm's own threshold. Each question is about one table alone, so that its index serves; the answers are united.
"""

from __future__ import annotations

import unicodedata

from django.db.models import Case, IntegerField, Q, Value, When

MOST_WORDS = 8
LEAST_INSIDE, LEAST_SIMILAR = 3, 4
"""Letters from which a word is found inside of others, and from which a similar one will do."""
SIMILAR = 3
"""The nearness of what has no more than similar words."""


def plain(text: str) -> str:
    """The text as far as two ways to write it are the same: small letters without accents, words between spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def words_of(typed: str) -> list[str]:
    """The first words of what somebody typed, as `search` holds them."""
    return plain(typed).split()[:MOST_WORDS]


def has(word: str) -> Q:
    """Rows that have the word, inside another one if it is long enough to be distinctive."""
    return Q(search__contains=word if len(word) >= LEAST_INSIDE else f" {word}")


def resembles(word: str) -> Q:
    """Rows that have the word or, if it is long enough, a similar one."""
    return has(word) | Q(search__trigram_strict_word_similar=word) if len(word) >= LEAST_SIMILAR else has(word)


def nearness(typed: str, literal: Q) -> Case:
    """0 for rows of which this is a name, 1 where a name begins with it, 2 for `literal` ones, SIMILAR for the rest."""
    whole = plain(typed)
    return Case(
        When(search__contains=f"| {whole} |", then=Value(0)),
        When(search__contains=f"| {whole} ", then=Value(1)),
        When(literal, then=Value(2)),
        default=Value(SIMILAR),
        output_field=IntegerField(),
    )

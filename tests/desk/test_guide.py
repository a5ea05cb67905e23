"""The user guide is open to everybody."""

import re

import pytest
from django.conf import settings

from rakor.guide.views import PAGES

SHAPE = re.compile(r"<(section|h2|p|b|code)\b|<a href=\"[^\"]*\"")
"""What a page and its translation have in common: sections, headings, paragraphs, buttons named in bold, links."""


@pytest.mark.parametrize("page", PAGES)
def test_stranger_reads_the_guide(client, db, page):
    assert client.get(f"/panduan/{page}/").status_code == 200


def test_table_of_contents_leads_to_every_page(client, db):
    text = client.get("/panduan/").content.decode()

    assert [page for page in PAGES if f'href="/panduan/{page}/"' not in text] == []


def test_account_holder_reads_it_in_the_own_frame(cast, login):
    assert login(cast.sari).get("/panduan/staf/").context["base"] == "base.html"


def test_unknown_page_is_not_found(client, db):
    assert client.get("/panduan/rahasia/").status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_page_says_the_same_in_english(client, db, page):
    def shape(language: str) -> list[str]:
        client.cookies["django_language"] = language
        text = client.get(f"/panduan/{page}/").content.decode()
        return [found[0] for found in SHAPE.finditer(text.partition("<article")[2].partition("</article>")[0])]

    assert shape("en") == shape("id")
    assert (settings.BASE_DIR / "templates" / "guide" / "en" / f"{page}.html").exists()

"""The user guide is open to everybody."""

import pytest

from rakor.guide.views import PAGES


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

"""In a real browser: the paper appears by itself, a signature is put on, a file is checked."""

import pytest

from rakor.documents.models import Document, File
from tests import factories as make
from tests.documents.conftest import PASSPHRASE

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def minutes(meeting, cast, sari):
    """Numbered minutes that Nia and Karno sign; the kind is the real one, because the site is another process."""
    document = Document(kind="minutes", meeting=meeting, subject="Notula Uji", place="Jakarta").register(by=sari)
    make.MinutesFactory(meeting=meeting, document=document)
    for order, user in enumerate((cast.nia, cast.karno), start=1):
        make.SignatoryFactory(document=document, order=order, user=user, position="Analis")
    document.number_it(number="NT-1", by=sari)
    return document


def _log_in(page, site, user):
    page.goto(f"{site.url}/masuk/")
    page.fill("[name=login]", user.email)
    page.fill("[name=password]", make.PASSWORD)
    page.click("main form button")
    page.wait_for_url(f"{site.url}/")


def test_the_paper_appears_by_itself(site, minutes, papers, watched, cast):
    _log_in(watched, site, cast.sari)
    watched.goto(f"{site.url}/dokumen/{minutes.public_id}/")
    watched.wait_for_selector("#paper progress")
    minutes.paper_made(File.objects.keep(papers.prepared), 1)
    watched.wait_for_selector("#paper a[href$='/unduh/']", timeout=10_000)
    assert watched.locator(".page-head .chip").get_attribute("class").split()[1] == "awaiting_signature"


def test_a_signature_is_put_on(site, minutes, papers, certified, watched, cast):
    minutes.paper_made(File.objects.keep(papers.prepared), 1)
    _log_in(watched, site, cast.nia)
    watched.goto(f"{site.url}/dokumen/{minutes.public_id}/tanda-tangan/")
    watched.check("[name=read]")
    watched.fill("[name=passphrase]", PASSPHRASE)
    watched.click("form .btn.primary")
    watched.wait_for_url(f"{site.url}/dokumen/{minutes.public_id}/")
    assert minutes.signatories.get(order=1).signed_at is not None
    assert PASSPHRASE not in site.log.read_text()


def test_a_file_is_checked_by_a_stranger(site, minutes, papers, watched, tmp_path):
    minutes.paper_made(File.objects.keep(papers.prepared), 1)
    file = tmp_path / "naskah.pdf"
    file.write_bytes(papers.prepared)
    watched.goto(f"{site.url}/verifikasi/{minutes.code}/")
    watched.set_input_files("[name=file]", file)
    watched.click("form .btn.primary")
    watched.wait_for_selector(".verdict")
    assert watched.locator(".verdict dd[data-tone]").count() == 4

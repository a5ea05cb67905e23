"""Strangers who send files that take long keep nobody else waiting."""

import http.cookiejar
import re
import threading
import time
import urllib.error
import urllib.request
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from tests import factories as make
from tests.documents import papers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.django_db(transaction=True)]


class Stranger:
    """Somebody with a browser; `answer` is (status, headers, text) of what was sent last, `took` its seconds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({})
        )
        self.answer = (0, {}, "")

    def _fetch(self, data: bytes | None = None) -> None:
        began = time.monotonic()
        request = urllib.request.Request(self.url, data, {"Content-Type": MULTIPART_CONTENT} if data else {})
        try:
            with self.browser.open(request, timeout=120) as answer:
                self.answer = (answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as answer:
            self.answer = (answer.code, answer.headers, answer.read().decode())
        self.took = time.monotonic() - began

    def look(self) -> float:
        """Opens the page; how long that took."""
        self._fetch()
        assert self.answer[0] == 200
        return self.took

    def check(self, pdf: bytes) -> None:
        """Sends the file from the opened page."""
        [token, *_more] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', self.answer[2])
        file = SimpleUploadedFile("surat.pdf", pdf, "application/pdf")
        self._fetch(encode_multipart(BOUNDARY, {"csrfmiddlewaretoken": token, "file": file}))


@pytest.fixture
def two_connections(monkeypatch):
    """The site that follows has two connections to the database for everybody."""
    monkeypatch.setenv("DATABASE_POOL", "2")


def test_files_that_take_long_keep_nobody_waiting(two_connections, site):
    document = make.DocumentFactory(
        status="signed", number="N-1", date=date(2026, 4, 15), current=make.FileFactory(),
        signed_at=timezone.now(), signed_by="system",
    )  # fmt: skip
    hostile = [Stranger(f"{site.url}/verifikasi/{document.public_id}/") for _each in range(3)]
    visitor, fourth = (Stranger(hostile[0].url) for _each in range(2))
    for somebody in (*hostile, visitor, fourth):
        somebody.look()
    slow = papers.slow()

    threads = [threading.Thread(target=somebody.check, args=[slow]) for somebody in hostile]
    for thread in threads:
        thread.start()
    time.sleep(1)
    waits = []
    while len(waits) < 10 and sum(thread.is_alive() for thread in threads) > 1:
        waits.append(visitor.look())
        time.sleep(0.1)
    still_at_it = sum(thread.is_alive() for thread in threads)
    fourth.check(slow)
    for thread in threads:
        thread.join(60)

    assert (still_at_it >= 2, len(waits), max(waits) < 5) == (True, 10, True), waits
    assert sorted(somebody.answer[0] for somebody in hostile) == [200, 200, 503]
    assert (fourth.answer[0], fourth.answer[1]["Retry-After"], fourth.took < 10) == (503, "30", True)
    assert "setengah menit" in fourth.answer[2]

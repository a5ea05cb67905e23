"""The language is chosen on the page itself, by a POST that leads back to it; a cookie keeps it.

That no page lacks the switch is seen to by test_languages.
"""

from __future__ import annotations

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from rakor.accounts.context import here
from rakor.accounts.middleware import LanguageMiddleware
from rakor.desk.outage import broken
from tests.pages.reading import Form, Page


def back_to(path: str) -> str:
    """Where the switch of this page leads: back; a personal link is written on no page."""
    return "/" if path.startswith("/u/") else path


def switch(html: str) -> Form | None:
    """The form that changes the language; None where it is missing or could not be sent."""
    found = [form for form in Page(html).forms if form.action == "/bahasa/" and form.method == "post"]
    return next((form for form in found if form.fields["csrfmiddlewaretoken"].values != [""]), None)


@pytest.mark.parametrize("path", ["/masuk/", "/verifikasi/", "/verifikasi/?kode=", "/tidak-ada/", "/u/SALAH.salah"])
def test_switch_leads_back_to_the_page_in_english(cast, path):
    client = Client(enforce_csrf_checks=True)
    form = switch(client.get(path).content.decode())

    response = client.post(form.action, form.sent(language=["en"]))

    assert (response.status_code, response.url) == (302, back_to(path))
    assert '<html lang="en">' in client.get(path).content.decode()


def test_switch_of_a_form_that_was_refused_leads_back_to_the_form(cast):
    client = Client(enforce_csrf_checks=True)
    client.get("/masuk/")
    refused = client.post("/masuk/", {"login": "x"}, headers={"referer": "http://testserver/masuk/?next=/rapat/"})

    form = switch(refused.content.decode())

    assert refused.status_code == 403
    assert form.fields["next"].values == ["/masuk/?next=/rapat/"]
    assert client.post(form.action, form.sent(language=["en"])).status_code == 302


@pytest.mark.parametrize(
    ("referer", "leads"),
    [
        ("http://testserver/masuk/?next=/rapat/#atas", "/masuk/?next=/rapat/"),
        ("https://lain.example/masuk/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_a_post_the_switch_leads_to_the_page_before(referer, leads):
    assert here(RequestFactory().post("/rapat/baru/", headers={"referer": referer})) == leads


# -- when something broke -----------------------------------------------------------------------------------------


def fallen(language: str) -> tuple[HttpRequest, str]:
    """A request that fails before it has a session, and the page it gets."""
    request = RequestFactory().get("/rapat/?q=uji")
    request.COOKIES["django_language"] = language

    def fails(request):
        try:
            raise ValueError
        except ValueError:
            return broken(request)

    response = LanguageMiddleware(fails)(request)
    assert response.status_code == 500
    return request, response.content.decode()


@pytest.mark.parametrize(
    ("language", "words"), [("id", "Ada gangguan di pihak kami"), ("en", "Something broke on our")]
)
def test_broken_page_speaks_the_chosen_language(language, words):
    _request, html = fallen(language)

    assert (f'<html lang="{language}">' in html, words in html) == (True, True)


def test_broken_page_has_the_switch_and_needs_no_database():
    """No `db` fixture: a query would fail the test."""
    request, html = fallen("id")

    form = switch(html)

    assert form.fields["next"].values == ["/rapat/?q=uji"]
    assert request.META["CSRF_COOKIE"]
    assert not hasattr(request, "session")

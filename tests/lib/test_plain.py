"""What a request claims about itself and cannot be."""

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory

from rakor.lib.plain import PlainRequests


def answer(request):
    return PlainRequests(lambda request: HttpResponse())(request)


@pytest.mark.parametrize(
    ("charset", "status"),
    [("UTF-8", 200), ("utf8", 200), ("tidak-ada", 200), ("utf-16", 400), ("hex", 400), ("unicode_escape", 400)],
)
def test_everything_is_utf_8(charset, status):
    """What Python does not know is taken for nothing said."""
    request = RequestFactory().get("/", CONTENT_TYPE=f"text/plain; charset={charset}")
    assert answer(request).status_code == status


@pytest.mark.parametrize(
    ("sent", "kept"), [("0abc9", "0abc9"), ("²", None), ('"abc\\000d"', None), ("", None), ("a b", None)]
)
def test_a_session_cookie_is_of_our_letters_or_none(sent, kept):
    request = RequestFactory().get("/", HTTP_COOKIE=f"{settings.SESSION_COOKIE_NAME}={sent}")
    answer(request)
    assert request.COOKIES.get(settings.SESSION_COOKIE_NAME) == kept

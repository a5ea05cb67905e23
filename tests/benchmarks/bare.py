"""The unit of CPU: a Django with nothing in it but one view that returns a cached page of 20 kB."""

import os

import django
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import path

PAGE = ("<p>" + "Bare page. " * 9 + "</p>\n") * 190
KEY = "page"


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(cache.get_or_set(KEY, PAGE[:20_000]))


urlpatterns = [path("", page)]


def _application():
    from django.core.asgi import get_asgi_application

    if not settings.configured:
        settings.configure(
            SECRET_KEY=os.environ["SECRET_KEY"],
            ROOT_URLCONF=__name__,
            ALLOWED_HOSTS=["127.0.0.1"],
            CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        )
        django.setup()
    return get_asgi_application()


application = _application()

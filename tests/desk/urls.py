"""The product's addresses, and one page that is broken."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from rakor import urls


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("not an outage")


handler400, handler403, handler500 = urls.handler400, urls.handler403, urls.handler500
urlpatterns = [path("rusak/", broken), path("", include("rakor.urls"))]

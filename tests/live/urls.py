"""Pages that only these tests have: a stream whose view reads the database first, and an ordinary page."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from rakor.accounts.models import User
from rakor.live.stream import stream


def channel(request: HttpRequest, name: str) -> StreamingHttpResponse:
    User.objects.exists()
    return stream(request, name)


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(User.objects.count()))


urlpatterns = [path("aliran/<str:name>/", channel), path("biasa/", page)]

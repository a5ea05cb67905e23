"""All addresses, with refusals that say nothing: asked thousands of times is who may, not how a refusal looks."""

from django.http import HttpRequest, HttpResponse

from rakor.urls import urlpatterns

__all__ = ["handler403", "handler404", "urlpatterns"]


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=403)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=404)

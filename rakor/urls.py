"""Addresses. Every room keeps its own list."""

from django.urls import URLPattern, URLResolver, include, path

from rakor.lib import addresses

addresses.register()

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("rakor.desk.urls")),
    path("", include("rakor.accounts.urls")),
    path("", include("rakor.meetings.urls")),
    path("", include("attendees.urls")),
    path("", include("agenda.urls")),
    path("", include("minutes.urls")),
    path("", include("rakor.documents.urls")),
    path("", include("rakor.guide.urls")),
]

handler400 = "rakor.desk.outage.bad_request"
handler403 = "rakor.accounts.views.forbidden"
handler500 = "rakor.desk.outage.broken"

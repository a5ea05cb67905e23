"""The user guide: short pages, open to everybody, written once in each language."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

PAGES = {
    "penyelenggara": _("Organisers: from the draft to the invitations sent"),
    "tamu": _("Invited guests: answering, sending a deputy, joining"),
    "notulis-dan-pimpinan": _("Minute-takers and chairs: from the first point to the signature"),
    "staf": _("Staff: finding a meeting and downloading its minutes"),
    "verifikasi": _("Checking that a document is genuine"),
    "privasi": _("Which data is kept, and who sees it"),
}
"""Address of each page → its title; templates of the same name: Indonesian in `guide/`, English in `guide/en/`."""


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """The table of contents."""
    return render(request, "guide/index.html", {"pages": PAGES.items(), "base": _base(request)})


@require_safe
def guide_page(request: HttpRequest, page: str) -> HttpResponse:
    """One page of the guide."""
    if page not in PAGES:
        raise Http404
    context = {"title": PAGES[page], "pages": PAGES.items(), "page": page, "base": _base(request)}
    folder = "guide/en" if get_language() == "en" else "guide"
    return render(request, f"{folder}/{page}.html", context)


def _base(request: HttpRequest) -> str:
    return "base.html" if request.viewer.is_authenticated else "guest.html"  # type: ignore[attr-defined]

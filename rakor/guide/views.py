"""The user guide: short pages in Indonesian, open to everybody."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

PAGES = {
    "penyelenggara": "Penyelenggara: dari draf sampai undangan terkirim",
    "tamu": "Bapak/Ibu yang diundang: menjawab, mewakilkan, bergabung",
    "notulis-dan-pimpinan": "Notulis dan pimpinan rapat: dari butir pertama sampai tanda tangan",
    "staf": "Staf: menemukan rapat dan mengunduh notula",
    "verifikasi": "Memeriksa keaslian dokumen",
    "privasi": "Data apa yang disimpan, dan siapa yang melihatnya",
}
"""Address of each page → its title; the template has the same name."""


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
    return render(request, f"guide/{page}.html", context)


def _base(request: HttpRequest) -> str:
    return "base.html" if request.viewer.is_authenticated else "guest.html"  # type: ignore[attr-defined]

"""Uploading a list, looking at what it would do, and writing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from attendees.access import may_import
from attendees.import_forms import ImportFilter, SheetForm
from attendees.importing import Line, Outcome, Plan, receive, template
from attendees.models import Agency, Import
from attendees.models.searching import plain
from attendees.views.invitations import organised
from rakor.audit.moves import StaleState
from rakor.lib.access import Refusal
from rakor.lib.apart import NoPlaceToLook
from rakor.lib.numbers import whole_number
from rakor.lib.sheets import SIZE_LIMIT, Unreadable, download
from rakor.lib.wording import Number
from rakor.meetings.access import may_edit
from rakor.meetings.models import Meeting

ON_PAGE = 25
DOUBTS_SHOWN = 20
TEMPLATES = {"jabatan": False, "undangan": True}


@login_required
@require_http_methods(["GET", "POST"])
def directory_import(request: HttpRequest) -> HttpResponse:
    """Takes a list of positions and people into a preview."""
    if not Agency.objects.visible_to(request.viewer).exists():
        raise Http404
    may_import(request.viewer)
    return _upload(request, None)


@require_http_methods(["GET", "POST"])
def invitation_import(request: HttpRequest, meeting: str) -> HttpResponse:
    """Takes a list of invitees into a preview."""
    found = organised(request, meeting)
    if request.method == "POST" and found.is_over:
        messages.error(request, _("The meeting is over; nobody can be invited any more."))
        return redirect("invitation_list", found.public_id)
    return _upload(request, found)


def _upload(request: HttpRequest, meeting: Meeting | None) -> HttpResponse:
    form = SheetForm(request.POST or None, request.FILES or None) if request.method == "POST" else SheetForm()
    if request.method == "POST" and form.is_valid():
        try:
            file = form.cleaned_data["file"]
            content = file.read(SIZE_LIMIT + 1)
            return redirect("import_preview", receive(content, by=request.viewer, meeting=meeting).public_id)
        except (Unreadable, NoPlaceToLook) as no:
            form.add_error("file", str(no.reason))
    context = {"form": form, "meeting": meeting, "kind": "undangan" if meeting else "jabatan"}
    return render(request, "attendees/import.html", context, status=422 if form.errors else 200)


@login_required
@require_GET
def import_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty list with the right headings; it holds nothing of ours."""
    if kind not in TEMPLATES:
        raise Http404
    return download(f"templat-{kind}", *template(invitees=TEMPLATES[kind]))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def import_preview(request: HttpRequest, waiting: str) -> HttpResponse:
    """What the list would do, row by row; a POST names the agencies that are meant, writes it or gives it up."""
    found = get_object_or_404(Import.objects.visible_to(request.viewer).select_related("meeting"), public_id=waiting)
    if found.meeting:
        may_edit(request.viewer, found.meeting)
    else:
        may_import(request.viewer)
    if request.method == "POST" and request.POST.get("action") == "give_up":
        found.give_up(by=request.viewer)
        messages.success(request, _("The list is discarded; nothing was written."))
        return _away(found)
    if found.applied_at:
        messages.info(request, _("This list is taken over already."))
        return _away(found)
    if request.method == "POST":
        return _chosen(request, found) if request.POST.get("action") == "choose" else _applied(request, found)
    return _preview(request, found)


def _away(waiting: Import) -> HttpResponse:
    if waiting.meeting:
        return redirect("invitation_list", waiting.meeting.public_id)
    return redirect("agency_list")


def _chosen(request: HttpRequest, waiting: Import) -> HttpResponse:
    doubts, chosen = Plan(waiting, request.viewer).doubts, {}
    for number, (key, doubt) in enumerate(doubts.items()):
        pk = whole_number(request.POST.get(f"agency-{number}"))
        if request.POST.get(f"text-{number}") == key and pk in {agency.pk for agency in doubt.suggestions}:
            chosen[plain(doubt.text)] = pk
    if not chosen:
        return _preview(request, waiting, nothing=True)
    waiting.choose(chosen)  # type: ignore[arg-type]
    messages.success(request, _("Noted. Look at the rows again."))
    return redirect("import_preview", waiting.public_id)


def _applied(request: HttpRequest, waiting: Import) -> HttpResponse:
    try:
        done = waiting.apply(seen=request.POST.get("seen", ""), by=request.viewer)
        messages.success(request, _said(done, waiting.meeting))
    except StaleState:
        messages.info(request, _("This list is taken over already."))
    except Refusal as no:
        messages.error(request, str(no.reason))
        return redirect("import_preview", waiting.public_id)
    return _away(waiting)


def _said(done: Outcome, meeting: Meeting | None) -> str:
    added, changed, invited = Number(done.added), Number(done.changed), Number(done.invited)
    words = [ngettext("%(n)s position added to the directory.", "%(n)s positions added to the directory.", added)]
    if not meeting:
        more = ngettext("%(n)s position changed.", "%(n)s positions changed.", changed)
        return f"{words[0] % {'n': added}} {more % {'n': changed}}"
    first = ngettext("%(n)s position invited.", "%(n)s positions invited.", invited) % {"n": invited}
    return f"{first} {words[0] % {'n': added}}" if added else first


def _preview(request: HttpRequest, waiting: Import, *, nothing: bool = False) -> HttpResponse:
    plan = Plan(waiting, request.viewer)
    form = ImportFilter(request.GET or None)
    narrowed = form.cleaned_data if form.is_valid() else {}
    rows = [line for line in plan.lines if _fits(line, **narrowed)]
    rows.sort(key=lambda line: ({"bad": 0, "warn": 1}.get(line.tone, 2), line.number))
    doubts = [doubt for doubt in plan.doubts.items() if doubt[1].suggestions]
    context: dict[str, Any] = {
        "nothing": nothing,
        "meeting": waiting.meeting,
        "plan": plan,
        "form": form,
        "page": Paginator(rows, ON_PAGE).get_page(request.GET.get("page")),
        "doubts": [
            {"at": list(plan.doubts).index(key), "key": key, "doubt": doubt} for key, doubt in doubts[:DOUBTS_SHOWN]
        ],
        "more_doubts": max(0, len(doubts) - DOUBTS_SHOWN),
        "again": reverse("invitation_import", args=[waiting.meeting.public_id])
        if waiting.meeting
        else reverse("directory_import"),
    }
    return render(request, "attendees/import_preview.html", context, status=422 if nothing else 200)


def _fits(line: Line, q: str = "", show: str = "") -> bool:
    text = " ".join(line.texts.get(name, "") for name in ("agency", "position", "holder")).casefold()
    return show in ("", line.tone) and all(word in text for word in q.casefold().split()[:8])

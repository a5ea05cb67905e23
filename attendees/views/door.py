"""The door of a meeting, for anybody: what stranger and invitee alike may know, and the way to one's own link."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendees.door import agencies_named, check_open, letter_shown, send_to_address, send_to_agency, units_of
from attendees.guest_forms import AgencySearch, LinkAgainForm
from attendees.views.guest import SeeOther
from rakor.lib.access import Refusal, refusal
from rakor.meetings.models import Meeting

LIMITS = {"door_visitor": "20/10m/ip", "door_meeting": "300/h/key"}
"""A whole office may stand behind one address; a meeting's door is asked by no more than all of its invitees."""

AT_LEAST = 0.25
"""Seconds that every answer takes, so that how long it took does not tell whether a link was sent."""


def _behind(short: str) -> Meeting:
    return get_object_or_404(Meeting.objects.with_a_door().select_related("host__house"), short=short)


@require_safe
@never_cache
def door(request: HttpRequest, short: str) -> HttpResponse:
    """Host, day, kind of meeting and its letter; the search for one's agency."""
    return _page(request, _behind(short), search=AgencySearch(request.GET if "q" in request.GET else None))


@require_POST
@never_cache
def door_agency(request: HttpRequest, short: str) -> HttpResponse:
    """Sends the links of an agency to the addresses on file; says the same when it is not invited."""
    meeting, agency = _behind(short), request.POST.get("agency", "")[:40].replace("\x00", "")
    return _asked(request, meeting, lambda: send_to_agency(meeting, agency, by=request.viewer))


@require_POST
@never_cache
def door_address(request: HttpRequest, short: str) -> HttpResponse:
    """*Kirim ulang tautan saya*: sends the links of an address to it; says the same when nobody invited has it."""
    meeting, form = _behind(short), LinkAgainForm(request.POST)
    if not form.is_valid():
        return _page(request, meeting, form=form, status=422)
    email = form.cleaned_data["email"]
    return _asked(request, meeting, lambda: send_to_address(meeting, email, by=request.viewer), form)


@require_safe
@never_cache
def door_sent(request: HttpRequest, short: str) -> HttpResponse:
    """What may be expected now, in the same words for everybody."""
    return render(request, "attendees/door/sent.html", _head(request, _behind(short)))


def _asked(
    request: HttpRequest, meeting: Meeting, send: Callable[[], int], form: LinkAgainForm | None = None
) -> HttpResponse:
    """Within the limits, the verb; then always the same page, after the same time."""
    begun = time.monotonic()
    if consume_or_429(request, action="door_visitor", config=LIMITS):
        words = _("Many links were asked for from this connection. Wait ten minutes.")
        return _page(request, meeting, form=form, busy=words)
    if consume_or_429(request, action="door_meeting", config=LIMITS, key=meeting.public_id):
        words = _("Very many ask at this door at the moment. Try again in an hour.")
        return _page(request, meeting, form=form, busy=words)
    try:
        send()
    except Refusal as no:
        messages.error(request, str(no.reason))
        return SeeOther(reverse("door", args=[meeting.short]))
    time.sleep(max(0.0, begun + AT_LEAST - time.monotonic()))
    return SeeOther(reverse("door_sent", args=[meeting.short]))


def _head(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    viewer, host = request.viewer, meeting.host
    zone = viewer.zone if viewer.is_authenticated or viewer.is_guest else meeting.zone
    return {"meeting": meeting, "house": host.house or host, "zone": zone}


def _page(
    request: HttpRequest,
    meeting: Meeting,
    *,
    search: AgencySearch | None = None,
    form: LinkAgainForm | None = None,
    busy: str = "",
    status: int = 200,
) -> HttpResponse:
    search = search or AgencySearch()
    words = search.cleaned_data["q"] if search.is_bound and search.is_valid() else ""
    above = None
    if code := request.GET.get("satuan", "")[:40].replace("\x00", ""):
        above, agencies, more = units_of(code)
    else:
        agencies, more = agencies_named(words) if words else ([], False)
    context = {
        "above": above,
        "search": search, "form": form or LinkAgainForm(), "words": words, "agencies": agencies, "more": more,
        "busy": busy, "closed": refusal(check_open, meeting),
        "may_open": Meeting.objects.visible_to(request.viewer).filter(pk=meeting.pk).exists(),
    }  # fmt: skip
    context |= _head(request, meeting) | letter_shown(meeting)
    status = 429 if busy else 422 if search.errors else status
    return render(request, "attendees/door/door.html", context, status=status)

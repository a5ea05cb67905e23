"""Who is there: the ledger of a meeting, and the hand of whoever checks people in."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from attendees.guest_forms import LedgerFilter
from attendees.joining import desk_is_open
from attendees.ledger import Ledger, as_csv, may_see_presence
from attendees.models import Invitation, Presence
from attendees.views.guest import SeeOther
from rakor.lib.access import Refusal, allowed
from rakor.meetings.access import may_check_in
from rakor.meetings.models import Meeting
from rakor.meetings.views import frame

ON_PAGE = 50


def list_of(request: HttpRequest, public_id: str) -> Meeting:
    """The meeting, for those who may see who was there."""
    found = get_object_or_404(
        Meeting.objects.visible_to(request.viewer).select_related("host__house"), public_id=public_id
    )
    may_see_presence(request.viewer, found)
    return found


@require_safe
@never_cache
def presence_list(request: HttpRequest, meeting: str) -> HttpResponse:
    """The ledger per agency and person; it fetches itself anew when somebody comes or goes."""
    found = list_of(request, meeting)
    ledger = Ledger(found)
    form = LedgerFilter(request.GET, states=ledger.choices())
    people = ledger.narrowed(**form.cleaned_data) if form.is_valid() else ledger.people
    may = allowed(may_check_in, request.viewer, found)
    context = {
        "ledger": ledger,
        "count": ledger.count,
        "form": form,
        "page": Paginator(people, ON_PAGE).get_page(request.GET.get("page")),
        "desk": may and desk_is_open(found, timezone.now()),
        "may_close": may and not found.is_over,
    }
    return render(request, "attendees/presence_list.html", frame(request, found, active="presence") | context)


@require_safe
@never_cache
def presence_export(request: HttpRequest, meeting: str) -> HttpResponse:
    """The list for a spreadsheet, without any contact."""
    found = list_of(request, meeting)
    name = f"kehadiran-{found.code or found.public_id}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(as_csv(Ledger(found)), content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
def presence_check_in(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """The person stands at the desk: presence in the hall from now; a second press changes nothing."""
    found = list_of(request, meeting)
    may_check_in(request.viewer, found)
    person = get_object_or_404(Invitation.objects.active().filter(meeting=found), public_id=invitation)
    try:
        person.check_in(by=request.viewer)
        messages.success(
            request, _("Recorded as present: %(who)s.") % {"who": person.person_name or person.position_name}
        )
    except Refusal as no:
        messages.error(request, str(no.reason))
    return _back(request, found)


@require_POST
def presence_close(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """The person has left, or the entry was a mistake; the ledger keeps it either way."""
    found = list_of(request, meeting)
    may_check_in(request.viewer, found)
    presence = get_object_or_404(Presence.objects.filter(meeting=found).select_related("meeting"), pk=pk)
    mistake = request.POST.get("why") == "mistake"
    try:
        presence.close(by=request.viewer, mistake=mistake)
        messages.success(request, _("The entry is taken back.") if mistake else _("The leaving is recorded."))
    except Refusal as no:
        messages.error(request, str(no.reason))
    return _back(request, found)


def _back(request: HttpRequest, meeting: Meeting) -> SeeOther:
    """To the list as it was narrowed."""
    kept = LedgerFilter(request.POST, states=Ledger(meeting).choices()).kept()
    return SeeOther(reverse("presence_list", args=[meeting.public_id]) + (f"?{kept}" if kept else ""))

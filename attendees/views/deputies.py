"""The organiser of a restricted meeting accepts or refuses those who are to come in somebody's place."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from attendees.delegation import accept, refuse
from attendees.models import DeputyRequest
from attendees.views.invitations import organised
from rakor.lib.access import Refusal


@require_POST
def deputy_decide(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """*Terima*, or *Tolak* with a reason; decided once."""
    found = organised(request, meeting)
    asked = get_object_or_404(DeputyRequest.objects.select_related("invitation"), invitation__meeting=found, pk=pk)
    asked.invitation.meeting = found
    try:
        if request.POST.get("decision") == "accept":
            accept(asked, by=request.viewer)  # type: ignore[attr-defined]
            messages.success(request, _("The deputy is accepted and gets a link."))
        else:
            refuse(asked, request.POST.get("reason", ""), by=request.viewer)  # type: ignore[attr-defined]
            messages.success(request, _("The deputy is refused; the invited person is told why."))
    except Refusal as no:
        messages.error(request, str(no.reason))
    return redirect("invitation_list", found.public_id)

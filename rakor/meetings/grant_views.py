"""Who else may read a meeting: auditors and system administrators by name, given and taken back by its organisers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from rakor.lib.access import Refusal
from rakor.meetings.access import may_edit
from rakor.meetings.forms import GrantForm
from rakor.meetings.grants import give
from rakor.meetings.models import Meeting
from rakor.meetings.views import frame


def _organised(request: HttpRequest, public_id: str) -> Meeting:
    rows = Meeting.objects.visible_to(request.viewer).select_related("host__house")  # type: ignore[attr-defined]
    meeting = get_object_or_404(rows.prefetch_related("roles"), public_id=public_id)
    may_edit(request.viewer, meeting)  # type: ignore[attr-defined]
    return meeting


@require_http_methods(["GET", "POST"])
def meeting_grants(request: HttpRequest, meeting: str) -> HttpResponse:
    """Those who were given the right to read, and the form that gives it to one more."""
    found = _organised(request, meeting)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            give(found, **form.cleaned_data, by=request.viewer)  # type: ignore[attr-defined]
            messages.success(request, _("The right to read is given and recorded."))
            return redirect("meeting_grants", found.public_id)
        except Refusal as no:
            form.add_error("until" if "90" in str(no.reason) else "user", str(no.reason))
    grants = found.grants.select_related("user")[:100]
    context = frame(request, found, "history") | {"form": form, "grants": grants}
    return render(request, "meetings/grants.html", context, status=422 if form.errors else 200)


@require_POST
def grant_end(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """The right is taken back."""
    found = _organised(request, meeting)
    get_object_or_404(found.grants, pk=pk).end(by=request.viewer)  # type: ignore[attr-defined]
    messages.success(request, _("The right to read is taken back."))
    return redirect("meeting_grants", found.public_id)

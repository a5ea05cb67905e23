"""The system administrator's page of days that differ from the national calendar."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from rakor.lib.access import Refusal
from rakor.lib.numbers import whole_number
from rakor.meetings.forms import SpecialDayForm, provinces
from rakor.meetings.models import SpecialDay

PER_PAGE = 20


@login_required
@require_http_methods(["GET", "POST"])
def working_days(request: HttpRequest) -> HttpResponse:
    """Lists the days, the latest first; a POST adds one, or removes the one named by `remove`."""
    if not request.viewer.is_system_admin:  # type: ignore[attr-defined]
        raise Http404
    if "remove" in request.POST:
        return _removed(request)
    form = SpecialDayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            day = form.save(commit=False).add(by=request.viewer)  # type: ignore[attr-defined]
            messages.success(request, _("%(day)s is in the list.") % {"day": day.name})
            return redirect("working_days")
        except Refusal as no:
            form.add_error("date", str(no.reason))
    page = Paginator(SpecialDay.objects.all(), PER_PAGE).get_page(request.GET.get("page"))
    names = provinces()
    for row in page.object_list:
        row.where = names.get(row.province_code, row.province_code) or _("Everywhere")
    context = {"form": form, "page": page}
    return render(request, "meetings/working_days.html", context, status=422 if form.errors else 200)


def _removed(request: HttpRequest) -> HttpResponse:
    day = get_object_or_404(SpecialDay, pk=whole_number(request.POST["remove"]) or 0)
    day.remove(by=request.viewer)  # type: ignore[attr-defined]
    messages.success(request, _("%(day)s is out of the list.") % {"day": day.name})
    return redirect("working_days")

"""The home page *Perlu tindakan*, the first run, and whether the site is well."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from rakor.desk import setup as first_run
from rakor.desk.forms import SetupForm
from rakor.desk.health import Finding, everything, ready
from rakor.desk.home import calendar, follow_up_bar, latest_minutes
from rakor.desk.todo import waiting_for
from rakor.lib.access import Refusal, allowed
from rakor.meetings.access import may_create

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What waits for the viewer, the next meeting and those after it; a guest is led to the own invitation."""
    viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.is_guest and (mine := viewer.subject_ids("invitation") or viewer.asked().subject_ids("invitation")):
        return redirect("invitation_detail", mine[-1])
    return _home(request)


@login_required
def _home(request: HttpRequest) -> HttpResponse:
    viewer = request.viewer  # type: ignore[attr-defined]
    todos = waiting_for(viewer)
    context = {
        "now": timezone.now(),
        "todos": todos,
        "urgent": [todo for todo in todos if todo.urgent],
        "later": [todo for todo in todos if not todo.urgent],
        "latest": [] if todos else latest_minutes(viewer),
        "may_create": allowed(may_create, viewer),
        "follow_ups": follow_up_bar(viewer) if viewer.agency_roles else [],
        **calendar(viewer),
    }
    return render(request, "desk/home.html", context)


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Everything a watchman asks for, with reasons; 503 when anything is unwell."""
    return _told(everything())


@never_cache
@require_safe
def health_live(request: HttpRequest) -> HttpResponse:
    """`ok`: this process answers. Costs no query."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def health_ready(request: HttpRequest) -> HttpResponse:
    """200 when pages can be answered: the database is there and files have room; else 503."""
    return _told(ready())


def _told(findings: list[Finding]) -> JsonResponse:
    well = all(finding.ok for finding in findings)
    checks = {finding.name: finding.told() for finding in findings}
    return JsonResponse({"status": "well" if well else "unwell", "checks": checks}, status=200 if well else 503)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest) -> HttpResponse:
    """The first run; 404 as soon as an account exists."""
    if not first_run.is_open():
        raise Http404
    with_code = first_run.needs_code()
    if with_code and not settings.SETUP_CODE:
        return render(request, "desk/setup_closed.html", status=403 if request.method == "POST" else 200)
    form = SetupForm(request.POST or None, with_code=with_code)
    if request.method == "GET" or not form.is_valid():
        return render(request, "desk/setup.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        user = first_run.install(form.cleaned_data)
    except Refusal as no:
        messages.error(request, no.reason)
        return redirect("account_login")
    login(request, user, BACKEND)
    messages.success(request, _("Rakor is set up. Plan your first meeting, or look at the directory first."))
    return redirect("home")

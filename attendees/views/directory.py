"""The directory: agencies, their positions, letterheads and people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendees.access import may_edit_directory, may_edit_letterhead, may_grant, may_import, may_manage_people
from attendees.forms import ColleagueForm, DirectoryFilter, LetterheadForm, PositionForm
from attendees.letters import next_number
from attendees.models import Agency, Letterhead, Membership, Position
from attendees.models.searching import SIMILAR
from attendees.picking import provinces
from rakor.lib.access import Refusal, allowed
from rakor.lib.wording import ZONE_LABELS

PER_PAGE = 25
EXPLAIN = 3
"""Positions shown of an agency that was found by them."""


@login_required
@require_GET
def agency_list(request: HttpRequest) -> HttpResponse:
    """Agencies in protocol order, narrowed by name, kind, province, zone and state of the entry."""
    form, narrowed, found = listed(request)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    words = narrowed.get("q", "")
    told = list(page.object_list) if words else []
    explain = Position.objects.that_explain(words, told)
    return render(
        request,
        "attendees/agencies.html",
        {
            "form": form,
            "page": page,
            "renamed": [agency for agency in told if agency.successor_id],
            "found_by": [(agency, explain.get(agency.pk, [])[:EXPLAIN]) for agency in page.object_list],
            "only_similar": bool(told) and told[0].nearness == SIMILAR,
            "today": timezone.localdate(),
            "may_import": allowed(may_import, request.viewer),
        },
    )


def listed(request: HttpRequest) -> tuple[DirectoryFilter, dict[str, str], Any]:
    """(form, what it narrows to, the agencies in order); 404 for whom the directory is closed.

    They stand in protocol order, those that a search finds with the nearest first.
    """
    if not Agency.objects.visible_to(request.viewer).exists():
        raise Http404
    form = DirectoryFilter(request.GET or None, provinces=provinces())
    narrowed = {name: value for name, value in form.cleaned_data.items() if value} if form.is_valid() else {}
    found = _narrowed(Agency.objects.visible_to(request.viewer), narrowed)
    found = found.nearest_first(narrowed["q"]) if "q" in narrowed else found.protocol()
    return form, narrowed, found.select_related("parent", "successor")


def _narrowed(agencies: Any, wanted: dict[str, str]) -> Any:
    state = wanted.get("data", "")
    if state == "former":
        agencies = agencies.exclude(pk__in=Agency.objects.in_force())
    elif state or "q" not in wanted:  # a search finds former names too
        agencies = agencies.in_force()
    if state == "verify":
        agencies = agencies.filter(confidence="low")
    if "zone" in wanted:
        agencies = agencies.filter(zone__in=[zone for zone, label in ZONE_LABELS.items() if label == wanted["zone"]])
    columns = {"kind": "kind", "province": "province_code"}
    agencies = agencies.filter(**{columns[name]: value for name, value in wanted.items() if name in columns})
    return agencies.matching(wanted["q"]) if "q" in wanted else agencies


@require_GET
def agency_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One agency: units, positions with their holders, letterheads, names before and after."""
    agency = _agency(request, code)
    today = timezone.localdate()
    context = {
        "agency": agency,
        "units": agency.units.in_force().protocol(),
        "former_units": agency.units.exclude(pk__in=Agency.objects.in_force()).protocol(),
        "positions": agency.positions.with_refusal().select_related("user").order_by("order", "pk"),
        "letterheads": [(kop, next_number(kop, today)) for kop in agency.letterheads.select_related("agency")],
        "letterhead_now": agency.letterhead_on(today),
        "today": today,
        "may_edit": allowed(may_edit_directory, request.viewer, agency),
        "may_edit_letterhead": allowed(may_edit_letterhead, request.viewer, agency),
        "may_manage_people": allowed(may_manage_people, request.viewer, agency),
    }
    return render(request, "attendees/agency.html", context)


@require_http_methods(["GET", "POST"])
def position_create(request: HttpRequest, code: str) -> HttpResponse:
    """A new position of the agency."""
    agency = _agency(request, code)
    may_edit_directory(request.viewer, agency)
    form = PositionForm(request.POST or None, instance=Position(agency=agency))
    if request.method == "POST" and form.is_valid():
        try:
            position = form.save(commit=False).add(by=request.viewer)
            messages.success(request, _("%(position)s is in the directory.") % {"position": position.name})
            return redirect("agency_detail", agency.code)
        except Refusal as no:
            form.add_error("name", str(no.reason))
    return _form_page(request, "attendees/position.html", form, agency=agency)


@require_http_methods(["GET", "POST"])
def position_edit(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Changes a position; invitations that went out keep the names of their day."""
    agency = _agency(request, code)
    position = get_object_or_404(agency.positions.with_refusal(), pk=pk)
    may_edit_directory(request.viewer, agency)
    form = PositionForm(request.POST or None, instance=position)
    if request.method == "POST" and form.is_valid():
        present = agency.positions.get(pk=pk)
        present.change(by=request.viewer, **form.facts())
        if form.cleaned_data.get("email_is_right"):
            present.confirm_email(by=request.viewer)
        messages.success(request, _("%(position)s is saved.") % {"position": form.cleaned_data["name"]})
        return redirect("agency_detail", agency.code)
    return _form_page(request, "attendees/position.html", form, agency=agency, position=position)


@require_http_methods(["GET", "POST"])
def letterhead_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The letterhead in use, or a new one from a later day on."""
    agency = get_object_or_404(Agency.objects.staffed_by(request.viewer), code=code)
    may_edit_letterhead(request.viewer, agency)
    today = timezone.localdate()
    present = agency.letterheads.filter(valid_from__lte=today).first() or agency.letterheads.first()
    example = next_number(present, today)  # of what is kept, before the form writes into it what was typed
    form = LetterheadForm(
        request.POST or None, instance=present or Letterhead(agency=agency, lines=[], valid_from=today)
    )
    if request.method == "POST" and form.is_valid():
        form.save(commit=False).put(by=request.viewer)
        messages.success(request, _("The letterhead is saved. Papers made before keep theirs."))
        return (
            redirect("agency_detail", agency.code)
            if request.viewer.agency_roles
            else redirect("letterhead_edit", agency.code)
        )
    return _form_page(request, "attendees/letterhead.html", form, agency=agency, present=present, example=example)


@require_http_methods(["GET", "POST"])
def agency_people(request: HttpRequest, code: str) -> HttpResponse:
    """Who has which role in the agency; invites a colleague, who gets a mail to choose a password."""
    agency = get_object_or_404(Agency.objects.staffed_by(request.viewer), code=code)
    may_manage_people(request.viewer, agency)
    roles = [choice for choice in Membership.Role.choices if allowed(may_grant, request.viewer, agency, choice[0])]
    form = ColleagueForm(request.POST or None, roles=roles)
    if request.method == "POST" and form.is_valid():
        try:
            membership = agency.invite_colleague(**form.cleaned_data, by=request.viewer)
        except Refusal as no:
            form.add_error("email", str(no.reason))
        else:
            messages.success(
                request,
                _("%(name)s now has the role %(role)s.")
                % {"name": membership.user.full_name, "role": membership.get_role_display()},
            )
            return redirect("agency_people", agency.code)
    members = agency.memberships.in_force().select_related("user").order_by("user__full_name", "user_id", "role")
    return _form_page(request, "attendees/people.html", form, agency=agency, members=members)


@require_POST
def membership_end(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Ends a role; the account stays, and what the person did stays on record."""
    agency = get_object_or_404(Agency.objects.staffed_by(request.viewer), code=code)
    may_manage_people(request.viewer, agency)
    membership = get_object_or_404(Membership.objects.filter(agency=agency).select_related("user"), pk=pk)
    try:
        membership.end(by=request.viewer)
        messages.success(request, _("The role of %(name)s has ended.") % {"name": membership.user.full_name})
    except Refusal as no:
        messages.error(request, str(no.reason))
    return redirect("agency_people", agency.code)


def _agency(request: HttpRequest, code: str) -> Agency:
    return get_object_or_404(
        Agency.objects.visible_to(request.viewer).select_related("parent", "house", "successor"), code=code
    )


def _form_page(request: HttpRequest, template: str, form: Any, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)

"""Pages of the rundown: working copy for those who prepare, the latest release for others, and the live control."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from agenda import conduct as control
from agenda.forms import AgendaItemForm
from agenda.models import AgendaItem, latest_release, release, shown_release, timed
from agenda.plan import drop_item, move_item, save_item
from agenda.releases import changes_between, frozen, said
from agenda.rundown import rundown
from attendees.ledger import Ledger
from attendees.models import Presence
from rakor.lib.access import Refusal, allowed
from rakor.lib.numbers import whole_number
from rakor.meetings.access import may_edit, may_run, may_see_insides
from rakor.meetings.models import Meeting
from rakor.meetings.views import frame


def _meeting(request: HttpRequest, public_id: str) -> Meeting:
    meetings = Meeting.objects.visible_to(request.viewer).select_related("host__house")
    return get_object_or_404(meetings, public_id=public_id)


def _editable(request: HttpRequest, public_id: str) -> Meeting:
    meeting = _meeting(request, public_id)
    may_edit(request.viewer, meeting)
    return meeting


def _working_copy(meeting: Meeting) -> dict[str, Any]:
    """Rows with planned times, the latest release, and what differs from it in sentences."""
    rows, latest = timed(meeting), latest_release(meeting)
    return {
        "rows": rows,
        "latest": latest,
        "changes": said(changes_between(latest.rows, frozen(rows)), meeting.zone) if latest else [],
        "releasable": bool(rows) and (latest is None or latest.rows != frozen(rows)),
        "total": sum(row["minutes"] for row in rows),
        "overruns": bool(rows) and rows[-1]["ends_at"] > meeting.ends_at,
    }


@require_GET
def agenda(request: HttpRequest, meeting: str) -> HttpResponse:
    """The working copy to those who prepare the meeting; the latest release to everybody else."""
    found = _meeting(request, meeting)
    context = frame(request, found, active="agenda")
    if not allowed(may_see_insides, request.viewer, found):
        latest = shown_release(found)
        if latest:
            zone = context["zone"]
            context |= {"rundown": rundown(found, latest, zone), "changes": said(latest.changes, zone)}
        return render(request, "agenda/released.html", context | {"latest": latest})
    editable = allowed(may_edit, request.viewer, found) and not found.is_over
    context |= _working_copy(found) | {
        "editable": editable,
        "form": AgendaItemForm(meeting=found) if editable else None,
    }
    return render(request, "agenda/plan.html", context)


@require_POST
def agenda_item_create(request: HttpRequest, meeting: str) -> HttpResponse:
    """Adds a row at the end; a form that fails comes back filled, on the same page."""
    found = _editable(request, meeting)
    form = AgendaItemForm(request.POST, meeting=found)
    if form.is_valid():
        try:
            save_item(form.save(commit=False), found, by=request.viewer, after=form.cleaned_data["after"])
        except Refusal as no:
            messages.error(request, no.reason)
        return redirect(reverse("agenda", args=[found.public_id]) + "#tambah")
    context = frame(request, found, active="agenda") | _working_copy(found) | {"editable": True, "form": form}
    return render(request, "agenda/plan.html", context, status=422)


@require_http_methods(["GET", "POST"])
def agenda_item_edit(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """Changes one row."""
    found = _editable(request, meeting)
    item = get_object_or_404(AgendaItem, meeting=found, pk=pk)
    form = AgendaItemForm(request.POST or None, instance=item, meeting=found)
    if request.method == "POST" and form.is_valid():
        try:
            save_item(form.save(commit=False), found, by=request.viewer)
        except Refusal as no:
            messages.error(request, no.reason)
        return redirect("agenda", found.public_id)
    status = 422 if request.method == "POST" else 200
    return render(
        request,
        "agenda/item.html",
        frame(request, found, active="agenda") | {"form": form, "item": item},
        status=status,
    )


@require_POST
def agenda_item_delete(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """Drops one row of the working copy; a row already dropped is no error."""
    found = _editable(request, meeting)
    try:
        if item := AgendaItem.objects.filter(meeting=found, pk=pk).first():
            drop_item(item, by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
    return redirect("agenda", found.public_id)


@require_POST
def agenda_item_move(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """Moves one row up or down by one."""
    found = _editable(request, meeting)
    item = get_object_or_404(AgendaItem, meeting=found, pk=pk)
    try:
        move_item(item, up=request.POST.get("to") == "up", by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
    return redirect(reverse("agenda", args=[found.public_id]) + f"#acara-{pk}")


@require_POST
def agenda_release(request: HttpRequest, meeting: str) -> HttpResponse:
    """Freezes the working copy as the next release."""
    found = _editable(request, meeting)
    try:
        made = release(found, by=request.viewer)
        messages.success(
            request, _("Rundown revision %(number)s is released; guests see it now.") % {"number": made.number}
        )
    except Refusal as no:
        messages.error(request, no.reason)
    return redirect("agenda", found.public_id)


@require_GET
def conduct(request: HttpRequest, meeting: str) -> HttpResponse:
    """The live control: what is on, what follows, who is here; afterwards, who was there."""
    found = _meeting(request, meeting)
    may_run(request.viewer, found)
    rows = timed(found)
    runs = found.may_move("in_progress") or found.is_on
    context = frame(request, found, active="conduct") | {
        "runs": runs,
        "editor": allowed(may_edit, request.viewer, found),
        "rows": rows,
        "current": next((r for r in rows if r["item"].started_at and not r["item"].ended_at), None),
        "upcoming": [r for r in rows if not r["item"].started_at],
        **(_who_was_there(found) if found.is_over else _who_is_here(found)),
    }
    return render(request, "agenda/conduct.html", context)


def _who_is_here(meeting: Meeting) -> dict[str, int]:
    open_now = Presence.objects.filter(meeting=meeting).open()
    return {
        "in_person": open_now.filter(mode="in_person").count(),
        "online": open_now.filter(mode="online").count(),
        "agencies": open_now.values("invitation__agency").distinct().count(),
        "invited_agencies": meeting.invitations.active().values("agency").distinct().count(),
    }


def _who_was_there(meeting: Meeting) -> dict[str, int]:
    """As the list of attendance counts them: every presence is closed by then."""
    count = Ledger(meeting).count
    return {
        "in_person": count.in_person,
        "online": count.online,
        "agencies": count.agencies_present + count.agencies_represented,
        "invited_agencies": count.agencies,
    }


@require_POST
def conduct_next(request: HttpRequest, meeting: str) -> HttpResponse:
    """*Mulai* and *berikutnya*: starts the item the button named and ends the one before."""
    found = _meeting(request, meeting)
    may_run(request.viewer, found)
    expected = whole_number(request.POST.get("item")) or 0
    try:
        control.next_item(found, expected=expected, by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
    return redirect("conduct", found.public_id)

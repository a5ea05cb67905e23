"""Pages of a meeting: the list, its overview, its form, its moves, its history and its live channel."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rakor.audit.models import AuditEvent
from rakor.lib.access import Refusal, Viewer, allowed, require
from rakor.lib.tokens import new_public_id
from rakor.lib.wording import clock_range, day, zone_label
from rakor.live.stream import stream
from rakor.meetings.access import (
    may_create,
    may_edit,
    may_run,
    may_see_history,
    may_see_insides,
    related_invitations,
)
from rakor.meetings.forms import CancelForm, MeetingFilter, MeetingForm, PostponeForm
from rakor.meetings.history import told
from rakor.meetings.models import Meeting, MeetingRole
from rakor.meetings.next_step import checklist, next_step
from rakor.meetings.overview import adjourned_at, officers, rendered_panels, stages, status_name, status_names
from rakor.meetings.panels import tabs

PER_PAGE = 20
WITH_PEOPLE = Prefetch("roles", MeetingRole.objects.select_related("user"))
CHECKED = frozenset({"draft", "scheduled", "invited", "held"})
"""The stages in which something can still be missing: before the start, and before the meeting is closed."""


# -- what every page of a meeting shares -------------------------------------------------------------------------


def frame(request: HttpRequest, meeting: Meeting, active: str) -> dict[str, Any]:
    """What `meetings/base.html` needs.

    That is meeting, house, base, tabs (with counts), when, zone (the reader's), invitation_url.
    """
    viewer = request.viewer  # type: ignore[attr-defined]
    mine = None
    if viewer.is_guest:
        mine = next(iter(related_invitations(viewer, meeting)), None)
    zone = mine.zone if mine else viewer.zone
    return {
        "meeting": meeting,
        "house": meeting.host.house or meeting.host,
        "base": "base.html" if viewer.is_authenticated else "guest.html",
        "active": active,
        "zone": zone,
        "when": when(meeting, zone),
        "status_name": status_name(meeting, viewer),
        "adjourned_at": adjourned_at(meeting),
        "invitation_url": reverse("invitation_detail", args=[mine.public_id]) if mine else "",
        "tabs": _strip(viewer, meeting, active),
    }


def _strip(viewer: Viewer, meeting: Meeting, active: str) -> list[dict[str, Any]]:
    return [
        {
            "label": tab.label,
            "url": reverse(tab.url_name, args=[meeting.public_id]),
            "current": tab.name == active,
            "count": tab.count(viewer, meeting) if tab.count else None,
        }
        for tab in tabs
        if tab.shown(viewer, meeting)
    ]


def when(meeting: Meeting, zone: str) -> dict[str, Any]:
    """Day, clock and place for people: the reader's zone first, the host's after it where it differs."""
    end = None if meeting.end_open else meeting.ends_at
    place = [meeting.place] if meeting.has_hall and meeting.place else []
    if meeting.has_online_part:
        place.append(_("online"))
    differs = zone_label(zone) != zone_label(meeting.zone)
    return {
        "day": day(meeting.starts_at, zone),
        "year": timezone.localtime(meeting.starts_at, meeting.tz).year,
        "clock": clock_range(meeting.starts_at, end, zone),
        "host_clock": clock_range(meeting.starts_at, end, meeting.zone) if differs else "",
        "place": _(" and ").join(place) or _("place not yet known"),
    }


def _meeting(request: HttpRequest, public_id: str) -> Meeting:
    rows = Meeting.objects.visible_to(request.viewer).select_related("host__house")  # type: ignore[attr-defined]
    return get_object_or_404(rows.prefetch_related(WITH_PEOPLE), public_id=public_id)


# -- the list ----------------------------------------------------------------------------------------------------


@login_required
@require_GET
def meeting_list(request: HttpRequest) -> HttpResponse:
    """The calendar of meetings the viewer may know of: what is to come first, then what is past, by month."""
    viewer = request.viewer  # type: ignore[attr-defined]
    form = MeetingFilter(request.GET, viewer=viewer, rows=Meeting.objects.visible_to(viewer))
    page = Paginator(form.found().by_nearness().select_related("host"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "months": _by_month(page.object_list, viewer),
        "may_create": allowed(may_create, viewer),
        "filtered": any(form.cleaned_data.values()),
    }
    return render(request, "meetings/list.html", context)


def _by_month(meetings: Any, viewer: Viewer) -> list[dict[str, Any]]:
    """[{past, month, rows: [(meeting, when, name of its status or "")]}] in the order given."""
    zone, names = viewer.zone, status_names(meetings, viewer)

    def key(meeting: Meeting) -> tuple[bool, int, int]:
        local = timezone.localtime(meeting.starts_at, ZoneInfo(zone))
        return meeting.is_past, local.year, local.month  # type: ignore[attr-defined]

    months = []
    for (past, _year, _month), group in groupby(meetings, key):
        rows = [(meeting, when(meeting, zone), names.get(meeting.pk, "")) for meeting in group]
        local = timezone.localtime(rows[0][0].starts_at, ZoneInfo(zone))
        months.append({"past": past, "month": date_format(local, "F Y"), "rows": rows})
    return months


# -- the form ----------------------------------------------------------------------------------------------------


@login_required
@require(may_create)
@require_http_methods(["GET", "POST"])
def meeting_create(request: HttpRequest) -> HttpResponse:
    """Plans a draft from one form; the same form sent twice makes one meeting."""
    viewer = request.viewer  # type: ignore[attr-defined]
    signer = Signer(salt=f"meeting-form:{viewer.user_id}")
    if request.method == "GET":
        return _form_page(request, MeetingForm(viewer=viewer, initial={"token": signer.sign(new_public_id())}))
    form = MeetingForm(request.POST, viewer=viewer)
    public_id = _planned_id(signer, request.POST.get("token", ""))
    if again := Meeting.objects.visible_to(viewer).filter(public_id=public_id).first():
        return redirect("meeting_detail", again.public_id)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    form.instance.public_id = public_id
    try:
        with transaction.atomic():
            form.instance.plan(by=viewer, officers=form.officers)
        messages.success(request, _("The draft is saved. Only those who prepare it see it until you publish it."))
    except IntegrityError:
        get_object_or_404(Meeting.objects.visible_to(viewer), public_id=public_id)  # sent twice at the same moment
    return redirect("meeting_detail", public_id)


def _planned_id(signer: Signer, token: str) -> str:
    """The public id that the form was given when it was shown; a new one for a token that is not ours."""
    try:
        return signer.unsign(token)
    except BadSignature:
        return new_public_id()


@require_http_methods(["GET", "POST"])
def meeting_edit(request: HttpRequest, meeting: str) -> HttpResponse:
    """Changes a meeting with the same form; what somebody else changed meanwhile is never overwritten unseen."""
    found = _meeting(request, meeting)
    viewer = request.viewer  # type: ignore[attr-defined]
    may_edit(viewer, found)
    form = MeetingForm(request.POST or None, instance=found, viewer=viewer)
    if request.method == "GET" or not form.is_valid():
        return _form_page(request, form, found, status=200 if request.method == "GET" else 422)
    if form.overwrites and form.changed:
        return _form_page(request, form, found, status=409, overwrites=True)
    try:
        changed = form.instance.revise(form.changed, by=viewer, officers=form.officers)
    except Refusal as no:
        messages.error(request, no.reason)
        return _form_page(request, form, found, status=422)
    if changed:
        messages.success(request, _("Changed: %(fields)s.") % {"fields": changed_labels(form, changed)})
    moved = found.invited_at is not None and "starts_at" in changed
    return redirect("change_notice" if moved else "meeting_detail", found.public_id)


def changed_labels(form: MeetingForm, changed: list[str]) -> str:
    """The labels of what changed, each once, as the form names them."""
    places = {"starts_at": "start", "ends_at": "end", "opener": "opener_name"}
    places |= dict.fromkeys(("reply_by", "reply_by_hand"), "reply_date")
    labels = {str(form.fields[places.get(name, name)].label) for name in changed}
    return ", ".join(sorted(labels)).lower()


def _form_page(
    request: HttpRequest, form: MeetingForm, meeting: Meeting | None = None, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of the form; after a conflict it carries the row's present fingerprint, so that saving again wins."""
    title = Meeting.objects.only("title").get(pk=meeting.pk).title if meeting else ""
    read = form.fingerprint if more.get("overwrites") or not form.is_bound else form.data.get("read", "")
    context = {"form": form, "meeting": meeting, "saved_title": title, "read": read, **more}
    return render(request, "meetings/form.html", context, status=status)


# -- the overview ------------------------------------------------------------------------------------------------


@require_GET
def meeting_detail(request: HttpRequest, meeting: str) -> HttpResponse:
    """The overview for those concerned; the door for a stranger with the address of an unrestricted meeting."""
    viewer = request.viewer  # type: ignore[attr-defined]
    rows = Meeting.objects.visible_to(viewer).select_related("host__house").prefetch_related(WITH_PEOPLE)
    found = rows.filter(public_id=meeting).first()
    return _overview(request, found) if found else _door(request, meeting)


def _door(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(Meeting.objects.with_a_door().select_related("host__house"), public_id=public_id)
    viewer = request.viewer  # type: ignore[attr-defined]
    base = "base.html" if viewer.is_authenticated else "guest.html"
    house = found.host.house or found.host
    shown = when(found, found.zone if not viewer.is_authenticated else viewer.zone)
    return render(request, "meetings/door.html", {"meeting": found, "house": house, "when": shown, "base": base})


def _overview(request: HttpRequest, meeting: Meeting, *, status: int = 200, **more: Any) -> HttpResponse:
    viewer = request.viewer  # type: ignore[attr-defined]
    context = frame(request, meeting, "overview")
    inside, editor = allowed(may_see_insides, viewer, meeting), allowed(may_edit, viewer, meeting)
    checks = checklist(meeting) if inside and meeting.status in CHECKED else []
    context |= {
        "inside": inside,
        "editor": editor,
        "stages": stages(meeting, context["status_name"]) if inside else [],
        "checks": checks,
        "ready": sum(not check.missing for check in checks),
        "step": next_step(meeting, viewer, checks),
        "officers": officers(meeting),
        "panels": rendered_panels(request, meeting, viewer, context["zone"]),
        "traces": _traces(meeting, viewer),
        "may_postpone": editor and meeting.may_move("postponed"),
        "cancel_form": CancelForm() if editor and meeting.may_move("cancelled") else None,
    }
    return render(request, "meetings/detail.html", context | more, status=status)


def _traces(meeting: Meeting, viewer: Viewer) -> list[Any]:
    if not allowed(may_see_history, viewer, meeting):
        return []
    return told(meeting, AuditEvent.objects.filter(meeting=meeting.public_id)[:4])


@require_GET
def meeting_history(request: HttpRequest, meeting: str) -> HttpResponse:
    """Who did what and when, in sentences."""
    found = _meeting(request, meeting)
    may_see_history(request.viewer, found)  # type: ignore[attr-defined]
    page = Paginator(AuditEvent.objects.filter(meeting=found.public_id), 30).get_page(request.GET.get("page"))
    entries = told(found, page.object_list)
    context = frame(request, found, "history") | {"page": page, "entries": entries}
    context["may_grant"] = allowed(may_edit, request.viewer, found)  # type: ignore[attr-defined]
    return render(request, "meetings/history.html", context)


@require_GET
def meeting_stream(request: HttpRequest, meeting: str) -> HttpResponseBase:
    """The event stream of the meeting's pages, for those who may see the meeting."""
    rows = Meeting.objects.visible_to(request.viewer).only("public_id")  # type: ignore[attr-defined]
    return stream(request, get_object_or_404(rows, public_id=meeting).channel)


# -- moves -------------------------------------------------------------------------------------------------------


def _move(
    request: HttpRequest,
    public_id: str,
    check: Callable[[Viewer, Meeting], None],
    to: str,
    verb: Callable[[Meeting, Viewer], None],
    *,
    said: str,
    page: str = "meeting_detail",
) -> HttpResponse:
    """Moves the meeting once; a second click finds it moved and says nothing. A refusal comes back as a message."""
    found = _meeting(request, public_id)
    viewer = request.viewer  # type: ignore[attr-defined]
    check(viewer, found)
    if found.status != to:
        try:
            verb(found, viewer)
            messages.success(request, said)
        except Refusal as no:
            if not Meeting.objects.filter(pk=found.pk, status=to).exists():
                messages.error(request, no.reason)
    return redirect(page, found.public_id)


@require_POST
def meeting_publish(request: HttpRequest, meeting: str) -> HttpResponse:
    """draft → scheduled."""
    said = _("The meeting is published. Your house finds it now; invitations go out when you send them.")
    return _move(request, meeting, may_edit, "scheduled", lambda m, viewer: m.publish(by=viewer), said=said)


@require_POST
def meeting_cancel(request: HttpRequest, meeting: str) -> HttpResponse:
    """→ cancelled, with a reason; without one the page comes back with the question."""
    form = CancelForm(request.POST)
    if not form.is_valid():
        found = _meeting(request, meeting)
        may_edit(request.viewer, found)  # type: ignore[attr-defined]
        return _overview(request, found, status=422, cancel_form=form)
    reason = form.cleaned_data["reason"]
    said = _("The meeting is cancelled.")
    return _move(request, meeting, may_edit, "cancelled", lambda m, v: m.cancel(by=v, reason=reason), said=said)


@require_http_methods(["GET", "POST"])
def meeting_postpone(request: HttpRequest, meeting: str) -> HttpResponse:
    """→ postponed, with a reason; then to what those invited are told, where they have the invitation already."""
    found = _meeting(request, meeting)
    may_edit(request.viewer, found)  # type: ignore[attr-defined]
    form = PostponeForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        context = frame(request, found, "overview") | {"form": form, "possible": found.may_move("postponed")}
        return render(request, "meetings/postpone.html", context, status=422 if form.errors else 200)
    reason, invited = form.cleaned_data["reason"], found.invited_at is not None
    said = _("The meeting is postponed.")
    page = "change_notice" if invited else "meeting_detail"
    return _move(
        request, meeting, may_edit, "postponed", lambda m, v: m.postpone(by=v, reason=reason), said=said, page=page
    )


@require_POST
def meeting_start(request: HttpRequest, meeting: str) -> HttpResponse:
    """→ in_progress, with the actual start."""
    said = _("The meeting has started.")
    return _move(request, meeting, may_run, "in_progress", lambda m, v: m.start(by=v), said=said, page="conduct")


@require_POST
def meeting_adjourn(request: HttpRequest, meeting: str) -> HttpResponse:
    """in_progress → adjourned."""
    said = _("The meeting is adjourned.")
    return _move(request, meeting, may_run, "adjourned", lambda m, v: m.adjourn(by=v), said=said, page="conduct")


@require_POST
def meeting_resume(request: HttpRequest, meeting: str) -> HttpResponse:
    """adjourned → in_progress."""
    said = _("The meeting goes on.")
    return _move(request, meeting, may_run, "in_progress", lambda m, v: m.resume(by=v), said=said, page="conduct")


@require_POST
def meeting_end(request: HttpRequest, meeting: str) -> HttpResponse:
    """→ held, with the actual end."""
    said = _("The meeting is over; its actual end is recorded.")
    return _move(request, meeting, may_run, "held", lambda m, viewer: m.end(by=viewer), said=said)


@require_POST
def meeting_close(request: HttpRequest, meeting: str) -> HttpResponse:
    """held → closed, once nothing is missing."""
    return _move(request, meeting, may_edit, "closed", _close, said=_("The meeting is closed."))


def _close(meeting: Meeting, viewer: Viewer) -> None:
    if missing := next((check.missing for check in checklist(meeting) if check.missing), None):
        raise Refusal(missing)
    meeting.close(by=viewer)

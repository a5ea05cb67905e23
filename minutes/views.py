"""Pages of the minutes: written by item while people talk, submitted, approved; and the list of follow-ups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from agenda.models import AgendaItem
from attendees.guest_page import letterhead_of
from attendees.models import Agency
from minutes.access import may_approve, may_write
from minutes.forms import FollowUpFilter, FrameForm, PointForm, ReturnForm
from minutes.models import FollowUp, FollowUpQuerySet, Minutes, Point
from minutes.page import written
from rakor.audit.moves import StaleState
from rakor.lib.access import Refusal, allowed
from rakor.lib.numbers import whole_number
from rakor.lib.sheets import Sheet, download
from rakor.lib.wording import clock
from rakor.meetings.models import Meeting
from rakor.meetings.views import frame


def _meeting(request: HttpRequest, public_id: str) -> Meeting:
    meetings = Meeting.objects.visible_to(request.viewer).select_related("host__house")
    return get_object_or_404(meetings, public_id=public_id)


def _writing(request: HttpRequest, public_id: str) -> Meeting:
    meeting = _meeting(request, public_id)
    may_write(request.viewer, meeting)
    return meeting


def _agencies(meeting: Meeting) -> Any:
    """Who may be made responsible: the invited agencies and the host's house."""
    return (
        Agency.objects.filter(Q(invitations__meeting=meeting) | Q(house=meeting.host.house_id))
        .in_force()
        .distinct()
        .protocol()
    )


def _page(request: HttpRequest, meeting: Meeting, *, status: int = 200, **given: Any) -> HttpResponse:
    context = frame(request, meeting, active="minutes") | written(meeting, request) | given
    if context["writer"] and "form" not in given:
        context["form"] = PointForm(agencies=_agencies(meeting), initial={"kind": request.GET.get("jenis", "response")})
    return render(request, "minutes/write.html" if context["writer"] else "minutes/read.html", context, status=status)


@require_GET
def minutes(request: HttpRequest, meeting: str) -> HttpResponse:
    """Writing for the minute-taker, reading and deciding for the chair, reading for others once signed."""
    found = _meeting(request, meeting)
    given: dict[str, Any] = {}
    if (pk := whole_number(request.GET.get("ubah"))) and allowed(may_write, request.viewer, found):
        given["editing"] = Point.objects.filter(minutes__meeting=found, pk=pk).select_related("item").first()
        if given["editing"]:
            given["edit_form"] = PointForm(instance=given["editing"], agencies=_agencies(found))
    return _page(request, found, **given)


@require_POST
def point_create(request: HttpRequest, meeting: str) -> HttpResponse:
    """Writes the next point; the same form sent again (client_id) makes nothing new."""
    found = _writing(request, meeting)
    form = PointForm(request.POST, agencies=_agencies(found))
    item = AgendaItem.objects.filter(meeting=found, pk=whole_number(request.POST.get("item"))).first()
    if not form.is_valid():
        return _page(request, found, status=422, form=form, chosen=item)
    try:
        point = Minutes.begin(found, by=request.viewer).write(
            item=item,
            client_id=_uuid(request.POST.get("client_id")),
            by=request.viewer,
            follow_up=form.follow_up,
            **form.said,
        )
    except Refusal as no:
        messages.error(request, no.reason)
        return _page(request, found, status=422, form=form, chosen=item)
    return redirect(
        f"{reverse('minutes', args=[found.public_id])}?acara={item.pk if item else 0}&jenis={point.kind}#butir-baru"
    )


@require_POST
def point_save(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """Saves a point, by itself while it is typed (answers JSON) or by its button; a conflict shows both texts."""
    found = _writing(request, meeting)
    point = get_object_or_404(Point.objects.select_related("minutes__meeting", "item"), minutes__meeting=found, pk=pk)
    form = PointForm(request.POST, instance=point, agencies=_agencies(found))
    revision = whole_number(request.POST.get("revision")) or 0
    given = {"editing": point, "edit_form": form}
    if not form.is_valid():
        return _not_saved(request, found, 422, {"errors": form.errors.get_json_data()}, **given)
    try:
        Point.objects.select_related("minutes__meeting").get(pk=pk).rewrite(
            revision=revision, by=request.viewer, follow_up=form.follow_up, **form.said
        )
    except StaleState:
        now = Point.objects.get(pk=pk)
        given = {"editing": now, "edit_form": PointForm(instance=now, agencies=_agencies(found))}
        theirs = {"text": now.text, "revision": now.revision}
        return _not_saved(request, found, 409, {"theirs": theirs}, mine=request.POST.get("text", ""), **given)
    except Refusal as no:
        return _not_saved(request, found, 422, {"reason": str(no.reason)}, **given)
    saved = {"revision": revision + 1, "saved_at": clock(timezone.now(), found.zone)}
    back = f"{reverse('minutes', args=[found.public_id])}?acara={point.item_id or 0}#butir-{pk}"
    return _answer(request, 200, saved) or redirect(back)


@require_POST
def point_delete(request: HttpRequest, meeting: str, pk: int) -> HttpResponse:
    """Strikes a point; one already struck is no error."""
    found = _writing(request, meeting)
    try:
        if point := Point.objects.filter(minutes__meeting=found, pk=pk).select_related("minutes__meeting").first():
            point.strike(by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
    return redirect("minutes", found.public_id)


@require_POST
def minutes_save(request: HttpRequest, meeting: str) -> HttpResponse:
    """Saves opening and closing, by itself or by its button."""
    found = _writing(request, meeting)
    form = FrameForm(request.POST, instance=Minutes.of(found) or Minutes(meeting=found))
    if not form.is_valid():
        return _answer(request, 422, {"errors": form.errors.get_json_data()}) or _page(
            request, found, status=422, frame_form=form
        )
    revision = whole_number(request.POST.get("revision")) or 0
    try:
        Minutes.begin(found, by=request.viewer).save_frame(revision=revision, by=request.viewer, **form.cleaned_data)
    except StaleState:
        now = Minutes.begin(found, by=request.viewer)
        theirs = {"opening": now.opening, "closing": now.closing, "revision": now.revision}
        return _answer(request, 409, {"theirs": theirs}) or _page(
            request, found, status=409, frame_form=form, frame_now=now
        )
    except Refusal as no:
        messages.error(request, no.reason)
        return _answer(request, 422, {"reason": str(no.reason)}) or _page(request, found, status=422, frame_form=form)
    saved = {"revision": revision + 1, "saved_at": clock(timezone.now(), found.zone)}
    return _answer(request, 200, saved) or redirect("minutes", found.public_id)


@require_POST
def minutes_submit(request: HttpRequest, meeting: str) -> HttpResponse:
    """Hands the minutes to the chair."""
    found = _writing(request, meeting)
    try:
        Minutes.begin(found, by=request.viewer).submit(by=request.viewer)
        messages.success(request, _("The minutes lie with the chair for approval."))
    except Refusal as no:
        messages.error(request, no.reason)
    return redirect("minutes", found.public_id)


@require_POST
def minutes_approve(request: HttpRequest, meeting: str) -> HttpResponse:
    """Approves what was submitted; the paper for signing is made at once."""
    found = _meeting(request, meeting)
    may_approve(request.viewer, found)
    minutes = get_object_or_404(Minutes.objects.visible_to(request.viewer), meeting=found)
    try:
        document = minutes.approve(by=request.viewer)
    except Refusal as no:
        messages.error(request, no.reason)
        return redirect("minutes", found.public_id)
    messages.success(request, _("The minutes are approved. The minute-taker signs first, then you."))
    return redirect("document_detail", document.public_id)


@require_POST
def minutes_return(request: HttpRequest, meeting: str) -> HttpResponse:
    """Sends the minutes back with a note."""
    found = _meeting(request, meeting)
    may_approve(request.viewer, found)
    minutes = get_object_or_404(Minutes.objects.visible_to(request.viewer), meeting=found)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _page(request, found, status=422, return_form=form)
    try:
        minutes.send_back(note=form.cleaned_data["note"], by=request.viewer)
        messages.success(request, _("The minutes went back to the minute-taker with your note."))
    except Refusal as no:
        messages.error(request, no.reason)
    return redirect("minutes", found.public_id)


@require_GET
def follow_up_list(request: HttpRequest) -> HttpResponse:
    """What was agreed and who does it by when: search, filter, paging."""
    if not request.viewer.is_authenticated and not request.viewer.is_guest:
        return redirect_to_login(request.get_full_path())
    form, found = _listed(request)
    page = Paginator(found, 20).get_page(request.GET.get("page"))
    own = FollowUp.objects.filter(pk__in=[row.pk for row in page]).owned_by(request.viewer)
    context = letterhead_of(request.viewer) | {
        "page": page,
        "own": set(own.values_list("pk", flat=True)),
        "form": form,
        "searched": form.has_changed(),
    }
    return render(request, "minutes/follow_ups.html", context)


def _listed(request: HttpRequest) -> tuple[FollowUpFilter, FollowUpQuerySet]:
    form = FollowUpFilter(request.GET)
    found = form.narrow(FollowUp.objects.visible_to(request.viewer).exclude(status="draft"))
    return form, found.select_related("agency", "point__minutes__meeting__host").order_by("due_date", "pk")


@require_GET
@never_cache
def follow_up_export(request: HttpRequest) -> HttpResponse:
    """The list as it is narrowed, for a spreadsheet."""
    if not request.viewer.is_authenticated and not request.viewer.is_guest:
        return redirect_to_login(request.get_full_path())
    heading = [_("Number"), _("Follow-up"), _("Expected output"), _("Responsible"), _("Due"), _("Status"), _("Meeting")]
    rows = (
        [
            f.point.number, f.shown_text, f.shown_output, f.agency.name if f.agency else "", f.due_date,
            _("Overdue") if f.is_overdue else f.get_status_display(), f.point.minutes.meeting.shown_title,
        ]
        for f in _listed(request)[1]
    )  # fmt: skip
    return download("tindak-lanjut", Sheet(_("Follow-ups"), heading, rows, [10, 60, 36, 36, 14, 20, 48]))


def _not_saved(request: HttpRequest, meeting: Meeting, status: int, said: dict[str, Any], **given: Any) -> HttpResponse:
    """Why nothing was saved: as JSON to the page that saves by itself, else the page with what was typed."""
    answer = _answer(request, status, said)
    if answer is None and "reason" in said:
        messages.error(request, said["reason"])
    return answer or _page(request, meeting, status=status, **given)


def _answer(request: HttpRequest, status: int, data: dict[str, Any]) -> JsonResponse | None:
    """JSON for the page that saves by itself; None when a person pressed a button."""
    return (
        JsonResponse(data, status=status) if request.headers.get("Accept", "").startswith("application/json") else None
    )


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None

"""The organiser's pages of the invitations: choosing, the delivery board, what can be done with one of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendees.board import board_of, line_of
from attendees.chasing import nudge
from attendees.forms import AddressForm, AnswerForm, BoardFilter, ByHandForm, TermsForm
from attendees.inviting import invite
from attendees.mails import times_of
from attendees.models import Invitation
from attendees.notices import by_hand, facts, kept_deadline, last_told, mark, reached, tell_change, untold
from attendees.panels import deputies_waiting
from attendees.phones import shown
from attendees.picking import Picker
from attendees.sending import (
    check_sendable,
    correct_address,
    decide,
    deliver_by_hand,
    paused_at,
    resend,
    send_invitations,
)
from rakor.accounts.models import User
from rakor.audit.models import record
from rakor.lib.access import Refusal, allowed, refusal
from rakor.lib.wording import Number
from rakor.meetings.access import may_edit, may_see_insides
from rakor.meetings.models import Meeting
from rakor.meetings.views import frame


def seen(request: HttpRequest, public_id: str) -> Meeting:
    """The meeting, for those who prepare it or audit it."""
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.viewer).select_related("host__house").prefetch_related("roles"),
        public_id=public_id,
    )
    may_see_insides(request.viewer, meeting)
    return meeting


def organised(request: HttpRequest, public_id: str) -> Meeting:
    """The meeting, for those who organise it."""
    meeting = get_object_or_404(
        Meeting.objects.visible_to(request.viewer).select_related("host__house").prefetch_related("roles"),
        public_id=public_id,
    )
    may_edit(request.viewer, meeting)
    return meeting


@require_GET
def invitation_list(request: HttpRequest, meeting: str) -> HttpResponse:
    """The delivery board; it fetches itself anew when an answer or a delivery changes."""
    found = seen(request, meeting)
    board = board_of(found, request.viewer.zone)
    form = BoardFilter(request.GET or None, answers=board.answer_choices(), deliveries=board.delivery_choices())
    narrowed = form.cleaned_data if form.is_valid() else {}
    editable = allowed(may_edit, request.viewer, found)
    context = {
        "board": board,
        "form": form,
        "page": board.page(request.GET.get("page"), **narrowed),
        "editable": editable,
        "deputies": deputies_waiting(found) if editable else [],
        "changes": untold(found, request.viewer.zone) if editable else [],
        "chasing": editable and narrowed.get("answer") in {"pending", "reconfirm"},
        "not_sendable": refusal(check_sendable, found),
        "zone": request.viewer.zone,
        "paused": paused_at(found) if board.deliveries["held"] else None,
    }
    if context["editable"] and context["not_sendable"] is None and found.has_door:
        context["group_text"] = _group_text(found)
    return render(request, "attendees/invitations.html", frame(request, found, active="invitations") | context)


@require_http_methods(["GET", "POST"])
def invitation_add(request: HttpRequest, meeting: str) -> HttpResponse:
    """Chooses positions of the directory; a POST that only filters keeps the choice and changes nothing."""
    found = organised(request, meeting)
    picker = Picker(found, request.POST or request.GET)
    adding = request.method == "POST" and request.POST.get("action", "add") == "add"
    terms = TermsForm(request.POST if request.method == "POST" else None, meeting=found)
    if adding and terms.is_valid() and picker.chosen:
        try:
            return _added(request, found, invite(found, picker.chosen, by=request.viewer, **terms.cleaned_data))
        except Refusal as no:
            messages.error(request, str(no.reason))
    nothing = adding and not picker.chosen
    context = {"picker": picker, "terms": terms, "nothing": nothing, "offered": found.mode}
    status = 422 if adding else 200
    return render(request, "attendees/pick.html", frame(request, found, active="invitations") | context, status=status)


def _added(request: HttpRequest, meeting: Meeting, made: list[Invitation]) -> HttpResponse:
    many = Number(len(made))
    words = ngettext("%(count)s position added.", "%(count)s positions added.", many) % {"count": many}
    messages.success(request, words if made else _("These positions are invited already."))
    return redirect("invitation_list", meeting.public_id)


@require_POST
def invitation_send(request: HttpRequest, meeting: str) -> HttpResponse:
    """Queues the invitation to everybody who has not been sent it yet."""
    found = organised(request, meeting)
    try:
        count = send_invitations(found, by=request.viewer)
        messages.success(
            request,
            ngettext("%(count)s invitation is being sent.", "%(count)s invitations are being sent.", count)
            % {"count": Number(count)},
        )
    except Refusal as no:
        messages.error(request, str(no.reason))
    return redirect("invitation_list", found.public_id)


@require_POST
def invitation_decide(request: HttpRequest, meeting: str) -> HttpResponse:
    """Lets a sending go on that was paused because too many addresses were refused, or ends it."""
    found, goes_on = organised(request, meeting), request.POST.get("do") == "go_on"
    try:
        count = decide(found, goes_on=goes_on, by=request.viewer)
        goes = ngettext("%(count)s invitation is being sent.", "%(count)s invitations are being sent.", count)
        ends = ngettext("%(count)s invitation was not sent.", "%(count)s invitations were not sent.", count)
        messages.success(request, (goes if goes_on else ends) % {"count": Number(count)})
    except Refusal as no:
        messages.error(request, str(no.reason))
    return redirect("invitation_list", found.public_id)


@require_POST
def invitation_nudge(request: HttpRequest, meeting: str) -> HttpResponse:
    """Reminds whoever has not answered, or only the invitation named in the form."""
    found = organised(request, meeting)
    try:
        count = nudge(found, invitation=request.POST.get("invitation", ""), by=request.viewer)
        words = ngettext("%(count)s invitee is being reminded.", "%(count)s invitees are being reminded.", count)
        messages.success(request, words % {"count": Number(count)})
    except Refusal as no:
        messages.error(request, str(no.reason))
    return redirect("invitation_list", found.public_id)


@require_http_methods(["GET", "POST"])
def change_notice(request: HttpRequest, meeting: str) -> HttpResponse:
    """What has changed since those invited were told last, and whom a notice reaches; POST lets it go out."""
    found = organised(request, meeting)
    if request.method == "POST":
        try:
            count = tell_change(found, request.POST.get("seen", ""), by=request.viewer)
            words = ngettext("%(count)s invitee is being told.", "%(count)s invitees are being told.", count)
            messages.success(request, words % {"count": Number(count)})
        except Refusal as no:
            messages.error(request, str(no.reason))
            return redirect("change_notice", found.public_id)
        return redirect("invitation_list", found.public_id)
    now, last = facts(found), last_told(found)
    context = {
        "changes": untold(found, found.zone, now, last),
        "kept_deadline": kept_deadline(found, now, last),
        "seen": mark(now),
        "reached": reached(found).count(),
        "by_hand": by_hand(found).select_related("agency"),
    }
    return render(request, "attendees/change.html", frame(request, found, active="invitations") | context)


@require_GET
def invitation_manage(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """What can be done with one invitation, each with its own form."""
    found = organised(request, meeting)
    return _manage_page(request, found, _one(found, invitation))


def _one(meeting: Meeting, public_id: str) -> Invitation:
    rows = meeting.invitations.active().select_related(
        "meeting", "agency", "position", "delegated_from__delegated_from"
    )
    return get_object_or_404(rows, public_id=public_id)


def _standing(meeting: Meeting, invitation: Invitation, zone: str) -> dict[str, Any]:
    """Where one invitation stands, why nothing can be sent, and what the organiser most likely comes for."""
    line, not_sendable = line_of(invitation, zone), refusal(check_sendable, meeting)
    return {"line": line, "not_sendable": not_sendable, "lead": line.wanted(meeting, sendable=not_sendable is None)}


def _manage_page(request: HttpRequest, meeting: Meeting, invitation: Invitation, **bound: Any) -> HttpResponse:
    """The page with every form of one invitation; a bound one comes back with its errors and what was typed."""
    contact = {"person_name": invitation.person_name, "email": invitation.email, "phone": shown(invitation.phone)}
    in_directory = invitation.position_id is not None and invitation.delegated_from_id is None
    address = bound.get("address") or AddressForm(initial=contact | {"keep_in_directory": True}, prefix="alamat")
    if not in_directory:
        del address.fields["keep_in_directory"]
    recorded_by = invitation.answered_by.removeprefix("user:") if invitation.answered_by.startswith("user:") else ""
    context = {
        "invitation": invitation,
        **_standing(meeting, invitation, request.viewer.zone),
        "address": address,
        "by_hand": bound.get("by_hand") or ByHandForm(prefix="cara"),
        "answer": bound.get("answer") or AnswerForm(offered=invitation.offered_modes, prefix="jawab"),
        "recorded_by": User.objects.filter(pk=recorded_by).first() if recorded_by else None,
        "zone": request.viewer.zone,
    }
    return render(
        request,
        "attendees/invitation.html",
        frame(request, meeting, active="invitations") | context,
        status=422 if bound else 200,
    )


@require_POST
def invitation_address(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """Corrects where one invitation goes and, once the others are out, sends it there."""
    found = organised(request, meeting)
    one = _one(found, invitation)
    form = AddressForm(request.POST, prefix="alamat")
    if not form.is_valid():
        return _manage_page(request, found, one, address=form)
    try:
        sent = correct_address(one, **form.cleaned_data, by=request.viewer)
        messages.success(
            request,
            _("The address is saved; the invitation is being sent to it.") if sent else _("The address is saved."),
        )
    except Refusal as no:
        form.add_error("email", str(no.reason))
        return _manage_page(request, found, one, address=form)
    return redirect("invitation_manage", found.public_id, one.public_id)


@require_POST
def invitation_resend(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """Sends one invitation again."""
    found = organised(request, meeting)
    one = _one(found, invitation)
    return _done(request, one, lambda: resend(one, by=request.viewer), _("The invitation is being sent again."))


@require_POST
def invitation_manual(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """Notes that the invitation was handed over without e-mail, and how."""
    found = organised(request, meeting)
    one = _one(found, invitation)
    form = ByHandForm(request.POST, prefix="cara")
    if not form.is_valid():
        return _manage_page(request, found, one, by_hand=form)
    how = form.cleaned_data["how"]
    return _done(request, one, lambda: deliver_by_hand(one, how, by=request.viewer), _("Noted as delivered by hand."))


@require_POST
def invitation_record_answer(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """Records an answer on somebody's behalf; it is marked so everywhere."""
    found = organised(request, meeting)
    one = _one(found, invitation)
    form = AnswerForm(request.POST, offered=one.offered_modes, prefix="jawab")
    if not form.is_valid():
        return _manage_page(request, found, one, answer=form)
    return _done(request, one, lambda: _record(one, form.cleaned_data, request), _("The answer is recorded on behalf."))


def _record(invitation: Invitation, given: dict[str, Any], request: HttpRequest) -> None:
    answer = given["answer"]
    if answer == "delegated":
        person = {name: given[name] for name in ("name", "position", "email", "phone", "mode")}
        invitation.delegate_to(**person, by=request.viewer)
    elif answer == "declined":
        invitation.respond("declined", reason=given["reason"], by=request.viewer)
    else:
        invitation.respond("accepted", mode=answer, by=request.viewer)


@require_POST
def invitation_remove(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """Takes an invitation back; its link stops working at once."""
    found = organised(request, meeting)
    one = _one(found, invitation)
    try:
        one.withdraw(by=request.viewer)
        messages.success(request, _("%(position)s is no longer invited.") % {"position": one.position_name})
    except Refusal as no:
        messages.error(request, str(no.reason))
    return redirect("invitation_list", found.public_id)


@require_GET
@never_cache
def invitation_text(request: HttpRequest, meeting: str, invitation: str) -> HttpResponse:
    """The WhatsApp text with the personal link, to be copied by the organiser; that it was shown is audited."""
    found = organised(request, meeting)
    one = _one(found, invitation)
    tells_of_postponing = found.status == "postponed" and found.invited_at is not None
    closed = None if tells_of_postponing else refusal(check_sendable, found)
    text = ""
    if closed is None:
        record("invitation.link_shown", target=one, by=request.viewer, meeting=found)
        with override("id"):
            context = {"invitation": one, "meeting": found, "when": times_of(found, one.zone), "link": one.link}
            text = render_to_string("attendees/whatsapp.txt", context).strip()
    context = {"invitation": one, "text": text, "closed": closed}
    return render(request, "attendees/text.html", frame(request, found, active="invitations") | context)


def _group_text(meeting: Meeting) -> str:
    """The WhatsApp text for groups: no personal link, no title, only where each asks for his own."""
    with override("id"):
        url = settings.BASE_URL + reverse("door", args=[meeting.short])
        context = {"meeting": meeting, "when": times_of(meeting, meeting.zone), "url": url}
        return render_to_string("attendees/whatsapp_group.txt", context).strip()


def _done(request: HttpRequest, invitation: Invitation, verb: Any, words: str) -> HttpResponse:
    try:
        verb()
        messages.success(request, words)
    except Refusal as no:
        messages.error(request, str(no.reason))
    return redirect("invitation_manage", invitation.meeting.public_id, invitation.public_id)

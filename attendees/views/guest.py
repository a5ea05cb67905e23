"""The invited person's pages: reached by a personal link or an account, on a phone, with no account needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from attendees.calendar_file import MIMETYPE, calendar_file
from attendees.delegation import ask_for_deputy
from attendees.devices import acting, hand_over, is_known, open_link, remember
from attendees.door import door_behind
from attendees.guest_forms import DelegateForm, RespondForm
from attendees.guest_page import head_of, page_of, room_of
from attendees.joining import holds, may_join
from attendees.links import is_withdrawn, link_kinds, subject_of
from attendees.models import Invitation
from rakor.lib.access import Refusal, Viewer

View = Callable[..., HttpResponseBase]


class SeeOther(HttpResponseRedirect):
    """303: the answer to a POST, so that going back or reloading never sends it again."""

    status_code = 303


def _to(name: str, invitation: Invitation) -> SeeOther:
    return SeeOther(reverse(name, args=[invitation.public_id]))


def for_invited(*, anybody: bool = False) -> Callable[[View], View]:
    """Gives the view the invitation and who acts on it, or 404; its pages are kept by no cache.

    A device on which nobody has said who holds the link goes back to that question, unless `anybody`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @never_cache
        def guarded(request: HttpRequest, invitation: str) -> HttpResponseBase:
            viewer = request.viewer.asked()
            found = get_object_or_404(Invitation.objects.visible_to(viewer).for_page(), public_id=invitation)
            if not anybody and not is_known(request.session, viewer, found):
                return _to("invitation_detail", found)
            return view(request, found, acting(viewer, found))

        return guarded

    return decorate


@require_safe
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Puts a genuine link into the session and leads on at once to an address without it; changes nothing else."""
    subject = subject_of(token)
    if subject is None:
        door = door_behind(token)
        context = {"here": "/", "door": door, "withdrawn": door is not None and is_withdrawn(token)}
        response = render(request, "attendees/guest/bad_link.html", context, status=404)
    else:
        if request.method == "GET":
            open_link(request.session, subject)
        response = redirect(link_kinds[subject.kind].home(subject.public_id))
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_safe
@for_invited(anybody=True)
def invitation_detail(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """The invitation: first who is there, then the question, then everything about the meeting."""
    if not is_known(request.session, viewer, invitation):
        context = head_of(invitation, viewer) | {"unseen": invitation.opened_at is None}
        return render(request, "attendees/guest/identify.html", context)
    return render(request, "attendees/guest/detail.html", page_of(invitation, viewer, timezone.now()))


@require_POST
@for_invited(anybody=True)
def invitation_identify(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """*Saya sendiri · Saya mewakili · Bukan untuk saya*, kept for this device."""
    who = request.POST.get("who", "")
    if who == "not_mine":
        return _to("invitation_not_mine", invitation)
    if holds(viewer, invitation):
        invitation.mark_opened(by=viewer)
    if who == "deputy":
        return SeeOther(reverse("invitation_delegate", args=[invitation.public_id]) + "?saya")
    if who == "self":
        remember(request.session, invitation)
    return _to("invitation_detail", invitation)


@require_POST
@for_invited(anybody=True)
def invitation_opened(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """The visible page says that it was seen."""
    may_join(viewer, invitation)
    invitation.mark_opened(by=viewer)
    return HttpResponse(status=204)


@require_POST
@for_invited()
def invitation_respond(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """The answer in one tap, or its reason afterwards; another answer replaces it until the meeting is over."""
    form = RespondForm(request.POST, offered=invitation.offered_modes)
    if not form.is_valid():
        context = page_of(invitation, viewer, timezone.now()) | {"form": form}
        return render(request, "attendees/guest/detail.html", context, status=422)
    try:
        invitation.respond(by=viewer, **form.verb())
        messages.success(request, _("Your answer is recorded. Thank you."))
    except Refusal as no:
        messages.error(request, str(no.reason))
    return _to("invitation_detail", invitation)


@require_http_methods(["GET", "HEAD", "POST"])
@for_invited(anybody=True)
def invitation_delegate(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """Somebody comes in this place: named by the principal, or by whoever says *Saya mewakili* on a new device."""
    known, myself = is_known(request.session, viewer, invitation), "saya" in request.GET
    if not known and not myself:
        return _to("invitation_detail", invitation)
    if request.method == "GET" and (made := _just_made(request, invitation)):
        return render(request, "attendees/guest/delegate_made.html", head_of(invitation, viewer) | {"delegate": made})
    form = DelegateForm(request.POST or None, principal=invitation, myself=myself)
    if request.method == "POST" and form.is_valid():
        try:
            return _sent(request, invitation, viewer, form)
        except Refusal as no:
            form.add_error(None, str(no.reason))
    context = head_of(invitation, viewer) | {"form": form, "delegate": invitation.delegate if known else None}
    return render(request, "attendees/guest/delegate.html", context, status=422 if form.errors else 200)


def _sent(request: HttpRequest, principal: Invitation, viewer: Viewer, form: DelegateForm) -> HttpResponse:
    """The deputy with a link, or, of a restricted meeting, the question to the organiser."""
    if not principal.meeting.is_restricted:
        return _delegated(request, principal, principal.delegate_to(by=viewer, **form.verb()), myself=form.myself)
    ask_for_deputy(principal, by=viewer, **form.verb())
    messages.success(request, _("The organiser has been asked. The deputy gets a link once accepted."))
    return _to("invitation_detail", principal)


def _just_made(request: HttpRequest, principal: Invitation) -> Invitation | None:
    """The delegate whose link the principal gets to see once, right after naming him."""
    made = request.session.pop("delegate_made", None)
    return principal.delegates.filter(public_id=made, ended_at__isnull=True).first() if made else None


def _delegated(request: HttpRequest, principal: Invitation, delegate: Invitation, *, myself: bool) -> HttpResponse:
    if myself:
        hand_over(request.session, principal, delegate)
        messages.success(request, _("You are recorded as representing this position."))
        return _to("invitation_detail", delegate)
    request.session["delegate_made"] = delegate.public_id
    return _to("invitation_delegate", principal)


@require_POST
@for_invited()
def invitation_join(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """*Gabung*: records the moment and leads to our own page of the room."""
    may_join(viewer, invitation)
    try:
        invitation.join(by=viewer)
    except Refusal as no:
        messages.error(request, str(no.reason))
        return _to("invitation_detail", invitation)
    return _to("invitation_room", invitation)


@require_safe
@for_invited()
def invitation_room(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """The way into the room for whoever has joined: name to copy, code, number, one large link."""
    may_join(viewer, invitation)
    context = room_of(invitation, viewer, request.GET.get("ruang", "")[:12])
    if context["presence"] is None or context["presence"].mode != "online":
        return redirect("invitation_detail", invitation.public_id)
    return render(request, "attendees/guest/room.html", context)


@require_POST
@for_invited()
def invitation_leave(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """*Saya keluar*: ends the presence now; coming back begins another one."""
    may_join(viewer, invitation)
    if invitation.leave(by=viewer):
        messages.success(request, _("Your leaving is recorded. You can join again while the meeting lasts."))
    elif invitation.meeting.is_over:
        messages.info(request, _("The meeting is over; every presence ended with it."))
    else:
        messages.info(request, _("You had left already; nothing more was recorded."))
    return _to("invitation_detail", invitation)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation_not_mine(request: HttpRequest, invitation: str) -> HttpResponse:
    """Asks first, then ends the link; afterwards nothing of the meeting is shown any more."""
    ended: list[str] = request.session.get("ended", [])
    if invitation in ended:
        return render(request, "attendees/guest/ended.html")
    viewer = request.viewer.asked()
    found = get_object_or_404(Invitation.objects.visible_to(viewer).for_page(), public_id=invitation)
    viewer = acting(viewer, found)
    may_join(viewer, found)
    if request.method == "POST":
        found.end_as_not_mine(by=viewer)
        request.session["ended"] = [*ended[-9:], found.public_id]
        return _to("invitation_not_mine", found)
    return render(request, "attendees/guest/not_mine.html", head_of(found, viewer))


@require_safe
@for_invited()
def invitation_calendar(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """rapat.ics with the address of this page; neither the personal link nor the room stands in it."""
    page = settings.BASE_URL + reverse("invitation_detail", args=[invitation.public_id])
    return HttpResponse(
        calendar_file(invitation.meeting, link=page),
        content_type=MIMETYPE.format(method="PUBLISH"),
        headers={"Content-Disposition": 'attachment; filename="rapat.ics"'},
    )

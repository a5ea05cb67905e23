"""The code that a restricted meeting asks of whoever holds a personal link."""

from __future__ import annotations

from allauth.core.ratelimit import consume_or_429
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from attendees.confidential import enter_code, send_code
from attendees.devices import await_code, awaited_code, note_proof
from attendees.guest_page import head_of
from attendees.models import AccessCode, Invitation
from attendees.views.guest import SeeOther, for_invited
from rakor.lib.access import Refusal, Viewer
from rakor.meetings.access import has_proven

LIMITS = {"access_code": "30/10m/ip"}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"), max_length=20, help_text=gettext_lazy("Eight digits, from the mail."),
        error_messages={"required": gettext_lazy("Enter the code from the mail.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@for_invited()
def invitation_code(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> HttpResponse:
    """Sends the code to the invited address, takes it, and leads back to what was to be read."""
    back = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("invitation_detail", args=[invitation.public_id])
    if has_proven(viewer, invitation.meeting):
        return redirect(back)
    form = CodeForm()
    if request.method == "POST":
        if consume_or_429(request, action="access_code", config=LIMITS):
            messages.error(request, _("That was too often in a short time. Wait ten minutes."))
        elif "send" in request.POST:
            _send(request, invitation, viewer)
        elif (form := CodeForm(request.POST)).is_valid():
            if enter_code(invitation, awaited_code(request.session, invitation), form.cleaned_data["code"], by=viewer):
                note_proof(request.session, invitation)
                return SeeOther(back)
            form.add_error("code", _("This code does not fit, or is no longer valid. Look at the latest mail."))
    return _page(request, invitation, viewer, form)


def _send(request: HttpRequest, invitation: Invitation, viewer: Viewer) -> None:
    try:
        await_code(request.session, invitation, send_code(invitation, by=viewer).public_id)
        messages.success(request, _("The code is on its way."))
    except Refusal as no:
        messages.error(request, str(no.reason))


def _page(request: HttpRequest, invitation: Invitation, viewer: Viewer, form: CodeForm) -> HttpResponse:
    waiting = AccessCode.objects.open().filter(public_id=awaited_code(request.session, invitation)).exists()
    context = head_of(invitation, viewer) | {"form": form, "waiting": waiting, "address": masked(invitation.email)}
    return render(request, "attendees/guest/code.html", context, status=422 if form.errors else 200)


def masked(email: str) -> str:
    """`k•••@uji.example`: enough to know the mailbox by, for whoever knows it already."""
    name, at, host = email.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else ""

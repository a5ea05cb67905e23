"""The page where the surat undangan is composed, looked at and prepared."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from attendees.forms import LetterForm
from attendees.letters import (
    attachments,
    check_writable,
    letter_in_force,
    letter_on_the_way,
    next_number,
    particulars,
    prepare_elsewhere,
    prepare_here,
    present_values,
    preview,
    save_letter,
)
from attendees.views.invitations import organised
from rakor.documents.rendering import UncoveredCharacters
from rakor.lib.access import Refusal, refusal
from rakor.meetings.models import Meeting
from rakor.meetings.views import frame


@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, meeting: str) -> HttpResponse:
    """Shows the letter as it stands; a POST keeps what is typed as a draft."""
    found = organised(request, meeting)
    form = _form(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            save_letter(found, form.values(), by=request.viewer)
            messages.success(request, _("The draft of the letter is saved."))
            return redirect("letter", found.public_id)
        except Refusal as no:
            form.add_error(None, str(no.reason))
    return _page(request, found, form)


@require_POST
def letter_prepare(request: HttpRequest, meeting: str) -> HttpResponse:
    """Signed here: gives the number and has the paper made. Signed elsewhere: makes the paper with room for both."""
    found = organised(request, meeting)
    here = request.POST.get("path") == "here"
    form = _form(found, request.POST, here=here)
    if form.is_valid():
        try:
            document = (prepare_here if here else prepare_elsewhere)(found, form.values(), by=request.viewer)
        except Refusal as no:
            form.add_error(None, str(no.reason))
        else:
            messages.success(
                request,
                _("The letter has its number; its paper is being made.")
                if here
                else _("The paper is ready to be signed elsewhere."),
            )
            return redirect("document_detail", document.public_id)
    return _page(request, found, form)


@require_GET
@never_cache
def letter_preview(request: HttpRequest, meeting: str) -> HttpResponse:
    """The letter as a PDF in the browser, marked KONSEP; nothing is saved and no number is used up."""
    found = organised(request, meeting)
    try:
        pdf = preview(found)
    except UncoveredCharacters as no:
        messages.error(request, str(no))
        return redirect("letter", found.public_id)
    return HttpResponse(
        pdf,
        content_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="konsep-surat-undangan.pdf"'},
    )


def _form(meeting: Meeting, data: Any, *, here: bool = False) -> LetterForm:
    offered = [(a.name, a.label or a.name) for a in attachments if a.context(meeting)]
    return LetterForm(data, initial=present_values(meeting), meeting=meeting, attachments=offered, here=here)


def _page(request: HttpRequest, meeting: Meeting, form: LetterForm) -> HttpResponse:
    today = timezone.localdate(timezone=meeting.tz)
    on_the_way, letterhead = letter_on_the_way(meeting), meeting.host.letterhead_on(today)
    context = {
        "form": form,
        "signed": letter_in_force(meeting),
        "letter": on_the_way,
        "composing": on_the_way is None or on_the_way.takes_upload,
        "closed": None if form.is_bound else refusal(check_writable, meeting),
        "letterhead": letterhead,
        "next_number": next_number(letterhead, today, meeting.security),
        "particulars": particulars(meeting),
    }
    return render(
        request,
        "attendees/letter.html",
        frame(request, meeting, active="letter") | context,
        status=422 if form.errors else 200,
    )

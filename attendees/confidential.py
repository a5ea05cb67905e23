"""What is restricted is read after a second proof of who reads it, and each reading is recorded.

Before every page of a restricted meeting and of its papers: an account is asked for its second factor, the holder of a
personal link for a code that goes to the invited address. Only the answer itself needs neither.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models import AccessCode, Invitation
from attendees.models.codes import MAIL
from attendees.models.invitations import KIND
from rakor.audit.models import record
from rakor.documents.models import Document
from rakor.lib.access import Refusal, Viewer
from rakor.mail.outbox import queue
from rakor.meetings.access import has_proven
from rakor.meetings.models import Meeting

MOST_AN_HOUR, PAUSE = 5, timedelta(minutes=1)
"""Codes that one invitation is sent."""

ROOM = frozenset({"invitation_join", "invitation_room"})
"""Of the invited person's own pages those that need the proof; the others show nothing before it."""

ANSWER = "invitation_detail"
"""The page that shows before the proof what an answer needs, and afterwards everything."""

NO_READING = frozenset({"meeting_stream", "document_download"})
"""Addresses that show nothing of the meeting, or whose readings are recorded where the bytes are handed out."""


# -- the code of a personal link -------------------------------------------------------------------------------------


def send_code(invitation: Invitation, *, by: Viewer) -> AccessCode:
    """Queues one code to the address on file; a Refusal says why not."""
    if not invitation.email:
        raise Refusal(_("No e-mail address is on file for this invitation. Ask the organiser to add it."))
    with transaction.atomic():
        Invitation.objects.select_for_update().get(pk=invitation.pk)
        recent = invitation.access_codes.filter(asked_at__gt=timezone.now() - timedelta(hours=1))
        if recent.filter(asked_at__gt=timezone.now() - PAUSE).exists():
            raise Refusal(_("A code was sent less than a minute ago. Look into the mailbox, or wait a moment."))
        if recent.count() >= MOST_AN_HOUR:
            raise Refusal(_("Five codes were sent within an hour. Wait an hour, or call the contact person."))
        code = AccessCode.objects.create(
            invitation=invitation, link_generation=invitation.link_generation, asked_by=by.actor
        )
        queue(
            MAIL,
            key=f"{MAIL}:{code.public_id}",
            to=invitation.email,
            to_name=invitation.person_name or invitation.position_name,
            ids={"code": code.pk},
            about=(KIND, invitation.public_id),
        )
        record("access_code.sent", target=invitation, by=by, meeting=invitation.meeting)
    return code


def enter_code(invitation: Invitation, code: str, typed: str, *, by: Viewer) -> bool:
    """True when these are the digits of the code with this public id, which this device asked for; recorded."""
    digits = "".join(letter for letter in typed if letter.isdigit())
    asked = invitation.access_codes.filter(public_id=code, link_generation=invitation.link_generation).first()
    right = asked is not None and asked.enter(digits)
    verb = "access_code.used" if right else "access_code.refused"
    record(verb, target=invitation, by=by, meeting=invitation.meeting)
    return right


# -- every page ------------------------------------------------------------------------------------------------------


class ConfidentialPages:
    """Leads whoever has not proven himself twice to the proof and back; records what the others read."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if reading := getattr(request, "restricted_reading", None):
            _record_reading(request, response, *reading)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """The way to the proof; None for what is not restricted, is not visible anyway, or may be read."""
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        name = request.resolver_match.url_name if request.resolver_match else ""
        found = _concerned(viewer, str(name), kwargs)
        if found is None:
            return None
        if has_proven(viewer, found[0]):
            request.restricted_reading = found  # type: ignore[attr-defined]
            return None
        return None if name == ANSWER else redirect(_proof(request, viewer, found[0], kwargs))


def _concerned(viewer: Viewer, name: str, kwargs: dict[str, Any]) -> tuple[Meeting, Document | None] | None:
    """The restricted meeting, and its paper, that this address shows; None where there is none, or none to see."""
    meetings = Meeting.objects.exclude(security="B")
    if "meeting" in kwargs:
        rows = meetings.filter(public_id=kwargs["meeting"])
        return (rows.get(), None) if rows.exists() and rows.visible_to(viewer).exists() else None
    if "document" in kwargs:
        papers = Document.objects.filter(meeting__in=meetings, public_id=kwargs["document"])
        if not (papers.exists() and Document.objects.visible_to(viewer).filter(public_id=kwargs["document"]).exists()):
            return None
        paper = papers.select_related("meeting").defer("content").get()
        return paper.meeting, paper
    if "invitation" in kwargs and name in {*ROOM, ANSWER}:
        rows = meetings.filter(invitations__public_id=kwargs["invitation"])
        mine = Invitation.objects.visible_to(viewer).filter(public_id=kwargs["invitation"])
        return (rows.get(), None) if rows.exists() and mine.exists() else None
    return None


def _proof(request: HttpRequest, viewer: Viewer, meeting: Meeting, kwargs: dict[str, Any]) -> str:
    """Where the proof is given; from there the way leads back to the page, after a POST to the one it came from."""
    back = request.get_full_path()
    if request.method not in {"GET", "HEAD"}:
        back = reverse("meeting_detail", args=[meeting.public_id])
        if "document" in kwargs:
            back = reverse("document_detail", args=[kwargs["document"]])
    query = urlencode({"next": back})
    if viewer.is_authenticated:
        return f"{reverse('mfa_index')}?{query}"
    links = Invitation.objects.active().filter(meeting=meeting, public_id__in=viewer.subject_ids(KIND))
    return f"{reverse('invitation_code', args=[links.values_list('public_id', flat=True)[0]])}?{query}"


def _record_reading(
    request: HttpRequest, response: HttpResponseBase, meeting: Meeting, document: Document | None
) -> None:
    """One line for each opening: not for what an open page fetches by itself, nor for what was refused."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    fetched = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted")
    if request.method != "GET" or response.status_code != 200 or fetched or name in NO_READING:
        return
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if document is not None:
        record("document.read", target=document, by=viewer, meeting=meeting)
    else:
        record("meeting.read", target=meeting, by=viewer, meeting=meeting, new=str(name))

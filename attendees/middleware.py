"""Builds `request.viewer` once per request, from the account and from the personal links this session has opened.

Pages for one session are kept by no cache: the next person at this computer would find them behind the back button.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from attendees.links import subjects_in_force
from attendees.models import Invitation, Membership
from attendees.models.invitations import KIND
from rakor.accounts.models import User
from rakor.accounts.second_factor import LASTS, proven_at
from rakor.lib.access import AgencyRole, Viewer


def viewer_of(
    user: User | AnonymousUser | None,
    session_links: dict[str, int] | None = None,
    known: dict[str, int] | None = None,
    zone: str = "",
    proven: dict[str, tuple[int, float]] | None = None,
) -> Viewer:
    """The Viewer of an account and of links (`"<kind>:<public id>": generation`), as plain values.

    `known` are those links on which somebody has said who he is. `zone` is the time zone of the link opened last; an
    account has its own. `proven` are links whose holder typed the mailed code, with generation and time of the proof.
    """
    links = subjects_in_force(session_links or {})
    said = (session_links or {}).items() & (known or {}).items()
    keys = {key for key, _generation in said}
    links_said = tuple(link for link in links if ":".join(link) in keys)
    unsaid = tuple(link for link in links if link not in links_said)
    oldest = (timezone.now() - LASTS).timestamp()
    fresh = {key: generation for key, (generation, at) in (proven or {}).items() if at > oldest}
    proven_keys = {key for key, _generation in said & fresh.items()}
    proven_links = tuple(link for link in links_said if ":".join(link) in proven_keys)
    if not isinstance(user, User) or not user.is_active:
        return Viewer(
            link_subjects=links_said, unsaid_links=unsaid, proven_links=proven_links, zone=zone or Viewer.zone
        )
    roles = Membership.objects.in_force().filter(user=user).values_list("agency_id", "agency__house_id", "role")
    return Viewer(
        user_id=user.pk,
        name=user.full_name,
        email=user.email,
        zone=user.zone,
        is_system_admin=user.is_superuser,
        link_subjects=links_said,
        unsaid_links=unsaid,
        proven_links=proven_links,
        agency_roles=tuple(AgencyRole(*row) for row in roles),
    )


class ViewerMiddleware:
    """Sets `request.viewer` (lazily: pages that need no viewer pay nothing) and the reader's time zone."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.viewer = SimpleLazyObject(lambda: self._viewer(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        if not request.session.is_empty() and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Leads a guest from a meeting's pages to the question who he is, as long as he has not answered it."""
        viewer: Viewer = request.viewer  # type: ignore[attr-defined]
        if "meeting" not in kwargs or viewer.is_authenticated or not viewer.unsaid_links:
            return None
        links = Invitation.objects.active().filter(
            meeting__public_id=kwargs["meeting"], public_id__in=viewer.asked().subject_ids(KIND)
        )
        mine = list(links.values_list("public_id", flat=True))
        if not mine or set(mine) & set(viewer.subject_ids(KIND)):
            return None
        return redirect("invitation_detail", mine[-1])

    @staticmethod
    def _viewer(request: HttpRequest) -> Viewer:
        session = request.session
        kept = [session.get(name) for name in ("links", "known")]
        viewer = viewer_of(request.user, *kept, zone=session.get("zone", ""), proven=session.get("proven"))
        if viewer.is_authenticated:
            viewer = viewer.but(second_factor_at=proven_at(request))
        timezone.activate(ZoneInfo(viewer.zone))
        return viewer

"""Builds `request.viewer` once per request, from the account and from the personal links this session has opened."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from attendees.links import subjects_in_force
from attendees.models import Membership
from rakor.accounts.models import User
from rakor.lib.access import AgencyRole, Viewer


def viewer_of(user: User | AnonymousUser | None, session_links: dict[str, int] | None = None, zone: str = "") -> Viewer:
    """The Viewer of an account and of links (`"<kind>:<public id>": generation`), as plain values.

    `zone` is the time zone of the link opened last; an account has its own.
    """
    links = subjects_in_force(session_links or {})
    if not isinstance(user, User) or not user.is_active:
        return Viewer(link_subjects=links, zone=zone or Viewer.zone)
    roles = Membership.objects.in_force().filter(user=user).values_list("agency_id", "agency__house_id", "role")
    return Viewer(
        user_id=user.pk,
        name=user.full_name,
        email=user.email,
        zone=user.zone,
        is_system_admin=user.is_superuser,
        link_subjects=links,
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
        return self.get_response(request)

    @staticmethod
    def _viewer(request: HttpRequest) -> Viewer:
        viewer = viewer_of(request.user, request.session.get("links"), request.session.get("zone", ""))
        timezone.activate(ZoneInfo(viewer.zone))
        return viewer

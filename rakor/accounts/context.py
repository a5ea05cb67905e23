"""What every page's frame shows: who looks, where they may go, and whether this is the demo."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from rakor.lib.access import NOBODY, Viewer
from rakor.lib.registry import Registry

PEOPLE = frozenset({"staff", "organiser", "agency_admin", "contact", "auditor"})
"""Roles that an agency gives; whoever has one reads the directory."""


@dataclass(frozen=True)
class NavItem:
    """One entry of the main navigation: label, URL name, and the path below which it is the current one."""

    label: Any
    url_name: str
    current: bool = False


@dataclass(frozen=True)
class Door:
    """Whether the entry with this URL name opens for a viewer, where roles alone do not tell."""

    name: str
    opens: Callable[[Viewer], bool]


doors: Registry[Door] = Registry("door of the navigation")

ITEMS = (
    (_("To do"), "home", "/", None),
    (_("Meetings"), "meeting_list", "/rapat/", None),
    (_("Follow-ups"), "follow_up_list", "/tindak-lanjut/", None),
    (_("Agencies"), "agency_list", "/instansi/", PEOPLE),
    (_("Documents"), "document_list", "/dokumen/", frozenset({"organiser", "auditor"})),
)


def navigation(viewer: Viewer, path: str) -> list[NavItem]:
    """The entries the viewer may open, empty for guests; `path` marks the current one."""
    if not viewer.is_authenticated:
        return []
    roles = {membership.role for membership in viewer.agency_roles}
    return [
        NavItem(label, url_name, path == root if root == "/" else path.startswith(root))
        for label, url_name, root, needed in ITEMS
        if (needed is None or roles & needed) and (url_name not in doors or doors[url_name].opens(viewer))
    ]


def here(request: HttpRequest) -> str:
    """Where the language switch returns to: this page; after a POST, which is not repeated, the page of its form."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(before, {request.get_host()}):
        return "/"
    return urlsplit(before)._replace(scheme="", netloc="", fragment="").geturl() or "/"


def frame(request: HttpRequest) -> dict[str, Any]:
    """`viewer`, `demo`, `nav` and `here` (this page's address, where the language switch returns to)."""
    viewer = getattr(request, "viewer", NOBODY)
    return {
        "viewer": viewer,
        "demo": settings.DEMO,
        "nav": SimpleLazyObject(lambda: navigation(viewer, request.path)),
        "here": here(request),
        "languages": settings.LANGUAGES,
    }

"""May this viewer do that in the directory? Each check raises a Refusal with a sentence. Source: product.md's table."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from attendees.models import Agency, Membership
from rakor.lib.access import Refusal, Viewer


def may_edit_directory(viewer: Viewer, agency: Agency) -> None:
    """Organisers of any unit, and contacts and administrators of the agency itself."""
    if not (viewer.has_role("organiser") or agency.pk in viewer.agencies("contact", "agency_admin")):
        raise Refusal(_("Only organisers and the contact or administrator of this agency may change its entry."))


def may_import(viewer: Viewer) -> None:
    """Those who may change some agency's entry; which rows of a file they may is asked row by row."""
    if not (viewer.has_role("organiser") or viewer.agencies("contact", "agency_admin")):
        raise Refusal(_("Only organisers and the contact or administrator of an agency may import positions."))


def may_edit_letterhead(viewer: Viewer, agency: Agency) -> None:
    """The system administrator."""
    if not viewer.is_system_admin:
        raise Refusal(_("Only the system administrator may change a letterhead."))


def may_manage_people(viewer: Viewer, agency: Agency) -> None:
    """Administrators of the agency, and the system administrator."""
    if not (viewer.is_system_admin or viewer.has_role("agency_admin", agency.pk)):
        raise Refusal(_("Only the administrator of this agency may invite colleagues or end their roles."))


def may_grant(viewer: Viewer, agency: Agency, role: str) -> None:
    """Those who manage its people; an organiser reaches every agency's addresses and an auditor every meeting.

    Therefore organisers are named by the system administrator, and in a central agency by its administrator;
    auditors by the system administrator alone.
    """
    may_manage_people(viewer, agency)
    if viewer.is_system_admin:
        return
    if role == Membership.Role.AUDITOR:
        raise Refusal(_("Only the system administrator may make somebody an auditor."))
    if role == Membership.Role.ORGANISER and agency.kind != Agency.Kind.CENTRAL:
        raise Refusal(_("Organisers belong to the ministry's units. Ask the system administrator."))


def directory_opens(viewer: Viewer) -> bool:
    """True for those who may read the directory; asks the database for mere staff only."""
    readers = viewer.agencies("organiser", "contact", "agency_admin", "auditor")
    return bool(readers) or Agency.objects.visible_to(viewer).exists()

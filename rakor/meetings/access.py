"""May this viewer do that with a meeting? Each check raises a Refusal with a sentence. Source: product.md's table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from rakor.lib.access import Refusal, Viewer
from rakor.meetings.grants import can_hold
from rakor.meetings.models import Meeting, MeetingRole

INSIDERS = frozenset({"host", "secretariat", "chair", "moderator", "minute_taker"})


def standing(viewer: Viewer, meeting: Meeting) -> frozenset[str]:
    """What the viewer is in this meeting: host, the roles of MeetingRole, invitee, contact, staff, auditor.

    Asked once per viewer and meeting object (at most two queries).
    """
    known: dict[Viewer, frozenset[str]] = meeting.__dict__.setdefault("_standing", {})
    if viewer not in known:
        known[viewer] = frozenset(_standing(viewer, meeting))
    return known[viewer]


def _standing(viewer: Viewer, meeting: Meeting) -> set[str]:
    found: set[str] = set()
    if viewer.has_role("organiser", meeting.host_id):
        found.add("host")
    if viewer.user_id is not None:
        found |= {r.role for r in meeting.roles.all() if r.user_id == viewer.user_id}
    if _audits(viewer, meeting):
        found.add("auditor")
    links, contacts = viewer.subject_ids("invitation"), viewer.agencies("contact", "agency_admin")
    for row in related_invitations(viewer, meeting):
        if row.public_id in links or (viewer.user_id is not None and row.user_id == viewer.user_id):
            found.add("invitee")
        if row.agency_id in contacts:
            found.add("contact")
        if row.agency_id in viewer.agencies():
            found.add("staff")
    if viewer.agency_roles and meeting.host.house_id in viewer.houses:
        found.add("staff")
    return found


def _audits(viewer: Viewer, meeting: Meeting) -> bool:
    """An auditor of an ordinary meeting, and whoever was given the right to read this one."""
    if viewer.has_role("auditor") and not meeting.is_restricted:
        return True
    held = meeting.grants.all() if can_hold(viewer) else []
    return any(grant.user_id == viewer.user_id and grant.is_in_force for grant in held)


class Related(NamedTuple):
    """An invitation as far as it says what a viewer is in the meeting."""

    public_id: str
    user_id: int | None
    agency_id: int
    zone: str


def related_invitations(viewer: Viewer, meeting: Meeting) -> list[Related]:
    """The meeting's invitations in force to the viewer or to agencies of the viewer.

    Asked once per viewer and meeting object (at most one query).
    """
    known: dict[Viewer, list[Related]] = meeting.__dict__.setdefault("_related_invitations", {})
    if viewer not in known:
        _learn_related(viewer, [meeting])
    return known[viewer]


def learn_standing(viewer: Viewer, meetings: Sequence[Meeting]) -> None:
    """Asks at once what `standing` would ask of each of these meetings (at most two queries, however many they are)."""
    unknown = [meeting for meeting in meetings if viewer not in meeting.__dict__.get("_standing", {})]
    if unknown:
        prefetch_related_objects(unknown, "roles", *(["grants"] if can_hold(viewer) else []))
        _learn_related(viewer, unknown)


def _learn_related(viewer: Viewer, meetings: Sequence[Meeting]) -> None:
    related = Q(pk__in=[])
    if links := viewer.subject_ids("invitation"):
        related |= Q(public_id__in=links)
    if viewer.user_id is not None:
        related |= Q(user_id=viewer.user_id)
    if agencies := viewer.agencies():
        related |= Q(agency_id__in=agencies)
    rows = meetings[0].invitations.model.objects.filter(related, meeting__in=meetings, ended_at__isnull=True)
    found: dict[int, list[Related]] = defaultdict(list)
    for meeting_id, *row in rows.order_by("pk").values_list("meeting_id", *Related._fields):
        found[meeting_id].append(Related(*row))
    for meeting in meetings:
        meeting.__dict__.setdefault("_related_invitations", {})[viewer] = found[meeting.pk]


def has_proven(viewer: Viewer, meeting: Meeting) -> bool:
    """True when the viewer may read what a restricted meeting is about, as far as proof goes.

    That is an account with its second factor, or a personal link to this meeting with the code of the invited address.
    """
    if not meeting.is_restricted or viewer.second_factor_at is not None or viewer.system:
        return True
    proven = {public_id for kind, public_id in viewer.proven_links if kind == "invitation"}
    return bool(proven) and any(row.public_id in proven for row in related_invitations(viewer, meeting))


def may_create(viewer: Viewer) -> None:
    """Organisers of any unit."""
    if not viewer.has_role("organiser"):
        raise Refusal(_("Only organisers may plan a meeting. Ask your agency's administrator for the role."))


def may_edit(viewer: Viewer, meeting: Meeting) -> None:
    """Organisers of the host unit and the meeting's secretariat."""
    if not standing(viewer, meeting) & {"host", "secretariat"}:
        raise Refusal(_("Only the organising unit may change this meeting."))


def may_run(viewer: Viewer, meeting: Meeting) -> None:
    """Organiser, secretariat, chair, moderator and minute-taker."""
    if not standing(viewer, meeting) & INSIDERS:
        raise Refusal(_("Only the organiser, the chair, the moderator and the minute-taker may run the meeting."))


def may_check_in(viewer: Viewer, meeting: Meeting) -> None:
    """Organiser, secretariat and registrar."""
    if not standing(viewer, meeting) & {"host", "secretariat", "registrar"}:
        raise Refusal(_("Only the organiser and the registration desk may check people in."))


def may_see_insides(viewer: Viewer, meeting: Meeting) -> None:
    """Those who prepare the meeting (and the auditor, reading): the working copy, the invitees, the delivery."""
    if not standing(viewer, meeting) & (INSIDERS | {"auditor"}):
        raise Refusal(_("Only those who prepare the meeting may see this page."))


def may_see_history(viewer: Viewer, meeting: Meeting) -> None:
    """Organiser, secretariat and auditor."""
    if not standing(viewer, meeting) & {"host", "secretariat", "auditor"}:
        raise Refusal(_("Only the organiser and the auditor may read the audit trail."))


def has_role(viewer: Viewer, meeting: Meeting, *roles: str) -> bool:
    """True when the viewer stands in the meeting as one of these."""
    return bool(standing(viewer, meeting) & set(roles))


ROLE_LABELS = dict(MeetingRole.Role.choices)

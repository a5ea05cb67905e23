"""What attendees put on a meeting's pages: a tab, answers and delivery on its overview, checks of readiness."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from attendees.board import Board
from attendees.ledger import may_see_presence
from attendees.letters import letter_in_force
from attendees.sending import not_sent_yet
from attendees.tallies import tally_of
from rakor.lib.access import Viewer, allowed
from rakor.lib.wording import Number
from rakor.meetings.access import may_edit, may_see_insides
from rakor.meetings.models import Meeting
from rakor.meetings.panels import Panel, ReadinessCheck, Tab, panels, readiness, tabs


def register() -> None:
    """Fills the registries of rakor.meetings."""
    tabs.add(Tab("invitations", _("Invitations"), "invitation_list", sees_insides, _count, order=20))
    tabs.add(Tab("letter", _("Letter"), "letter", lambda viewer, meeting: allowed(may_edit, viewer, meeting), order=40))
    tabs.add(Tab("presence", _("Attendance"), "presence_list", sees_presence, order=55))
    panels.add(Panel("answers", "attendees/_answers.html", answers, order=10))
    panels.add(Panel("delivery", "attendees/_delivery.html", delivery, order=20, aside=True))
    invite, write = {"label": _("Invitees chosen"), "action": _("Choose invitees")}, {"action": _("Prepare the letter")}
    readiness.add(ReadinessCheck("invitees", no_invitees, "invitation_add", order=10, **invite))
    readiness.add(ReadinessCheck("letter", no_letter, "letter", order=20, label=_("Invitation letter signed"), **write))
    reachable = {"label": _("Everybody reachable")}
    sent = {"label": _("Invitations sent"), "action": send_unsent, "only": frozenset({"invited"})}
    late = _("Some invitations not sent yet")
    readiness.add(ReadinessCheck("sent", some_unsent, "invitation_list", order=30, status_name=late, **sent))
    readiness.add(ReadinessCheck("addresses", no_addresses, "invitation_list", order=40, **reachable))


def sees_insides(viewer: Viewer, meeting: Meeting) -> bool:
    return allowed(may_see_insides, viewer, meeting)


def sees_presence(viewer: Viewer, meeting: Meeting) -> bool:
    return meeting.is_published and allowed(may_see_presence, viewer, meeting)


def answers(meeting: Meeting, viewer: Viewer) -> dict[str, Any] | None:
    """The tally of answers, for those who prepare the meeting."""
    if not sees_insides(viewer, meeting):
        return None
    is_late = bool(meeting.reply_by and meeting.reply_by < timezone.now() and not meeting.is_over)
    return {"tally": tally_of(meeting), "meeting": meeting, "zone": viewer.zone, "is_late": is_late}


def delivery(meeting: Meeting, viewer: Viewer) -> dict[str, Any] | None:
    """How many invitations are in which state of delivery, once there are some."""
    if not sees_insides(viewer, meeting):
        return None
    board = Board(meeting, viewer.zone)
    return {"states": board.states(), "meeting": meeting} if board.rows else None


def no_invitees(meeting: Meeting) -> Any:
    return None if meeting.invitations.active().exists() else _("Nobody is invited yet.")


def no_letter(meeting: Meeting) -> Any:
    return None if letter_in_force(meeting) else _("The invitation letter is not signed yet.")


def unsent(meeting: Meeting) -> int:
    """How many invitations a mail could still take out. Asked once per meeting object."""
    if "_unsent" not in meeting.__dict__:
        meeting.__dict__["_unsent"] = not_sent_yet(meeting).count()
    return int(meeting.__dict__["_unsent"])


def some_unsent(meeting: Meeting) -> Any:
    """Invitations that were added after the others had gone out."""
    if not (count := Number(unsent(meeting))):
        return None
    words = ngettext("%(n)s invitation has not been sent yet.", "%(n)s invitations have not been sent yet.", count)
    return words % {"n": count}


def send_unsent(meeting: Meeting) -> Any:
    """The button's words, with the number of those that are still to go out."""
    count = Number(unsent(meeting))
    return ngettext("Send %(n)s invitation", "Send %(n)s invitations", count) % {"n": count}


def no_addresses(meeting: Meeting) -> Any:
    invited = meeting.invitations.active().addressed()
    if not invited.exists():
        return _("Nobody is invited yet.")
    rows = invited.filter(email="", delivered_by_hand_at__isnull=True)
    if not (count := rows.count()):
        return None
    return ngettext(
        "%(count)s position without an e-mail address must be told by hand.",
        "%(count)s positions without an e-mail address must be told by hand.",
        count,
    ) % {"count": Number(count)}


def _count(viewer: Viewer, meeting: Meeting) -> int:
    return meeting.invitations.active().addressed().count()

"""What attendees put on a meeting's pages: a tab, answers and delivery on its overview, checks of readiness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from attendees.board import board_of
from attendees.ledger import Ledger, may_see_presence
from attendees.letters import letter_in_force
from attendees.models import DeputyRequest
from attendees.sending import not_sent_yet
from rakor.lib.access import Viewer, allowed
from rakor.lib.wording import Number
from rakor.meetings.access import may_edit, may_see_insides
from rakor.meetings.models import Meeting
from rakor.meetings.panels import Panel, ReadinessCheck, Tab, panels, readiness, tabs

BEFORE_SENDING = frozenset({"draft", "scheduled", "postponed"})
"""The stages in which nobody can have answered yet, unless a link was handed over."""


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
    reachable = {"label": _("Everybody reachable"), "advice": _("See who"), "applies": has_invitees}
    sent = {"label": _("Invitations sent"), "action": send_unsent, "only": frozenset({"invited"})}
    partly = {"status_name": _("Partly sent"), "gather": count_unsent}
    readiness.add(ReadinessCheck("sent", some_unsent, "invitation_list", order=30, **partly, **sent))
    named = {"label": _("No deputy waits"), "action": _("Decide"), "applies": lambda meeting: meeting.is_restricted}
    readiness.add(ReadinessCheck("deputies", some_wait, "invitation_list", order=35, **named))
    readiness.add(ReadinessCheck("addresses", unreachable, "invitation_list", order=40, **reachable))


def sees_insides(viewer: Viewer, meeting: Meeting) -> bool:
    return allowed(may_see_insides, viewer, meeting)


def sees_presence(viewer: Viewer, meeting: Meeting) -> bool:
    return meeting.is_published and allowed(may_see_presence, viewer, meeting)


def answers(meeting: Meeting, viewer: Viewer) -> dict[str, Any] | None:
    """The tally of answers, for those who prepare the meeting, once somebody is invited; then who is or was there."""
    if not sees_insides(viewer, meeting) or not has_invitees(meeting):
        return None
    if meeting.started_at:
        count = Ledger(meeting).count
        if count.in_person or count.online:
            return {"count": count, "meeting": meeting}
    is_late = bool(meeting.reply_by and meeting.reply_by < timezone.now() and not meeting.is_over)
    tally = board_of(meeting).tally
    if meeting.is_over and not tally.answered:
        return None
    waits = not tally.answered and not meeting.invited_at and meeting.status in BEFORE_SENDING
    return {"tally": tally, "meeting": meeting, "zone": viewer.zone, "is_late": is_late, "waits": waits}


def delivery(meeting: Meeting, viewer: Viewer) -> dict[str, Any] | None:
    """How many invitations are in which state of delivery, once there are some."""
    if not sees_insides(viewer, meeting) or not has_invitees(meeting):
        return None
    return {"states": board_of(meeting).states(), "meeting": meeting}


def has_invitees(meeting: Meeting) -> bool:
    return bool(board_of(meeting).rows)


def no_invitees(meeting: Meeting) -> Any:
    return None if has_invitees(meeting) else _("Nobody is invited yet.")


def no_letter(meeting: Meeting) -> Any:
    return None if letter_in_force(meeting) else _("The invitation letter is not signed yet.")


def unsent(meeting: Meeting) -> int:
    """How many invitations a mail could still take out; asked once per meeting object, of its board if that is read."""
    if "_board" in meeting.__dict__:
        return board_of(meeting).to_send
    if "_unsent" not in meeting.__dict__:
        count_unsent([meeting])
    return int(meeting.__dict__["_unsent"])


def count_unsent(meetings: Sequence[Meeting]) -> None:
    """Counts for `unsent` in many meetings at once (one query)."""
    meetings = [meeting for meeting in meetings if "_board" not in meeting.__dict__]
    if not meetings:
        return
    rows = not_sent_yet(*meetings).order_by().values("meeting_id").annotate(count=Count("pk"))
    counts = {row["meeting_id"]: row["count"] for row in rows}
    for meeting in meetings:
        meeting.__dict__["_unsent"] = counts.get(meeting.pk, 0)


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


def deputies_waiting(meeting: Meeting) -> list[DeputyRequest]:
    """Those whom the organiser of a restricted meeting has to accept or refuse."""
    if not meeting.is_restricted:
        return []
    return list(DeputyRequest.objects.open().filter(invitation__meeting=meeting).select_related("invitation"))


def some_wait(meeting: Meeting) -> Any:
    """Deputies without a link, because nobody has decided on them."""
    if not (count := Number(len(deputies_waiting(meeting)))):
        return None
    words = ngettext("%(n)s deputy waits for your acceptance.", "%(n)s deputies wait for your acceptance.", count)
    return words % {"n": count}


def unreachable(meeting: Meeting) -> Any:
    """Those whom no mail reaches, as the delivery board counts them."""
    if not (count := len(board_of(meeting).by_hand())):
        return None
    return ngettext(
        "%(count)s position without an e-mail address must be told by hand.",
        "%(count)s positions without an e-mail address must be told by hand.",
        count,
    ) % {"count": Number(count)}


def _count(viewer: Viewer, meeting: Meeting) -> int:
    if "_board" in meeting.__dict__:
        return len(board_of(meeting).rows)
    return meeting.invitations.active().addressed().count()

"""What waits for a viewer: one line a thing, gathered from every room, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from attendees.letters import KIND as LETTER
from attendees.models import DeputyRequest, Invitation
from minutes.models import FollowUp, Minutes
from rakor.documents.kinds import kinds
from rakor.documents.models import Document
from rakor.lib.access import Viewer
from rakor.lib.wording import Number, clock, day
from rakor.meetings.models import Meeting, MeetingRole

SOON = timedelta(days=3)
MOST = 60
"""Meetings and rows of one kind that are looked at; whoever has more works through the lists."""

PRESSING = {"bad": 0, "warn": 1}
UNANSWERED = ["pending", "reconfirm"]


@dataclass(frozen=True)
class Todo:
    """One thing to do: `urgent` puts it under *Hari ini*, `tone` and `icon` give its colour and shape."""

    title: str
    url: str
    action: str
    icon: str
    tone: str = "accent"
    text: str = ""
    note: str = ""
    urgent: bool = False


def waiting_for(viewer: Viewer, now: datetime | None = None) -> list[Todo]:
    """Everything that waits for this viewer, urgent first; at most eight queries."""
    now = now or timezone.now()
    found = [
        *_documents(viewer),
        *_minutes(viewer, now),
        *_organised(viewer, now),
        *_invitations(viewer, now),
        *_follow_ups(viewer, now),
    ]
    return sorted(found, key=lambda todo: (not todo.urgent, PRESSING.get(todo.tone, 2)))


def _about(meeting: Meeting, viewer: Viewer) -> str:
    """Title and day; the day keeps together."""
    on = day(meeting.starts_at, viewer.zone)
    return format_html('<span lang="id">{}</span>, <span class="num">{}</span>', meeting.shown_title, on)


def _moment(moment: datetime, viewer: Viewer) -> str:
    return f"{day(moment, viewer.zone)}, {clock(moment, viewer.zone)}"


# -- what the organiser has to do --------------------------------------------------------------------------------


def _organised(viewer: Viewer, now: datetime) -> Iterator[Todo]:
    rows = Meeting.objects.editable_by(viewer).filter(status__in=["draft", "scheduled", "invited", "held"])
    letters = Document.objects.in_force().filter(meeting=OuterRef("pk"), kind=LETTER)
    signed = Minutes.objects.filter(meeting=OuterRef("pk"), status__in=["signed", "distributed"])
    deputies = DeputyRequest.objects.open().filter(invitation__meeting=OuterRef("pk")).order_by()
    rows = rows.annotate(
        has_letter=Exists(letters),
        has_minutes=Exists(signed),
        deputies=Subquery(deputies.values("invitation__meeting").annotate(count=Count("pk")).values("count")),
    )
    meetings = list(rows.order_by("starts_at")[:MOST])
    counts = _counts([m.pk for m in meetings if m.status in {"scheduled", "invited"}])
    for meeting in meetings:
        if meeting.status == "held":
            yield from _to_close(meeting, viewer)
        elif meeting.ends_at < now:
            yield _overslept(meeting, viewer)
        elif meeting.status == "draft":
            yield _draft(meeting, viewer, now)
        else:
            yield from _in_preparation(meeting, counts.get(meeting.pk, {}), viewer, now)


def _counts(pks: list[int]) -> dict[int, dict[str, int]]:
    """By meeting: invitations, and how many of them went out and are unanswered, bounced, or were not sent."""
    if not pks:
        return {}
    rows = Invitation.objects.active().addressed().filter(meeting__in=pks).with_delivery()
    by_mail = Q(delivered_by_hand_at__isnull=True)
    out = ~by_mail | Q(mail_status="sent")
    counted = rows.order_by().values("meeting_id").annotate(
        total=Count("pk"),
        unanswered=Count("pk", filter=Q(status__in=UNANSWERED) & out),
        bounced=Count("pk", filter=by_mail & Q(mail_status="bounced_hard")),
        unsent=Count("pk", filter=by_mail & Q(mail_status__isnull=True) & ~Q(email="")),
    )  # fmt: skip
    return {row["meeting_id"]: row for row in counted}


def _draft(meeting: Meeting, viewer: Viewer, now: datetime) -> Todo:
    return Todo(
        title=_("A draft waits to be published"), icon="file-pen", text=_("Nobody outside sees it until then."),
        url=_page("meeting_detail", meeting), action=_("Open the draft"), note=_about(meeting, viewer),
        urgent=meeting.starts_at - now < SOON, tone="warn" if meeting.starts_at - now < SOON else "accent",
    )  # fmt: skip


def _overslept(meeting: Meeting, viewer: Viewer) -> Todo:
    return Todo(
        title=_("The date has passed, and the meeting was never started"), icon="calendar-off", tone="warn",
        text=_("Give it a new date, or cancel it."), url=_page("meeting_detail", meeting), action=_("Open"),
        note=_about(meeting, viewer), urgent=True,
    )  # fmt: skip


def _to_close(meeting: Any, viewer: Viewer) -> Iterator[Todo]:
    if meeting.has_minutes:
        yield Todo(
            title=_("The minutes are signed; the meeting can be closed"), icon="archive", note=_about(meeting, viewer),
            url=_page("meeting_detail", meeting), action=_("Open"),
        )  # fmt: skip


def _in_preparation(meeting: Any, count: dict[str, int], viewer: Viewer, now: datetime) -> Iterator[Todo]:
    note, board = _about(meeting, viewer), _page("invitation_list", meeting)
    if bounced := Number(count.get("bounced", 0)):
        title = ngettext("%(n)s invitation could not be delivered", "%(n)s invitations could not be delivered", bounced)
        yield Todo(
            title=title % {"n": bounced}, icon="mail-x", tone="bad", url=f"{board}?delivery=bounced_hard",
            text=_("The address is wrong, or the mailbox refuses for good."), action=_("Correct the addresses"),
            note=note, urgent=True,
        )  # fmt: skip
    if not count.get("total"):
        yield Todo(
            title=_("Nobody is invited yet"), icon="users", tone="warn", note=note, action=_("Choose invitees"),
            url=_page("invitation_add", meeting), urgent=meeting.starts_at - now < SOON,
        )  # fmt: skip
    elif meeting.has_letter and (unsent := Number(count["unsent"])):
        title = ngettext("%(n)s invitation is ready to be sent", "%(n)s invitations are ready to be sent", unsent)
        yield Todo(
            title=title % {"n": unsent}, text=_("The letter is signed."), icon="send", url=board,
            action=_("Send the invitations"), note=note, urgent=True,
        )  # fmt: skip
    elif not meeting.has_letter and meeting.status == "scheduled":
        yield Todo(
            title=_("The invitation letter is not signed yet"), icon="file-text", note=note,
            url=_page("letter", meeting), action=_("Open the letter"),
            text=_("Invitations go out with the signed letter only."), urgent=meeting.starts_at - now < SOON,
        )  # fmt: skip
    if waiting := Number(meeting.deputies or 0):
        title = ngettext("%(n)s deputy waits for your acceptance.", "%(n)s deputies wait for your acceptance.", waiting)
        yield Todo(
            title=title % {"n": waiting}, text=_("Until then the deputy has no link."), icon="user-check", url=board,
            action=_("Decide"), note=note, tone="warn", urgent=True,
        )  # fmt: skip
    unanswered = Number(count.get("unanswered", 0))
    if unanswered and meeting.status == "invited" and meeting.reply_by and meeting.reply_by - now < SOON:
        title = ngettext("%(n)s position has not answered", "%(n)s positions have not answered", unanswered)
        late = meeting.reply_by < now
        words = _("The time to answer ended on %(when)s.") if late else _("Answers are due by %(when)s.")
        yield Todo(
            title=title % {"n": unanswered}, icon="alarm-clock-off" if late else "hourglass", tone="warn", note=note,
            url=f"{board}?answer=pending&delivery=out", text=words % {"when": _moment(meeting.reply_by, viewer)},
            action=_("See who"),
            urgent=_is_today(meeting.reply_by, now, viewer),
        )  # fmt: skip


# -- what chair, minute-taker and signatories have to do ---------------------------------------------------------


def _minutes(viewer: Viewer, now: datetime) -> Iterator[Todo]:
    roles = MeetingRole.objects.filter(user_id=viewer.user_id)
    chairs, writes = roles.filter(meeting=OuterRef("meeting"), role="chair"), roles.filter(role="minute_taker")
    writes_these = Exists(writes.filter(meeting=OuterRef("meeting")))
    unfinished = Q(status="returned") | Q(status="draft", meeting__status="held")
    rows = Minutes.objects.filter(Q(Exists(chairs), status="submitted") | Q(writes_these, unfinished))
    for minutes in rows.select_related("meeting").order_by("meeting__starts_at")[:MOST]:
        yield _paper_to_write(minutes, viewer)
    empty = Meeting.objects.filter(Exists(writes.filter(meeting=OuterRef("pk"))), status="held", minutes__isnull=True)
    for meeting in empty.order_by("starts_at")[:MOST]:
        yield Todo(
            title=_("The minutes are not begun yet"), icon="notebook-pen", tone="warn", note=_about(meeting, viewer),
            url=_page("minutes", meeting), action=_("Write the minutes"),
        )  # fmt: skip


def _paper_to_write(minutes: Minutes, viewer: Viewer) -> Todo:
    about = {"url": _page("minutes", minutes.meeting), "note": _about(minutes.meeting, viewer)}
    if minutes.status == "submitted":
        title, action = _("Minutes wait for your approval"), _("Read and decide")
        return Todo(title, action=action, icon="file-check", urgent=True, **about)
    if minutes.status == "returned":
        title, action = _("The chair returned the minutes"), _("Correct them")
        text = _("Note of the chair: “%(note)s”") % {"note": minutes.return_note}
        return Todo(title, action=action, icon="undo-2", tone="warn", text=text, urgent=True, **about)
    return Todo(_("The minutes are not submitted yet"), action=_("Go on writing"), icon="notebook-pen", **about)


def _documents(viewer: Viewer) -> Iterator[Todo]:
    moot = Q(kind="invitation_letter", meeting__status="cancelled")  # nobody is invited any more
    rows = Document.objects.waiting_for(viewer.user_id).exclude(moot).select_related("meeting")
    for document in rows.order_by("date", "pk")[:MOST]:
        label = str(kinds[document.kind].label) if document.kind in kinds else document.subject
        yield Todo(
            title=_("%(document)s waits for your signature") % {"document": f"{label} {document.number}".strip()},
            url=reverse("document_sign", args=[document.public_id]), action=_("Read and sign"), icon="signature",
            note=_about(document.meeting, viewer), urgent=True,
        )  # fmt: skip


# -- what those invited have to do -------------------------------------------------------------------------------


def _invitations(viewer: Viewer, now: datetime) -> Iterator[Todo]:
    rows = Invitation.objects.visible_to(viewer).filter(
        status__in=UNANSWERED, meeting__status__in=["scheduled", "invited", "in_progress"], meeting__ends_at__gte=now
    )
    for invitation in rows.select_related("meeting").order_by("meeting__starts_at", "pk")[:MOST]:
        meeting, due = invitation.meeting, invitation.meeting.reply_by
        yield Todo(
            title=_("The invitation of %(position)s waits for an answer") % {"position": invitation.position_name},
            url=reverse("invitation_detail", args=[invitation.public_id]), action=_("Answer"), icon="mail-check",
            text=_("Answers are due by %(when)s.") % {"when": _moment(due, viewer)} if due else "",
            note=_about(meeting, viewer), tone="warn" if due and due < now + SOON else "accent",
            urgent=bool(due and _is_today(due, now, viewer)) or meeting.starts_at - now < SOON,
        )  # fmt: skip


def _follow_ups(viewer: Viewer, now: datetime) -> Iterator[Todo]:
    rows = own_follow_ups(viewer).filter(status__in=["assigned", "in_progress"])
    today = timezone.localtime(now, ZoneInfo(viewer.zone)).date()
    for follow_up in rows.select_related("point__minutes__meeting", "agency").order_by("due_date", "pk")[:5]:
        late = follow_up.due_date is not None and follow_up.due_date < today
        due = day(follow_up.due_date) if follow_up.due_date else ""
        words = _("It was due on %(day)s.") if late else _("It is due on %(day)s.")
        yield Todo(
            title=follow_up.shown_text[:140], text=f"{follow_up.agency}. {words % {'day': due}}", icon="list-checks",
            url=f"{reverse('follow_up_list')}", action=_("See the follow-up"), tone="bad" if late else "accent",
            note=_about(follow_up.point.minutes.meeting, viewer), urgent=late or follow_up.due_date == today,
        )  # fmt: skip


def own_follow_ups(viewer: Viewer) -> Any:
    """Follow-ups that the viewer may see and that an agency of the viewer has to do."""
    return FollowUp.objects.visible_to(viewer).filter(agency_id__in=viewer.agencies())


def _is_today(moment: datetime, now: datetime, viewer: Viewer) -> bool:
    zone = ZoneInfo(viewer.zone)
    return timezone.localtime(moment, zone).date() <= timezone.localtime(now, zone).date()


def _page(name: str, meeting: Meeting) -> str:
    return reverse(name, args=[meeting.public_id])

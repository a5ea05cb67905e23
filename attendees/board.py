"""The delivery board: every invitation of a meeting with its answer, its delivery and the latest news of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendees.models import Invitation
from attendees.models.invitations import KIND
from attendees.tallies import BUCKETS, Row, Tally, tally
from rakor.lib.wording import clock, day
from rakor.mail.models import OutgoingMail
from rakor.mail.reasons import reason
from rakor.meetings.models import Meeting

PER_PAGE = 25
DELIVERIES = {
    "unreachable": gettext_lazy("No address"),
    "refused": gettext_lazy("Address refused before"),
    "unsent": gettext_lazy("Mail not sent yet"),
    "queued": gettext_lazy("Queued"),
    "sending": gettext_lazy("Being sent"),
    "held": gettext_lazy("Held back"),
    "sent": gettext_lazy("Sent"),
    "bounced_soft": gettext_lazy("Failed for now"),
    "bounced_hard": gettext_lazy("Failed"),
    "manual": gettext_lazy("Delivered by hand"),
}
OUT = frozenset({"sent", "manual"})
"""The deliveries after which an answer can be expected."""
FILTERS = DELIVERIES | {"out": gettext_lazy("Sent or delivered by hand")}
CHIPS = {"unreachable": "at_risk", "unsent": "draft", "refused": "at_risk", "held": "adjourned"}
"""Class of the chip where it is not the delivery's own code."""

ANSWERS = {code: label for code, label, _colour in BUCKETS} | {"reconfirm": gettext_lazy("To be confirmed again")}
FIELDS = (
    "pk", "public_id", "agency_id", "position_id", "status", "mode", "late", "delegated_from_id", "agency_name",
    "agency__short_name", "position_name", "person_name", "email", "ended_at", "end_reason", "opened_at",
    "delivered_by_hand_at", "mail_status", "mail_at", "mail_twice", "refused_at", "refusal",
)  # fmt: skip


def delivery_of(
    email: str,
    mail_status: str | None,
    mail_at: datetime | None,
    by_hand_at: datetime | None,
    refused_at: datetime | None = None,
) -> str:
    """The one state of delivery (a key of DELIVERIES); delivery by hand counts until a later mail was taken."""
    if by_hand_at and not (mail_status == "sent" and mail_at and mail_at > by_hand_at):
        return "manual"
    if mail_status and mail_status != "cancelled":
        return mail_status
    if email:
        return "refused" if refused_at else "unsent"
    return "unreachable"


@dataclass(frozen=True)
class Line:
    """One row of the board."""

    invitation: Invitation
    zone: str
    delegate: Line | None = None
    """The line of the person who comes in this place."""

    @property
    def delivery(self) -> str:
        i = self.invitation
        return delivery_of(i.email, i.mail_status, i.mail_at, i.delivered_by_hand_at, i.refused_at)  # type: ignore[attr-defined]

    @property
    def delivery_chip(self) -> str:
        return CHIPS.get(self.delivery, self.delivery)

    @property
    def delivery_label(self) -> Any:
        return DELIVERIES[self.delivery]

    @property
    def is_trouble(self) -> bool:
        """Nothing happens any more unless somebody acts."""
        return self.delivery == "bounced_hard"

    def wanted(self, meeting: Meeting, *, sendable: bool) -> str:
        """What the organiser most likely comes for: `address`, `send`, `answer`, or nothing."""
        if self.delivery in {"bounced_hard", "unreachable", "refused"}:
            return "address"
        if self.delivery == "unsent":
            return "send" if sendable and meeting.invited_at else "address"
        open_ = self.invitation.status in {"pending", "reconfirm"}
        return "answer" if open_ and meeting.takes_answers else ""

    @property
    def twice(self) -> bool:
        return bool(self.invitation.mail_twice)  # type: ignore[attr-defined]

    @property
    def by_organiser(self) -> bool:
        """The answer was recorded by somebody else than the invited person."""
        who = self.invitation.answered_by
        return who.startswith("user:") and who != f"user:{self.invitation.user_id}"

    @property
    def news(self) -> str:
        """The latest of what is known, as a sentence with its time in the reader's zone."""
        i = self.invitation
        why = str(reason(i.mail_reply or ""))  # type: ignore[attr-defined]
        if self.delivery == "bounced_hard":
            return why
        if self.delivery == "refused":
            words = {"day": day(i.refused_at, self.zone), "why": reason(i.refusal)}  # type: ignore[attr-defined]
            return _("Refused by the server on %(day)s. %(why)s") % words
        if self.delivery == "bounced_soft":
            return _("%(why)s Tried again at %(clock)s.") % {"why": why, "clock": clock(i.mail_next, self.zone)}  # type: ignore[attr-defined]
        facts = [
            (i.answered_at, _("Answered %(when)s")),
            (i.opened_at, _("Link opened %(when)s")),
            (i.delivered_by_hand_at, f"{i.delivered_how}, %(when)s"),
            (i.mail_at, _("Sent %(when)s")),  # type: ignore[attr-defined]
        ]
        known = [(moment, words) for moment, words in facts if moment]
        if not known:
            return _("No news yet")
        moment, words = max(known, key=lambda fact: fact[0])
        local = timezone.localtime(moment, ZoneInfo(self.zone))
        return words % {"when": f"{date_format(local, 'D, j M')}, {clock(moment, self.zone)}"}


def board_of(meeting: Meeting, zone: str = "") -> Board:
    """The meeting's board, its news in the reader's zone; read once per meeting object."""
    if "_board" not in meeting.__dict__:
        meeting.__dict__["_board"] = Board(meeting, zone or meeting.zone)
    return meeting.__dict__["_board"]  # type: ignore[no-any-return]


class Board:
    """The board of one meeting, narrowed by `q`, `answer` and `delivery` (two queries, whatever its size)."""

    def __init__(self, meeting: Meeting, zone: str) -> None:
        self.zone = zone
        everything = list(meeting.invitations.with_delivery().with_refusal().in_protocol_order().values(*FIELDS))
        active = [row for row in everything if row["ended_at"] is None]
        self.delegates = {row["delegated_from_id"]: row for row in active if row["delegated_from_id"]}
        self.tally: Tally = tally(
            Row(row["pk"], row["agency_id"], row["status"], row["mode"], row["delegated_from_id"]) for row in active
        )
        self.rows = [row for row in active if row["delegated_from_id"] is None]
        for row in self.rows:
            row["delivery"] = delivery_of(
                row["email"], row["mail_status"], row["mail_at"], row["delivered_by_hand_at"], row["refused_at"]
            )
            row["answer"] = row["mode"] if row["status"] == "accepted" else row["status"]
        self.deliveries = Counter(row["delivery"] for row in self.rows)
        self.answers = Counter(row["answer"] for row in self.rows)
        invited = {row["position_id"] for row in self.rows}
        self.wrong_persons = [
            row for row in everything
            if row["end_reason"] == "not_mine" and row["delegated_from_id"] is None
            and row["position_id"] not in {None, *invited}
        ]  # fmt: skip
        """Ended as *Bukan untuk saya*, and the position not invited anew since."""
        self.withdrawn = [
            row for row in everything
            if row["end_reason"] == "withdrawn" and row["position_id"] not in invited - {None}
            and (row["mail_status"] in {"sent", "sending"} or row["delivered_by_hand_at"])
        ]  # fmt: skip
        """Taken back after they had left, deputies too, and the position not invited anew since; `news` says more."""
        self._tell_of_withdrawal()

    def _tell_of_withdrawal(self) -> None:
        """Adds to what is withdrawn how far the news of it came: a key of DELIVERIES, or "" when no mail says it."""
        if self.withdrawn:
            mails = OutgoingMail.objects.about(KIND, [row["public_id"] for row in self.withdrawn])
            told = dict(mails.filter(kind="withdrawn").values_list("subject_id", "status"))
            for row in self.withdrawn:
                state = told.get(row["public_id"], "")
                row["told"] = "" if state == "cancelled" else state
                row["told_label"] = DELIVERIES.get(row["told"], "")

    @property
    def opened(self) -> int:
        return sum(row["opened_at"] is not None for row in self.rows)

    @property
    def on_the_way(self) -> int:
        return self.deliveries["queued"] + self.deliveries["sending"]

    @property
    def to_remind(self) -> int:
        """Invitations that a mail has brought and nobody has answered, or not since the time changed."""
        waiting = [*self.rows, *self.delegates.values()]
        return sum(row["mail_status"] == "sent" and row["status"] in {"pending", "reconfirm"} for row in waiting)

    @property
    def mailed(self) -> int:
        """Invitations for which a mail was made."""
        return sum(self.deliveries[code] for code in ("queued", "sending", "sent", "bounced_soft", "bounced_hard"))

    @property
    def to_send(self) -> int:
        """Invitations that a mail could still take out, as `sending.not_sent_yet` finds them."""
        return self.deliveries["unsent"]

    @property
    def settled(self) -> int:
        return self.mailed - self.on_the_way

    def states(self) -> list[dict[str, Any]]:
        """The states of delivery that occur: chip, label, count."""
        return [
            {"code": code, "chip": CHIPS.get(code, code), "label": label, "count": self.deliveries[code]}
            for code, label in DELIVERIES.items()
            if self.deliveries[code]
        ]

    def by_hand(self) -> list[dict[str, Any]]:
        """Those whom no mail reaches: to be told by WhatsApp, telephone or courier."""
        return [row for row in self.rows if row["delivery"] == "unreachable"]

    def refused(self) -> list[dict[str, Any]]:
        """Those whom sending leaves out, because a server refused their address and nobody has checked it since."""
        return [row for row in self.rows if row["delivery"] == "refused"]

    def answer_choices(self) -> list[tuple[str, str]]:
        counts = self.answers | Counter({"late": sum(row["late"] for row in self.rows)})
        labels = ANSWERS | {"late": gettext_lazy("Answered late")}
        return [(code, f"{label} ({counts[code]})") for code, label in labels.items() if counts[code]]

    def delivery_choices(self) -> list[tuple[str, str]]:
        counts = self.deliveries | Counter({"out": sum(self.deliveries[code] for code in OUT)})
        return [(code, f"{label} ({counts[code]})") for code, label in FILTERS.items() if counts[code]]

    def page(self, number: Any, *, q: str = "", answer: str = "", delivery: str = "") -> Page[Any]:
        """The page of this number with its lines in protocol order; a number that does not exist gives the nearest."""
        page = Paginator(self.narrowed(q=q, answer=answer, delivery=delivery), PER_PAGE).get_page(number)
        page.object_list = self.lines(page.object_list)
        return page

    def lines(self, pks: Iterable[int]) -> list[Line]:
        """The lines of these invitations in protocol order."""
        pks = list(pks)
        return lines(pks, self.zone, {pk: self.delegates[pk]["pk"] for pk in pks if pk in self.delegates})

    def narrowed(self, *, q: str = "", answer: str = "", delivery: str = "") -> list[int]:
        """The invitations that fit, as ids in protocol order."""
        words = q.casefold().split()[:8]
        return [
            row["pk"]
            for row in self.rows
            if (answer in ("", row["answer"]) or (answer == "late" and row["late"]))
            and (delivery in ("", row["delivery"]) or (delivery == "out" and row["delivery"] in OUT))
            and all(word in self._text(row) for word in words)
        ]

    def _text(self, row: dict[str, Any]) -> str:
        delegate = self.delegates.get(row["pk"], {})
        names = (
            row["position_name"],
            row["agency_name"],
            row["agency__short_name"],
            row["person_name"],
            delegate.get("person_name", ""),
        )
        return " ".join(names).casefold()


def lines(pks: Iterable[int], zone: str, delegates: Mapping[int, int] | None = None) -> list[Line]:
    """The lines of these invitations in protocol order, each with its delegate's (pk → the delegate's pk)."""
    pks, delegates = list(pks), delegates or {}
    wanted = set(pks)
    rows = (
        Invitation.objects.filter(pk__in=[*pks, *delegates.values()])
        .with_delivery()
        .with_refusal()
        .select_related("agency")
        .in_protocol_order()
    )
    found = {row.pk: row for row in rows}
    return [
        Line(row, zone, Line(found[delegates[pk]], zone) if delegates.get(pk) in found else None)
        for pk, row in found.items()
        if pk in wanted
    ]


def line_of(invitation: Invitation, zone: str) -> Line:
    """The line of one invitation, with its delegate's."""
    delegate = invitation.delegate
    return lines([invitation.pk], zone, {invitation.pk: delegate.pk} if delegate else None)[0]

"""An invitation goes to a position in an agency; the person comes later and may change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models.agencies import ALL_ZONES, refusals
from rakor.audit.models import record
from rakor.audit.moves import Moves
from rakor.lib.access import Refusal, Viewer
from rakor.lib.tokens import link_token, new_public_id
from rakor.live.publish import publish
from rakor.mail.models import OutgoingMail

if TYPE_CHECKING:
    from attendees.models.presence import Presence

KIND = "invitation"
"""The subject kind of personal links and of mails about an invitation."""


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, viewer: Viewer) -> InvitationQuerySet:
        """The viewer's own (by link or account) and those of agencies the viewer answers for; never an ended one.

        To a restricted meeting only one's own.
        """
        answered_for = Q(agency_id__in=viewer.agencies("contact", "agency_admin"), meeting__security="B")
        mine = Q(public_id__in=viewer.subject_ids(KIND)) | answered_for
        if viewer.user_id is not None:
            mine |= Q(user_id=viewer.user_id)
        return self.active().to_published_meetings().filter(mine)

    def to_published_meetings(self) -> InvitationQuerySet:
        """Those to meetings that were published; to a draft no link works yet, to a dropped one none ever will."""
        return self.filter(meeting__published_at__isnull=False)

    def active(self) -> InvitationQuerySet:
        """Those not withdrawn and not ended as wrong person."""
        return self.filter(ended_at__isnull=True)

    def addressed(self) -> InvitationQuerySet:
        """Those that the organiser sent (delegates have rows of their own below them)."""
        return self.filter(delegated_from__isnull=True)

    def attending(self) -> InvitationQuerySet:
        """The persons expected: accepted, and not represented by somebody else."""
        return self.active().filter(status="accepted")

    def in_protocol_order(self) -> InvitationQuerySet:
        return self.order_by("protocol_order", "agency_name", "order", "pk")

    def for_page(self) -> InvitationQuerySet:
        """With what the invited person's pages name in every case; who represents whom costs the few a query more."""
        return self.select_related("meeting__host__house", "agency")

    def with_refusal(self) -> InvitationQuerySet:
        """Adds `refused_at` and `refusal` where a server refused the address and nobody has checked it since."""
        return self.annotate(**refusals("address_checked_at", "position__email_checked_at"))

    def with_delivery(self) -> InvitationQuerySet:
        """Adds `mail_status`, `mail_reply`, `mail_at`, `mail_next`, `mail_twice` of the latest mail with the link."""
        latest = OutgoingMail.objects.latest_about(KIND).filter(kind__in=["invitation", "delegation"])
        return self.annotate(
            mail_status=Subquery(latest.values("status")[:1]),
            mail_reply=Subquery(latest.values("reply")[:1]),
            mail_at=Subquery(latest.values("sent_at")[:1]),
            mail_next=Subquery(latest.values("next_attempt_at")[:1]),
            mail_twice=Subquery(latest.values("maybe_twice")[:1]),
        )


class Invitation(Moves):
    class Status(models.TextChoices):
        PENDING = "pending", _("No answer yet")
        ACCEPTED = "accepted", _("Coming")
        DECLINED = "declined", _("Not coming")
        DELEGATED = "delegated", _("Represented")
        RECONFIRM = "reconfirm", _("To be confirmed again")

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")

    class Offer(models.TextChoices):
        EITHER = "either", _("In person or online")
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")

    ANSWERS: ClassVar[tuple[str, ...]] = ("accepted", "declined", "delegated")
    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "pending": ("accepted", "declined", "delegated", "reconfirm"),
        "accepted": ("accepted", "declined", "delegated", "reconfirm", "pending"),
        "declined": ("accepted", "declined", "delegated", "reconfirm", "pending"),
        "delegated": ("accepted", "declined", "delegated", "reconfirm", "pending"),
        "reconfirm": ("accepted", "declined", "delegated"),
    }

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    link_generation = models.PositiveIntegerField(default=1)
    meeting = models.ForeignKey("meetings.Meeting", models.CASCADE, related_name="invitations")
    agency = models.ForeignKey("attendees.Agency", models.PROTECT, related_name="invitations")
    position = models.ForeignKey(
        "attendees.Position", models.SET_NULL, null=True, blank=True, related_name="invitations"
    )
    delegated_from = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="delegates")
    user = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="invitations")
    # printed as they were on the day
    agency_name = models.CharField(max_length=200)
    position_name = models.CharField(_("position"), max_length=200)
    person_name = models.CharField(_("full name"), max_length=120, blank=True)
    zone = models.CharField(max_length=40, choices=ALL_ZONES, default="Asia/Jakarta")
    protocol_order = models.PositiveIntegerField(default=1000)
    order = models.PositiveSmallIntegerField(default=10)
    # contact, for delivery only; erased after closing
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    address_checked_at = models.DateTimeField(null=True, blank=True)
    """Somebody entered the address for this invitation or made sure of it."""
    address_checked_by = models.CharField(max_length=80, blank=True)
    phone = models.CharField(_("phone or WhatsApp"), max_length=30, blank=True)
    required = models.BooleanField(_("must attend"), default=False)
    head_only = models.BooleanField(_("cannot be represented"), default=False)
    offer = models.CharField(max_length=10, choices=Offer, default=Offer.EITHER)
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    mode = models.CharField(max_length=10, choices=Mode, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    instruction = models.CharField(_("instruction"), max_length=300, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=80, blank=True)
    late = models.BooleanField(_("late"), default=False)
    """The answer came after the deadline as it was then."""
    opened_at = models.DateTimeField(null=True, blank=True)
    delivered_by_hand_at = models.DateTimeField(null=True, blank=True)
    delivered_by_hand_by = models.CharField(max_length=80, blank=True)
    delivered_how = models.CharField(max_length=60, blank=True)
    invited_at = models.DateTimeField(default=timezone.now)
    invited_by = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)
    end_reason = models.CharField(
        max_length=20, blank=True, choices=[("not_mine", _("Not the right person")), ("withdrawn", _("Withdrawn"))]
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["protocol_order", "agency_name", "order", "pk"]
        verbose_name = _("invitation")
        indexes = [models.Index(fields=["meeting", "status"], name="invitation_meeting")]
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "position"],
                condition=Q(delegated_from__isnull=True, ended_at__isnull=True),
                name="invitation_position_once",
                violation_error_message=_("This position is invited already."),
            ),
            models.UniqueConstraint(
                fields=["delegated_from"],
                condition=Q(ended_at__isnull=True),
                name="invitation_one_delegate",
                violation_error_message=_("Somebody has been sent already."),
            ),
            models.CheckConstraint(
                condition=~Q(status="accepted") | ~Q(mode=""),
                name="invitation_accepted_has_mode",
                violation_error_message=_("Say whether in person or online."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["accepted", "declined", "delegated"]) | Q(answered_at__isnull=False),
                name="invitation_answer_has_time",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | ~Q(answered_by=""), name="invitation_answered_pair"
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="invitation_ended_pair"),
            models.CheckConstraint(
                condition=Q(delivered_by_hand_at__isnull=True) | ~Q(delivered_by_hand_by=""),
                name="invitation_by_hand_pair",
            ),
            models.CheckConstraint(
                condition=Q(address_checked_at__isnull=True) | ~Q(address_checked_by=""),
                name="invitation_address_checked_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position_name}, {self.agency_name}"

    # -- facts -------------------------------------------------------------------------------------------

    @property
    def link(self) -> str:
        """The personal link, made anew from the key of the environment; never stored."""
        return f"{settings.BASE_URL}/u/{link_token(KIND, self.public_id, self.link_generation)}"

    @property
    def chip(self) -> str:
        """Class of the answer's chip: `accepted_online` for a yes by link."""
        return "accepted_online" if self.status == "accepted" and self.mode == "online" else self.status

    @property
    def answer_label(self) -> Any:
        """The answer in words, with the mode."""
        if self.status == "accepted":
            return _("Coming online") if self.mode == "online" else _("Coming in person")
        return self.get_status_display()

    @property
    def represents(self) -> str:
        """The position a delegate stands in for: that at the head of the chain."""
        head = self.delegated_from
        while head is not None and head.delegated_from is not None:
            head = head.delegated_from
        return head.position_name if head else ""

    @property
    def room_name(self) -> str:
        """The name to copy into the online room: `BP3MI Bali – I Gede Wirya, mewakili Kepala BP3MI Bali`."""
        person = self.person_name or self.position_name
        name = f"{self.agency.short} – {person}"
        return f"{name}, mewakili {self.represents}" if self.represents else name

    @property
    def delegate(self) -> Invitation | None:
        """Who comes in this place, or None."""
        return next((d for d in self.delegates.all() if d.ended_at is None), None)

    # -- verbs -------------------------------------------------------------------------------------------

    def respond(self, answer: str, *, by: Viewer, mode: str = "", reason: str = "") -> None:
        """Records `accepted` (with mode in_person or online) or `declined`; the same answer again changes nothing."""
        if answer not in {"accepted", "declined"}:
            raise ValueError(f"not an answer: {answer}")
        mode = mode if answer == "accepted" else ""
        reason = reason.strip() if answer == "declined" else ""
        with transaction.atomic():
            self._take()
            self._check_open()
            self._check_mode(answer, mode)
            self._withdraw_requests(by=by)
            if (self.status, self.mode, self.reason) == (answer, mode, reason):
                return
            self._withdraw_delegate(by=by)
            self._move(
                answer,
                by=by,
                verb="invitation.answered",
                meeting=self.meeting,
                mode=mode,
                reason=reason,
                answered_at=timezone.now(),
                answered_by=by.actor,
                late=self._is_late(),
            )
            publish(self.meeting.channel, "answers")

    def delegate_to(
        self,
        *,
        name: str,
        position: str,
        email: str = "",
        phone: str = "",
        mode: str,
        instruction: str = "",
        by: Viewer,
        accepted: bool = False,
    ) -> Invitation:
        """Sends somebody instead: the delegate gets an invitation and link of his own, this one stops checking in.

        The same person again keeps his link and takes over what else changed; another person replaces the delegate
        before. The chain (Direktur → Kasubdit → staf) keeps its times.
        """
        instruction, now = instruction.strip(), timezone.now()
        if self.meeting.is_restricted and not accepted:
            raise Refusal(_("At a restricted meeting the organiser accepts the deputy first."))
        with transaction.atomic():
            self._take()
            self._check_open()
            self._check_mode("accepted", mode)
            before = self.delegates.filter(ended_at__isnull=True).first()
            if (
                before
                and self.status == "delegated"
                and (before.person_name, before.email, before.phone) == (name, email, phone)
            ):
                before._take_over(by=by, position_name=position, mode=mode, instruction=instruction)
                return before
            self._withdraw_delegate(by=by)
            made = Invitation.objects.create(
                meeting=self.meeting,
                agency=self.agency,
                delegated_from=self,
                agency_name=self.agency_name,
                position_name=position,
                person_name=name,
                zone=self.zone,
                protocol_order=self.protocol_order,
                order=self.order,
                email=email,
                phone=phone,
                required=self.required,
                head_only=self.head_only,
                offer=self.offer,
                status="accepted",
                mode=mode,
                instruction=instruction,
                answered_at=now,
                answered_by=by.actor,
                late=self._is_late(),
                invited_by=by.actor,
            )
            record("invitation.delegated", target=made, by=by, meeting=self.meeting, new="accepted")
            self._move(
                "delegated",
                by=by,
                verb="invitation.answered",
                meeting=self.meeting,
                mode="",
                reason="",
                answered_at=now,
                answered_by=by.actor,
                late=self._is_late(),
            )
            from attendees.delegation import tell_delegate, tell_principal

            tell_delegate(made)
            tell_principal(self, made)
            publish(self.meeting.channel, "answers")
        return made

    def join(self, *, by: Viewer) -> Presence:
        """One tap on *Gabung*: the open presence online, from now or from the tap before; see attendees.joining."""
        from attendees.joining import join

        return join(self, by=by)

    def leave(self, *, by: Viewer) -> bool:
        """*Saya keluar*: closes what is open; a second call changes nothing and gives False."""
        from attendees.joining import leave

        return leave(self, by=by)

    def check_in(self, *, by: Viewer, source: str = "desk") -> Presence:
        """Somebody at the desk records that the person is in the hall; twice is once."""
        from attendees.joining import check_in

        return check_in(self, by=by, source=source)

    def mark_opened(self, *, by: Viewer) -> None:
        """Records the first time the page was seen; told by a POST of the visible page, never by a GET."""
        if self.opened_at is None and Invitation.objects.filter(pk=self.pk, opened_at__isnull=True).update(
            opened_at=timezone.now()
        ):
            record("invitation.opened", target=self, by=by, meeting=self.meeting)
            publish(self.meeting.channel, "answers")

    def end_as_not_mine(self, *, by: Viewer) -> None:
        """The link reached the wrong person: it stops working at once, and the organiser is told.

        When a delegate says so, the principal is asked again.
        """
        with transaction.atomic():
            changed = Invitation.objects.filter(pk=self.pk, ended_at__isnull=True).update(
                ended_at=timezone.now(),
                ended_by=by.actor,
                end_reason="not_mine",
                link_generation=models.F("link_generation") + 1,
            )
            if not changed:
                return
            record("invitation.not_mine", target=self, by=by, meeting=self.meeting)
            principal = self.delegated_from
            if principal is not None and principal.status == "delegated" and principal.ended_at is None:
                principal._move("pending", by=by, verb="invitation.delegate_lost", meeting=self.meeting)
            publish(self.meeting.channel, "answers")

    def withdraw(self, *, by: Viewer) -> None:
        """Takes the invitation back, that of a deputy below it too; its link stops working.

        Whom a mail had brought it is told. Who was invited to what is over, stays.
        """
        from attendees.notices import tell_withdrawn

        if self.meeting.is_over:
            raise Refusal(_("The meeting is over; its list of invitees stays as it was."))
        with transaction.atomic():
            changed = Invitation.objects.filter(pk=self.pk, ended_at__isnull=True).update(
                ended_at=timezone.now(),
                ended_by=by.actor,
                end_reason="withdrawn",
                link_generation=models.F("link_generation") + 1,
            )
            if changed:
                self._withdraw_delegate(by=by)
                record("invitation.withdrawn", target=self, by=by, meeting=self.meeting)
                tell_withdrawn(self, by=by)
                publish(self.meeting.channel, "answers")

    def record_by_hand(self, how: str, *, by: Viewer) -> None:
        """Delivered by WhatsApp or courier: who recorded it, when and how."""
        with transaction.atomic():
            self.delivered_by_hand_at, self.delivered_by_hand_by, self.delivered_how = (
                timezone.now(),
                by.actor,
                how.strip(),
            )
            self.save(update_fields=["delivered_by_hand_at", "delivered_by_hand_by", "delivered_how"])
            record("invitation.delivered_by_hand", target=self, by=by, meeting=self.meeting)
            publish(self.meeting.channel, "answers")

    def _take(self) -> None:
        """Locks the row and reads it afresh, so that of two at once the second sees what the first did."""
        self.refresh_from_db(from_queryset=Invitation.objects.select_for_update())

    def _take_over(self, *, by: Viewer, **facts: str) -> None:
        if self.status != "accepted":
            facts.pop("mode")
        changed = [name for name, value in facts.items() if getattr(self, name) != value]
        if not changed:
            return
        for name in changed:
            setattr(self, name, facts[name])
        self.save(update_fields=changed)
        record("invitation.delegation_changed", target=self, by=by, meeting=self.meeting, fields=tuple(changed))
        publish(self.meeting.channel, "answers")

    def _withdraw_delegate(self, *, by: Viewer) -> None:
        for delegate in self.delegates.filter(ended_at__isnull=True):
            delegate.withdraw(by=by)

    def _withdraw_requests(self, *, by: Viewer) -> None:
        from attendees.delegation import withdraw_requests

        if self.meeting.is_restricted:
            withdraw_requests(self, by=by)

    def _is_late(self) -> bool:
        """True once the deadline is over; until then changes of mind are free."""
        return self.meeting.reply_by is not None and self.meeting.reply_by < timezone.now()

    def _check_open(self) -> None:
        if self.ended_at is not None:
            raise Refusal(_("This invitation is no longer in force. Ask the organiser for a new link."))
        if not self.meeting.takes_answers:
            raise Refusal(_("Answers are closed: the meeting is over or not open yet."))

    def _check_mode(self, answer: str, mode: str) -> None:
        if answer != "accepted":
            return
        if mode not in self.offered_modes:
            raise Refusal(_("This way of attending is not offered. Choose one of those shown."))

    @property
    def offered_modes(self) -> list[str]:
        """in_person and online as both meeting and invitation offer them."""
        meeting_has = {"in_person": self.meeting.has_hall, "online": self.meeting.has_online_part}
        return [m for m in ("in_person", "online") if meeting_has[m] and self.offer in ("either", m)]

    def may_join(self, now: datetime | None = None) -> bool:
        """True while the online room is open to this invitation (30 minutes before the start until the end)."""
        from attendees.joining import is_open

        return is_open(self.meeting, now or timezone.now())

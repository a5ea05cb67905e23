"""A coordination meeting from draft to closed, and who does what in it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.audit.models import record
from rakor.audit.moves import Moves
from rakor.conferencing.providers import CHOICES as PROVIDER_CHOICES
from rakor.conferencing.providers import Room
from rakor.documents.models import Document
from rakor.documents.numbering import next_in
from rakor.lib.access import Refusal, Viewer
from rakor.lib.tokens import new_public_id, new_short
from rakor.lib.wording import ZONES
from rakor.live.publish import publish
from rakor.meetings.grants import Grant, can_hold
from rakor.meetings.signals import meeting_moved, meeting_revised
from rakor.meetings.special_days import SpecialDay  # noqa: F401  a model of this room

if TYPE_CHECKING:
    from rakor.meetings.officers import Officers


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, viewer: Viewer) -> MeetingQuerySet:
        """Those the viewer may know of, by the table of product.md "Who may do what"; everybody else gets 404."""
        by_link = Q(pk__in=[])
        if links := viewer.subject_ids("invitation"):
            by_link = Q(Exists(self._invitations(Q(public_id__in=links))))
        if viewer.user_id is None:
            return self.published().filter(by_link)
        mine = MeetingRole.objects.filter(meeting=OuterRef("pk"), user_id=viewer.user_id)
        insiders = Q(host_id__in=viewer.agencies("organiser")) | Exists(mine.filter(role__in=MeetingRole.SEES_DRAFT))
        guests = by_link | Exists(mine) | Exists(self._invitations(Q(user_id=viewer.user_id)))
        if viewer.agency_roles:  # contacts and administrators too: of a restricted meeting only the invited know
            open_to_staff = Q(host__house_id__in=viewer.houses) | Exists(
                self._invitations(Q(agency_id__in=viewer.agencies()))
            )
            guests |= Q(security="B") & open_to_staff
        seen = insiders | (Q(published_at__isnull=False) & guests)
        if viewer.has_role("auditor"):
            seen |= Q(security="B")
        if can_hold(viewer):
            seen |= Exists(Grant.objects.held_by(viewer).filter(meeting=OuterRef("pk")))
        return self.filter(seen)

    @staticmethod
    def _invitations(condition: Q) -> models.QuerySet[Any]:
        invitation = Meeting._meta.get_field("invitations").related_model
        return invitation._default_manager.filter(condition, meeting=OuterRef("pk"), ended_at__isnull=True)  # type: ignore[union-attr]

    def editable_by(self, viewer: Viewer) -> MeetingQuerySet:
        """Those the viewer organises: organiser of the host unit, or secretariat of the meeting."""
        return self.filter(
            Q(host_id__in=viewer.agencies("organiser"))
            | Exists(MeetingRole.objects.filter(meeting=OuterRef("pk"), user_id=viewer.user_id, role="secretariat"))
        )

    def taken_part_in_by(self, viewer: Viewer) -> MeetingQuerySet:
        """Those in which the viewer has a role or is invited by name or by personal link."""
        mine = Exists(MeetingRole.objects.filter(meeting=OuterRef("pk"), user_id=viewer.user_id))
        invited = Q(public_id__in=viewer.subject_ids("invitation"))
        if viewer.user_id is not None:
            invited |= Q(user_id=viewer.user_id)
        return self.filter(mine | Exists(self._invitations(invited)))

    def published(self) -> MeetingQuerySet:
        """Those that people outside have learnt of, whatever became of them since; a dropped draft is none of them."""
        return self.filter(published_at__isnull=False)

    def with_a_door(self) -> MeetingQuerySet:
        """Published and unrestricted: a stranger who has the address may learn title, day and host."""
        return self.published().filter(security="B")

    def by_nearness(self, now: datetime | None = None) -> MeetingQuerySet:
        """What is still to come first, the nearest at the top; then what is past, the latest at the top.

        Adds `is_past`.
        """
        past = Q(ends_at__lt=now or timezone.now()) & ~Q(status__in=["in_progress", "adjourned"])
        past |= Q(status__in=["held", "closed"])
        return self.annotate(is_past=models.Case(models.When(past, then=True), default=False)).order_by(
            "is_past", models.Case(models.When(is_past=False, then="starts_at")), "-starts_at", "-pk"
        )

    def upcoming(self, now: datetime | None = None) -> MeetingQuerySet:
        """Those not over yet, the nearest first; one that runs stays, however late it is."""
        to_come = Q(status__in=["draft", "scheduled", "invited"], ends_at__gte=now or timezone.now())
        return self.filter(to_come | Q(status__in=["in_progress", "adjourned"])).order_by("starts_at", "pk")

    def matching(self, words: str) -> MeetingQuerySet:
        """Those whose title, theme, scope, place or code has every word."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(
                Q(title__icontains=word)
                | Q(theme__icontains=word)
                | Q(scope__icontains=word)
                | Q(venue__icontains=word)
                | Q(city__icontains=word)
                | Q(code__icontains=word)
            )
        return found


class Meeting(Moves):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SCHEDULED = "scheduled", _("Scheduled")
        INVITED = "invited", _("Invitations sent")
        IN_PROGRESS = "in_progress", _("In progress")
        ADJOURNED = "adjourned", _("Adjourned")
        HELD = "held", _("Held")
        CLOSED = "closed", _("Closed")
        POSTPONED = "postponed", _("Postponed")
        CANCELLED = "cancelled", _("Cancelled")

    class Kind(models.TextChoices):
        COORDINATION = "coordination_meeting", _("Coordination meeting")
        NATIONAL = "national_coordination_meeting", _("National coordination meeting")
        TECHNICAL = "technical_coordination_meeting", _("Technical coordination meeting")
        REGIONAL = "regional_coordination_meeting", _("Regional coordination meeting")
        WORKING = "working_meeting", _("Working meeting")
        LEADERSHIP = "leadership_meeting", _("Leadership meeting")
        PREPARATORY = "preparatory_meeting", _("Preparatory meeting")

    class Mode(models.TextChoices):
        HYBRID = "hybrid", _("Hybrid")
        IN_PERSON = "in_person", _("In person")
        ONLINE = "online", _("Online")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("scheduled", "cancelled"),
        "scheduled": ("invited", "in_progress", "postponed", "cancelled"),
        "invited": ("in_progress", "postponed", "cancelled"),
        "in_progress": ("adjourned", "held"),
        "adjourned": ("in_progress", "held"),
        "held": ("closed",),
        "closed": (),
        "postponed": ("scheduled", "cancelled"),
        "cancelled": (),
    }

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    short = models.CharField(max_length=8, default=new_short, db_default="", editable=False)
    """Names the door of the meeting, `/r/<short>/`, on paper and in chats."""
    code = models.CharField(_("code"), max_length=20, unique=True, blank=True)
    kind = models.CharField(_("kind"), max_length=40, choices=Kind, default=Kind.COORDINATION)
    title = models.CharField(_("title"), max_length=250)
    theme = models.CharField(_("theme"), max_length=250, blank=True)
    scope = models.CharField(_("scope"), max_length=160, blank=True)
    purpose = models.TextField(_("purpose"), max_length=1000, blank=True)
    starts_at = models.DateTimeField(_("start"))
    ends_at = models.DateTimeField(_("end"))
    end_open = models.BooleanField(_("until finished"), default=False)
    """Letters print “s.d. selesai”; ends_at is then the planned end that calendars need."""
    zone = models.CharField(_("time zone"), max_length=40, choices=ZONES, default="Asia/Jakarta")
    mode = models.CharField(_("mode"), max_length=12, choices=Mode, default=Mode.HYBRID)
    venue = models.CharField(_("venue"), max_length=250, blank=True)
    city = models.CharField(_("city"), max_length=80, blank=True)
    provider = models.CharField(_("provider"), max_length=20, choices=PROVIDER_CHOICES, default="link")
    online_url = models.URLField(_("link of the online room"), max_length=500, blank=True)
    online_code = models.CharField(_("meeting code"), max_length=60, blank=True)
    online_dial_in = models.CharField(_("dial-in number"), max_length=60, blank=True)
    host = models.ForeignKey(
        "attendees.Agency", models.PROTECT, related_name="hosted_meetings", verbose_name=_("host unit")
    )
    security = models.CharField(_("security class"), max_length=2, choices=Document.Security, default="B")
    dress_code = models.CharField(_("dress code"), max_length=80, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=120, blank=True)
    contact_phone = models.CharField(_("contact's phone"), max_length=30, blank=True)
    reply_by = models.DateTimeField(_("answer until"), null=True, blank=True)
    reply_by_hand = models.BooleanField(_("answer until"), default=False)
    """Somebody typed the deadline: it stays when the start moves. One that was only proposed moves along."""
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    revision = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=80)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=80, blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    invited_by = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    started_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=80, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=80, blank=True)
    cancel_reason = models.CharField(_("reason"), max_length=300, blank=True)
    postponed_at = models.DateTimeField(null=True, blank=True)
    postponed_by = models.CharField(max_length=80, blank=True)
    postpone_reason = models.CharField(_("reason"), max_length=300, blank=True)
    """Of the last time; the date of that day stays in `starts_at` until there is a new one."""
    note = models.CharField(max_length=300, blank=True)
    """A line under the page's title, such as the demo's list of invented facts."""

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-pk"]
        verbose_name = _("meeting")
        indexes = [
            models.Index(fields=["-starts_at"], name="meeting_start"),
            models.Index(fields=["host", "status"], name="meeting_host"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["short"], condition=~Q(short=""), name="meeting_short_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")),
                name="meeting_ends_after_start",
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False) & ~Q(cancel_reason=""),
                name="meeting_cancelled_has_reason",
                violation_error_message=_("Say why the meeting is cancelled."),
            ),
            models.CheckConstraint(
                condition=~Q(status="postponed") | Q(postponed_at__isnull=False) & ~Q(postpone_reason=""),
                name="meeting_postponed_has_reason",
                violation_error_message=_("Say why the meeting is postponed."),
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["in_progress", "adjourned", "held", "closed"]) | Q(started_at__isnull=False),
                name="meeting_started_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["held", "closed"]) | Q(ended_at__isnull=False), name="meeting_held_has_time"
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | ~Q(published_by=""), name="meeting_published_pair"
            ),
            models.CheckConstraint(
                condition=Q(invited_at__isnull=True) | ~Q(invited_by=""), name="meeting_invited_pair"
            ),
            models.CheckConstraint(
                condition=Q(started_at__isnull=True) | ~Q(started_by=""), name="meeting_started_pair"
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="meeting_ended_pair"),
            models.CheckConstraint(condition=Q(closed_at__isnull=True) | ~Q(closed_by=""), name="meeting_closed_pair"),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | ~Q(cancelled_by=""), name="meeting_cancelled_pair"
            ),
            models.CheckConstraint(
                condition=Q(postponed_at__isnull=True) | ~Q(postponed_by=""), name="meeting_postponed_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    # -- facts -------------------------------------------------------------------------------------------

    @property
    def is_restricted(self) -> bool:
        """True for the classes T, R and SR: only those named know of it, and they read it with a second factor."""
        return self.security != "B"

    @property
    def shown_title(self) -> str:
        """The title everywhere but on the meeting's own pages: that of a restricted meeting is a neutral one."""
        return str(_("Restricted meeting")) if self.is_restricted else self.title

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def channel(self) -> str:
        """Name of the meeting's live channel."""
        return f"meeting:{self.public_id}"

    @property
    def room(self) -> Room:
        return Room(self.online_url, self.online_code, self.online_dial_in)

    @property
    def is_published(self) -> bool:
        """True once people outside have learnt of it; a draft that is cancelled never was."""
        return self.published_at is not None

    @property
    def is_over(self) -> bool:
        return self.status in {"held", "closed", "cancelled"}

    @property
    def is_running(self) -> bool:
        return self.status in {"in_progress", "adjourned"}

    @property
    def is_on(self) -> bool:
        """True while people talk: begun, not over and not adjourned."""
        return self.status == "in_progress"

    @property
    def takes_answers(self) -> bool:
        """Answers may be given and changed until the meeting is over."""
        return self.status in {"scheduled", "invited", "in_progress", "adjourned"}

    @property
    def has_online_part(self) -> bool:
        return self.mode in {"hybrid", "online"}

    @property
    def has_hall(self) -> bool:
        return self.mode in {"hybrid", "in_person"}

    @property
    def place(self) -> str:
        """Venue and city in one line, as far as known."""
        return ", ".join(part for part in (self.venue, self.city) if part)

    @property
    def has_door(self) -> bool:
        """True when a stranger may learn of it; see `with_a_door`."""
        return self.is_published and self.security == "B" and self.short != ""

    def officer(self, role: str) -> MeetingRole | None:
        """The first holder of the role, or None."""
        return next((r for r in self.roles.all() if r.role == role), None)

    # -- verbs -------------------------------------------------------------------------------------------

    def plan(self, *, by: Viewer, officers: Officers | None = None) -> Meeting:
        """Saves a new draft with its code `RK-2026-031` and its officers (see officers.py); audited."""
        from rakor.meetings.officers import appoint

        with transaction.atomic():
            year = timezone.localtime(self.starts_at, self.tz).year
            self.code = f"RK-{year}-{next_in('meeting', year, 'meeting'):03}"
            self.created_by = by.actor
            self.save(force_insert=True)
            appoint(self, officers or {})
            record("meeting.planned", target=self, by=by, meeting=self, new=self.status)
        return self

    def revise(self, fields: list[str], *, by: Viewer, officers: Officers | None = None) -> list[str]:
        """Saves the changed fields and officers of a meeting that is not over; what changed, by name; audited.

        Counts a revision once the meeting is published; a new start schedules a postponed one again. The names are
        those of the columns and of the roles.
        """
        from rakor.meetings.officers import appoint

        if self.is_over:
            raise Refusal(_("The meeting is over; its record can no longer be changed."))
        with transaction.atomic():
            changed = [*fields, *appoint(self, officers or {})]
            if not changed:
                return []
            if self.is_published:
                self.revision += 1
            self.save(update_fields=[*fields, "revision"])
            record("meeting.revised", target=self, by=by, meeting=self, fields=tuple(changed))
            if self.status == self.Status.POSTPONED and "starts_at" in fields:
                self._go(self.Status.SCHEDULED, "", by, verb="rescheduled")
            meeting_revised.send(Meeting, meeting=self, fields=changed, by=by)
            publish(self.channel, "meeting")
        return changed

    def publish(self, *, by: Viewer) -> None:
        """draft → scheduled: from now on those concerned can find it."""
        if self.status == self.Status.POSTPONED:
            raise Refusal(_("A postponed meeting is scheduled again with a new date."))
        self._go(self.Status.SCHEDULED, "published", by)

    def invitations_went_out(self, *, by: Viewer) -> None:
        """scheduled → invited; nothing when it is invited already."""
        if self.status != self.Status.INVITED:
            self._go(self.Status.INVITED, "invited", by)

    def start(self, *, by: Viewer) -> None:
        """scheduled or invited → in_progress, with the actual start."""
        if self.status == self.Status.ADJOURNED:
            raise Refusal(_("The meeting is adjourned. Resume it; its actual start stays."))
        self._go(self.Status.IN_PROGRESS, "started", by)

    def adjourn(self, *, by: Viewer) -> None:
        """in_progress → adjourned."""
        self._go(self.Status.ADJOURNED, "", by, verb="adjourned")

    def resume(self, *, by: Viewer) -> None:
        """adjourned → in_progress; the actual start stays."""
        if self.status != self.Status.ADJOURNED:
            raise Refusal(_("Only an adjourned meeting can be resumed."))
        self._go(self.Status.IN_PROGRESS, "", by, verb="resumed")

    def end(self, *, by: Viewer) -> None:
        """in_progress or adjourned → held, with the actual end."""
        self._go(self.Status.HELD, "ended", by)

    def close(self, *, by: Viewer) -> None:
        """held → closed."""
        self._go(self.Status.CLOSED, "closed", by)

    def cancel(self, *, by: Viewer, reason: str) -> None:
        """→ cancelled, with a reason that invitees read; a revision, so that calendars take it as newer."""
        self._go(self.Status.CANCELLED, "cancelled", by, cancel_reason=reason.strip(), revision=self.revision + 1)

    def postpone(self, *, by: Viewer, reason: str) -> None:
        """→ postponed, with a reason that invitees read, until `revise` sets a new start; a revision, as cancelling."""
        revision = self.revision + 1
        self._go(self.Status.POSTPONED, "postponed", by, postpone_reason=reason.strip(), revision=revision)

    def _go(self, to: str, fact: str, by: Viewer, *, verb: str = "", **more: Any) -> None:
        old = self.status
        facts = {f"{fact}_at": timezone.now(), f"{fact}_by": by.actor} if fact else {}
        with transaction.atomic():
            self._move(to, by=by, verb=f"meeting.{verb or fact}", meeting=self, **facts, **more)
            meeting_moved.send(Meeting, meeting=self, old=old, new=to, by=by)
            publish(self.channel, "meeting")


class MeetingRole(models.Model):
    """Who does what: an account, or only a printed name and position (an opener need not have an account)."""

    class Role(models.TextChoices):
        SECRETARIAT = "secretariat", _("Secretariat")
        OPENER = "opener", _("Opener")
        CHAIR = "chair", _("Chair")
        MODERATOR = "moderator", _("Moderator")
        MINUTE_TAKER = "minute_taker", _("Minute-taker")
        REGISTRAR = "registrar", _("Registrar")
        SPEAKER = "speaker", _("Speaker")

    SEES_DRAFT: ClassVar[list[str]] = ["secretariat", "chair", "moderator", "minute_taker"]

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    user = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="meeting_roles")
    name = models.CharField(_("name"), max_length=160, blank=True)
    position = models.CharField(_("position"), max_length=200, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        verbose_name = _("role in a meeting")
        constraints = [
            models.UniqueConstraint(
                fields=["meeting", "role"],
                condition=Q(role__in=["chair", "minute_taker", "opener"]),
                name="meeting_role_once",
                violation_error_message=_("This role is given already."),
            ),
            models.UniqueConstraint(fields=["meeting", "role", "user"], name="meeting_role_user_once"),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | ~Q(name="") | ~Q(position=""),
                name="meeting_role_has_somebody",
                violation_error_message=_("Name an account, a person or a position."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.name or self.position}"

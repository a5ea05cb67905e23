"""What was agreed: minutes with points by agenda item, versions at each submission, follow-ups from decisions."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from typing import Any, ClassVar
from uuid import uuid4

import pgtrigger
from django.db import models, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from agenda.models import AgendaItem
from attendees.models import Agency, Invitation
from attendees.models.invitations import KIND as INVITATION
from rakor.audit.models import record
from rakor.audit.moves import Moves, StaleState
from rakor.documents.models import Document
from rakor.lib.access import Refusal, Viewer
from rakor.live.publish import publish
from rakor.meetings.models import Meeting


def check_open(meeting: Meeting) -> None:
    """Nothing while minutes may be written, from publishing on; else a Refusal that says why."""
    if meeting.status in {"postponed", "cancelled"}:
        raise Refusal(_("This meeting does not take place; no minutes are written of it."))
    if not meeting.is_published:
        raise Refusal(_("The meeting is still a draft. Its minutes can be written once it is published."))


def check_held(meeting: Meeting) -> None:
    """Nothing once the meeting is over; else a Refusal: while people talk, its minutes are not complete."""
    check_open(meeting)
    if not meeting.is_over:
        raise Refusal(_("Minutes are submitted once the meeting is over. End the meeting first."))


class MinutesQuerySet(models.QuerySet["Minutes"]):
    def visible_to(self, viewer: Viewer) -> MinutesQuerySet:
        """The minutes of visible meetings; those who may only read see them once signed."""
        writers = Q(meeting__host_id__in=viewer.agencies("organiser"))
        if viewer.user_id is not None:
            roles = Meeting._meta.get_field("roles").related_model._default_manager  # type: ignore[union-attr]
            writers |= Exists(
                roles.filter(
                    meeting=OuterRef("meeting"),
                    user_id=viewer.user_id,
                    role__in=["secretariat", "chair", "moderator", "minute_taker"],
                )
            )
        return self.filter(
            Q(status__in=["signed", "distributed"]) | writers, meeting__in=Meeting.objects.visible_to(viewer)
        )


class Minutes(Moves):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_REVIEW = "in_review", _("Sent round for correction")
        SUBMITTED = "submitted", _("Submitted")
        RETURNED = "returned", _("Returned")
        APPROVED = "approved", _("Approved")
        SIGNED = "signed", _("Signed")
        DISTRIBUTED = "distributed", _("Distributed")

    WRITABLE: ClassVar[tuple[str, ...]] = ("draft", "in_review", "returned")
    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("in_review", "submitted"),
        "in_review": ("submitted", "draft"),
        "submitted": ("returned", "approved"),
        "returned": ("submitted", "in_review"),
        "approved": ("signed",),
        "signed": ("distributed",),
        "distributed": (),
    }

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="minutes")
    version = models.PositiveSmallIntegerField(default=1)
    """1, then one more for each *ralat*."""
    status = models.CharField(max_length=12, choices=Status, default=Status.DRAFT)
    opening = models.TextField(_("opening"), max_length=2000, blank=True)
    closing = models.TextField(_("closing"), max_length=2000, blank=True)
    revision = models.PositiveIntegerField(default=1)
    """Counts saves of opening and closing, so that nobody overwrites unseen."""
    return_note = models.CharField(_("note"), max_length=1000, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.CharField(max_length=80, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.CharField(max_length=80, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=80, blank=True)
    approved_sha256 = models.CharField(max_length=64, blank=True)
    document = models.OneToOneField(Document, models.PROTECT, null=True, blank=True, related_name="minutes")

    objects = MinutesQuerySet.as_manager()

    class Meta:
        ordering = ["meeting", "-version"]
        verbose_name = _("minutes")
        constraints = [
            models.UniqueConstraint(fields=["meeting", "version"], name="minutes_version_once"),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "signed", "distributed"])
                | Q(approved_at__isnull=False) & ~Q(approved_sha256=""),
                name="minutes_approved_has_hash",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["signed", "distributed"]) | Q(document__isnull=False),
                name="minutes_signed_has_document",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | ~Q(submitted_by=""), name="minutes_submitted_pair"
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True) | ~Q(returned_by="") & ~Q(return_note=""),
                name="minutes_returned_pair",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | ~Q(approved_by=""), name="minutes_approved_pair"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting} v{self.version}"

    @property
    def is_writable(self) -> bool:
        return self.status in self.WRITABLE

    def snapshot(self) -> dict[str, Any]:
        """Everything the minutes say, as plain data: what a version keeps and what the approval hashes."""
        return {
            "opening": self.opening,
            "closing": self.closing,
            "points": [point.as_data() for point in self.points.select_related("follow_up__agency", "item")],
        }

    # -- verbs -------------------------------------------------------------------------------------------

    def submit(self, *, by: Viewer) -> MinutesVersion:
        """draft or returned → submitted; keeps what is submitted as the next version."""
        check_held(self.meeting)
        if not self.points.exists():
            raise Refusal(_("The minutes have no points yet. Write at least one before submitting them."))
        incomplete = self.points.filter(kind="follow_up").filter(
            Q(follow_up__isnull=True)
            | Q(follow_up__agency__isnull=True)
            | Q(follow_up__due_date__isnull=True, follow_up__due_days__isnull=True)
        )
        if incomplete.exists():
            raise Refusal(
                _("Each follow-up needs a responsible agency and a due date before the minutes are submitted.")
            )
        with transaction.atomic():
            self._move(
                "submitted",
                by=by,
                verb="minutes.submitted",
                meeting=self.meeting,
                submitted_at=timezone.now(),
                submitted_by=by.actor,
            )
            last = self.versions.aggregate(last=Max("number"))["last"] or 0
            version = MinutesVersion.objects.create(
                minutes=self, number=last + 1, content=self.snapshot(), submitted_by=by.actor
            )
            publish(self.meeting.channel, "minutes")
        return version

    def send_back(self, *, note: str, by: Viewer) -> None:
        """submitted → returned, with a note that says what to change."""
        if not note.strip():
            raise Refusal(_("Say what has to be changed."))
        with transaction.atomic():
            self._move(
                "returned",
                by=by,
                verb="minutes.returned",
                meeting=self.meeting,
                returned_at=timezone.now(),
                returned_by=by.actor,
                return_note=note.strip(),
            )
            publish(self.meeting.channel, "minutes")

    def approve(self, *, by: Viewer) -> Document:
        """submitted → approved: freezes the version with its hash and registers the document that will be signed."""
        from minutes.sealing import register_document

        check_held(self.meeting)
        with transaction.atomic():
            version = self.versions.order_by("-number").first()
            if version is None:
                raise Refusal(_("Nothing has been submitted yet."))
            self._move(
                "approved",
                by=by,
                verb="minutes.approved",
                meeting=self.meeting,
                approved_at=timezone.now(),
                approved_by=by.actor,
                approved_sha256=version.sha256,
            )
            document = register_document(self, version, by=by)
            self.document = document
            self.save(update_fields=["document"])
            publish(self.meeting.channel, "minutes")
        return document

    def signed(self, *, by: Viewer) -> None:
        """approved → signed, with its document; follow-ups become assigned. In the last signature's transaction."""
        self._move("signed", by=by, verb="minutes.signed", meeting=self.meeting)
        for follow_up in FollowUp.objects.filter(point__minutes=self, status="draft").select_related(
            "point__minutes__meeting"
        ):
            follow_up.assign(by=by)
        publish(self.meeting.channel, "minutes")

    def distributed(self, *, by: Viewer) -> None:
        """signed → distributed, with its document."""
        self._move("distributed", by=by, verb="minutes.distributed", meeting=self.meeting)

    @classmethod
    def of(cls, meeting: Meeting) -> Minutes | None:
        """The meeting's minutes in their latest version, or None."""
        return cls.objects.filter(meeting=meeting).order_by("-version").first()

    @classmethod
    def begin(cls, meeting: Meeting, *, by: Viewer) -> Minutes:
        """The meeting's minutes, begun with the first word; twice at once makes one."""
        check_open(meeting)
        minutes, made = cls.objects.get_or_create(meeting=meeting, version=1)
        if made:
            record("minutes.begun", target=minutes, by=by, meeting=meeting, new="draft")
        return minutes

    def save_frame(self, *, opening: str, closing: str, revision: int, by: Viewer) -> None:
        """Saves opening and closing when `revision` is the one that was read; else StaleState and nothing is lost.

        The same again, because the answer was lost on its way, changes nothing and is no StaleState.
        """
        self._check_writable()
        changed = Minutes.objects.filter(pk=self.pk, revision=revision, status__in=self.WRITABLE).update(
            opening=opening, closing=closing, revision=F("revision") + 1
        )
        same = Minutes.objects.filter(pk=self.pk, revision=revision + 1, opening=opening, closing=closing)
        if not changed and not same.exists():
            raise StaleState
        self.refresh_from_db()

    def write(
        self,
        *,
        kind: str,
        text: str,
        item: AgendaItem | None,
        by: Viewer,
        speaker: str = "",
        client_id: Any = None,
        follow_up: dict[str, Any] | None = None,
    ) -> Point:
        """The new point at the end of its item; the same client_id again returns the point already made."""
        self._check_writable()
        with transaction.atomic():
            Minutes.objects.select_for_update().get(pk=self.pk)
            if client_id and (made := self.points.filter(client_id=client_id).first()):
                return made
            last = self.points.filter(item=item).aggregate(last=Max("order"))["last"] or 0
            number = None
            if kind in Point.NUMBERED:
                number = (self.points.filter(kind__in=Point.NUMBERED).aggregate(last=Max("number"))["last"] or 0) + 1
            point = Point.objects.create(
                minutes=self,
                item=item,
                kind=kind,
                text=text,
                speaker=speaker,
                order=last + 1,
                number=number,
                client_id=client_id or uuid4(),
                written_by=by.actor,
            )
            if kind == "follow_up":
                FollowUp.objects.create(point=point, **(follow_up or {}))
            publish(self.meeting.channel, "minutes")
        return point

    def _check_writable(self) -> None:
        check_open(self.meeting)
        if not self.is_writable:
            raise Refusal(_("The minutes have been submitted; they can be changed again when the chair returns them."))


class MinutesVersion(models.Model):
    """What was submitted, frozen."""

    minutes = models.ForeignKey(Minutes, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    submitted_at = models.DateTimeField(default=timezone.now)
    submitted_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["minutes", "-number"]
        verbose_name = _("version of minutes")
        constraints = [models.UniqueConstraint(fields=["minutes", "number"], name="minutes_version_number_once")]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="minutes_version_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} #{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Hashes the content: SHA-256 of its JSON with sorted keys."""
        text = json.dumps(self.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self.sha256 = sha256(text.encode()).hexdigest()
        super().save(*args, **kwargs)


class Point(models.Model):
    """One point of the minutes under an agenda item (or under none)."""

    class Kind(models.TextChoices):
        PRESENTATION = "presentation", _("Presentation")
        RESPONSE = "response", _("Response")
        DIRECTIVE = "directive", _("Directive")
        CONCLUSION = "conclusion", _("Conclusion")
        DECISION = "decision", _("Decision")
        AGREEMENT = "agreement", _("Agreement")
        RECOMMENDATION = "recommendation", _("Recommendation")
        FOLLOW_UP = "follow_up", _("Follow-up")

    NUMBERED: ClassVar[tuple[str, ...]] = ("conclusion", "decision", "agreement", "recommendation", "follow_up")
    """These keep their number when moved; it is never given twice."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="points")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="points")
    client_id = models.UUIDField(default=uuid4)
    order = models.PositiveIntegerField(default=0)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.RESPONSE)
    number = models.PositiveIntegerField(null=True, blank=True)
    text = models.TextField(_("text"), max_length=4000)
    speaker = models.CharField(_("said by"), max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField(default=timezone.now)
    written_by = models.CharField(max_length=80)

    class Meta:
        ordering = ["minutes", F("item__order").asc(nulls_first=True), "order", "pk"]
        verbose_name = _("point")
        constraints = [
            models.UniqueConstraint(fields=["minutes", "client_id"], name="point_client_once"),
            models.CheckConstraint(
                condition=~Q(text=""), name="point_has_text", violation_error_message=_("Write the point's text.")
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def as_data(self) -> dict[str, Any]:
        """The point as a version keeps it."""
        follow_up = getattr(self, "follow_up", None)
        return {
            "id": self.pk,
            "item": self.item_id,
            "item_title": self.item.title if self.item else "",
            "kind": self.kind,
            "number": self.number,
            "text": self.text,
            "speaker": self.speaker,
            "follow_up": follow_up.as_data() if follow_up else None,
        }

    def rewrite(
        self, *, text: str, kind: str, speaker: str, revision: int, by: Viewer, follow_up: dict[str, Any] | None = None
    ) -> None:
        """Saves the point when `revision` is the one that was read; else StaleState: the caller shows both texts.

        The same again, because the answer was lost on its way, changes nothing and is no StaleState.
        """
        self.minutes._check_writable()
        number = self.number
        with transaction.atomic():
            if kind in self.NUMBERED and number is None:
                Minutes.objects.select_for_update().get(pk=self.minutes_id)
                number = (self.minutes.points.aggregate(last=Max("number"))["last"] or 0) + 1
            changed = Point.objects.filter(pk=self.pk, revision=revision).update(
                text=text, kind=kind, speaker=speaker, number=number, revision=F("revision") + 1
            )
            if not changed and self._says(text, kind, speaker, follow_up, revision=revision + 1):
                return
            if not changed:
                raise StaleState
            if kind == "follow_up":
                FollowUp.objects.update_or_create(point=self, defaults=follow_up or {})
            else:
                FollowUp.objects.filter(point=self).delete()
            publish(self.minutes.meeting.channel, "minutes")
        self.refresh_from_db()

    def _says(self, text: str, kind: str, speaker: str, follow_up: dict[str, Any] | None, *, revision: int) -> bool:
        """Whether the row says just this in that revision."""
        same = Point.objects.filter(pk=self.pk, revision=revision, text=text, kind=kind, speaker=speaker)
        agreed = FollowUp.objects.filter(point=self, **follow_up or {})
        return same.exists() and agreed.exists() == (kind == "follow_up")

    def strike(self, *, by: Viewer) -> None:
        """Removes the point from the draft; audited, and earlier versions keep it."""
        self.minutes._check_writable()
        with transaction.atomic():
            record("point.struck", target=self, by=by, meeting=self.minutes.meeting)
            FollowUp.objects.filter(point=self).delete()
            meeting = self.minutes.meeting
            self.delete()
            publish(meeting.channel, "minutes")


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def visible_to(self, viewer: Viewer) -> FollowUpQuerySet:
        """Drafts only to those who see the draft minutes; others once the minutes are signed."""
        return self.filter(point__minutes__in=Minutes.objects.visible_to(viewer))

    def matching(self, words: str) -> FollowUpQuerySet:
        """Those whose text, agency or meeting has the words."""
        return self.filter(
            Q(point__text__icontains=words)
            | Q(agency__name__icontains=words)
            | Q(point__minutes__meeting__title__icontains=words)
        )

    def owned_by(self, viewer: Viewer) -> FollowUpQuerySet:
        """Those whose progress the viewer tells: as contact of the agency that has to do it, or invited for it."""
        invited = Invitation.objects.filter(public_id__in=viewer.subject_ids(INVITATION)).values("agency")
        return self.filter(Q(agency_id__in=viewer.agencies("contact", "agency_admin")) | Q(agency_id__in=invited))

    def overdue(self, today: date | None = None) -> FollowUpQuerySet:
        return self.filter(status__in=["assigned", "in_progress"], due_date__lt=today or timezone.localdate())


class FollowUp(Moves):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        ASSIGNED = "assigned", _("Assigned")
        IN_PROGRESS = "in_progress", pgettext_lazy("follow-up", "In progress")
        DONE_CLAIMED = "done_claimed", _("Reported as done")
        DONE = "done", _("Done")
        CANNOT_BE_DONE = "cannot_be_done", _("Cannot be done")
        CANCELLED = "cancelled", _("Cancelled")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("assigned", "cancelled"),
        "assigned": ("in_progress", "done_claimed", "cannot_be_done", "cancelled"),
        "in_progress": ("done_claimed", "cannot_be_done", "cancelled"),
        "done_claimed": ("done", "in_progress"),
        "done": (),
        "cannot_be_done": ("in_progress",),
        "cancelled": (),
    }

    point = models.OneToOneField(Point, models.CASCADE, related_name="follow_up")
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="follow_ups", verbose_name=_("responsible agency")
    )
    due_date = models.DateField(_("due date"), null=True, blank=True)
    due_days = models.PositiveSmallIntegerField(_("working days after distribution"), null=True, blank=True)
    output = models.CharField(_("expected output"), max_length=200, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    assigned_at = models.DateTimeField(null=True, blank=True)
    assigned_by = models.CharField(max_length=80, blank=True)

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        ordering = ["due_date", "pk"]
        verbose_name = _("follow-up")
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | Q(agency__isnull=False, due_date__isnull=False),
                name="follow_up_assigned_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(assigned_at__isnull=True) | ~Q(assigned_by=""), name="follow_up_assigned_pair"
            ),
        ]

    def __str__(self) -> str:
        return str(self.point)

    @property
    def shown_text(self) -> str:
        """What is to be done, as lists show it: of a restricted meeting only the number, for the rest its minutes."""
        if not self.point.minutes.meeting.is_restricted:
            return self.point.text
        return gettext("Follow-up %(number)s of a restricted meeting") % {"number": self.point.number or ""}

    @property
    def shown_output(self) -> str:
        """The expected output, as lists show it."""
        return "" if self.point.minutes.meeting.is_restricted else self.output

    @property
    def is_open(self) -> bool:
        return self.status in {"assigned", "in_progress"}

    @property
    def is_overdue(self) -> bool:
        return (
            self.status in {"assigned", "in_progress"}
            and self.due_date is not None
            and self.due_date < timezone.localdate()
        )

    def as_data(self) -> dict[str, Any]:
        """The follow-up as a version keeps it."""
        return {
            "agency": self.agency.code if self.agency else None,
            "agency_name": self.agency.name if self.agency else "",
            "due_date": self.due_date.isoformat() if self.due_date else None,
            "due_days": self.due_days,
            "output": self.output,
        }

    def assign(self, *, by: Viewer) -> None:
        """draft → assigned when the minutes are signed; “n hari kerja” becomes a date counted from that day."""
        from rakor.lib.working_days import working_day_after
        from rakor.meetings.models import SpecialDay

        meeting = self.point.minutes.meeting
        today, days = timezone.localdate(timezone=meeting.tz), SpecialDay.objects.of(meeting)
        due = self.due_date or working_day_after(today, self.due_days or 1, days)
        self._move(
            "assigned",
            by=by,
            verb="follow_up.assigned",
            meeting=self.point.minutes.meeting,
            due_date=due,
            assigned_at=timezone.now(),
            assigned_by=by.actor,
        )

"""The outbox: one row a message, from queued to sent; the row is the truth, the queue only a hint.

Mails that are let go together are a run. When too many addresses of a run refuse, what still waits is held until
somebody has looked; that too stands in the rows alone, so a restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.audit.moves import Moves, StaleState
from rakor.lib.access import SYSTEM, Viewer
from rakor.lib.tokens import new_public_id
from rakor.mail.reasons import blames_address, reason

if TYPE_CHECKING:
    from rakor.mail.smtp import Undelivered

WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 120, 240, 480))
"""How long to wait after the first, second … failure for now; one more failure is final (15 hours after the first)."""

MOST_ATTEMPTS = len(WAITS) + 1
OVERDUE = timedelta(minutes=10)

LEAST_REFUSED, SHARE_REFUSED = 3, 10
"""A run pauses at three refusals that are more than 10 % of what was dealt with: 1 of 3 or 2 of 12 is bad luck."""


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def waiting(self) -> OutgoingMailQuerySet:
        """Not delivered yet, and nobody is at it."""
        return self.filter(status__in=["queued", "bounced_soft"])

    def undelivered(self) -> OutgoingMailQuerySet:
        """What waits, and what is held with its run."""
        return self.filter(status__in=["queued", "bounced_soft", "held"])

    def due(self) -> OutgoingMailQuerySet:
        """To be sent now: waiting and its time has come, or claimed by a worker that did not come back."""
        return self._due_since(timezone.now())

    def stuck(self) -> OutgoingMailQuerySet:
        """Due for more than ten minutes: no worker runs, or the mail server cannot be reached."""
        return self._due_since(timezone.now() - OVERDUE)

    def _due_since(self, moment: Any) -> OutgoingMailQuerySet:
        waiting = Q(status__in=["queued", "bounced_soft"], next_attempt_at__lte=moment)
        return self.filter(waiting | _left_by_its_worker(moment)).order_by("next_attempt_at", "pk")

    def _next_due(self) -> OutgoingMail | None:
        """The first to be sent now, locked. What waits and what was left behind have an index each."""
        now, free = timezone.now(), self.select_for_update(skip_locked=True)
        waiting = free.waiting().filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
        return waiting.first() or free.filter(_left_by_its_worker(now)).order_by("lease_until", "pk").first()

    def unsent_since(self) -> Any:
        """Since when the mail that waits longest could have gone out; None when none waits.

        One that was never tried counts from its making: while the mail server is away, its next attempt moves on.
        """
        never = Q(status="queued")
        waits = models.Case(models.When(never, then="created_at"), default="next_attempt_at")
        due = Q(pk__in=self.due().order_by().values("pk"))
        return self.filter(never | due).aggregate(since=models.Min(waits))["since"]

    def about(self, kind: str, public_ids: Iterable[str]) -> OutgoingMailQuerySet:
        """Every mail about these subjects (`"invitation"`, public ids), the newest first."""
        return self.filter(subject_kind=kind, subject_id__in=list(public_ids)).order_by("-pk")

    def latest_about(self, kind: str, outer_ref: str = "public_id") -> OutgoingMailQuerySet:
        """The newest mail about each outer row, for `Subquery(….values("status")[:1])`."""
        return self.filter(subject_kind=kind, subject_id=OuterRef(outer_ref)).order_by("-pk")

    def claim(self) -> OutgoingMail | None:
        """One due mail of this selection, now being sent by the caller and by nobody else; None when there is none."""
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                # A claim that a crash of the database undoes is made again; `start_data` waits for the disk.
                cursor.execute("SET LOCAL synchronous_commit TO off")
                mail = self._next_due()
                if mail is None or mail._begin():
                    return mail

    def put_off(self, wait: timedelta) -> int:
        """Moves what is due to later without counting an attempt: the mail server is away, not a recipient."""
        now = timezone.now()
        return self.waiting().filter(next_attempt_at__lte=now).update(next_attempt_at=now + wait)


class Run(Moves):
    """Mails that somebody let go together; `subject` names what they are about (a meeting's public id).

    `seen_done` and `seen_refused` are what was known when somebody let a paused run go on: from then on it is counted
    anew.
    """

    class Status(models.TextChoices):
        GOING = "going", _("Going out")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {"going": ("paused",), "paused": ("going", "stopped"), "stopped": ()}

    subject = models.CharField(max_length=12, db_index=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.GOING)
    started_at = models.DateTimeField(default=timezone.now)
    started_by = models.CharField(max_length=80)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    seen_done = models.PositiveIntegerField(default=0)
    seen_refused = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        verbose_name = _("run of mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | ~Q(decided_by=""), name="mail_run_decided_pair"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.pk}"

    def counts(self) -> dict[str, int]:
        """`done` (sent or refused), `refused`, and `held`."""
        return self.mails.aggregate(
            done=models.Count("pk", filter=Q(status__in=["sent", "bounced_hard"])),
            refused=models.Count("pk", filter=Q(status="bounced_hard")),
            held=models.Count("pk", filter=Q(status="held")),
        )

    def look(self) -> bool:
        """Holds what is queued when too much was refused; True when it does so now. Mails put off are still retried."""
        with transaction.atomic():
            run = Run.objects.select_for_update().get(pk=self.pk)
            now = run.counts()
            done, refused = now["done"] - run.seen_done, now["refused"] - run.seen_refused
            if run.status != "going" or refused < LEAST_REFUSED or refused * 100 <= done * SHARE_REFUSED:
                return False
            held = run.mails.filter(status="queued").update(status="held")
            if held:
                run._move("paused", by=SYSTEM, verb="mail_run.paused")
        return bool(held)

    def go_on(self, *, by: Viewer) -> int:
        """paused → going: what was held goes out; how many mails those are."""
        from rakor.mail.outbox import wake_on_commit

        now = timezone.now()
        with transaction.atomic():
            known = self.counts()
            seen = {"seen_done": known["done"], "seen_refused": known["refused"]}
            self._move("going", by=by, verb="mail_run.resumed", decided_at=now, decided_by=by.actor, **seen)
            held = list(self.mails.filter(status="held").values_list("pk", flat=True))
            self.mails.filter(pk__in=held).update(status="queued", next_attempt_at=now)
            for mail_id in held:
                wake_on_commit(mail_id)
        return len(held)

    def stop(self, *, by: Viewer) -> int:
        """paused → stopped: what was held never leaves; how many mails those are."""
        with transaction.atomic():
            facts = {"decided_at": timezone.now(), "decided_by": by.actor}
            self._move("stopped", by=by, verb="mail_run.stopped", **facts)
            return self.mails.filter(status="held").update(status="cancelled")


class OutgoingMail(Moves):
    """Kind, recipient and ids of one message. The body is rendered at delivery and not kept; its hash is.

    `attempts` is also the number of the present claim: a worker that was overtaken by another finds it changed.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        BOUNCED_HARD = "bounced_hard", _("Failed")
        BOUNCED_SOFT = "bounced_soft", _("Failed for now")
        CANCELLED = "cancelled", _("Not needed any more")
        HELD = "held", _("Held back")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "queued": ("sending", "cancelled", "held"),
        "held": ("queued", "cancelled"),
        "sending": ("sent", "bounced_hard", "bounced_soft", "sending", "cancelled"),
        "bounced_soft": ("sending", "cancelled"),
        "sent": (),
        "bounced_hard": (),
        "cancelled": (),
    }

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=60)
    to = models.EmailField(max_length=254)
    to_name = models.CharField(max_length=160, blank=True)
    subject_kind = models.CharField(max_length=30, blank=True)
    subject_id = models.CharField(max_length=12, blank=True)
    ids = models.JSONField(default=dict, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.QUEUED)
    created_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    data_started_at = models.DateTimeField(null=True, blank=True)
    maybe_twice = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=120, blank=True)
    body_sha256 = models.CharField(max_length=64, blank=True)
    reply = models.CharField(max_length=300, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    """When the server said that the address is wrong."""
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="mails", db_index=False)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        verbose_name = _("outgoing mail")
        indexes = [
            models.Index(fields=["run"], name="mail_of_run", condition=Q(run__isnull=False)),
            models.Index(
                fields=["next_attempt_at"], name="mail_due", condition=Q(status__in=["queued", "bounced_soft"])
            ),
            models.Index(fields=["lease_until"], name="mail_lease", condition=Q(status="sending")),
            models.Index(fields=["to", "refused_at"], name="mail_refused", condition=Q(refused_at__isnull=False)),
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="mail_subject"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(status="sent") | Q(sent_at__isnull=False), name="mail_sent_has_time"),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(lease_until__isnull=False), name="mail_sending_has_lease"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"

    @property
    def reason(self) -> Any:
        """Why it failed, as a sentence for people; empty when it did not."""
        return "" if self.status == "sent" else reason(self.reply)

    def cancel(self, *, by: Viewer) -> None:
        """Withdraws a mail that waits; one that is being sent or was sent cannot be called back."""
        self._move("cancelled", by=by, verb="mail.cancelled")

    def start_data(self, body_sha256: str) -> None:
        """Notes, before DATA is sent, that from now on the server may have the mail; StaleState when overtaken."""
        now = timezone.now()
        facts = {"data_started_at": now, "lease_until": now + _lease(), "body_sha256": body_sha256}
        mine = OutgoingMail.objects.filter(pk=self.pk, status="sending", attempts=self.attempts, lease_until__gt=now)
        if not mine.update(**facts):
            raise StaleState
        for name, value in facts.items():
            setattr(self, name, value)

    def sent(self, reply: str) -> None:
        """The server took it over. That is all it means: nobody need have received or read it."""
        self._end("sent", "mail.sent", reply=reply, sent_at=timezone.now(), lease_until=None)

    def not_needed(self) -> None:
        """At delivery there was nothing to say any more."""
        self._end("cancelled", "mail.cancelled", lease_until=None)

    def bounced(self, why: Undelivered) -> None:
        """Refused for good, or for now with the next attempt set (the eighth refusal, the second cut: for good)."""
        final = why.hard or self.attempts >= MOST_ATTEMPTS or (why.cut and self.maybe_twice)
        facts: dict[str, Any] = {"reply": why.reply, "lease_until": None}
        if not why.cut:
            facts["data_started_at"] = None
        if not final:
            facts["next_attempt_at"] = timezone.now() + WAITS[self.attempts - 1]
        elif blames_address(why.reply):
            facts["refused_at"] = timezone.now()
        self._end("bounced_hard" if final else "bounced_soft", "mail.bounced", **facts)
        if final and self.run is not None:
            self.run.look()

    def _begin(self) -> bool:
        """Takes the locked row for one attempt; False (and given up) when eight workers died over it."""
        if self.attempts >= MOST_ATTEMPTS:
            self._move("bounced_hard", by=SYSTEM, verb="mail.bounced", reply="rakor:interrupted", lease_until=None)
            return False
        self._move(
            "sending",
            by=SYSTEM,
            verb="mail.claimed",
            attempts=self.attempts + 1,
            lease_until=timezone.now() + _lease(),
            maybe_twice=self.maybe_twice or self.data_started_at is not None,
            data_started_at=None,
            message_id=self.message_id or f"<{self.public_id}@{urlsplit(settings.BASE_URL).hostname}>",
        )
        return True

    def _end(self, to: str, verb: str, **facts: Any) -> None:
        """Ends this claim; StaleState when another worker has taken over."""
        if self.status != "sending":
            raise StaleState
        self._move(to, by=SYSTEM, verb=verb, unless_changed=("attempts",), **facts)


class Pulse(models.Model):
    """When a worker last did what the timer asked: proof that timer, broker and worker hang together. One row."""

    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.at.isoformat()

    @classmethod
    def felt(cls) -> None:
        """A sweep runs now."""
        now = [cls(pk=1, at=timezone.now())]
        cls.objects.bulk_create(now, update_conflicts=True, unique_fields=["id"], update_fields=["at"])


def _left_by_its_worker(moment: Any) -> Q:
    return Q(status="sending", lease_until__lte=moment)


def _lease() -> timedelta:
    return timedelta(seconds=settings.MAIL_LEASE)

"""The register of official documents: bytes kept once and append-only, numbers never re-used, signatures in order."""

from __future__ import annotations

from hashlib import sha256
from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rakor.audit.moves import Moves
from rakor.documents.kinds import kinds
from rakor.lib.access import Viewer
from rakor.lib.tokens import new_public_id


class FileQuerySet(models.QuerySet["File"]):
    def keep(self, content: bytes) -> File:
        """The row that holds these bytes, found by their SHA-256 or made."""
        file, _made = self.get_or_create(sha256=sha256(content).hexdigest(), defaults={"content": content, "size": len(content)})
        return file


class File(models.Model):
    """Bytes addressed by their SHA-256; a trigger forbids change and deletion."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveIntegerField()
    content = models.BinaryField()
    kept_at = models.DateTimeField(default=timezone.now)

    objects = FileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="file_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.sha256


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, viewer: Viewer) -> DocumentQuerySet:
        """Those the viewer may know of: by kind, and as signatory of the document itself."""
        readable = Q(pk__in=[])
        for kind in kinds:
            readable |= Q(kind=kind.name) & kind.readable_q(viewer)
        if viewer.user_id is not None:
            readable |= Q(pk__in=Signatory.objects.filter(user_id=viewer.user_id).values("document_id"))
        return self.filter(readable)

    def in_force(self) -> DocumentQuerySet:
        return self.filter(status__in=["signed", "distributed"])

    def due_for_rendering(self) -> DocumentQuerySet:
        """Numbered documents whose paper is not made yet."""
        return self.filter(status="numbered")

    def waiting_for(self, user_id: int | None) -> DocumentQuerySet:
        """Those whose next signature is this account's."""
        first = Signatory.objects.filter(document=models.OuterRef("pk"), signed_at__isnull=True).order_by("order")
        return self.filter(status="awaiting_signature").annotate(next_user=models.Subquery(first.values("user_id")[:1])).filter(
            next_user=user_id
        )


class Document(Moves):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        IN_VERIFICATION = "in_verification", _("In verification")
        NUMBERED = "numbered", _("Numbered")
        AWAITING_SIGNATURE = "awaiting_signature", _("Awaiting signature")
        SIGNED = "signed", _("Signed")
        DISTRIBUTED = "distributed", _("Distributed")
        SUPERSEDED = "superseded", _("Superseded")
        REVOKED = "revoked", _("Revoked")

    class Security(models.TextChoices):
        OPEN = "B", _("Open")
        RESTRICTED = "T", _("Restricted")
        SECRET = "R", _("Secret")
        TOP_SECRET = "SR", _("Top secret")

    class Urgency(models.TextChoices):
        NORMAL = "normal", _("Normal")
        URGENT = "urgent", _("Urgent")
        VERY_URGENT = "very_urgent", _("Very urgent")

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {
        "draft": ("in_verification", "numbered", "signed", "revoked"),
        "in_verification": ("draft", "numbered", "signed", "revoked"),
        "numbered": ("awaiting_signature", "revoked"),
        "awaiting_signature": ("signed", "revoked"),
        "signed": ("distributed", "superseded", "revoked"),
        "distributed": ("superseded", "revoked"),
        "superseded": (),
        "revoked": (),
    }

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id)
    kind = models.CharField(max_length=30)
    meeting = models.ForeignKey("meetings.Meeting", models.PROTECT, related_name="documents")
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    version = models.PositiveSmallIntegerField(default=1)
    subject = models.CharField(_("subject"), max_length=300)
    security = models.CharField(max_length=2, choices=Security, default=Security.OPEN)
    urgency = models.CharField(_("urgency"), max_length=12, choices=Urgency, default=Urgency.NORMAL)
    number = models.CharField(_("number"), max_length=100, blank=True)
    number_elsewhere = models.BooleanField(default=False)
    date = models.DateField(_("date"), null=True, blank=True)
    place = models.CharField(max_length=60, blank=True)
    content = models.JSONField(default=dict, blank=True)
    """What is printed, as it was on the day: wording, letterhead, points. Filled by the kind's owner."""
    prepared = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")
    """The paper before any signature."""
    current = models.ForeignKey(File, models.PROTECT, null=True, blank=True, related_name="+")
    """The paper with the signatures put on so far."""
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=80)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=80, blank=True)
    signed_elsewhere = models.BooleanField(default=False)
    distributed_at = models.DateTimeField(null=True, blank=True)
    distributed_by = models.CharField(max_length=80, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)
    end_reason = models.CharField(max_length=300, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("document")
        constraints = [
            models.CheckConstraint(
                condition=~Q(status__in=["signed", "distributed", "superseded"])
                | Q(signed_at__isnull=False, current__isnull=False, date__isnull=False),
                name="document_signed_has_file_and_date",
                violation_error_message=_("A signed document needs its file and its date."),
            ),
            models.CheckConstraint(
                condition=~Q(status="awaiting_signature") | Q(prepared__isnull=False, current__isnull=False),
                name="document_awaiting_has_file",
                violation_error_message=_("A document that waits for signatures needs its file."),
            ),
            models.CheckConstraint(condition=Q(signed_at__isnull=True) | ~Q(signed_by=""), name="document_signed_pair"),
            models.CheckConstraint(condition=Q(distributed_at__isnull=True) | ~Q(distributed_by=""), name="document_distributed_pair"),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="document_ended_pair"),
            models.UniqueConstraint(
                fields=["kind", "number", "date"],
                condition=~Q(number="") & Q(number_elsewhere=False),
                name="document_number_once",
                violation_error_message=_("This number is taken already."),
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="document_kept", operation=pgtrigger.Delete, condition=pgtrigger.Q(old__status__in=["signed", "distributed", "superseded", "revoked"])),
            pgtrigger.Protect(
                name="signed_is_never_edited",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["signed", "distributed", "superseded"])
                & (
                    pgtrigger.Q(old__current_id__df=pgtrigger.F("new__current_id"))
                    | pgtrigger.Q(old__prepared_id__df=pgtrigger.F("new__prepared_id"))
                    | pgtrigger.Q(old__content__df=pgtrigger.F("new__content"))
                    | pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__date__df=pgtrigger.F("new__date"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.subject

    @property
    def code(self) -> str:
        """The public id as printed: `DAKM-CYKW-B44W`."""
        return "-".join(self.public_id[i : i + 4] for i in range(0, 12, 4))


class Signatory(models.Model):
    """One signature that a document needs, in order; name and position as printed."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="signatories")
    order = models.PositiveSmallIntegerField()
    field = models.CharField(max_length=40)
    role = models.CharField(max_length=80, blank=True)
    user = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="signatories")
    name = models.CharField(max_length=160)
    position = models.CharField(max_length=200)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=80, blank=True)
    certificate_serial = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["document", "order"]
        verbose_name = _("signatory")
        constraints = [
            models.UniqueConstraint(fields=["document", "order"], name="signatory_order_once"),
            models.UniqueConstraint(fields=["document", "field"], name="signatory_field_once"),
            models.CheckConstraint(condition=Q(signed_at__isnull=True) | ~Q(signed_by=""), name="signatory_signed_pair"),
        ]

    def __str__(self) -> str:
        return self.name


class Download(models.Model):
    """Append-only log: who took which document when."""

    document = models.ForeignKey(Document, models.PROTECT, related_name="downloads")
    at = models.DateTimeField(default=timezone.now)
    actor = models.CharField(max_length=80)

    class Meta:
        ordering = ["-at"]
        verbose_name = _("download")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="download_append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.actor}"


class NumberCounter(models.Model):
    """The last number given in a scope (agency code), year and kind; restarts at 1 each calendar year."""

    scope = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=30)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("number counter")
        constraints = [models.UniqueConstraint(fields=["scope", "year", "kind"], name="number_counter_once")]

    def __str__(self) -> str:
        return f"{self.scope} {self.kind} {self.year}: {self.last}"


class Certificate(models.Model):
    """An official's own certificate: PKCS#12 opened by the official's passphrase and sealed again at rest."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="certificates")
    sealed = models.BinaryField()
    subject = models.CharField(max_length=300)
    serial = models.CharField(max_length=60, unique=True)
    not_after = models.DateTimeField()
    issued_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-issued_at"]
        verbose_name = _("certificate")
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at__isnull=True), name="certificate_one_in_force"),
            models.CheckConstraint(condition=Q(revoked_at__isnull=True) | ~Q(revoked_by=""), name="certificate_revoked_pair"),
        ]

    def __str__(self) -> str:
        return self.subject

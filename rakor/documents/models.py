"""The register of official documents: bytes kept once and append-only, numbers never re-used, signatures in order."""

from __future__ import annotations

from datetime import date as Date
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar, Protocol

import pgtrigger
from cryptography.x509 import Name, NameOID
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from rakor.audit.models import AuditEvent, name_of, record
from rakor.audit.moves import Moves, StaleState
from rakor.documents.kinds import DocumentKind, kinds
from rakor.documents.numbering import counted_as, next_in
from rakor.documents.numbering_pattern import PatternRefused, format_number
from rakor.lib.access import SYSTEM, Refusal, Viewer
from rakor.lib.tokens import ALPHABET, new_public_id
from rakor.live.publish import publish


class FileQuerySet(models.QuerySet["File"]):
    def keep(self, content: bytes) -> File:
        """The row that holds these bytes, found by their SHA-256 or made."""
        file, _made = self.get_or_create(
            sha256=sha256(content).hexdigest(), defaults={"content": content, "size": len(content)}
        )
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
        """Numbered documents whose paper is not made yet; one whose text cannot be printed waits for a person."""
        return self.filter(status="numbered", render_error="")

    def paper_due_since(self) -> datetime | None:
        """Since when the paper that waits longest is to be made, as the audit trail tells; None when none waits."""
        due = {name_of(document) for document in self.due_for_rendering().only("public_id")}
        asked = AuditEvent.objects.filter(target__in=due, verb__in=["document.numbered", "document.tried_again"])
        last = asked.order_by().values("target").annotate(last=models.Max("at")) if due else ()
        return min((row["last"] for row in last), default=None)

    def of_own_house(self, viewer: Viewer) -> DocumentQuerySet:
        """Documents of meetings that the viewer's house holds; the auditor reads the register of every house."""
        return self if viewer.has_role("auditor") else self.filter(meeting__host__house_id__in=viewer.houses)

    def matching(self, words: str) -> DocumentQuerySet:
        """Those whose number, subject, code or meeting has every word."""
        found = self
        for word in words.split()[:8]:
            found = found.filter(
                Q(number__icontains=word)
                | Q(subject__icontains=word)
                | Q(public_id=word.replace("-", "").upper())
                | Q(meeting__title__icontains=word)
                | Q(meeting__code__icontains=word)
            )
        return found

    def of_year(self, year: int) -> DocumentQuerySet:
        """Those dated in the year, or made in it while they have no date."""
        return self.filter(Q(date__year=year) | Q(date__isnull=True, created_at__year=year))

    def on_paper(self) -> DocumentQuerySet:
        """Those whose paper was or is about to be signed: the ones a stranger may ask about by their code."""
        return self.filter(
            Q(signed_at__isnull=False) | Q(status="awaiting_signature") | Q(status="revoked", current__isnull=False)
        )

    def by_code(self, code: str) -> DocumentQuerySet:
        """The one with this code as typed from paper: with or without dashes, small or capital."""
        return self.filter(public_id=plain_code(code))

    def by_bytes(self, pdf: bytes) -> DocumentQuerySet:
        """Those whose signed paper, or whose paper before the signatures, is exactly this file."""
        digest = sha256(pdf).hexdigest()
        return self.filter(Q(current_id=digest) | Q(prepared_id=digest)).order_by(
            models.Case(models.When(current_id=digest, then=0), default=1), "-pk"
        )

    def waiting_for(self, user_id: int | None) -> DocumentQuerySet:
        """Those whose next signature is this account's."""
        first = Signatory.objects.filter(document=models.OuterRef("pk"), signed_at__isnull=True).order_by("order")
        return (
            self.filter(status="awaiting_signature")
            .annotate(next_user=models.Subquery(first.values("user_id")[:1]))
            .filter(next_user=user_id)
        )


PLAIN_PATTERN = "{seq}/{agency}/{month_roman}/{year}"
"""How a unit without a letterhead numbers."""


class NumbersByPattern(Protocol):
    """What numbering needs to know of a letterhead."""

    number_pattern: str
    unit_code: str
    classification: str

    @property
    def agency(self) -> Any: ...


def plain_code(code: str) -> str:
    """`dakm-cykw b44w` → `DAKMCYKWB44W`; empty when it cannot be a code."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    return plain if len(plain) == 12 and set(plain) <= set(ALPHABET) else ""


class Document(Moves):
    class Status(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("document", "Draft")
        IN_VERIFICATION = "in_verification", _("In verification")
        NUMBERED = "numbered", _("Numbered")
        AWAITING_SIGNATURE = "awaiting_signature", _("Awaiting signature")
        SIGNED = "signed", _("Signed")
        DISTRIBUTED = "distributed", pgettext_lazy("document", "Distributed")
        SUPERSEDED = "superseded", _("Superseded")
        REVOKED = "revoked", _("Revoked")

    class Security(models.TextChoices):
        OPEN = "B", pgettext_lazy("security class", "Open")
        RESTRICTED = "T", _("Restricted")
        SECRET = "R", _("Secret")
        TOP_SECRET = "SR", _("Top secret")

    class Urgency(models.TextChoices):
        NORMAL = "normal", _("Normal")
        URGENT = "urgent", _("Urgent")
        VERY_URGENT = "very_urgent", _("Very urgent")

    class Finding(models.TextChoices):
        SAME = "same", _("The prepared paper, with signatures added")
        OTHER = "other", _("Another file")

    REWORDABLE: ClassVar[tuple[str, ...]] = ("content", "subject", "security", "urgency", "place")

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
    render_error = models.CharField(max_length=500, blank=True)
    """Why the paper could not be made, as a sentence; empty while it waits or after it was made."""
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=80)
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_by = models.CharField(max_length=80, blank=True)
    signed_elsewhere = models.BooleanField(default=False)
    upload_finding = models.CharField(max_length=8, choices=Finding, blank=True)
    """What the comparison with the prepared paper gave; for another file `signed_by` vouched for the content."""
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
            models.CheckConstraint(
                condition=~Q(status__in=["numbered", "awaiting_signature"]) | ~Q(number="") & Q(date__isnull=False),
                name="document_numbered_has_number_and_date",
                violation_error_message=_("A numbered document needs its number and its date."),
            ),
            models.CheckConstraint(
                condition=Q(signed_elsewhere=False) | ~Q(upload_finding=""),
                name="document_signed_elsewhere_has_finding",
            ),
            models.CheckConstraint(condition=Q(signed_at__isnull=True) | ~Q(signed_by=""), name="document_signed_pair"),
            models.CheckConstraint(
                condition=Q(distributed_at__isnull=True) | ~Q(distributed_by=""), name="document_distributed_pair"
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="document_ended_pair"),
            models.UniqueConstraint(
                fields=["kind", "number", "date"],
                condition=~Q(number="") & Q(number_elsewhere=False),
                name="document_number_once",
                violation_error_message=_("This number is taken already."),
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(
                name="document_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__status__in=["signed", "distributed", "superseded", "revoked"]),
            ),
            pgtrigger.Protect(
                name="signed_is_never_edited",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(
                    old__status__in=["awaiting_signature", "signed", "distributed", "superseded", "revoked"]
                )
                & (
                    pgtrigger.Q(old__prepared_id__df=pgtrigger.F("new__prepared_id"))
                    | pgtrigger.Q(old__content__df=pgtrigger.F("new__content"))
                    | pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                    | pgtrigger.Q(old__date__df=pgtrigger.F("new__date"))
                ),
            ),
            pgtrigger.Protect(
                name="signed_file_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["signed", "distributed", "superseded", "revoked"])
                & pgtrigger.Q(old__current_id__df=pgtrigger.F("new__current_id")),
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.subject

    @property
    def code(self) -> str:
        """The public id as printed: `DAKM-CYKW-B44W`."""
        return "-".join(self.public_id[i : i + 4] for i in range(0, 12, 4))

    @property
    def is_restricted(self) -> bool:
        """True when its own class or its meeting's is any but the ordinary one."""
        return self.security != "B" or self.meeting.security != "B"

    @property
    def shown_subject(self) -> str:
        """The subject in registers and lists: of a restricted document only what kind of paper it is."""
        return str(self.about.label) if self.is_restricted else self.subject

    @property
    def about(self) -> DocumentKind:
        """What the owner of its kind says: label, template, who may manage."""
        return kinds[self.kind]

    @property
    def status_name(self) -> Any:
        """The status in the words of its kind: a letter is sent, minutes are distributed."""
        own = self.about.distributed if self.status == self.Status.DISTRIBUTED else ""
        return own or self.get_status_display()

    @property
    def is_in_force(self) -> bool:
        return self.status in {"signed", "distributed"}

    @property
    def is_open(self) -> bool:
        """Neither signed nor ended: something still has to be done."""
        return self.status in {"draft", "in_verification", "numbered", "awaiting_signature"}

    @property
    def takes_upload(self) -> bool:
        """A paper signed elsewhere may be uploaded until it is numbered here."""
        return self.status in {"draft", "in_verification"}

    @property
    def signing_order(self) -> list[Signatory]:
        """The signatories in order, asked once per document object."""
        if "_signing_order" not in self.__dict__:
            self.__dict__["_signing_order"] = sorted(self.signatories.all(), key=lambda signatory: signatory.order)
        return list(self.__dict__["_signing_order"])

    @property
    def next_signatory(self) -> Signatory | None:
        """Whose signature comes next; None when all are there or when they are put on elsewhere."""
        if self.signed_elsewhere:
            return None
        return next((signatory for signatory in self.signing_order if signatory.signed_at is None), None)

    @property
    def signed_count(self) -> int:
        return sum(signatory.signed_at is not None for signatory in self.signing_order)

    def filename(self, *, prepared: bool = False, uploaded: bool = False) -> str:
        """`notula-nt-031-renks-ks-01-x-2024.pdf`, in letters that every system takes; an unsigned paper says so.

        So does an uploaded one that nobody has confirmed.
        """
        stem = slugify(f"{self.about.label} {self.number or self.code}"[:120])
        if uploaded:
            return f"{stem}-unggahan-belum-dikonfirmasi.pdf"
        return f"{stem}-belum-ditandatangani.pdf" if prepared else f"{stem}.pdf"

    # -- verbs -------------------------------------------------------------------------------------------

    def register(self, *, by: Viewer) -> Document:
        """Saves a new draft; audited."""
        kinds[self.kind]
        with transaction.atomic():
            self.created_by = by.actor
            self.save(force_insert=True)
            record("document.registered", target=self, by=by, meeting=self.meeting, new=self.status)
            self._tell()
        return self

    def reword(self, *, by: Viewer, **facts: Any) -> None:
        """Replaces what will be printed (REWORDABLE columns) of a paper that is not made yet; a prepared paper is void.

        A numbered document can be reworded only when its paper could not be made; the number stays.
        """
        if unknown := facts.keys() - set(self.REWORDABLE):
            raise TypeError(f"cannot reword {sorted(unknown)}")
        with transaction.atomic():
            present = Document.objects.select_for_update().get(pk=self.pk)
            if not (present.takes_upload or (present.status == "numbered" and present.render_error)):
                raise Refusal(_("The paper is made; what it says can no longer be changed."))
            facts |= {"prepared": None, "pages": None, "render_error": ""}
            Document.objects.filter(pk=self.pk).update(**facts)
            Upload.objects.filter(document=self).delete()
            self._learn(status=present.status, **facts)
            record("document.reworded", target=self, by=by, meeting=self.meeting, fields=tuple(facts))
            self._tell()

    def number_it(
        self,
        *,
        by: Viewer,
        letterhead: NumbersByPattern | None = None,
        number: str = "",
        date: Date | None = None,
        kind_code: str = "",
    ) -> None:
        """draft or in_verification → numbered, with number and date; then the paper is made in the background.

        `number` as somebody gave it, or else the next one by the letterhead's pattern, counted per unit, year and kind.
        `date` is today where the meeting is, unless given; `kind_code` fills `{kind}`.
        """
        number = " ".join(number.split())
        date = date or timezone.localdate(timezone=self.meeting.tz)
        with transaction.atomic():
            if number and self._is_taken(number, date):
                raise Refusal(_("This number is taken already."))
            while not number or self._is_taken(number, date):
                number = self._next_number(letterhead, date, kind_code)
            facts: dict[str, Any] = {
                "number": number,
                "date": date,
                "prepared": None,
                "pages": None,
                "render_error": "",
            }
            self._move("numbered", by=by, verb="document.numbered", meeting=self.meeting, **facts)
            self._render_soon()
            self._tell()

    def paper_made(self, file: File, pages: int, *, by: Viewer = SYSTEM) -> None:
        """numbered → awaiting_signature: the paper is there, complete but for its signatures."""
        with transaction.atomic():
            self._move(
                "awaiting_signature",
                by=by,
                verb="document.paper_made",
                meeting=self.meeting,
                prepared=file,
                current=file,
                pages=pages,
                render_error="",
            )
            self._tell()

    def paper_failed(self, reason: str) -> None:
        """Keeps why the paper of a numbered document could not be made; nothing else changes."""
        with transaction.atomic():
            if Document.objects.filter(pk=self.pk, status="numbered").update(render_error=reason[:500]):
                self._learn(render_error=reason[:500])
                self._tell()

    def try_again(self, *, by: Viewer) -> None:
        """Has the paper of a numbered document made once more, after it could not be made."""
        with transaction.atomic():
            changed = (
                Document.objects.filter(pk=self.pk, status="numbered").exclude(render_error="").update(render_error="")
            )
            if changed:
                self._learn(render_error="")
                record("document.tried_again", target=self, by=by, meeting=self.meeting)
            self._render_soon()
            self._tell()

    def prepare(self, *, by: Viewer) -> None:
        """Makes the paper of a draft, to be numbered and signed elsewhere; the document stays a draft."""
        from rakor.documents.register import prepare_paper

        prepare_paper(self, by=by)

    def sign(self, signatory: Signatory, *, passphrase: str, by: Viewer) -> None:
        """Puts the next signature on, with the signatory's own certificate; the last one → signed.

        Refusals: AlreadySigned, not this account's turn, no certificate in force, WrongPassphrase, TooManyTries.
        """
        from rakor.documents.register import sign_here

        sign_here(self, signatory, passphrase=passphrase, by=by)

    def accept_upload(self, *, pdf: bytes, number: str, date: Date, finding: str, by: Viewer) -> None:
        """draft or in_verification → signed, signed elsewhere; a person confirmed the comparison's `finding`."""
        from rakor.documents.register import accept_upload

        accept_upload(self, pdf=pdf, number=number, date=date, finding=finding, by=by)

    def distribute(self, *, by: Viewer) -> None:
        """signed → distributed."""
        with transaction.atomic():
            facts: dict[str, Any] = {"distributed_at": timezone.now(), "distributed_by": by.actor}
            self._move("distributed", by=by, verb="document.distributed", meeting=self.meeting, **facts)
            self._tell()

    def revoke(self, *, reason: str, by: Viewer) -> None:
        """→ revoked, with the reason that its verification page gives; the number is not used again."""
        if not reason.strip():
            raise Refusal(_("Say why the document is revoked."))
        with transaction.atomic():
            facts: dict[str, Any] = {
                "ended_at": timezone.now(),
                "ended_by": by.actor,
                "end_reason": " ".join(reason.split())[:300],
            }
            self._move("revoked", by=by, verb="document.revoked", meeting=self.meeting, **facts)
            Upload.objects.filter(document=self).delete()
            self._tell()

    def supersede(self, successor: Document, *, by: Viewer) -> None:
        """signed or distributed → superseded by a document that is in force itself."""
        if successor.pk == self.pk or not successor.is_in_force:
            raise Refusal(_("Only a signed document can take the place of another."))
        with transaction.atomic():
            facts: dict[str, Any] = {"ended_at": timezone.now(), "ended_by": by.actor, "successor": successor}
            self._move("superseded", by=by, verb="document.superseded", meeting=self.meeting, **facts)
            self._tell()

    def _next_number(self, letterhead: NumbersByPattern | None, date: Date, kind_code: str) -> str:
        unit = letterhead.agency.code if letterhead else self.meeting.host.code
        pattern = letterhead.number_pattern if letterhead else PLAIN_PATTERN
        try:
            return format_number(
                pattern,
                seq=next_in(unit, date.year, counted_as(self.kind, pattern)),
                date=date,
                security=self.security,
                unit=letterhead.unit_code if letterhead else "",
                classification=letterhead.classification if letterhead else "",
                agency=unit,
                kind=kind_code or self.kind,
            )
        except PatternRefused as wrong:
            raise Refusal(str(wrong)) from wrong

    def _is_taken(self, number: str, date: Date) -> bool:
        return Document.objects.filter(kind=self.kind, number=number, date=date, number_elsewhere=False).exists()

    def _learn(self, **facts: Any) -> None:
        for name, value in facts.items():
            setattr(self, name, value)

    def _tell(self) -> None:
        publish(self.meeting.channel, "document", id=self.public_id)

    def _render_soon(self) -> None:
        from rakor.documents.register import render_soon

        transaction.on_commit(lambda: render_soon(self.pk))


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
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True) | ~Q(signed_by=""), name="signatory_signed_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def signed(self, *, serial: str, level: str, by: Viewer) -> None:
        """Marks the signature as put on; StaleState when it was put on already."""
        with transaction.atomic():
            facts = {"signed_at": timezone.now(), "signed_by": by.actor, "certificate_serial": serial, "level": level}
            if not Signatory.objects.filter(pk=self.pk, signed_at__isnull=True).update(**facts):
                raise StaleState
            for name, value in facts.items():
                setattr(self, name, value)
            record("signatory.signed", target=self, by=by, meeting=self.document.meeting, fields=tuple(facts))


class Upload(models.Model):
    """A paper signed elsewhere that waits for the confirmation of a person; gone once confirmed, or after a day."""

    document = models.OneToOneField(Document, models.CASCADE, related_name="upload")
    number = models.CharField(max_length=100)
    date = models.DateField()
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    finding = models.CharField(max_length=8, choices=Document.Finding)
    pages = models.PositiveSmallIntegerField()
    signatures = models.PositiveSmallIntegerField(default=0)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("upload")

    def __str__(self) -> str:
        return f"{self.document_id} {self.sha256[:12]}"

    @property
    def size(self) -> int:
        return len(self.content)


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


MOST_TRIES = 5


class Tries(models.Model):
    """How often a secret of an account was tried since when; the right one removes the row."""

    class Secret(models.TextChoices):
        PASSPHRASE = "passphrase"
        PASSWORD = "password"

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="tries")
    secret = models.CharField(max_length=10, choices=Secret)
    count = models.PositiveSmallIntegerField()
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("tries")
        constraints = [
            models.UniqueConstraint(fields=["user", "secret"], name="tries_once"),
            models.CheckConstraint(condition=Q(secret__in=["passphrase", "password"]), name="tries_secret_known"),
            models.CheckConstraint(condition=Q(count__lte=MOST_TRIES), name="tries_not_too_many"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.secret}: {self.count}"


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def in_force(self) -> CertificateQuerySet:
        """Neither revoked nor run out."""
        return self.filter(revoked_at__isnull=True, not_after__gt=timezone.now())


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

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_at"]
        verbose_name = _("certificate")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(revoked_at__isnull=True), name="certificate_one_in_force"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | ~Q(revoked_by=""), name="certificate_revoked_pair"
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_in_force(self) -> bool:
        return self.revoked_at is None and self.not_after > timezone.now()

    @property
    def holder(self) -> str:
        """Name, position and agency of the subject; the subject itself where it cannot be read."""
        try:
            named = Name.from_rfc4514_string(self.subject)
        except ValueError:
            return self.subject
        parts = (NameOID.COMMON_NAME, NameOID.TITLE, NameOID.ORGANIZATION_NAME)
        return ", ".join(str(found.value) for part in parts for found in named.get_attributes_for_oid(part))

    @property
    def has_run_out(self) -> bool:
        return self.not_after <= timezone.now()

    def revoked(self, *, by: Viewer) -> None:
        """Marks it as revoked; a second call changes nothing. `certificates.revoke` also tells the authority."""
        with transaction.atomic():
            facts = {"revoked_at": timezone.now(), "revoked_by": by.actor}
            if Certificate.objects.filter(pk=self.pk, revoked_at__isnull=True).update(**facts):
                self.revoked_at, self.revoked_by = facts["revoked_at"], by.actor  # type: ignore[assignment]
                record("certificate.revoked", target=self, by=by)

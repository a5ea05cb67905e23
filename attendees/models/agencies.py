"""The directory: agencies as a tree with validity dates, their positions, their letterheads, their people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import reduce
from itertools import chain
from operator import or_
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from attendees.models.searching import has, nearness, resembles, words_of
from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer
from rakor.lib.wording import ZONE_LABELS, zone_label
from rakor.mail.models import OutgoingMail

ALL_ZONES = [(zone, f"{label} ({zone})") for zone, label in ZONE_LABELS.items()]


class AgencyQuerySet(models.QuerySet["Agency"]):
    def visible_to(self, viewer: Viewer) -> AgencyQuerySet:
        """The directory is open to organisers, contacts, administrators and auditors, and to staff whose house hosts
        or whose agency is invited to an unrestricted meeting. Source: product.md's table."""
        if viewer.agencies("organiser", "contact", "agency_admin", "auditor"):
            return self.all()
        if not viewer.agency_roles:
            return self.none()
        every = Agency._meta.get_field("hosted_meetings").related_model._default_manager  # type: ignore[union-attr]
        meetings = every.published().filter(security="B")
        hosted = meetings.filter(host__house_id__in=viewer.houses)
        # Two questions, each with its index: as one, joined by OR, every invitation there ever was is read.
        invited = meetings.filter(invitations__agency_id__in=viewer.agencies(), invitations__ended_at__isnull=True)
        return self.filter(Exists(hosted) | Exists(invited))

    def staffed_by(self, viewer: Viewer) -> AgencyQuerySet:
        """Those whose people the viewer may know of: the directory's, and all for the system administrator."""
        return self.all() if viewer.is_system_admin else self.visible_to(viewer)

    def in_force(self, on: date | None = None) -> AgencyQuerySet:
        """Those whose name is valid on the day (today)."""
        on = on or timezone.localdate()
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gt=on)
        )

    def named(self, words: str) -> AgencyQuerySet:
        """Those whose name, short name, code, city or alias has each word or a similar one."""
        found = self if words_of(words) else self.none()
        for word in words_of(words):
            found = found.filter(resembles(word))
        return found

    def matching(self, words: str) -> AgencyQuerySet:
        """As `named`, but each word may stand in the name or holder of one of their positions as well."""
        found = self if words_of(words) else self.none()
        for word in words_of(words):
            found = found.filter(self._somewhere(resembles(word)))
        return found

    def nearest_first(self, words: str) -> AgencyQuerySet:
        """Those of which this is a name first, then what has the words, then what is similar; in protocol order."""
        literal = Q(pk__isnull=False)
        for word in words_of(words):
            literal &= self._somewhere(has(word))
        return self.annotate(nearness=nearness(words, literal)).order_by("nearness", "protocol_order", "name", "pk")

    @staticmethod
    def _somewhere(wanted: Q) -> Q:
        own = Agency.objects.filter(wanted).order_by().values("pk")
        return Q(pk__in=own.union(Position.objects.filter(wanted).order_by().values("agency_id"), all=True))

    def protocol(self) -> AgencyQuerySet:
        """In protocol order."""
        return self.order_by("protocol_order", "name", "pk")


class Agency(models.Model):
    class Kind(models.TextChoices):
        CENTRAL = "central", _("Ministry or its unit")
        BP3MI = "bp3mi", _("BP3MI")
        FOREIGN_AFFAIRS = "foreign_affairs", _("Foreign affairs")
        POLICE = "police", _("Police")
        SOCIAL_SECURITY = "social_security", _("Social security")
        OMBUDSMAN = "ombudsman", _("Ombudsman")
        LOCAL_GOVERNMENT = "local_government", _("Local government")
        OTHER = "other", _("Other")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.OTHER)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="units", verbose_name=_("part of")
    )
    house = models.ForeignKey("self", models.PROTECT, null=True, editable=False, related_name="+")
    """The top of the tree; itself when there is no parent."""
    city = models.CharField(_("city"), max_length=80, blank=True)
    province = models.CharField(_("province"), max_length=80, blank=True)
    province_code = models.CharField(max_length=4, blank=True)
    zone = models.CharField(_("time zone"), max_length=40, choices=ALL_ZONES, default="Asia/Jakarta")
    protocol_order = models.PositiveIntegerField(_("protocol order"), default=1000)
    aliases = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    successor = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="predecessors")
    confidence = models.CharField(max_length=10, default="high")
    """`low` shows *perlu verifikasi*."""
    note = models.CharField(max_length=300, blank=True)
    search = models.GeneratedField(
        expression=models.Func("aliases", "code", "name", "short_name", "city", function="directory_text"),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = AgencyQuerySet.as_manager()

    class Meta:
        ordering = ["protocol_order", "name", "pk"]
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gt=models.F("valid_from")),
                name="agency_valid_period",
                violation_error_message=_("The end of validity must be after its start."),
            ),
        ]
        indexes = [GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], fastupdate=False, name="agency_search")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps `house` in step with `parent`; a new top gets itself as house."""
        if self.parent_id:
            self.house_id = self.parent.house_id  # type: ignore[union-attr]
            super().save(*args, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, **kwargs)
            if self.house_id != self.pk:
                self.house_id = self.pk
                type(self)._default_manager.filter(pk=self.pk).update(house_id=self.pk)

    @property
    def short(self) -> str:
        return self.short_name or self.name

    def lacks(self, words: str) -> list[str]:
        """Those of the words that its own names do not have literally."""
        return [word for word in words_of(words) if word not in self.search]

    @property
    def zone_label(self) -> str:
        return zone_label(self.zone)

    def invite_colleague(self, *, full_name: str, email: str, role: str, by: Viewer) -> Membership:
        """Gives the person a role here; somebody without an account gets one and a mail to choose a password.

        The mail's link is made when it is delivered; an account that is there keeps its name and password.
        """
        from attendees.people import invite_colleague

        return invite_colleague(self, full_name=full_name, email=email, role=role, by=by)

    def letterhead_on(self, day: date) -> Letterhead | None:
        """The letterhead valid on the day: the unit's own, else the nearest above it."""
        agency: Agency | None = self
        while agency is not None:
            found = agency.letterheads.filter(
                Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day
            ).first()
            if found:
                return found
            agency = agency.parent
        return None


class Letterhead(models.Model):
    """Kop surat of a unit, with the pattern and codes of its numbers; validity dates keep old paper as it was."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="letterheads")
    lines = ArrayField(models.CharField(max_length=120), verbose_name=_("name lines"))
    """First lines large, last line the unit."""
    address = ArrayField(models.CharField(max_length=160), default=list, blank=True, verbose_name=_("address lines"))
    place = models.CharField(_("place of letters"), max_length=60, default="Jakarta")
    number_pattern = models.CharField(
        _("number pattern"), max_length=120, default="{security}-{seq}/{unit}/{classification}/{month_roman}/{year}"
    )
    unit_code = models.CharField(_("unit code"), max_length=30, blank=True)
    classification = models.CharField(_("classification code"), max_length=30, default="KS.01")
    layout = models.CharField(max_length=1, choices=[("A", "A"), ("B", "B")], default="A")
    valid_from = models.DateField(_("valid from"), default=date(2000, 1, 1))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name = _("letterhead")
        constraints = [models.UniqueConstraint(fields=["agency", "valid_from"], name="letterhead_once_a_day")]

    def __str__(self) -> str:
        return " · ".join(self.lines)

    def put(self, *, by: Viewer) -> Letterhead:
        """Saves the letterhead from its first day on: it replaces one of that day and ends the one before; audited."""
        others = Letterhead.objects.filter(agency=self.agency)
        with transaction.atomic():
            Agency.objects.select_for_update().get(pk=self.agency_id)
            same = others.filter(valid_from=self.valid_from).first()
            after = others.filter(valid_from__gt=self.valid_from).order_by("valid_from").first()
            if after and (self.valid_to is None or self.valid_to > after.valid_from):
                self.valid_to = after.valid_from
            self.pk = same.pk if same else None
            self._state.adding = same is None
            self.save()
            before = others.filter(valid_from__lt=self.valid_from)
            before.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=self.valid_from)).update(valid_to=self.valid_from)
            record("letterhead.saved", target=self, by=by)
        return self

    def clean(self) -> None:
        from rakor.documents.numbering_pattern import check_pattern

        try:
            check_pattern(self.number_pattern)
        except ValueError as wrong:
            raise ValidationError({"number_pattern": str(wrong)}) from wrong

    def as_printed(self) -> dict[str, Any]:
        """What a document keeps of it: lines with their levels, and the address."""
        last = len(self.lines) - 1
        return {
            "lines": [{"text": line, "level": 2 if i == last and last else 1} for i, line in enumerate(self.lines)],
            "address": list(self.address),
        }


def refusals(*checked: str) -> dict[str, Subquery]:
    """`refused_at` and `refusal`: the latest refusal of the row's `email` that is later than each of these columns."""
    since = Greatest(*(OuterRef(column) for column in checked), Value(datetime(2000, 1, 1, tzinfo=UTC)))
    mails = OutgoingMail.objects.filter(to=OuterRef("email"), refused_at__gt=since).order_by("-refused_at")
    return {"refused_at": Subquery(mails.values("refused_at")[:1]), "refusal": Subquery(mails.values("reply")[:1])}


class PositionQuerySet(models.QuerySet["Position"]):
    def that_explain(self, words: str, agencies: Sequence[Agency]) -> dict[int, list[Position]]:
        """Agency's id → positions for whose sake a search for the words has found it, where its names do not tell.

        At most one query.
        """
        missing = {agency.pk: lacking for agency in agencies if (lacking := agency.lacks(words))}
        if not missing:
            return {}
        wanted = reduce(or_, (resembles(word) for word in set(chain(*missing.values()))))
        found: dict[int, list[Position]] = defaultdict(list)
        for position in self.filter(wanted, agency__in=missing).order_by("order", "pk"):
            found[position.agency_id].append(position)
        return dict(found)

    def matching(self, words: str) -> PositionQuerySet:
        """Those where each word or a similar one stands in name, holder or the names of the agency."""
        found = self if words_of(words) else self.none()
        for word in words_of(words):
            found = found.filter(self._somewhere(resembles(word)))
        return found

    def nearest_first(self, words: str) -> PositionQuerySet:
        """Those of which this is name or holder first, then what has the words, then what is similar."""
        literal = Q(pk__isnull=False)
        for word in words_of(words):
            literal &= self._somewhere(has(word))
        found = self.annotate(nearness=nearness(words, literal))
        return found.order_by("nearness", "agency__protocol_order", "agency__name", "order", "pk")

    @staticmethod
    def _somewhere(wanted: Q) -> Q:
        own = Position.objects.filter(wanted).order_by().values("pk")
        of_agencies = Position.objects.filter(agency__in=Agency.objects.filter(wanted)).order_by().values("pk")
        return Q(pk__in=own.union(of_agencies, all=True))

    def with_refusal(self) -> PositionQuerySet:
        """Adds `refused_at` and `refusal` (the server's reply) where the address was refused and not checked since."""
        return self.annotate(**refusals("email_checked_at"))

    def in_protocol_order(self) -> PositionQuerySet:
        return self.order_by("agency__protocol_order", "agency__name", "order", "pk")


class Position(models.Model):
    """A position in an agency: letters go to it; its holder may change."""

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="positions")
    name = models.CharField(_("position"), max_length=200)
    order = models.PositiveSmallIntegerField(_("order"), default=10)
    holder = models.CharField(_("holder"), max_length=160, blank=True)
    acting = models.CharField(
        _("acting"), max_length=4, blank=True, choices=[("", "—"), ("Plt.", "Plt."), ("Plh.", "Plh.")]
    )
    user = models.ForeignKey("accounts.User", models.SET_NULL, null=True, blank=True, related_name="positions")
    email = models.EmailField(_("e-mail"), max_length=254, blank=True)
    email_checked_at = models.DateTimeField(null=True, blank=True)
    """Somebody entered the address or made sure of it: refusals before that no longer count."""
    email_checked_by = models.CharField(max_length=80, blank=True)
    phone = models.CharField(_("phone or WhatsApp"), max_length=30, blank=True)
    search = models.GeneratedField(
        expression=models.Func("name", "holder", function="directory_text"),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "order", "pk"]
        verbose_name = _("position")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "name"],
                name="position_once",
                violation_error_message=_("This position exists already in the agency."),
            ),
            models.CheckConstraint(
                condition=Q(email_checked_at__isnull=True) | ~Q(email_checked_by=""), name="position_email_checked_pair"
            ),
        ]
        indexes = [GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], fastupdate=False, name="position_search")]

    def __str__(self) -> str:
        return f"{self.acting} {self.name}".strip()

    def add(self, *, by: Viewer) -> Position:
        """Saves a new position; audited. The second of two at once is refused."""
        try:
            with transaction.atomic():
                self.save(force_insert=True)
                record("position.added", target=self, by=by)
        except IntegrityError as twice:
            raise Refusal(_("This position exists already in the agency.")) from twice
        return self

    def change(self, *, by: Viewer, **facts: Any) -> None:
        """Saves the facts (column=value) that differ; audited by their names. Invitations keep what they printed."""
        changed = [name for name, value in facts.items() if getattr(self, name) != value]
        if not changed:
            return
        with transaction.atomic():
            for name in changed:
                setattr(self, name, facts[name])
            self.save(update_fields=changed)
            record("position.changed", target=self, by=by, fields=tuple(changed))
            if "email" in changed:
                self.confirm_email(by=by)

    def confirm_email(self, *, by: Viewer) -> None:
        """Somebody says that the address is right: what the server said of it before no longer counts; audited."""
        with transaction.atomic():
            self.email_checked_at, self.email_checked_by = timezone.now(), by.actor
            self.save(update_fields=["email_checked_at", "email_checked_by"])
            record("position.email_confirmed", target=self, by=by)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def in_force(self) -> MembershipQuerySet:
        return self.filter(ended_at__isnull=True)


class Membership(models.Model):
    """What an account may do for an agency; ends the day the person leaves."""

    class Role(models.TextChoices):
        STAFF = "staff", _("Staff")
        ORGANISER = "organiser", _("Organiser")
        AGENCY_ADMIN = "agency_admin", _("Agency administrator")
        CONTACT = "contact", _("Contact")
        AUDITOR = "auditor", _("Auditor")

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="memberships")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.STAFF)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=80, default="system")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=80, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["agency", "user", "role"]
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agency", "role"],
                condition=Q(ended_at__isnull=True),
                name="membership_once",
                violation_error_message=_("This person has that role already."),
            ),
            models.CheckConstraint(condition=Q(ended_at__isnull=True) | ~Q(ended_by=""), name="membership_ended_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.role} {self.agency.code}"

    def end(self, *, by: Viewer) -> None:
        """The role ends now; history keeps the row. An agency's last administrator stays; twice changes nothing."""
        with transaction.atomic():
            Agency.objects.select_for_update().get(pk=self.agency_id)
            admins = Membership.objects.in_force().filter(
                agency=self.agency_id, role=self.Role.AGENCY_ADMIN, user__is_active=True
            )
            if (
                self.role == self.Role.AGENCY_ADMIN
                and not by.is_system_admin
                and not admins.exclude(pk=self.pk).exists()
            ):
                raise Refusal(_("This is the agency’s last administrator. Give the role to somebody else first."))
            now = timezone.now()
            if Membership.objects.in_force().filter(pk=self.pk).update(ended_at=now, ended_by=by.actor):
                self.ended_at, self.ended_by = now, by.actor
                record("membership.ended", target=self, by=by)

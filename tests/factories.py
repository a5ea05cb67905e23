"""One factory a model; each makes the smallest row that the database accepts."""

from datetime import date, timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from agenda.models import AgendaItem, AgendaRelease
from attendees.models import (
    AccessCode,
    Agency,
    DeputyRequest,
    Import,
    Invitation,
    Letterhead,
    Membership,
    Notice,
    Position,
    Presence,
)
from attendees.notices import facts
from minutes.models import FollowUp, Minutes, MinutesVersion, Point
from rakor.accounts.models import CacheEntry, User
from rakor.audit.models import AuditEvent
from rakor.documents.models import Certificate, Document, Download, File, NumberCounter, Signatory, Tries, Upload
from rakor.mail.models import OutgoingMail, Pulse, Run
from rakor.meetings.grants import Grant
from rakor.meetings.models import Meeting, MeetingRole, SpecialDay

PASSWORD = "kata-sandi-uji-2026"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"orang{n}@uji.example")
    full_name = factory.Sequence(lambda n: f"Orang Uji {n}")

    @factory.post_generation
    def password(self, create, extracted, **_):
        self.set_password(extracted or PASSWORD)
        if create:
            self.save(update_fields=["password"])


class AgencyFactory(DjangoModelFactory):
    class Meta:
        model = Agency

    code = factory.Sequence(lambda n: f"UJI-{n}")
    name = factory.Sequence(lambda n: f"Instansi Uji {n}")
    short_name = factory.Sequence(lambda n: f"Uji {n}")


class LetterheadFactory(DjangoModelFactory):
    class Meta:
        model = Letterhead

    agency = factory.SubFactory(AgencyFactory)
    lines = ["KEMENTERIAN UJI", "BIRO UJI"]
    address = ["Jalan Contoh Nomor 1, Jakarta"]
    unit_code = "UJI"


class PositionFactory(DjangoModelFactory):
    class Meta:
        model = Position

    agency = factory.SubFactory(AgencyFactory)
    name = factory.Sequence(lambda n: f"Kepala Uji {n}")
    email = factory.Sequence(lambda n: f"jabatan{n}@uji.example")


class ImportFactory(DjangoModelFactory):
    """One row: a new position of BP3MI Bali."""

    class Meta:
        model = Import

    user = factory.SubFactory(UserFactory)
    headings = {"agency": "Instansi", "position": "Jabatan"}
    rows = [[2, {"agency": "BP3MI Bali", "position": "Kepala Seksi Impor"}]]
    uploaded_by = "system"


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    agency = factory.SubFactory(AgencyFactory)
    role = "staff"


class MeetingFactory(DjangoModelFactory):
    """A hybrid meeting in a week, 09.00–12.00 WIB, status `scheduled`."""

    class Meta:
        model = Meeting

    code = factory.Sequence(lambda n: f"RK-UJI-{n}")
    title = factory.Sequence(lambda n: f"Rapat Koordinasi Uji {n}")
    starts_at = factory.LazyFunction(
        lambda: (timezone.now() + timedelta(days=7)).replace(hour=2, minute=0, second=0, microsecond=0)
    )
    ends_at = factory.LazyAttribute(lambda m: m.starts_at + timedelta(hours=3))
    venue = "Aula Uji"
    city = "Bogor"
    online_url = "https://rapat.example/ruang-uji"
    host = factory.SubFactory(AgencyFactory)
    created_by = "system"
    status = "scheduled"
    published_at = factory.LazyAttribute(lambda m: None if m.status == "draft" else timezone.now())
    published_by = factory.LazyAttribute(lambda m: "" if m.status == "draft" else "system")
    invited_at = factory.LazyAttribute(lambda m: timezone.now() if m.status == "invited" else None)
    invited_by = factory.LazyAttribute(lambda m: "system" if m.invited_at else "")
    started_at = factory.LazyAttribute(
        lambda m: m.starts_at if m.status in {"in_progress", "adjourned", "held", "closed"} else None
    )
    started_by = factory.LazyAttribute(lambda m: "system" if m.started_at else "")
    ended_at = factory.LazyAttribute(lambda m: m.ends_at if m.status in {"held", "closed"} else None)
    ended_by = factory.LazyAttribute(lambda m: "system" if m.ended_at else "")
    closed_at = factory.LazyAttribute(lambda m: timezone.now() if m.status == "closed" else None)
    closed_by = factory.LazyAttribute(lambda m: "system" if m.closed_at else "")
    cancelled_at = factory.LazyAttribute(lambda m: timezone.now() if m.status == "cancelled" else None)
    cancelled_by = factory.LazyAttribute(lambda m: "system" if m.cancelled_at else "")
    postponed_at = factory.LazyAttribute(lambda m: timezone.now() if m.status == "postponed" else None)
    postponed_by = factory.LazyAttribute(lambda m: "system" if m.postponed_at else "")
    postpone_reason = factory.LazyAttribute(
        lambda m: "Menteri mendampingi Presiden ke luar negeri" if m.status == "postponed" else ""
    )
    cancel_reason = factory.LazyAttribute(lambda m: "Dialihkan ke rapat pimpinan" if m.status == "cancelled" else "")


class GrantFactory(DjangoModelFactory):
    class Meta:
        model = Grant

    meeting = factory.SubFactory(MeetingFactory)
    user = factory.SubFactory(UserFactory)
    reason = "Pemeriksaan"
    until = factory.LazyFunction(timezone.localdate)
    granted_by = "system"


class SpecialDayFactory(DjangoModelFactory):
    class Meta:
        model = SpecialDay

    date = date(2026, 6, 17)
    name = "Galungan"
    created_by = "system"


class MeetingRoleFactory(DjangoModelFactory):
    class Meta:
        model = MeetingRole

    meeting = factory.SubFactory(MeetingFactory)
    role = "moderator"
    user = factory.SubFactory(UserFactory)
    name = factory.LazyAttribute(lambda r: r.user.full_name if r.user else "Orang Uji")
    position = "Kepala Uji"


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    meeting = factory.SubFactory(MeetingFactory)
    position = factory.SubFactory(PositionFactory)
    agency = factory.LazyAttribute(lambda i: i.position.agency)
    agency_name = factory.LazyAttribute(lambda i: i.agency.name)
    position_name = factory.LazyAttribute(lambda i: i.position.name)
    zone = factory.LazyAttribute(lambda i: i.agency.zone)
    email = factory.LazyAttribute(lambda i: i.position.email)
    invited_by = "system"


class DeputyRequestFactory(DjangoModelFactory):
    class Meta:
        model = DeputyRequest

    invitation = factory.SubFactory(InvitationFactory)
    name = "Dewi Uji"
    position = "Staf"
    email = "dewi@uji.example"
    mode = "online"
    asked_by = "system"


class AccessCodeFactory(DjangoModelFactory):
    class Meta:
        model = AccessCode

    invitation = factory.SubFactory(InvitationFactory)
    asked_by = "system"


class NoticeFactory(DjangoModelFactory):
    """What the invitations said: the meeting as it is, but for the `place`."""

    class Meta:
        model = Notice

    class Params:
        place = "Ruang Lama, Jakarta"

    meeting = factory.SubFactory(MeetingFactory)
    number = 1
    kind = "invitation"
    facts = factory.LazyAttribute(lambda n: facts(n.meeting) | {"place": n.place})
    told_by = "system"


class PresenceFactory(DjangoModelFactory):
    class Meta:
        model = Presence

    invitation = factory.SubFactory(InvitationFactory)
    meeting = factory.LazyAttribute(lambda p: p.invitation.meeting)
    mode = "online"
    source = "personal_link"
    recorded_by = "system"


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = AgendaItem

    meeting = factory.SubFactory(MeetingFactory)
    order = factory.Sequence(lambda n: n)
    title = factory.Sequence(lambda n: f"Paparan Uji {n}")


class AgendaReleaseFactory(DjangoModelFactory):
    class Meta:
        model = AgendaRelease

    meeting = factory.SubFactory(MeetingFactory)
    number = 1
    rows = factory.LazyFunction(list)
    released_by = "system"


class MinutesFactory(DjangoModelFactory):
    class Meta:
        model = Minutes

    meeting = factory.SubFactory(MeetingFactory, status="held")


class MinutesVersionFactory(DjangoModelFactory):
    class Meta:
        model = MinutesVersion

    minutes = factory.SubFactory(MinutesFactory)
    number = 1
    content = factory.LazyFunction(lambda: {"opening": "", "closing": "", "points": []})
    submitted_by = "system"


class PointFactory(DjangoModelFactory):
    class Meta:
        model = Point

    minutes = factory.SubFactory(MinutesFactory)
    text = factory.Sequence(lambda n: f"Butir uji {n}.")
    written_by = "system"


class FollowUpFactory(DjangoModelFactory):
    class Meta:
        model = FollowUp

    point = factory.SubFactory(PointFactory, kind="follow_up", number=1)
    agency = factory.SubFactory(AgencyFactory)
    due_date = factory.LazyFunction(lambda: date(2026, 12, 30))


class FileFactory(DjangoModelFactory):
    class Meta:
        model = File
        django_get_or_create = ("sha256",)

    class Params:
        text = factory.Sequence(lambda n: f"%PDF-1.7 uji {n}")

    content = factory.LazyAttribute(lambda f: f.text.encode())
    size = factory.LazyAttribute(lambda f: len(f.content))

    @factory.lazy_attribute
    def sha256(self):
        from hashlib import sha256

        return sha256(self.content).hexdigest()


class DocumentFactory(DjangoModelFactory):
    class Meta:
        model = Document

    kind = "minutes"
    meeting = factory.SubFactory(MeetingFactory)
    subject = factory.Sequence(lambda n: f"Dokumen Uji {n}")
    created_by = "system"


class SignatoryFactory(DjangoModelFactory):
    class Meta:
        model = Signatory

    document = factory.SubFactory(DocumentFactory)
    order = 1
    field = factory.LazyAttribute(lambda s: f"sig-{s.order}")
    user = factory.SubFactory(UserFactory)
    name = factory.LazyAttribute(lambda s: s.user.full_name if s.user else "Penanda Tangan Uji")
    position = "Kepala Uji"


class UploadFactory(DjangoModelFactory):
    class Meta:
        model = Upload

    document = factory.SubFactory(DocumentFactory)
    number = "1/UJI/2026"
    date = factory.LazyFunction(lambda: date(2026, 1, 5))
    content = b"%PDF-1.7 uji"
    sha256 = "0" * 64
    finding = "other"
    pages = 1
    uploaded_by = "system"


class DownloadFactory(DjangoModelFactory):
    class Meta:
        model = Download

    document = factory.SubFactory(DocumentFactory)
    actor = "system"


class NumberCounterFactory(DjangoModelFactory):
    class Meta:
        model = NumberCounter

    scope = factory.Sequence(lambda n: f"UJI-{n}")
    year = 2026
    kind = "minutes"


class CertificateFactory(DjangoModelFactory):
    class Meta:
        model = Certificate

    user = factory.SubFactory(UserFactory)
    sealed = b"uji"
    subject = "CN=Orang Uji"
    serial = factory.Sequence(lambda n: f"{n:040x}")
    not_after = factory.LazyFunction(lambda: timezone.now() + timedelta(days=365))


class TriesFactory(DjangoModelFactory):
    class Meta:
        model = Tries

    user = factory.SubFactory(UserFactory)
    secret = Tries.Secret.PASSPHRASE
    count = 1
    since = factory.LazyFunction(timezone.now)


class CacheEntryFactory(DjangoModelFactory):
    class Meta:
        model = CacheEntry

    cache_key = factory.Sequence(lambda n: f"uji:{n}")
    value = ""
    expires = factory.LazyFunction(timezone.now)


class PulseFactory(DjangoModelFactory):
    class Meta:
        model = Pulse
        django_get_or_create = ("pk",)

    pk = 1
    at = factory.LazyFunction(timezone.now)


class RunFactory(DjangoModelFactory):
    class Meta:
        model = Run

    subject = "UJIUJIUJIUJI"
    started_by = "system"


class OutgoingMailFactory(DjangoModelFactory):
    class Meta:
        model = OutgoingMail

    key = factory.Sequence(lambda n: f"uji:{n}")
    kind = "invitation"
    to = factory.Sequence(lambda n: f"penerima{n}@uji.example")


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = AuditEvent

    verb = "meeting.planned"
    actor = "system"
    target = "meetings.Meeting:UJI"

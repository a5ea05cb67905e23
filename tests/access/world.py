"""The people and things of the access matrix: everybody in a role, a meeting at each stage, its papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.test import Client
from django.utils import timezone

from agenda.models import timed
from agenda.releases import frozen
from attendees.devices import open_link, remember
from attendees.letters import proposal, save_letter
from attendees.links import Subject
from attendees.models import Invitation
from attendees.models.invitations import KIND
from attendees.notices import facts, mark
from rakor.documents import certificates
from rakor.documents.authority import seal
from rakor.documents.models import Document, Signatory
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.access import files
from tests.conftest import Cast, make_cast, prove, prove_link, staff_meeting
from tests.documents import papers

ROLES = {
    "H": "host organiser",
    "B": "secretariat",
    "C": "chair",
    "M": "moderator",
    "N": "minute-taker",
    "R": "registrar",
    "S": "speaker",
    "I": "invited, by link",
    "W": "invited, by account",
    "D": "delegate, by link",
    "J": "invited, by link, has not said yet who he is",
    "K": "contact of an invited agency",
    "A": "administrator of an invited agency",
    "T": "staff of the host's house",
    "V": "staff of an invited agency",
    "L": "organiser of another unit of the host's house",
    "G": "signatory",
    "U": "auditor",
    "Y": "system administrator",
    "O": "other account",
    "X": "nobody",
    "P": "holder of a personal link to another meeting",
    "E": "holder of a personal link that was withdrawn",
}

STAGES = {
    # name: status, security class, starts in so many hours
    "draft": ("draft", "B", 168),
    "scheduled": ("scheduled", "B", 168),
    "invited": ("invited", "B", 0.2),
    "in_progress": ("in_progress", "B", -0.2),
    "adjourned": ("adjourned", "B", -1),
    "held": ("held", "B", -72),
    "submitted": ("held", "B", -96),  # its minutes lie with the chair
    "closed": ("closed", "B", -720),
    "postponed": ("postponed", "B", 168),
    "cancelled": ("cancelled", "B", 168),
    "dropped": ("cancelled", "B", 168),  # a draft that was never published
    "T.draft": ("draft", "T", 168),
    "T.invited": ("invited", "T", 0.2),
    "T.closed": ("closed", "T", -720),
    "R.invited": ("invited", "R", 0.2),
}
"""Everything that a meeting can be; `T` is terbatas, `R` is rahasia."""

BESIDE = {
    "waiting": ("scheduled", "B", 168),  # its letter waits for a signature
    "composing": ("scheduled", "B", 168),  # its letter is being composed
    "uploaded": ("scheduled", "B", 168),  # so is this one; a file signed elsewhere waits for its confirmation
    "signing": ("held", "B", -72),  # its minutes wait for the minute-taker's signature, then the chair's
    "settled": ("held", "B", -72),  # its minutes are signed: it can be closed
}

AT_STAGES = (
    "meeting",
    "item",
    "row",
    "point",
    "presence",
    "invitation",
    "delegate",
    "newcomer",
    "door",
    "grant",
    "request",
)
"""The things of which there is one at each stage."""

TODAY = ("invited", "in_progress", "adjourned", "T.invited", "R.invited")
WITH_LETTER = (*TODAY, "closed", "T.closed")
DISTRIBUTED = ("closed", "settled", "T.closed")
LETTER_FIELD = "sig-penandatangan"
LIST = b"Instansi;Jabatan\nBP3MI Bali;Kepala Seksi Uji\n"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass
class World:
    cast: Cast
    people: dict[str, Any] = field(default_factory=dict)
    """Accounts beside the cast."""
    meetings: dict[str, Meeting] = field(default_factory=dict)
    guests: dict[str, list[Invitation]] = field(default_factory=dict)
    """Invitations of those who come by link: I, D, J, P, E."""
    clients: dict[str, Client] = field(default_factory=dict)
    args: dict[str, dict[str, list[Any]]] = field(default_factory=dict)
    """Arguments of addresses by thing and stage: `args["item"]["draft"]`; other things by a name of their own."""
    bodies: dict[str, Callable[[str], dict[str, Any]]] = field(default_factory=dict)
    """What a browser would post to an address at a stage, filled in well."""
    passphrase: str = field(default_factory=token_urlsafe, repr=False)
    """Of every certificate: made up for this run, known nowhere else."""


def build() -> World:
    """Makes everything; the caller owns the transaction."""
    world = World(make_cast())
    make.PulseFactory()
    _people(world)
    for stage, (status, security, hours) in STAGES.items():
        _meeting(world, stage, status, security, hours)
    for name, (status, security, hours) in BESIDE.items():
        _meeting(world, name, status, security, hours)
    _papers(world)
    _directory(world)
    _doors(world)
    world.bodies = bodies(world)
    return world


def _people(world: World) -> None:
    cast = world.cast
    other_unit = make.AgencyFactory(code="KP2MI-LAIN", parent=cast.ministry, kind="central")
    make.LetterheadFactory(agency=other_unit)
    memberships = {
        "secretariat": (cast.bureau, "staff"),
        "moderator": (cast.bureau, "staff"),
        "admin_of_bali": (cast.bali, "agency_admin"),
        "staff_of_bali": (cast.bali, "staff"),
        "other_organiser": (other_unit, "organiser"),
        "other_auditor": (cast.bureau, "auditor"),
        "registrar": None,
        "speaker": None,
        "invited": None,
        "signatory": None,
    }
    for key, membership in memberships.items():
        world.people[key] = make.UserFactory(full_name=f"{key.replace('_', ' ').capitalize()} Uji")
        if membership:
            make.MembershipFactory(user=world.people[key], agency=membership[0], role=membership[1])


# -- meetings ----------------------------------------------------------------------------------------------------


def _meeting(world: World, stage: str, status: str, security: str, hours: float) -> None:
    """One meeting with everybody in it: officers, rundown, invitations, a presence, minutes."""
    cast, now = world.cast, timezone.now()
    start = now + timedelta(hours=hours)
    facts: dict[str, Any] = {"status": status, "security": security, "starts_at": start}
    facts["ends_at"] = start + timedelta(hours=3)
    if stage == "dropped":
        facts |= {"published_at": None, "published_by": ""}
    if stage in WITH_LETTER or status == "held":
        facts |= {"invited_at": now, "invited_by": "system"}
    meeting = world.meetings[stage] = staff_meeting(cast, **facts)
    for role in ("secretariat", "moderator", "registrar", "speaker"):
        make.MeetingRoleFactory(meeting=meeting, role=role, user=world.people[role])
    item = make.AgendaItemFactory(meeting=meeting)
    make.AgendaReleaseFactory(meeting=meeting, rows=frozen(timed(meeting)))
    make.AgendaItemFactory(meeting=meeting)  # not released yet
    grant = make.GrantFactory(meeting=meeting, user=world.people["other_auditor"])
    _put(world, "grant", stage, meeting.public_id, grant.pk)
    _put(world, "meeting", stage, meeting.public_id)
    _put(world, "door", stage, meeting.short)
    _put(world, "item", stage, meeting.public_id, item.pk)
    _invitations(world, stage, meeting)
    _minutes(world, stage, meeting)
    if meeting.invited_at:
        make.NoticeFactory(meeting=meeting)  # they were told of another place


def _put(world: World, thing: str, stage: str, *args: Any) -> None:
    world.args.setdefault(thing, {})[stage] = list(args)


def _invitations(world: World, stage: str, meeting: Meeting) -> None:
    cast, now = world.cast, timezone.now()
    head = meeting.invitations.get()
    head.user = world.people["invited"]
    head.save(update_fields=["user"])
    delegate = make.InvitationFactory(
        meeting=meeting, position=None, agency=cast.bali, agency_name="BP3MI Bali", position_name="Staf",
        email="wakil@uji.example", person_name="Gede Uji", delegated_from=head, status="accepted", mode="in_person",
        answered_at=now, answered_by="system",
    )  # fmt: skip
    left = {} if stage in TODAY else {"since": now, "until": now, "end_source": "meeting_end", "closed_by": "system"}
    presence = make.PresenceFactory(invitation=delegate, **left)
    if stage in TODAY:
        sent = {"subject_kind": KIND, "subject_id": head.public_id, "status": "sent", "sent_at": now}
        make.OutgoingMailFactory(kind="invitation", **sent)
        make.OutgoingMailFactory(status="held", run=make.RunFactory(subject=meeting.public_id, status="paused"))
    for role, invitation in (("I", head), ("D", delegate), ("J", None), ("E", None)):
        world.guests.setdefault(role, []).append(invitation or make.InvitationFactory(meeting=meeting))
    _put(world, "invitation", stage, head.public_id)
    asked = make.DeputyRequestFactory(invitation=head)
    _put(world, "request", stage, meeting.public_id, asked.pk)
    _put(world, "newcomer", stage, world.guests["J"][-1].public_id)
    _put(world, "delegate", stage, delegate.public_id)
    _put(world, "row", stage, meeting.public_id, head.public_id)
    _put(world, "presence", stage, meeting.public_id, presence.pk)


def _minutes(world: World, stage: str, meeting: Meeting) -> None:
    """Being written, but for `submitted` and the closed ones; at stages without minutes they are bait."""
    now = timezone.now()
    sent = {"submitted_at": now, "submitted_by": "system"}
    facts: dict[str, Any] = {"status": "submitted", **sent} if stage == "submitted" else {}
    if stage in DISTRIBUTED:
        document = _signed(world, meeting, kind="minutes", number=f"NOT-{stage}/UJI")
        make.SignatoryFactory(document=document, user=world.people["signatory"], signed_at=now, signed_by="system")
        approved = {"approved_at": now, "approved_by": "system", "approved_sha256": "0" * 64}
        facts = {"status": "distributed", **sent, **approved, "document": document}
        _put(world, "document", f"{stage}_minutes", document.public_id)
        _put(world, "code", f"{stage}_minutes", document.code)
    if stage == "signing":
        document = _waiting(meeting, papers.unsigned_minutes(), kind="minutes", number="NOT-W/UJI")
        for order, (box, user) in enumerate(((papers.MINUTE_TAKER, world.cast.nia), (papers.CHAIR, world.cast.karno))):
            make.SignatoryFactory(document=document, order=order, field=box, user=user)
        approved = {"approved_at": now, "approved_by": "system", "approved_sha256": "0" * 64}
        facts = {"status": "approved", **sent, **approved, "document": document}
        _put(world, "document", "waiting_minutes", document.public_id)
    minutes = make.MinutesFactory(meeting=meeting, **facts)
    point = make.PointFactory(minutes=minutes)
    if stage == "submitted":
        make.MinutesVersionFactory(minutes=minutes)
    _put(world, "point", stage, meeting.public_id, point.pk)


# -- papers ------------------------------------------------------------------------------------------------------


def _signed(world: World, meeting: Meeting, **facts: Any) -> Any:
    now, paper = timezone.now(), make.FileFactory(content=files.page(facts["number"]))
    signed = {"signed_at": now, "signed_by": "system", "distributed_at": now, "distributed_by": "system"}
    return make.DocumentFactory(
        meeting=meeting, status="distributed", prepared=paper, current=paper, pages=1, date=timezone.localdate(),
        security=meeting.security, **signed, **facts,
    )  # fmt: skip


def _waiting(meeting: Meeting, paper: bytes, **facts: Any) -> Document:
    file = make.FileFactory(content=paper)
    return make.DocumentFactory(
        meeting=meeting, status="awaiting_signature", prepared=file, current=file, pages=1, date=timezone.localdate(),
        **facts,
    )  # fmt: skip


def _papers(world: World) -> None:
    """Letters that went out, one that waits for its signature and two that are being composed."""
    for stage in WITH_LETTER:
        letter = _signed(world, world.meetings[stage], kind="invitation_letter", number=f"UND-{stage}/UJI")
        _put(world, "document", f"{stage}_letter", letter.public_id)
    kind, signatory, by = "invitation_letter", world.people["signatory"], world.cast.viewer(world.cast.sari)
    waiting = _waiting(world.meetings["waiting"], papers.short_letter().set(), kind=kind, number="UND-W/UJI")
    make.SignatoryFactory(document=waiting, user=signatory, field=LETTER_FIELD)
    _put(world, "document", "waiting_letter", waiting.public_id)
    _put(world, "code", "waiting_letter", waiting.code)
    for name, meeting in (("composed", world.meetings["composing"]), ("uploaded", world.meetings["uploaded"])):
        letter = save_letter(meeting, proposal(meeting), by=by)
        _put(world, "document", f"{name}_letter", letter.public_id)
        _put(world, "code", f"{name}_letter", letter.code)
    content = files.page("Diunggah")
    make.UploadFactory(document=letter, content=content, sha256=sha256(content).hexdigest())
    for user in (signatory, world.cast.nia):
        _certify(user, world.passphrase)


def _certify(user: Any, passphrase: str) -> None:
    """A real certificate, whatever the directory says of its holder."""
    issued = certificates.authority("Kementerian Uji").issue(user.full_name, "Pejabat", "Biro Uji", passphrase)
    make.CertificateFactory(
        user=user, sealed=seal(issued.pkcs12, settings.SECRET_KEY), subject=issued.subject, serial=issued.serial,
        not_after=issued.not_after,
    )  # fmt: skip


def _directory(world: World) -> None:
    cast = world.cast
    for name, agency in (("bali", cast.bali), ("bureau", cast.bureau)):
        _put(world, "agency", name, agency.code)
    _put(world, "position", "bali", cast.bali.code, cast.head_of_bali.pk)
    staff = cast.bali.memberships.get(user=world.people["staff_of_bali"])
    _put(world, "membership", "bali", cast.bali.code, staff.pk)
    _put(world, "guide", "guide", "penyelenggara")
    _put(world, "template", "template", "undangan")
    for name, meeting in (("directory", None), ("meeting", world.meetings["scheduled"])):
        _put(world, "import", name, make.ImportFactory(user=cast.sari, meeting=meeting).public_id)
    _put(world, "", "-")
    _put(world, "certificate", "making")
    _put(world, "certificate", "revoking")


# -- sessions ----------------------------------------------------------------------------------------------------


def _doors(world: World) -> None:
    cast, people = world.cast, world.people
    accounts = {
        "H": cast.sari,
        "B": people["secretariat"],
        "C": cast.karno,
        "M": people["moderator"],
        "N": cast.nia,
        "R": people["registrar"],
        "S": people["speaker"],
        "W": people["invited"],
        "K": cast.rina,
        "A": people["admin_of_bali"],
        "T": cast.sinta,
        "V": people["staff_of_bali"],
        "L": people["other_organiser"],
        "G": people["signatory"],
        "U": cast.aulia,
        "Y": cast.admin,
        "O": cast.citra,
    }
    elsewhere = make.MeetingFactory(host=make.AgencyFactory(), status="invited")
    world.guests["P"] = [make.InvitationFactory(meeting=elsewhere)]
    clients = {role: Client() for role in ROLES}
    for role, user in accounts.items():
        clients[role].force_login(user, backend=BACKEND)
        prove(clients[role], user)
    for role, invitations in world.guests.items():
        _hold(clients[role], invitations, said=role != "J")
    Invitation.objects.filter(pk__in=[invitation.pk for invitation in world.guests["E"]]).update(
        ended_at=timezone.now(), ended_by="system", end_reason="withdrawn", link_generation=2
    )
    world.clients = clients


def _hold(client: Client, invitations: list[Invitation], *, said: bool) -> None:
    """The browser holds these links, even of meetings where none works, and may have said who it is."""
    session = client.session
    for invitation in invitations:
        open_link(session, Subject(KIND, invitation.public_id, invitation.link_generation))
        if said:
            remember(session, invitation)
    session.save()
    client.cookies["sessionid"] = session.session_key
    if said:
        prove_link(client, *invitations)


# -- what is posted ----------------------------------------------------------------------------------------------


def bodies(world: World) -> dict[str, Callable[[str], dict[str, Any]]]:
    """A well filled form for each address that takes one; what is missing here is posted empty."""
    cast, today = world.cast, timezone.localdate()
    free = make.PositionFactory()
    password, new = make.PASSWORD, "empat kata yang baru saja"
    meeting = {
        "title": "Rapat Uji", "kind": "coordination_meeting", "host": cast.bureau.pk, "zone": "Asia/Jakarta",
        "date": (today + timedelta(days=20)).isoformat(), "start": "09:00", "end": "12:00", "mode": "hybrid",
        "venue": "Aula", "city": "Bogor", "provider": "link", "online_url": "https://ruang.example/a",
    }  # fmt: skip
    letter = {
        "date": today.isoformat(), "place": "Jakarta", "urgency": "urgent", "subject": "Undangan",
        "opening": "Dalam rangka koordinasi:", "closing": "Terima kasih.", "signatory": cast.karno.pk,
        "signatory_position": "Kepala Biro", "signatory_name": "Karno Wibisono", "path": "here",
    }  # fmt: skip
    position = {"name": "Kepala Seksi", "acting": "", "holder": "Uji", "email": "seksi@uji.example", "order": "7"}
    letterhead = {
        "lines": "KEMENTERIAN UJI", "place": "Jakarta", "layout": "A", "number_pattern": "{seq}/{unit}/{year}",
        "unit_code": "UJI", "classification": "KS.01", "valid_from": today.isoformat(),
    }  # fmt: skip
    point = {"kind": "response", "text": "Butir satu.", "revision": "1"}
    deputy = {"name": "Dewi Uji", "position": "Staf", "contact": "dewi@uji.example", "mode": "online"}
    item = {"title": "Paparan", "kind": "presentation", "minutes": "20"}
    plain = {
        "profile": {"full_name": "Nama Baru", "zone": "Asia/Jakarta"},
        "set_language": {"language": "en"},
        "account_login": {"login": "citra@uji.example", "password": password},
        "account_reauthenticate": {"password": password},
        "account_change_password": {"oldpassword": password, "password1": new, "password2": new},
        "account_reset_password": {"email": "citra@uji.example"},
        "meeting_create": meeting,
        "meeting_edit": meeting,
        "meeting_cancel": {"reason": "Dialihkan"},
        "meeting_grants": {"user": cast.aulia.pk, "reason": "Pemeriksaan", "until": today.isoformat()},
        "invitation_decide": {"do": "go_on"},
        "working_days": {"date": today.isoformat(), "name": "Galungan", "free": "True"},
        "meeting_postpone": {"reason": "Menteri ke Istana"},
        "position_create": position,
        "position_edit": position,
        "letterhead_edit": letterhead,
        "agency_people": {"full_name": "Rekan Uji", "email": "rekan@uji.example", "role": "staff"},
        "invitation_add": {"position": free.pk, "offer": "either", "action": "add"},
        "invitation_address": {"alamat-email": "baru@uji.example"},
        "invitation_manual": {"cara-how": "WhatsApp"},
        "invitation_record_answer": {"jawab-answer": "online"},
        "letter": letter,
        "letter_prepare": letter,
        "door_agency": {"agency": cast.bali.code},
        "door_address": {"email": "kepala.bali@uji.example"},
        "invitation_identify": {"who": "self"},
        "invitation_respond": {"answer": "online"},
        "deputy_decide": {"decision": "accept"},
        "invitation_delegate": deputy,
        "agenda_item_create": item,
        "agenda_item_edit": item,
        "agenda_item_move": {"to": "down"},
        "minutes_save": {"opening": "Dibuka.", "closing": "", "revision": "1"},
        "minutes_return": {"note": "Lengkapi."},
        "point_save": point,
        "document_revoke": {"reason": "Keliru"},
    }
    made: dict[str, Callable[[str], dict[str, Any]]] = {name: lambda _stage, b=body: b for name, body in plain.items()}  # type: ignore[misc]
    return (
        made
        | _with_papers(world)
        | {
            "point_create": lambda _stage: {**point, "client_id": str(uuid4())},
            "change_notice": lambda stage: {"seen": mark(facts(world.meetings[stage]))},
            "directory_import": lambda _stage: {"file": files.chosen(LIST)},
            "invitation_import": lambda _stage: {"file": files.chosen(LIST)},
            "import_preview": lambda _stage: {"action": "give_up"},
            "conduct_next": lambda stage: {"item": world.args["item"][stage][1]},
        }
    )


def _with_papers(world: World) -> dict[str, Callable[[str], dict[str, Any]]]:
    """The forms that take a file or make and use a certificate."""
    public_ids = {stage: args[0] for stage, args in world.args["document"].items()}
    kept = {d.public_id: d for d in Document.objects.select_related("current", "upload")}
    first = dict(Signatory.objects.order_by("-order").values_list("document__public_id", "pk"))
    elsewhere = {"number": "B-12/SRIKANDI/2026", "date": timezone.localdate().isoformat()}
    passphrases = {"passphrase1": world.passphrase, "passphrase2": world.passphrase}
    new = {"password": make.PASSWORD, **passphrases}
    serial = world.cast.nia.certificates.get().serial

    def as_registered(stage: str) -> dict[str, Any]:
        current = kept[public_ids[stage]].current
        return {"file": files.chosen(bytes(current.content) if current else files.page("Belum terbit"))}

    def signed_elsewhere(stage: str) -> dict[str, Any]:
        if stage == "uploaded_letter":
            return {"sha256": kept[public_ids[stage]].upload.sha256, "confirmed": "on"}
        return {**elsewhere, "file": files.chosen(files.page("Bertanda tangan"))}

    return {
        "certificate": lambda stage: {"serial": serial} if stage == "revoking" else new,
        "document_sign": lambda stage: {
            "signatory": first.get(public_ids[stage], ""), "read": "on", "passphrase": world.passphrase,
        },
        "document_upload": signed_elsewhere,
        "verify": lambda _stage: as_registered("waiting_letter"),
        "verify_document": as_registered,
    }  # fmt: skip

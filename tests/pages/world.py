"""Every page of the product with something on it: meetings in each state, papers at each stage, and who sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.utils import timezone

from agenda.models import release
from attendees import loading, notices
from attendees.inviting import invite
from attendees.letters import prepare_here, proposal, save_letter
from attendees.models import Import, Invitation, Position
from attendees.models.invitations import KIND
from rakor.documents.models import Document
from rakor.lib.access import Viewer
from rakor.lib.tokens import link_token
from rakor.meetings.models import Meeting
from tests import factories as make
from tests.conftest import Cast, make_cast

ACCOUNTS = ("sari", "nia", "karno", "rina", "citra", "sinta", "aulia", "admin")
GUESTS = (
    "newcomer", "invited", "principal", "deputy", "joined", "ready", "regretful", "afterwards", "called_off", "waiting",
    "confidant",
)  # fmt: skip
NOBODY = "nobody"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LONG = "Rapat Koordinasi Penguatan Layanan Penempatan dan Pelindungan Pekerja Migran Indonesia"


@dataclass(frozen=True)
class Stop:
    """A page that `who` sees at `path`; `key` marks those of the short round."""

    name: str
    who: str
    path: str
    key: bool = False
    status: int = 200

    @property
    def by_guest(self) -> bool:
        return self.who in (*GUESTS, NOBODY)


@dataclass
class World:
    cast: Cast
    sessions: dict[str, str] = field(default_factory=dict)
    """Session cookie of everybody but nobody."""
    stops: list[Stop] = field(default_factory=list)
    links: dict[str, Invitation] = field(default_factory=dict)
    """The invitation of each guest."""
    meetings: dict[str, Meeting] = field(default_factory=dict)
    documents: dict[str, Document] = field(default_factory=dict)
    imports: dict[str, Import] = field(default_factory=dict)
    refused: Position | None = None
    """The position whose address a server has refused."""


def build(*, whole_directory: bool = True) -> World:
    """Makes everything by verbs and factories; nothing is mailed and no paper is set.

    The whole directory has 205 agencies; without it there are the 24 that are invited.
    """
    cast = make_cast()
    loading.load() if whole_directory else _some_agencies()
    Position.objects.filter(agency__kind="bp3mi").update(email="kepala@bp3mi.example")
    world = World(cast)
    for name, days, status in (
        ("bare", 50, "draft"),
        ("draft", 40, "draft"),
        ("scheduled", 21, "scheduled"),
        ("invited", 7, "invited"),
        ("today", 0, "invited"),
        ("running", 0, "in_progress"),
        ("adjourned", 0, "adjourned"),
        ("postponed", 14, "postponed"),
        ("held", -3, "held"),
        ("closed", -30, "held"),
        ("over", -60, "closed"),
        ("cancelled", 5, "cancelled"),
    ):
        world.meetings[name] = _meeting(cast, name, days, status)
    world.meetings["secret"] = make.MeetingFactory(
        title=f"{LONG} (rahasia)", host=cast.bureau, status="invited", security="R", contact_name="Sari Wulandari"
    )
    make.InvitationFactory(meeting=world.meetings["secret"], position=cast.head_of_bali, person_name="Budi Hartanto")
    _papers(world)
    _answers(world)
    _refusals(world)
    _presences(world)
    _minutes(world)
    _moved(world)
    _imports(world)
    _doors(world)
    world.stops = [*_public(world), *_account_pages(world), *_meeting_pages(world), *_guest_pages(world)]
    return world


def _some_agencies() -> None:
    for number in range(22):
        agency = make.AgencyFactory(code=f"BP3MI-{number}", kind="bp3mi", protocol_order=500 + number)
        make.PositionFactory(agency=agency, name=f"Kepala BP3MI Uji {number}")
    make.PositionFactory(agency=make.AgencyFactory(code="ORI", kind="ombudsman"), name="Ketua Ombudsman Uji")


# -- what there is ---------------------------------------------------------------------------------------------


def _meeting(cast: Cast, name: str, days: int, status: str) -> Meeting:
    """With everything on it, but for the bare one, which is as it comes out of the form."""
    start = timezone.now() + timedelta(days=days, minutes=10 if days >= 0 else 0)
    if name == "bare":
        return make.MeetingFactory(title=f"{LONG} ({name})", host=cast.bureau, status=status, starts_at=start)
    meeting = make.MeetingFactory(
        title=f"{LONG} ({name})",
        theme="Dari debarkasi sampai pulang",
        scope="Nasional",
        host=cast.bureau,
        status=status,
        starts_at=start,
        ends_at=start + timedelta(hours=4),
        reply_by=start - timedelta(hours=2),
        online_code="415 220",
        online_dial_in="(021) 0000-0000",
        contact_name="Sari Wulandari",
        contact_phone="0812-0000-0000",
        dress_code="batik",
        note="Contoh: jam dan nama rekaan.",
    )
    make.MeetingRoleFactory(meeting=meeting, role="chair", user=cast.karno, position="Sekretaris Jenderal", order=1)
    make.MeetingRoleFactory(meeting=meeting, role="minute_taker", user=cast.nia, position="Analis Kebijakan", order=2)
    for order, (kind, title) in enumerate(
        (("opening", "Pembukaan"), ("presentation", "Paparan"), ("discussion", "Diskusi"))
    ):
        make.AgendaItemFactory(
            meeting=meeting, order=order, kind=kind, title=title, minutes=40, owner="Deputi Bidang Uji"
        )
    by = cast.viewer(cast.sari)
    positions = Position.objects.filter(agency__kind="bp3mi") | Position.objects.filter(agency__code="ORI")
    if not meeting.is_over:
        invite(meeting, positions.select_related("agency"), by=by, required=True)
        release(meeting, by=by)
    else:
        make.InvitationFactory(meeting=meeting, position=cast.head_of_bali, person_name="Budi Hartanto")
    return meeting


def _papers(world: World) -> None:
    """Letters at each stage: composed, waiting for its signature, uploaded and not confirmed, signed."""
    cast, meetings = world.cast, world.meetings
    by = cast.viewer(cast.sari)
    paper, now = make.FileFactory(), timezone.now()
    ready = {"prepared": paper, "current": paper, "date": timezone.localdate(), "pages": 2}
    elsewhere = {"signed_elsewhere": True, "number_elsewhere": True, "upload_finding": "same"}
    gone = {"signed_at": now, "signed_by": "system", "distributed_at": now, "distributed_by": "system"}
    world.documents["composed"] = save_letter(meetings["scheduled"], proposal(meetings["scheduled"]), by=by)
    world.documents["numbered"] = prepare_here(meetings["draft"], proposal(meetings["draft"]), by=by)
    for name, meeting, facts in (
        ("waiting", "cancelled", {"status": "awaiting_signature", "number": "UND-2/UJI", **ready}),
        ("uploaded", "held", {"status": "draft", "prepared": paper, "pages": 2}),
        ("letter", "invited", {"status": "distributed", "number": "UND-4/UJI", **ready, **gone, **elsewhere}),
        ("today", "today", {"status": "distributed", "number": "UND-5/UJI", **ready, **gone}),
        (
            "revoked",
            "closed",
            {
                "status": "revoked",
                "number": "UND-6/UJI",
                "ended_at": now,
                "ended_by": "system",
                "end_reason": "Keliru",
                **ready,
            },
        ),
    ):
        document = make.DocumentFactory(kind="invitation_letter", meeting=meetings[meeting], **facts)
        world.documents[name] = document
        signed = {"signed_at": now, "signed_by": f"user:{cast.karno.pk}"} if name == "today" else {}
        make.SignatoryFactory(
            document=document, field="sig-penandatangan", user=cast.karno, position="Sekretaris Jenderal", **signed
        )
    make.UploadFactory(document=world.documents["uploaded"])
    make.CertificateFactory(user=cast.karno, subject="CN=Karno Wibisono")


def _answers(world: World) -> None:
    """Every answer and every state of delivery on the board of the meeting in a week."""
    rows = list(world.meetings["invited"].invitations.select_related("meeting").in_protocol_order())
    states = ("sent", "queued", "sending", "bounced_hard", "bounced_soft")
    for number, row in enumerate(rows[:15]):
        status = states[number % 5]
        sent = {"sent_at": timezone.now()} if status == "sent" else {}
        lease = {"lease_until": timezone.now()} if status == "sending" else {}
        make.OutgoingMailFactory(
            status=status,
            subject_kind="invitation",
            subject_id=row.public_id,
            maybe_twice=number == 0,
            reply="550 5.1.1 No such mailbox" if "bounced" in status else "",
            **sent,
            **lease,
        )
    rows[16].respond("accepted", mode="online", by=_holder(rows[16]))
    rows[17].respond("accepted", mode="in_person", by=_holder(rows[17]))
    rows[18].respond("declined", reason="Bersamaan dengan kunjungan kerja", by=_holder(rows[18]))
    deputy = {"name": "Gede Uji", "position": "Kepala Seksi", "email": "gede@wakil.example", "mode": "online"}
    rows[19].delegate_to(**deputy, by=_holder(rows[19]))
    rows[20].mark_opened(by=_holder(rows[20]))
    Invitation.objects.filter(pk=rows[21].pk).update(email="")
    rows[22].end_as_not_mine(by=_holder(rows[22]))


def _presences(world: World) -> None:
    for name in ("today", "running"):
        for number, row in enumerate(world.meetings[name].invitations.all()[2:12]):
            make.PresenceFactory(
                invitation=row,
                mode="online" if number % 2 else "in_person",
                source="personal_link" if number % 2 else "desk",
            )
    first = world.meetings["running"].agenda_items.first()
    first.started_at, first.started_by = timezone.now(), "system"
    first.save(update_fields=["started_at", "started_by"])


def _refusals(world: World) -> None:
    """A sending that was paused, and a position whose address was refused before."""
    today = world.meetings["today"]
    run = make.RunFactory(subject=today.public_id, status="paused")
    for number, row in enumerate(today.invitations.all()[15:20]):
        about = {"subject_kind": KIND, "subject_id": row.public_id, "run": run}
        state = {"status": "held"} if number < 2 else {"status": "bounced_hard", "reply": "550 5.1.1 No such mailbox"}
        make.OutgoingMailFactory(**about, **state)
    make.SpecialDayFactory()
    position = make.PositionFactory(agency=world.cast.bureau, name="Kepala Bagian Uji", email="lama@uji.example")
    refused = {"status": "bounced_hard", "reply": "550 5.1.1 No such mailbox", "refused_at": timezone.now()}
    make.OutgoingMailFactory(to=position.email, **refused)
    make.InvitationFactory(meeting=today, position=position)
    world.refused = position


def _minutes(world: World) -> None:
    """Being written in the running meeting, with the chair after the held one, distributed after the others."""
    cast, now = world.cast, timezone.now()
    documents = {name: _signed_minutes(world, name, number) for number, name in enumerate(("closed", "over"), start=1)}
    world.documents["minutes"] = documents["closed"]
    sent = {"submitted_at": now, "submitted_by": "system"}
    approved = {"approved_at": now, "approved_by": "system", "approved_sha256": "0" * 64}
    for name, facts in (
        ("running", {"status": "draft"}),
        ("held", {"status": "submitted", **sent}),
        ("closed", {"status": "distributed", **sent, **approved, "document": documents["closed"]}),
        ("over", {"status": "distributed", **sent, **approved, "document": documents["over"]}),
    ):
        meeting = world.meetings[name]
        minutes = make.MinutesFactory(meeting=meeting, opening="Rapat dibuka.", closing="Rapat ditutup.", **facts)
        items = list(meeting.agenda_items.all())
        make.PointFactory(minutes=minutes, item=items[0], kind="response", speaker="Kepala BP3MI Bali")
        make.PointFactory(minutes=minutes, item=items[1], kind="decision", number=1)
        point = make.PointFactory(minutes=minutes, item=items[2], kind="follow_up", number=2)
        status = "assigned" if facts["status"] == "distributed" else "draft"
        make.FollowUpFactory(
            point=point, agency=cast.bali, status=status, due_date=timezone.localdate() - timedelta(days=1)
        )
        make.PointFactory(minutes=minutes)


def _signed_minutes(world: World, name: str, number: int) -> Document:
    cast, now, paper = world.cast, timezone.now(), make.FileFactory()
    document = make.DocumentFactory(
        kind="minutes",
        meeting=world.meetings[name],
        status="distributed",
        number=f"NOT-{number}/UJI",
        date=timezone.localdate(),
        prepared=paper,
        current=paper,
        pages=3,
        signed_at=now,
        signed_by="system",
        distributed_at=now,
        distributed_by="system",
    )
    for order, user in enumerate((cast.nia, cast.karno), start=1):
        make.SignatoryFactory(document=document, order=order, user=user, signed_at=now, signed_by=f"user:{user.pk}")
    return document


def _imports(world: World) -> None:
    """A list with everything that can be wrong, and one of invitees that only waits for its confirmation."""
    names = ("agency", "position", "holder", "email")
    headings = dict(zip(names, ("Instansi", "Jabatan", "Nama pejabat", "Surel"), strict=True))
    rows = [
        ("BP3MI Bali", "Kepala Seksi Pelindungan", "Ayu Lestari", "ayu@bali.example"),
        ("BP3MI Provinsi Bali", "Kepala Subbagian Umum", "I Made Uji", "made@bali.example"),
        ("Instansi Qwzx", "Kepala", "Dewi Uji", ""),
        ("Dinas Lain", "Kepala Dinas", "Suharto", "suharto@"),
        ("Dinas Lain", "Sekretaris Dinas", "Suharto", ""),
        ("BP3MI Bali", "Kepala BP3MI Bali", "Budi Hartanto", "kepala.baru@bali.example"),
    ]
    for name, meeting, chosen in (("wrong", None, rows), ("ready", world.meetings["scheduled"], rows[:1] + rows[4:])):
        listed = [[at, dict(zip(names, row, strict=True))] for at, row in enumerate(chosen, start=2)]
        world.imports[name] = make.ImportFactory(user=world.cast.sari, meeting=meeting, headings=headings, rows=listed)


def _holder(invitation: Invitation) -> Viewer:
    return Viewer(link_subjects=(("invitation", invitation.public_id),))


def _moved(world: World) -> None:
    """Those invited for today were told of another place, time and opener."""
    meeting = world.meetings["today"]
    earlier = meeting.starts_at - timedelta(days=1, hours=2)
    told = notices.facts(meeting) | {"place": "Aula Lama, Jakarta", "start": earlier.isoformat()}
    make.NoticeFactory(meeting=meeting, facts=told)


def _doors(world: World) -> None:
    """Sessions: accounts are logged in; guests have opened their link and, but for the newcomer, said who they are."""
    for name in ACCOUNTS:
        client = Client()
        client.force_login(getattr(world.cast, name), backend=BACKEND)
        _prove(client, name)
        world.sessions[name] = client.cookies["sessionid"].value
    TOTP.activate(world.cast.citra, generate_totp_secret())
    RecoveryCodes.activate(world.cast.citra)
    week, day = (
        list(world.meetings[name].invitations.filter(ended_at=None).in_protocol_order())
        for name in ("invited", "today")
    )
    world.links = {
        "newcomer": week[0],
        "invited": next(row for row in week if row.status == "accepted" and row.mode == "online"),
        "principal": next(row for row in week if row.status == "delegated"),
        "deputy": next(row for row in week if row.delegated_from_id),
        "regretful": next(row for row in week if row.status == "declined"),
        "joined": next(row for row in day if row.presences.filter(mode="online").exists()),
        "ready": world.meetings["running"].invitations.filter(presences=None).in_protocol_order()[0],
        "afterwards": world.meetings["closed"].invitations.get(),
        "waiting": world.meetings["postponed"].invitations.in_protocol_order()[0],
        "confidant": world.meetings["secret"].invitations.get(),
        "called_off": world.meetings["cancelled"].invitations.get(),
    }
    for name, invitation in world.links.items():
        client = Client()
        client.get(f"/u/{invitation.link.rpartition('/u/')[2]}")
        if name != "newcomer":
            client.post(f"/undangan/{invitation.public_id}/kenal/", {"who": "self"})
        world.sessions[name] = client.cookies["sessionid"].value


def _prove(client: Client, name: str) -> None:
    """Sari has given her second factor; Citra and Sinta their password once more, to change theirs."""
    proofs: dict[str, dict[str, Any]] = {
        "sari": {"method": "mfa"},
        "citra": {"method": "password", "reauthenticated": True},
        "sinta": {"method": "password", "reauthenticated": True},
    }
    if name in proofs:
        session = client.session
        tomorrow = timezone.now() + timedelta(days=1)  # however long the pictures take
        session["account_authentication_methods"] = [{**proofs[name], "at": tomorrow.timestamp()}]
        session["account_authentication_methods_user"] = session["_auth_user_id"]
        session.save()


# -- where it is seen --------------------------------------------------------------------------------------------


def _public(world: World) -> list[Stop]:
    document = world.documents["minutes"]
    return [
        Stop("account_login", NOBODY, "/masuk/", key=True),
        Stop("account_reset_password", NOBODY, "/akun/lupa-sandi/"),
        Stop("account_reset_password_done", NOBODY, "/akun/lupa-sandi/terkirim/"),
        Stop("account_reset_password_from_key", NOBODY, "/akun/lupa-sandi/kunci/1-salah/"),
        Stop("account_reset_password_from_key_done", NOBODY, "/akun/lupa-sandi/selesai/"),
        Stop("account_inactive", NOBODY, "/akun/nonaktif/"),
        Stop("guide", NOBODY, "/panduan/"),
        *[Stop("guide_page", NOBODY, f"/panduan/{page}/") for page in GUIDE],
        Stop("verify", NOBODY, "/verifikasi/", key=True),
        Stop("verify", NOBODY, "/verifikasi/?kode=", status=422),
        Stop("verify_document", NOBODY, f"/verifikasi/{document.code}/", key=True),
        Stop("verify_document", NOBODY, f"/verifikasi/{world.documents['revoked'].code}/"),
        Stop("verify_document", NOBODY, "/verifikasi/ABCD-EFGH-JKMN/", status=404),
        Stop("meeting_detail", NOBODY, f"/rapat/{world.meetings['invited'].public_id}/"),
        Stop("link", NOBODY, "/u/ABCDEFGHJKMN.salah", status=404),
        Stop("link", NOBODY, f"/u/{_replaced(world.meetings['invited'])}", status=404),
        Stop("door", NOBODY, _door(world, "invited"), key=True),
        Stop("door", NOBODY, f"{_door(world, 'invited')}?q=bp3mi", key=True),
        Stop("door", NOBODY, f"{_door(world, 'invited')}?satuan=KP2MI"),
        Stop("door", NOBODY, f"{_door(world, 'invited')}?q=tidakada"),
        Stop("door", NOBODY, f"{_door(world, 'scheduled')}?q=x", status=422),
        Stop("door", NOBODY, _door(world, "cancelled")),
        Stop("door", NOBODY, _door(world, "postponed")),
        Stop("door_sent", NOBODY, f"{_door(world, 'invited')}terkirim/"),
        Stop("", NOBODY, "/tidak-ada/", status=404),
    ]


def _door(world: World, name: str) -> str:
    return f"/r/{world.meetings[name].short}/"


def _replaced(meeting: Meeting) -> str:
    """The token of a link to the meeting that another one has replaced."""
    row = meeting.invitations.filter(ended_at__isnull=False).in_protocol_order()[0]
    return link_token(KIND, row.public_id, row.link_generation - 1)


GUIDE = ("penyelenggara", "tamu", "notulis-dan-pimpinan", "staf", "verifikasi", "privasi")


def _account_pages(world: World) -> list[Stop]:
    cast, paper = world.cast, world.documents
    everybody = [Stop("home", who, "/", key=who in ("sari", "citra")) for who in ACCOUNTS]
    return [
        *everybody,
        Stop("profile", "sinta", "/akun/"),
        Stop("account_change_password", "sinta", "/akun/sandi/"),
        Stop("account_logout", "sinta", "/keluar/"),
        Stop("account_reauthenticate", "sinta", "/akun/sandi/lagi/"),
        Stop("mfa_index", "sinta", "/akun/dua-langkah/?next=/rapat/"),
        Stop("mfa_index", "citra", "/akun/dua-langkah/"),
        Stop("mfa_activate_totp", "sinta", "/akun/dua-langkah/aktif/"),
        Stop("mfa_reauthenticate", "citra", "/akun/dua-langkah/lagi/"),
        Stop("mfa_deactivate_totp", "citra", "/akun/dua-langkah/nonaktif/"),
        Stop("mfa_view_recovery_codes", "citra", "/akun/dua-langkah/pemulihan/"),
        Stop("mfa_generate_recovery_codes", "citra", "/akun/dua-langkah/pemulihan/baru/"),
        Stop("certificate", "nia", "/akun/sertifikat/", key=True),
        Stop("certificate", "karno", "/akun/sertifikat/"),
        Stop("certificate", "admin", "/akun/sertifikat/"),
        Stop("agency_list", "sari", "/instansi/"),
        Stop("agency_list", "sinta", "/instansi/?q=tidakada"),
        Stop("directory_import", "sari", "/instansi/impor/"),
        *[Stop("import_preview", "sari", f"/impor/{waiting.public_id}/", True) for waiting in world.imports.values()],
        Stop("agency_detail", "sari", "/instansi/KP2MI-BIRO/"),
        Stop("agency_detail", "rina", "/instansi/BP3MI-BALI/"),
        Stop("agency_detail", "sinta", "/instansi/KP2MI/"),
        Stop("position_create", "sari", "/instansi/BP3MI-BALI/jabatan/baru/"),
        Stop("position_edit", "sari", f"/instansi/BP3MI-BALI/jabatan/{cast.head_of_bali.pk}/"),
        Stop("position_edit", "sari", f"/instansi/KP2MI-BIRO/jabatan/{world.refused.pk}/"),
        Stop("working_days", "admin", "/pengaturan/hari-kerja/", True),
        Stop("letterhead_edit", "admin", "/instansi/KP2MI-BIRO/kop/"),
        Stop("agency_people", "admin", "/instansi/BP3MI-BALI/orang/"),
        Stop("follow_up_list", "rina", "/tindak-lanjut/", key=True),
        Stop("follow_up_list", "sari", "/tindak-lanjut/?q=tidakada"),
        Stop("follow_up_list", "citra", "/tindak-lanjut/"),
        Stop("document_list", "sari", "/dokumen/", key=True),
        Stop("document_list", "aulia", "/dokumen/?q=tidakada"),
        *[Stop("document_detail", "sari", f"/dokumen/{document.public_id}/") for document in paper.values()],
        Stop("document_sign", "karno", f"/dokumen/{paper['waiting'].public_id}/tanda-tangan/", key=True),
        Stop("document_upload", "sari", f"/dokumen/{paper['composed'].public_id}/unggah/"),
        Stop("document_upload", "sari", f"/dokumen/{paper['uploaded'].public_id}/unggah/"),
        Stop("document_sign", "sari", f"/dokumen/{paper['waiting'].public_id}/tanda-tangan/", status=403),
    ]


def _meeting_pages(world: World) -> list[Stop]:
    at: dict[str, str] = {name: f"/rapat/{meeting.public_id}/" for name, meeting in world.meetings.items()}
    week, items = world.meetings["invited"], world.meetings["scheduled"].agenda_items
    row = next(i for i in week.invitations.all() if i.email and not i.delegated_from_id)
    point = world.meetings["running"].minutes.get().points.filter(kind="follow_up").get()
    pages: list[tuple[Any, ...]] = [
        ("meeting_list", "sari", "/rapat/", True),
        ("meeting_list", "citra", "/rapat/"),
        ("meeting_list", "sari", "/rapat/?q=tidakada"),
        ("meeting_create", "sari", "/rapat/baru/", True),
        ("meeting_edit", "sari", f"{at['invited']}ubah/"),
        ("meeting_postpone", "sari", f"{at['invited']}tunda/", True),
        ("meeting_postpone", "sari", f"{at['held']}tunda/"),
        ("meeting_history", "sari", f"{at['invited']}riwayat/"),
        ("meeting_grants", "sari", f"{at['invited']}hak-baca/"),
        ("meeting_history", "aulia", f"{at['closed']}riwayat/"),
        *[("meeting_detail", "sari", path, name in ("draft", "invited")) for name, path in at.items()],
        ("meeting_detail", "karno", at["running"]),
        ("meeting_detail", "sinta", at["closed"]),
        ("meeting_detail", "citra", at["invited"]),
        ("meeting_detail", "aulia", at["held"]),
        ("invitation_list", "sari", f"{at['invited']}undangan/", True),
        ("invitation_list", "sari", f"{at['today']}undangan/", True),
        ("invitation_list", "karno", f"{at['invited']}undangan/"),
        ("invitation_list", "sari", f"{at['invited']}undangan/?q=tidakada"),
        ("invitation_list", "sari", f"{at['closed']}undangan/"),
        ("invitation_list", "sari", f"{at['bare']}undangan/"),
        ("change_notice", "sari", f"{at['today']}undangan/perubahan/", True),
        ("change_notice", "sari", f"{at['invited']}undangan/perubahan/"),
        ("invitation_add", "sari", f"{at['scheduled']}undangan/tambah/?kind=local_government", True),
        ("invitation_add", "sari", f"{at['scheduled']}undangan/tambah/?q=tidakada"),
        ("invitation_import", "sari", f"{at['scheduled']}undangan/impor/"),
        ("invitation_manage", "sari", f"{at['invited']}undangan/{row.public_id}/", True),
        ("invitation_text", "sari", f"{at['invited']}undangan/{row.public_id}/teks-wa/"),
        ("letter", "sari", f"{at['scheduled']}surat/", True),
        ("letter", "sari", f"{at['draft']}surat/"),
        ("letter", "sari", f"{at['invited']}surat/"),
        ("letter", "sari", f"{at['over']}surat/"),
        ("presence_list", "sari", f"{at['running']}kehadiran/", True),
        ("presence_list", "nia", f"{at['today']}kehadiran/?q=tidakada"),
        ("agenda", "sari", f"{at['scheduled']}rundown/", True),
        ("agenda", "sinta", f"{at['scheduled']}rundown/"),
        ("agenda", "sari", f"{at['bare']}rundown/"),
        ("agenda", "sinta", f"{at['closed']}rundown/"),
        ("agenda_item_edit", "sari", f"{at['scheduled']}rundown/{items.first().pk}/ubah/"),
        ("conduct", "karno", f"{at['running']}pelaksanaan/", True),
        ("conduct", "karno", f"{at['today']}pelaksanaan/"),
        ("conduct", "karno", f"{at['adjourned']}pelaksanaan/"),
        ("conduct", "karno", f"{at['held']}pelaksanaan/"),
        ("conduct", "sari", f"{at['bare']}pelaksanaan/"),
        ("minutes", "nia", f"{at['running']}notula/", True),
        ("minutes", "nia", f"{at['running']}notula/?ubah={point.pk}&acara={point.item_id}"),
        ("minutes", "nia", f"{at['invited']}notula/"),
        ("minutes", "karno", f"{at['held']}notula/", True),
        ("minutes", "sinta", f"{at['closed']}notula/"),
        ("minutes", "sinta", f"{at['running']}notula/"),
    ]
    return [Stop(*page) for page in pages]


def _guest_pages(world: World) -> list[Stop]:
    def at(who: str, rest: str = "") -> str:
        return f"/undangan/{world.links[who].public_id}/{rest}"

    week, closed = world.meetings["invited"].public_id, world.meetings["closed"].public_id
    return [
        *[Stop("invitation_detail", who, at(who), key=True) for who in GUESTS],
        Stop("invitation_delegate", "invited", at("invited", "wakil/"), key=True),
        Stop("invitation_delegate", "newcomer", at("newcomer", "wakil/?saya")),
        Stop("invitation_code", "confidant", at("confidant", "kode/")),
        Stop("invitation_room", "joined", at("joined", "ruang/"), key=True),
        Stop("invitation_not_mine", "invited", at("invited", "bukan-saya/"), key=True),
        Stop("meeting_detail", "invited", f"/rapat/{week}/", key=True),
        Stop("agenda", "invited", f"/rapat/{week}/rundown/", key=True),
        Stop("minutes", "invited", f"/rapat/{week}/notula/"),
        Stop("minutes", "afterwards", f"/rapat/{closed}/notula/", key=True),
        Stop("follow_up_list", "afterwards", "/tindak-lanjut/"),
        Stop("document_detail", "afterwards", f"/dokumen/{world.documents['minutes'].public_id}/", key=True),
        Stop("", "invited", "/rapat/TIDAKADATIDA/", status=404),
    ]

"""The demo's sample data: the published facts of the Bogor rakor, and invented meetings around them.

Rule 11 of the product: published persons appear only as the published facts, without account, answer, presence or
signature; every invented title or sentence begins with “Contoh:”; addresses end in `.example`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils import timezone, translation

from agenda.models import AgendaItem, release
from attendees import letters, loading
from attendees.inviting import invite
from attendees.middleware import viewer_of
from attendees.models import Agency, Invitation, Letterhead, Membership, Position
from attendees.sending import send_invitations
from minutes.models import Minutes
from rakor.accounts.models import User
from rakor.documents import certificates
from rakor.documents.models import Document
from rakor.documents.register import make_paper
from rakor.lib.access import Viewer
from rakor.meetings.models import Meeting, MeetingRole

PASSWORD = "contoh-rakor-2026"
PASSPHRASE = "frasa sandi contoh"
BOGOR = Path(__file__).parent / "data" / "rakor-bogor-2024.json"
HOUSE, UNIT = "BP2MI", "KP2MI-SETJEN"
ADDRESS = [
    "Jalan Contoh Nomor 1, Jakarta 10000 · Telepon (021) 0000-0000",
    "Pos-el sekretariat@rakor.example · Laman rakor.example",
]
PEOPLE = [  # key, name, position, agency code of membership(s), role in the system, role as printed by the demo
    ("sari", "Sari Contoh", "Analis Kerja Sama", [UNIT, HOUSE], "organiser", "penyelenggara (organiser)"),
    ("nia", "Nia Contoh", "Notulis", [UNIT, HOUSE], "staff", "notulis (minute_taker)"),
    ("karno", "Karno Contoh", "Pimpinan Rapat", [UNIT, HOUSE], "staff", "pimpinan rapat (chair)"),
    ("ratna", "Ratna Contoh", "Sekretaris Jenderal", [UNIT], "staff", "penanda tangan surat (signatory)"),
    ("sinta", "Sinta Contoh", "Staf", [UNIT, HOUSE], "staff", "staf (staff)"),
    ("rina", "Rina Contoh", "Narahubung", ["BP3MI-BALI"], "contact", "narahubung BP3MI Bali (contact)"),
    ("wayan", "Wayan Contoh", "Administrator", ["BP3MI-BALI"], "agency_admin", "administrator instansi (agency_admin)"),
    ("aulia", "Aulia Contoh", "Auditor", [UNIT], "auditor", "auditor"),
]
SIGNERS = ("nia", "karno", "ratna")
GUESTS = ["KEMENLU-PWNI-BHI", "POLRI-PUSDOKKES-BINFUNG", "ORI", "BPJS-TK", "BPJS-KES"]


def plant(say: Callable[[str], Any]) -> dict[str, Any]:
    """Plants everything and returns what the demo prints: accounts, personal links, documents."""
    with translation.override("id"):
        say("  directory of agencies")
        loading.load()
        people = _people()
        _addresses()
        say("  certificates of the sample signatories")
        for key in SIGNERS:
            certificates.issue(people[key], passphrase=PASSPHRASE, by=viewer_of(people[key]))
        say("  Bogor, 11 October 2024: minutes signed")
        minutes_document = _bogor(people)
        say("  a meeting today: letter signed, invitations queued")
        today = _today(people)
        _scheduled(people)
        _draft(people)
    return {
        "accounts": [
            {
                "email": f"{key}@rakor.example",
                "password": PASSWORD,
                "role": printed,
                **({"passphrase": PASSPHRASE} if key in SIGNERS else {}),
            }
            for key, _name, _position, _agencies, _role, printed in PEOPLE
        ]
        + [{"email": "admin@rakor.example", "password": PASSWORD, "role": "administrator sistem (superuser)"}],
        "personal_links": {
            invitation.agency.code: invitation.link
            for invitation in today.invitations.addressed().active().select_related("agency").in_protocol_order()
        },
        "documents": {
            "minutes_pdf": settings.BASE_URL + reverse("document_download", args=[minutes_document.public_id]),
            "verification": settings.BASE_URL + reverse("verify_document", args=[minutes_document.code]),
        },
    }


def move_to_today() -> None:
    """Keeps “today” true on later days: the sample meeting that is still only invited takes place now."""
    meeting = Meeting.objects.filter(status="invited", note__startswith="Contoh: rapat hari ini").first()
    if meeting and timezone.localdate(meeting.starts_at, meeting.tz) < timezone.localdate(timezone=meeting.tz):
        shift = _this_hour() - meeting.starts_at
        for field in ("starts_at", "ends_at", "reply_by"):
            setattr(meeting, field, getattr(meeting, field) + shift)
        meeting.save(update_fields=["starts_at", "ends_at", "reply_by"])


# -- people and agencies -------------------------------------------------------------------------------------


def _people() -> dict[str, User]:
    people: dict[str, User] = {}
    for key, name, position, agencies, role, _printed in PEOPLE:
        zone = "Asia/Makassar" if agencies == ["BP3MI-BALI"] else "Asia/Jakarta"
        people[key] = User.objects.create_user(f"{key}@rakor.example", full_name=name, zone=zone)
        for code in agencies:
            Membership.objects.create(user=people[key], agency=Agency.objects.get(code=code), role=role)
        Position.objects.get_or_create(
            agency=Agency.objects.get(code=agencies[0]),
            name=f"Contoh: {position}",
            defaults={"holder": name, "user": people[key], "order": 90, "email": f"{key}@rakor.example"},
        )
    admin = User.objects.create_superuser("admin@rakor.example", full_name="Admin Contoh")
    hashed = make_password(PASSWORD)  # one for all: hashing is slow on purpose
    for user in (*people.values(), admin):
        user.password = hashed
        user.save(update_fields=["password"])
    return people


def _addresses() -> None:
    """Letterheads of the two hosting houses, and sample addresses of the heads that are invited."""
    for code, unit, lines in (
        (HOUSE, "CONTOH.BADAN", ["BADAN PELINDUNGAN", "PEKERJA MIGRAN INDONESIA", "SEKRETARIAT UTAMA"]),
        (UNIT, "CONTOH.SETJEN", ["KEMENTERIAN PELINDUNGAN", "PEKERJA MIGRAN INDONESIA", "SEKRETARIAT JENDERAL"]),
    ):
        Letterhead.objects.create(
            agency=Agency.objects.get(code=code),
            lines=lines,
            address=ADDRESS,
            unit_code=unit,
            number_pattern="{security}-{seq}/{unit}/{classification}/{month_roman}/{year}",
        )
    for position in Position.objects.filter(agency__kind="bp3mi").select_related("agency"):
        position.email = f"kepala@{position.agency.code.lower()}.example"
        position.save(update_fields=["email"])


def _head(code: str, name: str = "") -> Position:
    agency = Agency.objects.get(code=code)
    position = agency.positions.filter(name=name).first() if name else agency.positions.order_by("order").first()
    if position is None:
        position = Position.objects.create(agency=agency, name=name or f"Kepala {agency.short}", order=1)
    if not position.email:
        position.email = f"kepala@{code.lower()}.example"
        position.save(update_fields=["email"])
    return position


def _heads_of_bp3mi() -> list[Position]:
    return list(
        Position.objects.filter(agency__kind="bp3mi", name__startswith="Kepala")
        .select_related("agency")
        .in_protocol_order()
    )


# -- meetings ------------------------------------------------------------------------------------------------


def _officers(meeting: Meeting, people: dict[str, User], **named: tuple[str, str]) -> None:
    """Chair and minute-taker are sample persons with accounts; `named` roles are printed only."""
    for order, (role, (name, position)) in enumerate(named.items(), start=1):
        MeetingRole.objects.create(meeting=meeting, role=role, name=name, position=position, order=order)
    MeetingRole.objects.create(
        meeting=meeting,
        role="chair",
        user=people["karno"],
        name="Karno Contoh",
        position="Contoh: Pimpinan Rapat",
        order=5,
    )
    MeetingRole.objects.create(
        meeting=meeting, role="minute_taker", user=people["nia"], name="Nia Contoh", position="Contoh: Notulis", order=6
    )


def _items(meeting: Meeting, *rows: tuple[str, str, int, str]) -> list[AgendaItem]:
    return [
        AgendaItem.objects.create(meeting=meeting, order=order, kind=kind, title=title, minutes=minutes, owner=owner)
        for order, (kind, title, minutes, owner) in enumerate(rows, start=1)
    ]


def _bogor(people: dict[str, User]) -> Document:
    """The Bogor rakor as published, shown as held; its minutes are signed by sample persons."""
    facts = json.loads(BOGOR.read_text(encoding="utf-8"))
    sari = viewer_of(people["sari"])
    start = datetime(2024, 10, 11, 2, 0, tzinfo=UTC)
    meeting = Meeting(
        title=facts["title_id"]["value"],
        theme=facts["theme_id"]["value"],
        scope=facts["scope_region"]["value"],
        starts_at=start,
        ends_at=start + timedelta(hours=6, minutes=30),
        city="Bogor, Jawa Barat",
        mode="hybrid",
        host=Agency.objects.get(code=facts["host_agency"]["value"]),
        note="Judul, tanggal, kota, pembuka, pemandu diskusi, dan pokok bahasan dari berita 11 Oktober 2024; "
        "jam, pimpinan rapat, notulis, keputusan, nomor, dan tanda tangan rekaan.",
    ).plan(by=sari)
    opener, leader = facts["officers"]["opener"], facts["officers"]["discussion_leader"]
    _officers(
        meeting,
        people,
        opener=(opener["person_name"], opener["position_id"]),
        moderator=(leader["person_name"], leader["position_id"]),
    )
    _registration, opening, discussion, _closing = _items(
        meeting,
        ("registration", "Contoh: Registrasi peserta", 30, ""),
        ("remarks", facts["sessions"][0]["title_id"], 90, opener["position_id"]),
        ("discussion", facts["sessions"][1]["title_id"], 210, leader["position_id"]),
        ("closing", "Contoh: Penutupan", 30, ""),
    )
    release(meeting, by=sari)
    named = [
        p
        for p in facts["participants"]
        if p["agency_code"] and not p["person_name"] and p["agency_code"] not in ("BP3MI-BANTEN", "BP3MI-DKI")
    ]
    positions = [
        _head(p["agency_code"], p["position_id"].removesuffix(" (representative)").capitalize()) for p in named
    ]
    invite(meeting, [*positions, *_heads_of_bp3mi()], by=sari)
    _as_held(meeting, start)
    minutes = Minutes.begin(meeting, by=viewer_of(people["nia"]))
    nia, karno = viewer_of(people["nia"]), viewer_of(people["karno"])
    minutes.save_frame(
        opening=f"Rapat dibuka oleh {opener['position_id']}.",
        closing="Contoh: Rapat ditutup pukul 15.30 WIB.",
        revision=1,
        by=nia,
    )
    for text in (
        "Sinergi antara BP2MI, pemerintah daerah, dan para pemangku kepentingan lainnya perlu diperkuat.",
        "Pelindungan berlangsung sejak masa penempatan hingga kepulangan.",
        "Sistem yang lebih kuat dalam penempatan dan pelindungan perlu dibangun bersama.",
    ):
        minutes.write(kind="directive", text=text, item=opening, by=nia)
    for text in (
        "Tantangan dan solusi peningkatan layanan bagi pekerja migran terkendala (sakit).",
        "Peningkatan kapasitas petugas di lapangan.",
    ):
        minutes.write(kind="response", text=text, item=discussion, by=nia)
    minutes.write(
        kind="decision",
        text="Contoh: alur rujukan pekerja migran terkendala (sakit) dari debarkasi disusun bersama.",
        item=discussion,
        by=nia,
    )
    minutes.write(
        kind="follow_up",
        text="Contoh: menyusun alur rujukan dan daftar narahubung.",
        item=discussion,
        by=nia,
        follow_up={
            "agency": Agency.objects.get(code="BP3MI-DKI"),
            "due_date": None,
            "due_days": 10,
            "output": "Contoh: alur rujukan satu halaman",
        },
    )
    minutes.submit(by=nia)
    document = minutes.approve(by=karno)
    make_paper(document.pk)
    for key in ("nia", "karno"):
        document.refresh_from_db()
        document.sign(document.signatories.get(user=people[key]), passphrase=PASSPHRASE, by=viewer_of(people[key]))
    document.refresh_from_db()
    return document


def _as_held(meeting: Meeting, start: datetime) -> None:
    """History that lies before the demo: states and times are set, not lived through."""
    end = meeting.ends_at
    facts: dict[str, Any] = {"status": "held"}
    for fact, moment in (
        ("published", start - timedelta(days=14)),
        ("invited", start - timedelta(days=7)),
        ("started", start),
        ("ended", end),
    ):
        facts |= {f"{fact}_at": moment, f"{fact}_by": "system"}
    Meeting.objects.filter(pk=meeting.pk).update(**facts)
    meeting.refresh_from_db()
    moment = start
    for item in meeting.agenda_items.all():
        item.started_at, item.ended_at = moment, moment + timedelta(minutes=item.minutes)
        item.started_by = item.ended_by = "system"
        item.save(update_fields=["started_at", "started_by", "ended_at", "ended_by"])
        moment = item.ended_at


def _this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _today(people: dict[str, User]) -> Meeting:
    """A meeting that begins now: published, letter signed, invitations sent, some answers in."""
    sari, start = viewer_of(people["sari"]), _this_hour()
    meeting = Meeting(
        title="Contoh: Rapat Koordinasi Pelindungan Pekerja Migran Terkendala Sakit",
        theme="Contoh: dari debarkasi sampai pulang ke daerah asal",
        purpose="Contoh: menyamakan alur layanan bagi pekerja migran Indonesia terkendala sakit",
        scope="Nasional",
        starts_at=start,
        ends_at=start + timedelta(hours=5),
        mode="hybrid",
        venue="Contoh: Aula Serbaguna",
        city="Bogor",
        host=Agency.objects.get(code=UNIT),
        online_url="https://rapat.contoh.example/ruang/415220",
        online_code="415 220",
        online_dial_in="(021) 0000-0000",
        reply_by=start + timedelta(hours=1),
        dress_code="batik atau bebas rapi",
        contact_name="Sari Contoh",
        contact_phone="0812-0000-0000",
        note="Contoh: rapat hari ini; judul, tempat, jam, nomor, dan nama rekaan.",
    ).plan(by=sari)
    _officers(
        meeting,
        people,
        opener=("Ratna Contoh", "Contoh: Sekretaris Jenderal"),
        moderator=("Dewi Contoh", "Contoh: Kepala Biro"),
    )
    _items(
        meeting,
        ("opening", "Contoh: Pembukaan dan laporan penyelenggara", 30, "Contoh: Sekretaris Jenderal"),
        ("presentation", "Contoh: Paparan alur rujukan dari debarkasi", 60, "Direktur PWNI dan BHI"),
        ("discussion", "Contoh: Diskusi kebutuhan ambulans dan petugas", 90, "Contoh: Kepala Biro"),
        ("break", "Contoh: Istirahat, salat, makan", 60, ""),
        ("wording", "Contoh: Perumusan kesepakatan", 45, "Contoh: Tim perumus"),
        ("closing", "Contoh: Penutupan", 15, "Contoh: Sekretaris Jenderal"),
    )
    release(meeting, by=sari)
    meeting.publish(by=sari)
    invite(meeting, [*[_head(code) for code in GUESTS], *_heads_of_bp3mi()], by=sari, required=True)
    values = letters.proposal(meeting) | {
        "signatory": people["ratna"].pk,
        "signatory_name": "Ratna Contoh",
        "signatory_position": "Sekretaris Jenderal",
    }
    letter = letters.prepare_here(meeting, values, by=sari)
    make_paper(letter.pk)
    letter.refresh_from_db()
    letter.sign(letter.signatories.get(), passphrase=PASSPHRASE, by=viewer_of(people["ratna"]))
    send_invitations(meeting, by=sari)
    meeting.refresh_from_db()
    _answers(meeting)
    return meeting


def _answers(meeting: Meeting) -> None:
    """Sample answers of some heads; the others have not answered yet."""
    rows = list(meeting.invitations.addressed().select_related("meeting", "agency").in_protocol_order())
    bp3mi = [row for row in rows if row.agency.kind == "bp3mi"]

    def guest(invitation: Invitation) -> Viewer:
        return Viewer(link_subjects=(("invitation", invitation.public_id),))

    for row in bp3mi[:9]:
        row.respond("accepted", mode="online", by=guest(row))
    for row in [row for row in rows if row.agency.code in ("KEMENLU-PWNI-BHI", "BPJS-TK")]:
        row.respond("accepted", mode="in_person", by=guest(row))
    bp3mi[9].respond("declined", reason="Contoh: bersamaan dengan kunjungan kerja", by=guest(bp3mi[9]))
    bp3mi[10].delegate_to(
        name="Gede Contoh",
        position="Kepala Seksi Pelindungan (contoh)",
        email="gede@wakil.example",
        mode="online",
        by=guest(bp3mi[10]),
    )


def _scheduled(people: dict[str, User]) -> None:
    """Published, rundown being written, letter still to come."""
    sari = viewer_of(people["sari"])
    start = (_this_hour() + timedelta(days=21)).replace(hour=2)
    meeting = Meeting(
        title="Contoh: Rapat Koordinasi Teknis Data Kepulangan",
        kind="technical_coordination_meeting",
        scope="Nasional",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        mode="online",
        host=Agency.objects.get(code=UNIT),
        online_url="https://rapat.contoh.example/ruang/77",
        note="Contoh: judul, jam, dan nama rekaan.",
    ).plan(by=sari)
    _officers(meeting, people)
    _items(
        meeting, ("opening", "Contoh: Pembukaan", 15, ""), ("presentation", "Contoh: Paparan data kepulangan", 60, "")
    )
    meeting.publish(by=sari)
    invite(meeting, _heads_of_bp3mi(), by=sari)


def _draft(people: dict[str, User]) -> None:
    """A draft that only its organiser, chair and minute-taker see."""
    start = (_this_hour() + timedelta(days=40)).replace(hour=2)
    meeting = Meeting(
        title="Contoh: Rapat Persiapan Rakornas Pelindungan",
        kind="preparatory_meeting",
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        mode="in_person",
        venue="Contoh: Ruang Rapat Lantai 2",
        city="Jakarta",
        host=Agency.objects.get(code=UNIT),
        note="Contoh: judul, jam, dan nama rekaan.",
    ).plan(by=viewer_of(people["sari"]))
    _officers(meeting, people)

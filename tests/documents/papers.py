"""Papers and officials of these tests, made once per run; every person, number and place is invented."""

from __future__ import annotations

import tempfile
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pikepdf
from django.conf import settings

from rakor.documents import signing
from rakor.documents.authority import Authority, IssuedCertificate
from rakor.documents.rendering import render

SECRET = "rahasia lingkungan untuk pengujian, panjang sekali"
VERIFY_URL = "https://rakor.example/verifikasi/NG8MYZRCH5FN"
VERIFY = {"short_url": "rakor.example/verifikasi", "url": VERIFY_URL, "code": "NG8M-YZRC-H5FN"}
TITLE = (
    "Rapat Koordinasi Penguatan Layanan Penempatan dan Pelindungan Pekerja Migran Indonesia untuk Wilayah DKI Jakarta"
)
PARTICULARS = [
    {"label": "hari, tanggal", "value": "Rabu, 15 April 2026"},
    {"label": "pukul", "value": "09.00 WIB s.d. selesai"},
    {"label": "tempat", "value": "Auditorium Contoh, Jakarta (luring); daring, tautan pribadi disampaikan terpisah"},
    {"label": "acara", "value": TITLE},
    {"label": "pimpinan rapat", "value": "Kepala Biro Perencanaan dan Kerja Sama"},
]
JAKARTA = ZoneInfo("Asia/Jakarta")
CHAIR, MINUTE_TAKER = "sig-pimpinan", "sig-notulis"


@dataclass
class Paper:
    """What render() takes, to be changed by a test before it is set."""

    template: str
    context: dict
    fields: dict

    def set(self, **more) -> bytes:
        return render(self.template, self.context, fields=self.fields, data={"title": TITLE}, **more)


def _document(kind: str, **more) -> dict:
    return {
        "title": f"{kind} {TITLE}",
        "author": "Biro Perencanaan dan Kerja Sama",
        "description": kind,
        "running_head": f"{kind} · B-12/RENKS/KS.01/IV/2026 · 1 April 2026",
        "number": "B-12/RENKS/KS.01/IV/2026",
        "date": date(2026, 4, 1),
        "place": "Jakarta",
        "security": "B",
        "urgency": "Segera",
        "is_sample": True,
        "meeting": TITLE,
    } | more


def _letterhead() -> dict:
    names = ["KEMENTERIAN PELINDUNGAN", "PEKERJA MIGRAN INDONESIA", "BIRO PERENCANAAN DAN KERJA SAMA"]
    lines = [{"text": name, "level": 2 if name == names[-1] else 1} for name in names]
    address = ["Jalan Contoh 1, Jakarta"]
    return {"logo": "emblem.svg", "logo_alt": "Lambang (contoh)", "lines": lines, "address": address}


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 4, 15, hour, minute, tzinfo=JAKARTA)


def _rundown() -> dict:
    rows = [
        {"no": 1, "start": _at(8), "end": _at(9), "title": "Registrasi peserta", "by": "Sekretariat"},
        {"no": 2, "start": _at(9), "end": _at(9, 30), "title": "Pembukaan", "by": "Pembawa acara", "note": "Doa"},
        {"no": 3, "start": _at(9, 30), "end": _at(12), "title": "Diskusi", "by": "Kepala Biro", "detail": "Alur"},
        {"no": "", "start": _at(12), "end": _at(13), "title": "Istirahat, salat, dan makan siang", "rest": True},
        {"no": 4, "start": _at(13), "title": "Penutupan", "by": "Penyelenggara"},
    ]
    day = {"label": "Hari", "date": date(2026, 4, 15), "blocks": [{"kind": "plenary", "rows": rows}]}
    return {"zone": "WIB", "when": "Rabu, 15 April 2026", "place": "Auditorium Contoh, Jakarta", "days": [day]}


def letter(layout: str = "A", invited: int = 30) -> Paper:
    """A letter of invitation with a list of addressees and the rundown."""
    people = [
        {"no": n, "position": f"Kepala BP3MI Contoh {n}", "agency": "KP2MI", "mode": "daring"}
        for n in range(1, invited + 1)
    ]
    groups = [
        {"letter": "A", "name": "Kementerian/lembaga", "rows": people[: invited // 2]},
        {"letter": "B", "name": "Balai Pelayanan Pelindungan Pekerja Migran Indonesia", "rows": people[invited // 2 :]},
    ]
    position = "Kepala Biro Perencanaan dan Kerja Sama"
    context = {
        "document": _document(
            "Undangan",
            layout=layout,
            attachments="2 (dua) berkas",
            subject=f"Undangan {TITLE}",
            addressee=["Yth. (Daftar Undangan Terlampir)", "di tempat"],
            attached_to=f"Surat {position}",
            cc=["Sekretaris Jenderal (sebagai laporan)"],
        ),
        "letterhead": _letterhead(),
        "verify": VERIFY,
        "opening": "Dalam rangka memperkuat koordinasi pelindungan, kami mengundang Bapak/Ibu untuk hadir pada:",
        "particulars": deepcopy(PARTICULARS),
        "closing": [
            "Mengingat pentingnya acara dimaksud, Bapak/Ibu dimohon hadir tepat waktu.",
            "Atas perhatian dan kerja sama Bapak/Ibu, kami sampaikan terima kasih.",
        ],
        "signatures": [{"id": "sig-penandatangan", "position": position, "name": "Karno Wibisono"}],
        "invitees": {"roman": "I", "groups": groups},
        "agenda": {"roman": "II", **_rundown()},
    }
    return Paper("invitation_letter", context, {"sig-penandatangan": f"Tanda tangan {position}"})


def short_letter() -> Paper:
    """The same without attachments: one page."""
    paper = letter()
    del paper.context["invitees"], paper.context["agenda"]
    paper.context["document"]["attachments"] = ""
    return paper


def minutes() -> Paper:
    """One page of minutes, to be signed by minute-taker and chair."""
    point = {"no": "1.1", "who": "Kepala BP3MI", "text": "Usul."}
    follow_up = {
        "no": "D.1",
        "text": "Menyusun alur",
        "assignee": "BP3MI Jakarta",
        "due": date(2026, 4, 30),
        "note": "",
    }
    context = {
        "document": _document("Notula", number="NT-3/RENKS/KS.01/IV/2026"),
        "letterhead": _letterhead(),
        "verify": VERIFY,
        "particulars": deepcopy(PARTICULARS),
        "minutes": {
            "opening": ["Rapat dibuka pukul 09.00 WIB."],
            "topics": [{"no": "1.", "title": "Diskusi", "by": "Kepala Biro", "points": [point]}],
            "conclusions": [{"points": [{"no": "C.1", "text": "Alur rujukan disusun bersama."}]}],
            "follow_ups": [follow_up],
            "closing": ["Rapat ditutup pukul 13.10 WIB."],
        },
        "signatures": [
            {"id": CHAIR, "intro": "Mengetahui,", "position": "Pimpinan Rapat", "name": "Karno Wibisono"},
            {"id": MINUTE_TAKER, "position": "Notulis", "name": "Nia Kurniasih"},
        ],
    }
    return Paper("minutes", context, {CHAIR: "Tanda tangan pimpinan rapat", MINUTE_TAKER: "Tanda tangan notulis"})


def agenda() -> Paper:
    version = {"no": 2, "at": _at(7)}
    context = {"document": _document("Susunan Acara"), "letterhead": _letterhead(), "verify": VERIFY}
    return Paper("agenda", context | {"agenda": {**_rundown(), "version": version, "note": "Dapat berubah."}}, {})


def attendance() -> Paper:
    pen = "M5 40 C 20 5, 35 55, 50 30 S 80 10, 95 35"
    lists = {
        "zone": "WIB",
        "letters": ["A.", "B.", "C."],
        "in_person": [
            {"no": n, "name": f"Peserta {n}", "position": "Staf", "agency": "KP2MI", "signature": pen}
            for n in (1, 2, 3)
        ],
        "online": [
            {"no": 4, "name": "Budi", "position": "Kepala", "agency": "BP3MI", "at": _at(9, 3), "code": "AB12-CD34"}
        ],
        "walk_in": [{"no": 5, "name": "Tamu", "position": "Staf", "agency": "Dinas", "signature": pen}],
        "tally": [{"label": "Diundang", "value": 6}, {"label": "Hadir", "value": 5}],
        "notes": ["Waktu dalam WIB."],
    }
    context = {"document": _document("Daftar Hadir"), "letterhead": _letterhead(), "verify": VERIFY}
    return Paper("attendance_list", context | {"particulars": deepcopy(PARTICULARS), "attendance": lists}, {})


def restricted() -> Paper:
    """A numbered copy of a secret letter, with a tiled mark of who has it."""
    paper = short_letter()
    neutral = {"running_head": "R-9/RENKS/IV/2026"} | dict.fromkeys(("title", "subject"), "Undangan rapat terbatas")
    paper.context["document"] |= {"security": "R", "copy_no": 3, "copy_of": 5, **neutral}
    paper.context["mark"] = {"kind": "copy", "line": "Salinan untuk Kepala Bidang", "line2": "Tidak untuk digandakan"}
    return paper


PAPERS = {
    "letter A": letter,
    "letter B": lambda: letter("B"),
    "one page": short_letter,
    "restricted": restricted,
    "minutes": minutes,
    "agenda": agenda,
    "attendance": attendance,
}


# ---- officials -------------------------------------------------------------------------------------------

NIA_PASSPHRASE, KARNO_PASSPHRASE = "frasa sandi notulis", "frasa sandi pimpinan"


@cache
def authority() -> Authority:
    folder = Path(tempfile.mkdtemp(dir=settings.DATA_DIR)) / "authority"
    return Authority.open_or_create(folder, "Kementerian Contoh", sample=True, secret=SECRET)


@cache
def nia() -> IssuedCertificate:
    return authority().issue("Nia Kurniasih", "Notulis", "Kementerian Contoh", NIA_PASSPHRASE)


@cache
def karno() -> IssuedCertificate:
    return authority().issue("Karno Wibisono, S.H., M.Si.", "Kepala Biro", "Kementerian Contoh", KARNO_PASSPHRASE)


def sign(pdf: bytes, field: str, **changes) -> signing.SignedPdf:
    """Nia signs first as minute-taker; any other field is Karno's."""
    first = field == MINUTE_TAKER
    known = {
        "field": field,
        "pkcs12": (nia() if first else karno()).pkcs12,
        "passphrase": NIA_PASSPHRASE if first else KARNO_PASSPHRASE,
        "reason": "Notula",
        "location": "Jakarta",
        "certify": field != CHAIR,
        "verify_url": VERIFY_URL,
        "authority": authority(),
    }
    return signing.sign(pdf, **(known | changes))


@cache
def unsigned_minutes() -> bytes:
    return minutes().set()


@cache
def half_signed_minutes() -> bytes:
    return sign(unsigned_minutes(), MINUTE_TAKER).pdf


@cache
def signed_minutes() -> bytes:
    return sign(half_signed_minutes(), CHAIR).pdf


@cache
def slow() -> bytes:
    """The signed minutes and 40,000 small updates (7 MB), each of which has to be compared with the one before.

    Whoever reads it is busy for longer than anybody may be.
    """
    updated = signed_minutes()
    table = updated.rindex(b"startxref\n") + len(b"startxref\n")
    previous = int(updated[table:].split()[0])
    with pikepdf.open(BytesIO(updated)) as reader:
        catalogue, size = reader.Root.objgen[0], int(reader.trailer.Size)
    parts, length = [updated], len(updated)
    for _update in range(40_000):
        place = length + 1
        body = b"\n%d 0 obj\n(x)\nendobj\n" % size
        at = length + len(body)
        body += b"xref\n%d 1\n%010d 00000 n \ntrailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            size, place, size + 1, catalogue, previous, at,
        )  # fmt: skip
        previous = at
        length += len(body)
        parts.append(body)
    return b"".join(parts)

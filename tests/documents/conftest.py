"""A kind of paper made for these tests, its documents at each stage, and officials with certificates."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from rakor.documents import certificates
from rakor.documents.authority import seal
from rakor.documents.kinds import DocumentKind, kinds
from rakor.documents.models import Document, File
from rakor.documents.rendering import render
from rakor.documents.signing import sign
from rakor.lib import apart
from rakor.lib.access import Refusal
from rakor.meetings.access import standing
from rakor.meetings.models import Meeting
from tests import factories as make

PASSPHRASE = "empat kata yang hanya saya tahu"
OTHER_PASSPHRASE = "lima kata lain yang bukan miliknya"


@dataclass
class PaperKind:
    """What the test's kind was told, and what it prints."""

    told: list[tuple[str, str]] = field(default_factory=list)
    fails: bool = False
    opening: str = "Rapat dibuka pukul 09.00 WIB."

    def context(self, document: Document) -> dict[str, Any]:
        own = {"signatures": document.content["signatures"]} if "signatures" in document.content else {}
        return own | {
            "document": {
                "title": document.subject,
                "author": "Uji",
                "meeting": document.meeting.title,
                "running_head": "Uji",
            },
            "letterhead": {"lines": [{"text": "KEMENTERIAN UJI", "level": 1}], "address": []},
            "particulars": [{"label": "Rapat", "value": document.meeting.title}],
            "minutes": {
                "opening": [document.content.get("opening", self.opening)],
                "topics": [],
                "conclusions": [],
                "follow_ups": [],
                "closing": [],
            },
            "data": {"subject": document.subject},
        }

    @staticmethod
    def readable_q(viewer) -> Q:
        mine = Q(meeting__host_id__in=viewer.agencies("organiser"))
        return mine | Q(
            meeting__in=Meeting.objects.visible_to(viewer),
            status__in=["signed", "distributed", "superseded", "revoked"],
        )

    @staticmethod
    def may_manage(viewer, document) -> None:
        if "host" not in standing(viewer, document.meeting):
            raise Refusal("Hanya unit penyelenggara.")

    def on_signed(self, document, by) -> None:
        if self.fails:
            raise RuntimeError("the kind fails")
        self.told.append((document.public_id, by.actor))


@pytest.fixture
def paper_kind():
    """Registers the kind `test_paper` for one test."""
    kind = PaperKind()
    kinds.add(
        DocumentKind(
            "test_paper",
            "Naskah uji",
            "minutes",
            kind.context,
            kind.readable_q,
            kind.may_manage,
            kind.on_signed,
            order=99,
        )
    )
    yield kind
    del kinds._entries["test_paper"]


@pytest.fixture
def no_place():
    """Two files are being looked into, and they take long."""
    for _place in range(2):
        apart.places_to_look.acquire()
    yield
    for _place in range(2):
        apart.places_to_look.release()


@pytest.fixture
def sari(cast):
    """The viewer of Sari, who organises."""
    return cast.viewer(cast.sari)


@pytest.fixture
def nia(cast):
    return cast.viewer(cast.nia)


@pytest.fixture
def karno(cast):
    return cast.viewer(cast.karno)


@pytest.fixture
def draft(paper_kind, meeting, cast, sari):
    """A draft that Nia signs first and Karno last."""
    document = Document(kind="test_paper", meeting=meeting, subject="Naskah Uji Koordinasi", place="Jakarta").register(
        by=sari
    )
    for order, (user, role) in enumerate(((cast.nia, "Notulis"), (cast.karno, "Pimpinan rapat")), start=1):
        make.SignatoryFactory(document=document, order=order, user=user, role=role, position=role)
    return document


@pytest.fixture
def numbered(draft, sari):
    draft.number_it(letterhead=draft.meeting.host.letterhead_on(draft.meeting.starts_at.date()), by=sari)
    return draft


@pytest.fixture(scope="session")
def keys():
    """Real certificates of Nia and Karno, made once: two RSA keys take seconds."""
    issuer = certificates.authority("Kementerian Uji")
    return {name: issuer.issue(name, "Analis", "Biro Uji", PASSPHRASE) for name in ("Nia Kurniasih", "Karno Wibisono")}


@dataclass(frozen=True)
class Papers:
    """One paper at its three stages, as bytes."""

    prepared: bytes
    once: bytes
    twice: bytes


@pytest.fixture(scope="session")
def papers(keys):
    """A paper with boxes for Nia and Karno, and what both made of it; really set and really signed, once.

    On a thread of its own: after a browser's test this one has a running event loop, and pyHanko starts one itself.
    """
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(_papers, keys).result()


def _papers(keys):
    context = {
        "document": {"title": "Naskah Uji", "date": date(2026, 4, 15), "number": "NT-1", "security": "B"},
        "minutes": {"opening": ["Rapat dibuka."]},
        "signatures": [{"id": f"sig-{n}", "position": "Analis", "name": name} for n, name in enumerate(keys, start=1)],
    }
    prepared = render("minutes", context, fields={"sig-1": "Tanda tangan Nia", "sig-2": "Tanda tangan Karno"}, data={})
    stages = [prepared]
    for number, issued in enumerate(keys.values(), start=1):
        signed = sign(
            stages[-1],
            field=f"sig-{number}", pkcs12=issued.pkcs12, passphrase=PASSPHRASE, reason="Uji", location="Jakarta",
            certify=number == 1, verify_url="http://127.0.0.1:8000/verifikasi/", authority=certificates.authority(),
        )  # fmt: skip
        stages.append(signed.pdf)
    return Papers(*stages)


@pytest.fixture
def waiting(numbered, papers):
    """Its paper is there; Nia's signature is next."""
    numbered.paper_made(File.objects.keep(papers.prepared), 1)
    return numbered


@pytest.fixture
def certified(cast, keys, settings):
    """Nia and Karno each have a certificate that PASSPHRASE opens."""
    for user in (cast.nia, cast.karno):
        issued = keys[user.full_name]
        make.CertificateFactory(
            user=user,
            sealed=seal(issued.pkcs12, settings.SECRET_KEY),
            subject=issued.subject,
            serial=issued.serial,
            not_after=issued.not_after,
        )


@pytest.fixture
def signed(waiting, papers, keys, cast):
    """Signed by both; the file of each stage is kept."""
    for signatory, issued in zip(waiting.signatories.order_by("order"), keys.values(), strict=True):
        signatory.signed(serial=issued.serial, level="B-B", by=cast.viewer(signatory.user))
    File.objects.keep(papers.once)
    file = File.objects.keep(papers.twice)
    Document.objects.filter(pk=waiting.pk).update(current=file)
    document = Document.objects.get(pk=waiting.pk)
    document._move(
        "signed",
        by=cast.viewer(cast.karno), verb="document.signed", meeting=document.meeting, signed_at=timezone.now(),
        signed_by=cast.viewer(cast.karno).actor,
    )  # fmt: skip
    return Document.objects.get(pk=waiting.pk)

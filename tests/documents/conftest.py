"""A kind of paper made for these tests, its documents at each stage, and officials with certificates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.db.models import Q

from rakor.documents import certificates
from rakor.documents.kinds import DocumentKind, kinds
from rakor.documents.models import Document
from rakor.documents.register import make_paper
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
        return {
            "document": {"title": document.subject, "author": "Uji", "meeting": document.meeting.title, "running_head": "Uji"},
            "letterhead": {"lines": [{"text": "KEMENTERIAN UJI", "level": 1}], "address": []},
            "particulars": [{"label": "Rapat", "value": document.meeting.title}],
            "minutes": {"opening": [document.content.get("opening", self.opening)], "topics": [], "conclusions": [], "follow_ups": [], "closing": []},
            "data": {"subject": document.subject},
        }

    @staticmethod
    def readable_q(viewer) -> Q:
        mine = Q(meeting__host_id__in=viewer.agencies("organiser"))
        return mine | Q(meeting__in=Meeting.objects.visible_to(viewer), status__in=["signed", "distributed", "superseded", "revoked"])

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
            "test_paper", "Naskah uji", "minutes", kind.context, kind.readable_q, kind.may_manage, kind.on_signed, order=99
        )
    )
    yield kind
    del kinds._entries["test_paper"]


@pytest.fixture(autouse=True)
def _no_tries_counted():
    cache.clear()


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
    document = Document(kind="test_paper", meeting=meeting, subject="Naskah Uji Koordinasi", place="Jakarta").register(by=sari)
    for order, (user, role) in enumerate(((cast.nia, "Notulis"), (cast.karno, "Pimpinan rapat")), start=1):
        make.SignatoryFactory(document=document, order=order, user=user, role=role, position=role)
    return document


@pytest.fixture
def numbered(draft, sari):
    draft.number_it(letterhead=draft.meeting.host.letterhead_on(draft.meeting.starts_at.date()), by=sari)
    return draft


@pytest.fixture
def waiting(numbered):
    """Its paper is made; Nia's signature is next."""
    make_paper(numbered.pk)
    numbered.refresh_from_db()
    return numbered


@pytest.fixture
def certified(cast, nia, karno):
    """Nia and Karno each have a certificate that PASSPHRASE opens."""
    certificates.issue(cast.nia, passphrase=PASSPHRASE, by=nia)
    certificates.issue(cast.karno, passphrase=PASSPHRASE, by=karno)


@pytest.fixture
def signed(waiting, certified, nia, karno):
    """Signed by both."""
    for viewer in (nia, karno):
        document = Document.objects.get(pk=waiting.pk)
        document.sign(document.next_signatory, passphrase=PASSPHRASE, by=viewer)
    return Document.objects.get(pk=waiting.pk)

"""What a document is about is told by the room that owns its kind; this registry is filled from above."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from rakor.lib.access import Viewer
from rakor.lib.registry import Registry

if TYPE_CHECKING:
    from rakor.documents.models import Document


@dataclass(frozen=True)
class AttachedFile:
    """A file embedded in a PDF: `relationship` is Data, Source, Supplement or Alternative (PDF/A-3 AFRelationship)."""

    name: str
    content: bytes
    description: str
    relationship: str = "Supplement"


@dataclass(frozen=True)
class DocumentKind:
    """How one kind of document is rendered and who may read it.

    `context(document)` gives the template's context, its machine-readable `data` under the key "data"
    and files to embed under "files"; `readable_q(viewer)` limits the register to rows the viewer may read;
    `may_manage(viewer, document)` raises a Refusal unless the viewer may prepare, upload or revoke;
    `on_signed(document, by)` runs in the transaction of the last signature; `distributed` is what it is called once it
    has gone out, where that is not the word of a letter; `numbered_at(document)` is the page on which a draft gets its
    number, "" where it gets none any more.
    """

    name: str
    label: Any
    template: str
    context: Callable[[Document], dict[str, Any]]
    readable_q: Callable[[Viewer], Q]
    may_manage: Callable[[Viewer, Document], None]
    on_signed: Callable[[Document, Viewer], None]
    order: int = 0
    readers: Sequence[str] = field(default=())
    distributed: Any = ""
    numbered_at: Callable[[Document], str] = lambda document: ""


kinds: Registry[DocumentKind] = Registry("document kind")

"""Personal links: who a token stands for, and which links of a session are still in force.

`link_kinds` is filled with one entry a subject kind (invitation now; speaker and signatory by later rooms).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from re import fullmatch

from attendees.models import Invitation
from attendees.models.invitations import KIND
from rakor.lib.registry import Registry
from rakor.lib.tokens import PUBLIC_ID, link_is_genuine


@dataclass(frozen=True)
class LinkKind:
    """`generations(public_ids)` maps the ids in force to their generation; `home(public_id)` is where the link leads.

    `zone(public_id)` is the reader's time zone, shown first on every page.
    """

    name: str
    generations: Callable[[Iterable[str]], dict[str, int]]
    home: Callable[[str], str]
    zone: Callable[[str], str]
    order: int = 0


STUCK = "/.,;:!?)>]}\"'”’*"
"""What chats and sentences stick to the end of an address; no token ends with any of it."""

MOST_GENERATIONS = 20
"""Earlier generations of a link that are looked for."""

link_kinds: Registry[LinkKind] = Registry("link kind")


@dataclass(frozen=True)
class Subject:
    kind: str
    public_id: str
    generation: int

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.public_id}"


def subject_of(token: str) -> Subject | None:
    """The subject of a genuine token that is still in force, else None; a full stop stuck to it does no harm."""
    token = token.rstrip(STUCK)
    public_id, _dot, mac = token.partition(".")
    if not fullmatch(PUBLIC_ID, public_id) or not mac or len(token) > 80:
        return None
    for kind in link_kinds:
        generation = kind.generations([public_id]).get(public_id)
        if generation is not None and link_is_genuine(token, kind.name, public_id, generation):
            return Subject(kind.name, public_id, generation)
    return None


def formerly(token: str) -> str:
    """The public id of the invitation that this genuine link stood for in an earlier generation; "" for others."""
    token = token.rstrip(STUCK)
    public_id = token.partition(".")[0]
    if not fullmatch(PUBLIC_ID, public_id) or len(token) > 80:
        return ""
    now = Invitation.objects.filter(public_id=public_id).values_list("link_generation", flat=True).first() or 0
    before = range(max(1, now - MOST_GENERATIONS), now)
    return public_id if any(link_is_genuine(token, KIND, public_id, one) for one in before) else ""


def is_withdrawn(token: str) -> bool:
    """True for a genuine link whose invitation was taken back."""
    held = formerly(token)
    return bool(held) and Invitation.objects.filter(public_id=held, end_reason="withdrawn").exists()


def subjects_in_force(session_links: dict[str, int]) -> tuple[tuple[str, str], ...]:
    """(kind, public id) of a session's links whose generation still holds, in the order they were opened."""
    wanted: dict[str, list[str]] = {}
    for key in session_links:
        kind, _colon, public_id = key.partition(":")
        wanted.setdefault(kind, []).append(public_id)
    now = {
        f"{kind}:{public_id}": generation
        for kind, ids in wanted.items()
        if kind in link_kinds
        for public_id, generation in link_kinds[kind].generations(ids).items()
    }
    in_force = [key for key, generation in session_links.items() if now.get(key) == generation]
    return tuple((key.partition(":")[0], key.partition(":")[2]) for key in in_force)


def _invitation_generations(public_ids: Iterable[str]) -> dict[str, int]:
    return dict(
        Invitation.objects.active()
        .to_published_meetings()
        .filter(public_id__in=list(public_ids))
        .values_list("public_id", "link_generation")
    )


def invitation_kind() -> LinkKind:
    """The entry of personal links to invitations."""
    from django.urls import reverse

    return LinkKind(
        KIND,
        _invitation_generations,
        home=lambda public_id: reverse("invitation_detail", args=[public_id]),
        zone=lambda public_id: Invitation.objects.values_list("zone", flat=True).get(public_id=public_id),
    )

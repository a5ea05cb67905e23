"""What a session keeps of personal links: those it has opened, and for which of them it is known who holds them.

No GET changes anything else than this.
"""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils import timezone

from attendees.links import Subject, link_kinds
from attendees.models import Invitation
from attendees.models.invitations import KIND
from rakor.lib.access import Viewer

MOST = 50
"""Links a session keeps; the oldest go first."""


def open_link(session: SessionBase, subject: Subject) -> None:
    """The session may from now on see what the link stands for; the link opened last acts and gives the time zone.

    It gets a new key, so that a key that somebody else knows opens nothing.
    """
    if session.get("links", {}).get(subject.key) != subject.generation:
        session.cycle_key()
    _put(session, "links", subject.key, subject.generation)
    session["ended"] = [public_id for public_id in session.get("ended", []) if public_id != subject.public_id]
    session["zone"] = link_kinds[subject.kind].zone(subject.public_id)


def remember(session: SessionBase, invitation: Invitation) -> None:
    """Somebody has said *Saya sendiri* here: pages may show names from now on."""
    _put(session, "known", f"{KIND}:{invitation.public_id}", invitation.link_generation)


def hand_over(session: SessionBase, principal: Invitation, delegate: Invitation) -> None:
    """*Saya mewakili*: the session leaves the principal's link and holds the delegate's own."""
    for name in ("links", "known"):
        kept = dict(session.get(name, {}))
        kept.pop(f"{KIND}:{principal.public_id}", None)
        session[name] = kept
    open_link(session, Subject(KIND, delegate.public_id, delegate.link_generation))
    remember(session, delegate)


def await_code(session: SessionBase, invitation: Invitation, code: str) -> None:
    """This session alone may enter the code of this public id."""
    session["codes"] = {**session.get("codes", {}), f"{KIND}:{invitation.public_id}": code}


def awaited_code(session: SessionBase, invitation: Invitation) -> str:
    """The public id of the code that was sent for this session last, or ""."""
    return str(session.get("codes", {}).get(f"{KIND}:{invitation.public_id}", ""))


def note_proof(session: SessionBase, invitation: Invitation) -> None:
    """The code was right: what is restricted opens in this session, which gets a new key."""
    session.cycle_key()
    key, now = f"{KIND}:{invitation.public_id}", timezone.now().timestamp()
    session["codes"] = {k: code for k, code in session.get("codes", {}).items() if k != key}
    session["proven"] = {**session.get("proven", {}), key: [invitation.link_generation, now]}


def forget_links(sender: object, *, request: HttpRequest, **_more: Any) -> None:
    """Whoever logs in is somebody else than the guest before, until the account itself opens a link."""
    for name in ("links", "known", "codes", "proven", "ended", "zone", "delegate_made"):
        request.session.pop(name, None)


def is_known(session: SessionBase, viewer: Viewer, invitation: Invitation) -> bool:
    """True when names and contacts may be shown: to the account concerned, and where somebody has said who it is."""
    by_account = viewer.user_id is not None and viewer.user_id == invitation.user_id
    if by_account or invitation.agency_id in viewer.agencies("contact", "agency_admin"):
        return True
    known: dict[str, int] = session.get("known", {})
    return known.get(f"{KIND}:{invitation.public_id}") == invitation.link_generation


def acting(viewer: Viewer, invitation: Invitation) -> Viewer:
    """The viewer as who acts on this invitation: of several links it is this one's."""
    own = (KIND, invitation.public_id)
    if own not in viewer.link_subjects:
        return viewer
    return viewer.but(link_subjects=(*(s for s in viewer.link_subjects if s != own), own))


def _put(session: SessionBase, name: str, key: str, generation: int) -> None:
    kept = {k: g for k, g in session.get(name, {}).items() if k != key}
    session[name] = dict([*kept.items(), (key, generation)][-MOST:])

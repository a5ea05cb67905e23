"""The people and things of the access matrix: one of each role, meetings in the states that matter, documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from agenda.models import release
from tests import factories as make
from tests.conftest import make_cast, staff_meeting

ROLES = {
    "H": "host organiser",
    "C": "chair",
    "M": "moderator",
    "N": "minute-taker",
    "R": "registrar",
    "I": "invited, by link",
    "D": "delegate, by link",
    "S": "speaker",
    "K": "contact of an invited agency",
    "A": "administrator of an invited agency",
    "T": "staff of the host's house",
    "V": "staff of an invited agency",
    "G": "signatory",
    "U": "auditor",
    "Y": "system administrator",
    "O": "other account",
    "X": "nobody",
}


@dataclass
class World:
    clients: dict[str, Client] = field(default_factory=dict)
    args: dict[str, list[Any]] = field(default_factory=dict)
    """Arguments of addresses by the name of the thing: `scheduled`, `draft`, `held`, `invitation`, `letter` …"""


def build() -> World:
    """Makes everything; the caller owns the transaction."""
    cast, world = make_cast(), World()
    make.PulseFactory()
    extra = {
        key: make.UserFactory(full_name=name)
        for key, name in (
            ("moderator", "Mira Uji"),
            ("registrar", "Rudi Uji"),
            ("speaker", "Susi Uji"),
            ("signatory", "Gita Uji"),
        )
    }
    make.MembershipFactory(user=extra["moderator"], agency=cast.bureau)
    admin_of_bali = make.MembershipFactory(agency=cast.bali, role="agency_admin").user
    staff_of_bali = make.MembershipFactory(agency=cast.bali, role="staff").user
    meetings = {state: staff_meeting(cast, status=state) for state in ("draft", "scheduled", "held")}
    for meeting in meetings.values():
        for role in ("moderator", "registrar", "speaker"):
            make.MeetingRoleFactory(meeting=meeting, role=role, user=extra[role])
        item = make.AgendaItemFactory(meeting=meeting)
        release(meeting, by=cast.viewer(cast.sari))
        world.args[meeting.status] = [meeting.public_id]
        world.args[f"{meeting.status} item"] = [meeting.public_id, item.pk]
    scheduled, held = meetings["scheduled"], meetings["held"]
    now = timezone.now()
    second = make.PositionFactory(agency=cast.bali, name="Kepala Seksi", email="seksi@uji.example")
    principal = make.InvitationFactory(
        meeting=scheduled, position=second, status="delegated", answered_at=now, answered_by="system"
    )
    delegates = {}
    for meeting in (scheduled, held):
        head = principal if meeting is scheduled else meeting.invitations.get()
        delegates[meeting.status] = make.InvitationFactory(
            meeting=meeting,
            position=None,
            agency=cast.bali,
            agency_name="BP3MI Bali",
            position_name="Staf",
            email="wakil@uji.example",
            person_name="Gede Uji",
            delegated_from=head,
            status="accepted",
            mode="online",
            answered_at=now,
            answered_by="system",
        )
    invitation = scheduled.invitations.get(position=cast.head_of_bali)
    world.args |= {
        "guide": ["penyelenggara"],
        "invitation": [invitation.public_id],
        "delegate": [delegates["scheduled"].public_id],
        "row": [scheduled.public_id, invitation.public_id],
        "bali": [cast.bali.code],
        "bureau": [cast.bureau.code],
        "position": [cast.bali.code, cast.head_of_bali.pk],
        "membership": [cast.bali.code, cast.bali.memberships.get(user=staff_of_bali).pk],
    }
    world.args["presence"] = [scheduled.public_id, make.PresenceFactory(invitation=delegates["scheduled"]).pk]
    _papers(cast, world, scheduled, held, extra["signatory"])
    accounts = {
        "H": cast.sari,
        "C": cast.karno,
        "M": extra["moderator"],
        "N": cast.nia,
        "R": extra["registrar"],
        "S": extra["speaker"],
        "K": cast.rina,
        "A": admin_of_bali,
        "T": cast.sinta,
        "V": staff_of_bali,
        "G": extra["signatory"],
        "U": cast.aulia,
        "Y": cast.admin,
        "O": cast.citra,
    }
    for role, user in accounts.items():
        world.clients[role] = Client()
        world.clients[role].force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    world.clients |= {
        "I": _guest(invitation, held.invitations.get(position=cast.head_of_bali)),
        "D": _guest(delegates["scheduled"], delegates["held"]),
        "X": Client(),
    }
    world.clients = {role: world.clients[role] for role in ROLES}
    return world


def _papers(cast: Any, world: World, scheduled: Any, held: Any, signatory: Any) -> None:
    """A signed minutes document of the held meeting, an open letter of the scheduled one, minutes being written."""
    paper = make.FileFactory()
    now = timezone.now()
    facts = {"current": paper, "prepared": paper, "date": timezone.localdate(), "pages": 1}
    signed = make.DocumentFactory(
        kind="minutes",
        meeting=held,
        status="distributed",
        number="B-1/UJI",
        signed_at=now,
        signed_by="system",
        distributed_at=now,
        distributed_by="system",
        **facts,
    )
    make.SignatoryFactory(document=signed, user=signatory, signed_at=now, signed_by=f"user:{signatory.pk}")
    minutes = make.MinutesFactory(
        meeting=held,
        status="distributed",
        approved_at=now,
        approved_by="system",
        approved_sha256="0" * 64,
        document=signed,
        submitted_at=now,
        submitted_by="system",
    )
    point = make.PointFactory(minutes=minutes)
    letter = make.DocumentFactory(
        kind="invitation_letter", meeting=scheduled, status="awaiting_signature", number="B-2/UJI", **facts
    )
    make.SignatoryFactory(document=letter, user=signatory)
    draft = make.PointFactory(minutes=make.MinutesFactory(meeting=scheduled))
    world.args |= {
        "signed": [signed.public_id],
        "letter": [letter.public_id],
        "code": [signed.code],
        "held point": [held.public_id, point.pk],
        "point": [scheduled.public_id, draft.pk],
    }


def _guest(*invitations: Any) -> Client:
    """A browser that holds these personal links and has said who it is."""
    client = Client()
    for invitation in invitations:
        client.get(f"/u/{invitation.link.rpartition('/u/')[2]}")
        client.post(f"/undangan/{invitation.public_id}/kenal/", {"who": "self"})
    return client

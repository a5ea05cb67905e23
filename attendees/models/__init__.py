"""Agencies and their people; who is invited, who comes, who was there."""

from attendees.models.agencies import Agency, Letterhead, Membership, Position
from attendees.models.codes import AccessCode
from attendees.models.deputies import DeputyRequest
from attendees.models.imports import Import
from attendees.models.invitations import Invitation
from attendees.models.notices import Notice
from attendees.models.presence import Presence

__all__ = [
    "AccessCode",
    "Agency",
    "DeputyRequest",
    "Import",
    "Invitation",
    "Letterhead",
    "Membership",
    "Notice",
    "Position",
    "Presence",
]

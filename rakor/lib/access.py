"""Who looks at a page, and how a page says no.

A view asks "may this viewer?" and gets a Refusal with a sentence; a verb asks "does the state allow it?".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase


class Refusal(PermissionDenied):
    """No, and why: `reason` is a sentence for people that also says what to do next. Answered with 403."""

    def __init__(self, reason: Any) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class AgencyRole:
    """One membership of an account holder: role in an agency, whose house is the top of its tree."""

    agency_id: int
    house_id: int
    role: str


@dataclass(frozen=True)
class Viewer:
    """A person on a page, as plain values; account holders and guests with a personal link alike."""

    user_id: int | None = None
    name: str = ""
    email: str = ""
    zone: str = "Asia/Jakarta"
    is_system_admin: bool = False
    link_subjects: tuple[tuple[str, str], ...] = ()
    """(kind, public id) of the session's personal links on which somebody has said who he is; the last one acts."""
    unsaid_links: tuple[tuple[str, str], ...] = ()
    """Links that were opened and no more: they lead to that question and show nothing else. Source: rule 3."""
    agency_roles: tuple[AgencyRole, ...] = field(default=())
    second_factor_at: datetime | None = None
    """When this session gave the account's second factor, as long as that holds."""
    proven_links: tuple[tuple[str, str], ...] = ()
    """Those of `link_subjects` whose holder has also typed the code that went to the invited address."""
    system: bool = False
    """True for tasks and commands, which act on nobody's behalf."""

    @property
    def is_authenticated(self) -> bool:
        return self.user_id is not None

    @property
    def is_guest(self) -> bool:
        return self.user_id is None and bool(self.link_subjects or self.unsaid_links)

    @property
    def actor(self) -> str:
        """What `*_by` columns and the audit trail keep: `user:5`, `invitation:<public id>`, `system` or `anonymous`."""
        if self.user_id is not None:
            return f"user:{self.user_id}"
        if self.link_subjects:
            kind, public_id = self.link_subjects[-1]
            return f"{kind}:{public_id}"
        return "system" if self.system else "anonymous"

    def has_role(self, role: str, agency_id: int | None = None) -> bool:
        """True when an account holder has the role, in the given agency or in any."""
        return any(m.role == role and agency_id in (None, m.agency_id) for m in self.agency_roles)

    def agencies(self, *roles: str) -> set[int]:
        """Ids of the agencies in which the viewer has one of the roles (any role without arguments)."""
        return {m.agency_id for m in self.agency_roles if not roles or m.role in roles}

    def but(self, **values: Any) -> Viewer:
        """The same viewer with these values instead (`dataclasses.replace` does not take the request's lazy one)."""
        return replace(self, **values)

    def asked(self) -> Viewer:
        """The viewer as the pages see him that ask who he is: with the links on which nobody has answered yet."""
        return self.but(link_subjects=(*self.link_subjects, *self.unsaid_links), unsaid_links=())

    @property
    def houses(self) -> set[int]:
        """Ids of the houses (tops of the agency tree) the viewer belongs to."""
        return {m.house_id for m in self.agency_roles}

    def subject_ids(self, kind: str) -> list[str]:
        """Public ids of the personal links of this kind."""
        return [public_id for k, public_id in self.link_subjects if k == kind]


SYSTEM = Viewer(system=True)
NOBODY = Viewer()


def allowed(check: Callable[..., None], *args: Any) -> bool:
    """True when the check passes; for buttons. `refusal()` gives the sentence instead."""
    return refusal(check, *args) is None


def refusal(check: Callable[..., None], *args: Any) -> Any:
    """The sentence with which the check refuses, or None."""
    try:
        check(*args)
    except Refusal as no:
        return no.reason
    return None


def require(check: Callable[[Viewer], None]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Runs `check(request.viewer)` before the view; its Refusal becomes a 403 that says why."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            check(request.viewer)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        return guarded

    return decorate

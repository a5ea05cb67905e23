"""Guarded state moves: looked up in MOVES, done where the old state still holds, audited in the same transaction."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from rakor.audit.models import record
from rakor.lib.access import Refusal, Viewer


class IllegalMove(Refusal):
    """The state does not allow this verb."""


class StaleState(Refusal):
    """Somebody else moved first."""

    def __init__(self) -> None:
        super().__init__(
            _("Somebody else changed this a moment ago. Load the page again and look at its present state.")
        )


class Moves(models.Model):
    """A row with a `status`; `MOVES` names for each status those that may follow."""

    MOVES: ClassVar[dict[str, tuple[str, ...]]] = {}

    class Meta:
        abstract = True

    def may_move(self, to: str) -> bool:
        """True when the present status may be followed by `to`."""
        return to in self.MOVES.get(self.status, ())  # type: ignore[attr-defined]

    def _move(
        self, to: str, *, by: Viewer, verb: str, meeting: Any = None, unless_changed: tuple[str, ...] = (), **facts: Any
    ) -> None:
        """Moves to `to` and sets the facts (column=value), or raises IllegalMove / StaleState and changes nothing.

        One UPDATE … WHERE status = old, so of two at once exactly one succeeds; the audit row is written with it. The
        columns of `unless_changed` must be what this object holds, too.
        """
        old = self.status  # type: ignore[attr-defined]
        if not self.may_move(to):
            raise IllegalMove(
                _("This is not possible while the status is “%(status)s”.") % {"status": self.get_status_display()}  # type: ignore[attr-defined]
            )
        where: dict[str, Any] = {"pk": self.pk, "status": old}
        where |= {column: getattr(self, column) for column in unless_changed}
        new: dict[str, Any] = {"status": to, **facts}
        with transaction.atomic(savepoint=False):  # nothing is raised inside, so nothing has to be taken back alone
            moved = type(self)._default_manager.filter(**where).update(**new)
            if moved:
                record(verb, target=self, by=by, meeting=meeting, old=old, new=to, fields=tuple(facts))
        if not moved:
            raise StaleState
        for name, value in new.items():
            setattr(self, name, value)

"""What higher rooms put on a meeting's pages: tabs, panels of the overview, and checks of readiness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rakor.lib.access import Viewer
from rakor.lib.registry import Registry
from rakor.meetings.models import Meeting


@dataclass(frozen=True)
class Tab:
    """One tab of the meeting's pages: `url_name` takes the meeting's public id; only if `shown(viewer, meeting)`.

    `count(viewer, meeting)` is the number beside the label, or None.
    """

    name: str
    label: Any
    url_name: str
    shown: Callable[[Viewer, Meeting], bool]
    count: Callable[[Viewer, Meeting], int | None] | None = None
    order: int = 0


@dataclass(frozen=True)
class Panel:
    """One part of the overview: `context(meeting, viewer)` gives the template's variables, or None to leave it out.

    `aside` puts it into the narrow column; one that `leads` a meeting stands before the others.
    """

    name: str
    template: str
    context: Callable[[Meeting, Viewer], dict[str, Any] | None]
    order: int = 0
    aside: bool = False
    leads: Callable[[Meeting], bool] = lambda meeting: False


@dataclass(frozen=True)
class ReadinessCheck:
    """What is still missing: `missing(meeting)` gives a sentence or None; `url_name` leads there.

    `label` names what is checked once it is there; `action` is the button's verb, or gives it for a meeting. One with
    `advice` as its verb instead never becomes the next step. With
    `after` the check belongs to the time after the meeting: it is asked when the meeting is held, and the meeting is
    closed when nothing is missing. With `only` it is asked in these statuses alone, which are then called
    `status_name` while something is missing; `gather` then learns of many meetings at once what `missing` asks of each.
    It is asked of meetings to which it `applies`.
    """

    name: str
    missing: Callable[[Meeting], Any]
    url_name: str
    order: int = 0
    label: Any = ""
    action: Any = ""
    advice: Any = ""
    after: bool = False
    only: frozenset[str] = frozenset()
    status_name: Any = ""
    gather: Callable[[Sequence[Meeting]], None] = lambda meetings: None
    applies: Callable[[Meeting], bool] = lambda meeting: True


tabs: Registry[Tab] = Registry("tab")
panels: Registry[Panel] = Registry("panel")
readiness: Registry[ReadinessCheck] = Registry("readiness check")

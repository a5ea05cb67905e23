"""What changed between two releases: kept as plain values, said in the language and zone of whoever reads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from rakor.lib.wording import clock


def frozen(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of the working copy as a release keeps them: plain values, times in ISO."""
    return [
        {
            "id": r["id"],
            "no": r["no"],
            "kind": r["kind"],
            "title": r["title"],
            "starts_at": r["starts_at"].isoformat(),
            "ends_at": r["ends_at"].isoformat(),
            "owner": r["owner"],
            "note": r["note"],
        }
        for r in rows
    ]


def changes_between(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What a release keeps of items added, renamed, moved, given to somebody else or dropped; times in ISO."""
    before, after = {r["id"]: r for r in old}, {r["id"]: r for r in new}
    found: list[dict[str, str]] = []
    for row in new:
        was = before.get(row["id"])
        if was is None:
            found.append({"what": "added", "title": row["title"], "new": row["starts_at"]})
            continue
        if was["title"] != row["title"]:
            found.append({"what": "renamed", "old": was["title"], "new": row["title"]})
        if was["starts_at"] != row["starts_at"]:
            found.append({"what": "moved", "title": row["title"], "old": was["starts_at"], "new": row["starts_at"]})
        if was["owner"] != row["owner"]:
            found.append({"what": "given", "title": row["title"], "old": was["owner"], "new": row["owner"]})
    return found + [{"what": "dropped", "title": r["title"]} for r in old if r["id"] not in after]


def said(changes: Iterable[dict[str, str]], zone: str) -> list[str]:
    """A sentence for each change, in the active language, times in the zone."""
    return [_sentence(change, zone) for change in changes]


def _sentence(change: dict[str, str], zone: str) -> str:
    match change["what"]:
        case "added":
            return _("New: %(title)s, %(time)s") % {"title": change["title"], "time": _at(change["new"], zone)}
        case "renamed":
            return _("Renamed: %(old)s → %(new)s") % {"old": change["old"], "new": change["new"]}
        case "moved":
            old, new = _at(change["old"], zone), _at(change["new"], zone)
            return _("%(title)s: %(old)s → %(new)s") % {"title": change["title"], "old": old, "new": new}
        case "given":
            return _("%(title)s: now by %(owner)s") % {"title": change["title"], "owner": change["new"] or "–"}
        case _:
            return _("Dropped: %(title)s") % {"title": change["title"]}


def _at(moment: str, zone: str) -> str:
    return clock(datetime.fromisoformat(moment), zone)

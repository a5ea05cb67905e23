"""What changed between two releases, in sentences for people."""

from __future__ import annotations

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


def changes_between(old: list[dict[str, Any]], new: list[dict[str, Any]], zone: str) -> list[str]:
    """Sentences (at most 300 characters each): items added, dropped, renamed, moved or given to somebody else."""
    before, after = {r["id"]: r for r in old}, {r["id"]: r for r in new}
    said: list[str] = []
    for row in new:
        was = before.get(row["id"])
        if was is None:
            said.append(_("New: %(title)s, %(time)s") % {"title": row["title"], "time": _at(row, zone)})
            continue
        if was["title"] != row["title"]:
            said.append(_("Renamed: %(old)s → %(new)s") % {"old": was["title"], "new": row["title"]})
        if was["starts_at"] != row["starts_at"]:
            said.append(
                _("%(title)s: %(old)s → %(new)s")
                % {"title": row["title"], "old": _at(was, zone), "new": _at(row, zone)}
            )
        if was["owner"] != row["owner"]:
            said.append(_("%(title)s: now by %(owner)s") % {"title": row["title"], "owner": row["owner"] or "–"})
    said += [_("Dropped: %(title)s") % {"title": r["title"]} for r in old if r["id"] not in after]
    return [sentence[:300] for sentence in said]


def _at(row: dict[str, Any], zone: str) -> str:
    return clock(datetime.fromisoformat(row["starts_at"]), zone)

"""The released rundown as HTML, set once for a release, zone, language and what has happened since."""

from __future__ import annotations

from hashlib import sha256

from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils.translation import get_language

from agenda.models import AgendaRelease, actual_times, rows_of
from rakor.meetings.models import Meeting


def rundown(meeting: Meeting, release: AgendaRelease, zone: str) -> str:
    """The rows of the release as `agenda/_released.html` shows them in the zone; nothing of it depends on who reads."""
    actual = actual_times(meeting)
    made_of = (release.pk, release.released_at, zone, get_language(), sorted(actual.items()))
    key = sha256(repr(made_of).encode()).hexdigest()
    html = caches["rendered"].get(key)
    if html is None:
        html = render_to_string("agenda/_released.html", {"rows": rows_of(release, actual), "zone": zone})
        caches["rendered"].set(key, html)
    return html

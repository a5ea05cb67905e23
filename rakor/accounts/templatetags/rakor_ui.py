"""The components of the look as template tags: `{% load rakor_ui %}`."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BaseForm, BoundField
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from lucide.templatetags.lucide import lucide

from rakor.lib import wording

register = template.Library()

TONE_ICONS = {
    "accent": "info",
    "ok": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-x",
    "alt": "corner-down-right",
}
LEVEL_TONES = {"success": "ok", "warning": "warn", "error": "bad"}


@cache
def _icon(name: str) -> SafeString:
    drawing = lucide(
        name, size=20, **{"class": "icon down" if name == "chevron-down" else "icon", "aria-hidden": "true"}
    )
    return mark_safe(re.sub(r"\s+(?=<)|(?<=>)\s+|\s+(?=/>)", "", drawing))


@register.simple_tag
def icon(name: str) -> SafeString:
    """The drawing of this name from the package lucide, inline and hidden from screen readers."""
    return _icon(str(name))


@register.simple_tag
def chip(status: str, label: Any, live: bool = False) -> SafeString:
    """A status: its code chooses colour and shape, the label says it."""
    return format_html('<span class="chip {}{}">{}</span>', status, " live" if live else "", label)


@register.simple_tag(takes_context=True)
def live(context: Context, stream: str) -> SafeString:
    """The attribute by which a page listens to the event stream at this address, from the moment it was asked for."""
    return format_html('data-live="{}?since={}"', stream, format(context["request"].began, ".3f"))


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """One form field with label, error, help and counter."""
    return bound.as_field_group()


@register.inclusion_tag("components/errors.html")
def errors(form: BaseForm) -> dict[str, Any]:
    """The summary of what must be corrected, linked to each field; for forms that are written out field by field.

    The links stand in the order of the form's fields, which is that of the page. `kept` and `lost`: whether something
    that was typed is still there, and whether something is not.
    """
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    failed = [bound for bound in form.visible_fields() if bound.errors]
    typed = {bound.comes_back for bound in form.visible_fields() if bound.was_typed}
    general = [*form.non_field_errors(), *hidden]
    return {"form": form, "failed": failed, "general": general, "kept": True in typed, "lost": False in typed}


@register.filter
def clock(moment: datetime | None, zone: str) -> str:
    """`09.00 WIB`"""
    return wording.clock(moment, zone) if moment else ""


@register.filter
def day(moment: datetime | date | None, zone: str = "Asia/Jakarta") -> str:
    """`Rabu, 15 April 2026`"""
    return wording.day(moment, zone) if moment else ""


@register.filter
def zone_label(zone: str) -> str:
    """`WIB`, `WITA` or `WIT`"""
    return wording.zone_label(zone)


@register.simple_tag
def when(moment: datetime | None, zone: str, only: str = "") -> SafeString:
    """A moment with its zone in a <time>: day and clock, or `only="clock"`, `only="day"`; nothing for None."""
    if moment is None:
        return SafeString("")
    parts = {"clock": [wording.clock(moment, zone)], "day": [wording.day(moment, zone)]}
    words = parts.get(only, [*parts["day"], *parts["clock"]])
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="minutes"), ", ".join(words))


@register.simple_tag
def both_clocks(moment: datetime, zone: str, host_zone: str) -> SafeString:
    """`10.00 WITA (09.00 WIB)`: the reader's clock first, the host's after it when they differ."""
    mine, theirs = wording.clock(moment, zone), wording.clock(moment, host_zone)
    words = mine if mine == theirs else f"{mine} ({theirs})"
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(timespec="minutes"), words)


@register.inclusion_tag("components/clocks.html")
def clocks(moment: datetime, zone: str, host_zone: str, end: datetime | None = None) -> dict[str, Any]:
    """Day and time, large: `09.22–13.22 WITA`, the reader's zone; the host's below when it differs."""
    mine, host = (
        (wording.day(moment, at), wording.clock_range(moment, end, at) if end else wording.clock(moment, at))
        for at in (zone, host_zone)
    )
    return {
        "moment": moment,
        "day": mine[0],
        "clock": mine[1],
        "host_day": host[0] if host[0] != mine[0] else "",
        "host_clock": host[1] if host[1] != mine[1] else "",
    }


@register.simple_tag
def day_tile(moment: datetime, zone: str) -> SafeString:
    """The calendar tile of a list: month, number, weekday."""
    local = timezone.localtime(moment, ZoneInfo(zone))
    weekday, number, month = (template.defaultfilters.date(local, part) for part in ("D", "j", "M"))
    return format_html('<span class="day">{} <b>{}</b>{}</span>', month, number, weekday)


@register.simple_block_tag
def callout(content: str, tone: str = "accent", icon: str = "", role: str = "") -> SafeString:
    """A note with its tone (accent, ok, warn, bad, alt): `{% callout "warn" %}<p>…</p>{% endcallout %}`."""
    return format_html(
        '<div class="callout" data-tone="{}"{}>{}{}</div>',
        tone,
        format_html(' role="{}"', role) if role else "",
        _icon(icon or TONE_ICONS[tone]),
        mark_safe(content),
    )


@register.simple_block_tag
def confirm(content: str, label: str, title: str, icon: str = "", look: str = "danger") -> SafeString:
    """A button that asks first: `{% confirm label title %}<p>consequence</p><form>…</form>{% endconfirm %}`.

    Opens as a dialog, and in place without JavaScript. A button inside with `data-close` leaves it.
    """
    body = mark_safe(content)
    return render_to_string(
        "components/confirm.html", {"label": label, "title": title, "icon": icon, "look": look, "content": body}
    )


@register.filter
def tone(message: Any) -> str:
    """The tone of a message by its level: ok, warn, bad or accent."""
    return next((LEVEL_TONES[tag] for tag in str(message.level_tag).split() if tag in LEVEL_TONES), "accent")


@register.filter
def tone_icon(name: str) -> SafeString:
    """The icon that goes with a tone."""
    return _icon(TONE_ICONS[name])


@register.filter
def elided(page: Any) -> Iterator[Any]:
    """Page numbers around the current one, with an ellipsis where some are left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)


@register.filter
def number(value: int | None) -> wording.Number | str:
    """`10.000`, in English `10,000`: every count that may pass 999; nothing for None."""
    return "" if value is None else wording.Number(value)


@register.filter
def kilobytes(size: int) -> str:
    """`182 kB` or `1,4 MB`."""
    if size < 1_000_000:
        return _("%(size)s kB") % {"size": max(1, round(size / 1000))}
    return _("%(size)s MB") % {"size": template.defaultfilters.floatformat(size / 1_000_000, 1)}

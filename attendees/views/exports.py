"""Lists for a spreadsheet: who may read the list may take it, narrowed as the page is."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe

from attendees.access import may_edit_directory
from attendees.board import Board, Line
from attendees.forms import BoardFilter
from attendees.guest_forms import LedgerFilter
from attendees.ledger import Ledger, as_sheet
from attendees.models import Position
from attendees.phones import shown
from attendees.views.directory import listed
from attendees.views.invitations import seen
from attendees.views.presence import list_of
from rakor.lib.access import allowed
from rakor.lib.sheets import Sheet, download
from rakor.meetings.models import Meeting


@login_required
@require_GET
@never_cache
def agency_export(request: HttpRequest) -> HttpResponse:
    """Agencies and their positions; contacts of those agencies only whose entry the viewer may change."""
    found = list(listed(request)[2])
    editable = {agency.pk for agency in found if allowed(may_edit_directory, request.viewer, agency)}
    agencies = Sheet(
        _("Agencies"),
        [_("Code"), _("Name"), _("Short name"), _("Kind"), _("Part of"), _("City"), _("Province"), _("Time zone")],
        (
            [
                a.code, a.name, a.short_name, a.get_kind_display(), a.parent.code if a.parent else "", a.city,
                a.province, a.zone_label,
            ]
            for a in found
        ),
        [20, 60, 28, 24, 20, 20, 24, 12],
    )  # fmt: skip
    rows = Position.objects.filter(agency__in=found).select_related("agency").in_protocol_order()
    return download("direktori", agencies, _positions(rows, editable))


def _positions(rows: Any, editable: set[int]) -> Sheet:
    heading = [
        _("Agency"), _("Position"), _("Plt./Plh."), pgettext("import", "Name of the holder"), _("E-mail"),
        _("Phone or WhatsApp"), _("Order"),
    ]  # fmt: skip
    lines = ([p.agency.code, p.name, p.acting, p.holder, *_contact(p, p.agency_id in editable), p.order] for p in rows)
    return Sheet(_("Positions"), heading, lines, [20, 48, 10, 32, 32, 20, 10])


def _contact(position: Position, may: bool) -> tuple[str, str]:
    return (position.email, shown(position.phone)) if may else ("", "")


@require_GET
@never_cache
def invitation_export(request: HttpRequest, meeting: str) -> HttpResponse:
    """Invitees with answer and delivery, as the board is narrowed; no contact, because such lists are passed on."""
    found = seen(request, meeting)
    board = Board(found, request.viewer.zone)
    form = BoardFilter(request.GET or None, answers=board.answer_choices(), deliveries=board.delivery_choices())
    narrowed = form.cleaned_data if form.is_valid() else {}
    heading = [
        _("Agency"), _("Position"), _("Name"), _("Answer given"), _("Reason"), _("Represented by"), _("Delivery"),
        _("Latest news"), _("Must attend"), _("Cannot be represented"), _("Answered late"),
    ]  # fmt: skip
    rows = (_invitee(line) for line in board.lines(board.narrowed(**narrowed)))
    return download(_name("undangan", found), Sheet(_("Invitations"), heading, rows, [36, 40, 28, 22, 30, 36, 22, 34]))


def _invitee(line: Line) -> list[Any]:
    i, deputy = line.invitation, line.delegate and line.delegate.invitation
    return [
        i.agency_name, i.position_name, i.person_name, i.answer_label, i.reason,
        f"{deputy.person_name}, {deputy.position_name}" if deputy else "", line.delivery_label, line.news,
        _("yes") if i.required else _("no"), _("yes") if i.head_only else _("no"), _("yes") if i.late else _("no"),
    ]  # fmt: skip


@require_safe
@never_cache
def presence_sheet(request: HttpRequest, meeting: str) -> HttpResponse:
    """The attendance as the page is narrowed, without any contact."""
    found = list_of(request, meeting)
    ledger = Ledger(found)
    form = LedgerFilter(request.GET, states=ledger.choices())
    people = ledger.narrowed(**form.cleaned_data) if form.is_valid() else ledger.people
    return download(_name("kehadiran", found), as_sheet(ledger, people))


def _name(what: str, meeting: Meeting) -> str:
    return f"{what}-{meeting.code or meeting.public_id}".replace("/", "-")

"""The first run: ministry, unit, letterhead and the first organiser, made once, while no account exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from attendees import loading
from attendees.models import Agency, Letterhead, Membership
from rakor.accounts.models import User
from rakor.audit.models import record
from rakor.lib.access import SYSTEM, Refusal

LOCK = 7_221_001
"""Key of the advisory lock that lets one of two first runs win."""

DOORS = frozenset({"/", "/masuk/"})
ROLES = ("organiser", "agency_admin")


def is_open() -> bool:
    """True while no account exists."""
    return not User.objects.exists()


def needs_code() -> bool:
    """True where a code protects the first run: wherever one is set, and in production always."""
    return bool(settings.SETUP_CODE) or not (settings.DEBUG or settings.DEMO or settings.TESTING)


def install(given: dict[str, Any]) -> User:
    """Makes everything the first organiser needs and gives the account; a Refusal when somebody was quicker.

    `given` is what SetupForm cleaned. The account organises and administers the unit and runs the system.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if not is_open():
            raise Refusal(_("Rakor has been set up a moment ago. Log in with the account made there."))
        if given["directory"]:
            loading.load()
        ministry = _agency(given["ministry_name"], given["ministry_short"], given["zone"], None)
        unit = _agency(given["unit_name"], given["unit_short"], given["zone"], ministry)
        _letterhead(unit, given)
        return _organiser(unit, given)


def _agency(name: str, short: str, zone: str, parent: Agency | None) -> Agency:
    """The agency of this name below the parent, taken from the directory where it is there already."""
    found = Agency.objects.in_force().filter(name__iexact=name, parent=parent).first()
    if found is None and parent is None:
        found = Agency.objects.in_force().filter(code=_code(short, name), parent=None).first()
    if found is not None:
        return found
    order = parent.protocol_order + 5 if parent else 10
    code = _code(f"{parent.code}-{short or name}" if parent else short, name)
    made = Agency(code=_free(code), name=name, short_name=short, kind="central", parent=parent, zone=zone)
    made.protocol_order = order
    made.save()
    return made


def _code(short: str, name: str) -> str:
    return slugify(short or name).upper()[:36] or "INSTANSI"


def _free(code: str) -> str:
    taken = set(Agency.objects.filter(code__startswith=code).values_list("code", flat=True))
    return next(tried for tried in [code, *(f"{code}-{n}" for n in range(2, 99))] if tried not in taken)


def _letterhead(unit: Agency, given: dict[str, Any]) -> None:
    fields = ("lines", "address", "place", "number_pattern", "unit_code", "classification")
    Letterhead(agency=unit, valid_from=timezone.localdate(), **{name: given[name] for name in fields}).put(by=SYSTEM)


def _organiser(unit: Agency, given: dict[str, Any]) -> User:
    user = User.objects.create_superuser(
        given["email"], given["password1"], full_name=given["full_name"], zone=given["zone"]
    )
    for role in ROLES:
        membership = Membership.objects.create(user=user, agency=unit, role=role)
        record("membership.started", target=membership, by=SYSTEM, new=role)
    record("installation.set_up", target=user, by=SYSTEM)
    return user


class FirstRunMiddleware:
    """Leads the first visitor of a new installation from the front doors to its set-up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        at_the_door = request.path in DOORS and request.method == "GET"
        if at_the_door and not request.user.is_authenticated and is_open():
            return redirect("setup")
        return self.get_response(request)

"""What a visitor gets while the database is away: a page that was only read is read again, else an honest 503."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import psycopg
from django import db
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views import defaults
from kombu.exceptions import OperationalError as BrokerAway
from psycopg_pool import PoolTimeout
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

from rakor.accounts import views

RETRY_AFTER = 5  # seconds

DATABASE = (db.OperationalError, db.InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
BROKER = (BrokerAway, RedisAway, RedisSilent)
AWAY = ("08", "53", "57P01", "57P02", "57P03")
"""SQLSTATEs of a server that is away (PostgreSQL, appendix A); a connection that broke off has none."""


class ReadAgain:
    """Middleware: a GET in whose midst the database went away is answered once more, on a new connection."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method in ("GET", "HEAD") and getattr(request, "broken_off", False):
            db.connections.close_all()
            response = self.get_response(request)
        return response


def broken(request: HttpRequest) -> HttpResponse:
    """503 where the database or the broker is away, 500 for everything else."""
    return _away(request, sys.exc_info()[1]) or views.broken(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """503 where the database went away before the session was kept (Django takes that for a bad request), else 400."""
    return _away(request, exception) or defaults.bad_request(request, exception)


def _away(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """503, first in the visitor's language, made without database and session; None when nothing is away."""
    errors = list(_chain(error))
    if not any(_is_away(one) for one in errors):
        return None
    request.broken_off = not any(isinstance(one, PoolTimeout) for one in errors)  # type: ignore[attr-defined]
    sends = request.method not in ("GET", "HEAD")
    if request.headers.get("Accept", "").startswith("application/json"):
        reason = _("Rakor is being restarted; this is not saved yet. Send it again in a moment.")
        response: HttpResponse = JsonResponse({"reason": reason}, status=503)
    else:
        context = {"sends": sends, "demo": settings.DEMO, "languages": settings.LANGUAGES}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    response["Cache-Control"] = "no-store"
    return response


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_away(error: BaseException) -> bool:
    if isinstance(error, BROKER):
        return True
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, DATABASE) and (state is None or state.startswith(AWAY))

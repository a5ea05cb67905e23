"""One request of one person, told as a letter of the table, and rolled back."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.messages import ERROR, get_messages
from django.core.handlers.base import BaseHandler
from django.db import connection, transaction
from django.test import Client, RequestFactory
from django.urls import reverse

READING = frozenset({"django_session", "cache", "documents_tries", "audit_auditevent", "documents_download"})
"""What is no deed: the visitor's own session, what counts tries, and the two append-only logs."""

IN_SESSION = frozenset(
    {"account_login", "account_logout", "set_language", "invitation_identify", "account_reauthenticate"}
)
"""POSTs that may write nothing but the visitor's own session or cookie."""

ANSWERED = {"verify": b'id="hasil"', "verify_document": b'id="hasil"'}
"""POSTs that write nothing: what stands on the page that answers."""


class Written:
    """The tables that were written to and not rolled back, in order."""

    def __init__(self) -> None:
        self.tables: list[str] = []
        self._marks: dict[str, int] = {}

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        words = str(sql).split(None, 4)
        match words[:3]:
            case ["INSERT", "INTO", table] | ["DELETE", "FROM", table] | ["UPDATE", table, _]:
                self.tables.append(table.strip('"'))
            case ["SAVEPOINT", name, *_]:
                self._marks[name] = len(self.tables)
            case ["ROLLBACK", "TO", _]:
                del self.tables[self._marks[words[3]] :]
        return execute(sql, params, many, context)


def ask(client: Client, method: str, url: str, body: dict[str, Any], *, name: str) -> str:
    """The letter; for a request that leaves what it must not, the tables it wrote to instead."""
    factory, written = RequestFactory(), Written()
    factory.cookies = client.cookies  # what the answer sets is forgotten
    request: Any = factory.get(url) if method == "GET" else factory.post(url, body)
    request._dont_enforce_csrf_checks = True
    around = transaction.atomic()
    around._from_testcase = True  # one that insists on being the outermost may begin within, as in Django's own tests
    with around, connection.execute_wrapper(written):
        response = _handler().get_response(request)
        left = [table for table in written.tables if table not in READING]
        letter = _letter(response, request, name, bool(left))
        transaction.set_rollback(True)
    return letter if not left or (letter == "y" and name not in ANSWERED) else f"{letter}, but wrote {left}"


@cache
def _handler() -> BaseHandler:
    """All middleware and views, without what the test client adds to look into templates."""
    handler = BaseHandler()
    handler.load_middleware()
    return handler


def _letter(response: Any, request: Any, name: str, wrote: bool) -> str:
    status = response.status_code
    if status in (403, 404, 405):
        return {403: "f", 404: "n", 405: "m"}[status]
    to = response.url if 300 <= status < 400 else ""
    if "?next=" in to and (to.startswith("/akun/dua-langkah/?") or "/kode/?" in to):
        return "p"
    if to.startswith("/masuk/") and name != "account_logout":
        return "l"
    if to and name not in IN_SESSION and _asks_first(request, to):
        return "q"
    if status in (409, 422) or any(said.level >= ERROR for said in get_messages(request)):
        return "s"
    if request.method == "GET":
        led_back = name.startswith("invitation_") and to.startswith("/undangan/")
        return "w" if wrote else "s" if led_back else "y"
    done = ANSWERED[name] in response.content if name in ANSWERED else wrote or name in IN_SESSION
    return "y" if status < 400 and done else "s" if status < 400 else "!"


def _asks_first(request: Any, to: str) -> bool:
    """True when the redirect leads to the question of an invitation on which nobody has said who he is."""
    return to in {reverse("invitation_detail", args=[public_id]) for _kind, public_id in request.viewer.unsaid_links}

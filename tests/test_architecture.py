"""The house keeps its shape: rooms, states, pairs, factories, templates, words."""

from __future__ import annotations

import ast
import gettext
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import get_resolver

from rakor.audit.moves import Moves
from tests import factories
from tests.pages.world import build

ROOT = Path(__file__).resolve().parent.parent
OURS = ["accounts", "audit", "mail", "documents", "meetings", "attendees", "agenda", "minutes"]
MODELS = [model for label in OURS for model in apps.get_app_config(label).get_models()]
LONELY_TIMES = {
    # written by the row's own making: who made it stands in another column, or the row itself is the fact
    "accounts.User.created_at", "audit.AuditEvent.at", "mail.OutgoingMail.created_at", "documents.File.kept_at",
    "documents.Download.at", "documents.Certificate.issued_at", "documents.Certificate.not_after",
    "minutes.Point.recorded_at",
    # facts of the machine, done by nobody
    "mail.OutgoingMail.next_attempt_at", "mail.OutgoingMail.data_started_at", "mail.OutgoingMail.sent_at",
    "mail.OutgoingMail.refused_at",
    # plans, not acts
    "meetings.Meeting.starts_at", "meetings.Meeting.ends_at", "agenda.AgendaItem.starts_at",
    # one code, one device: the row's own maker used it
    "attendees.AccessCode.used_at",
    # told by the visible page of a link that several devices may hold
    "attendees.Invitation.opened_at",
}  # fmt: skip


def python_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    return [
        ROOT / name
        for name in listed
        if not name.startswith("tests/") and "/migrations/" not in name and (ROOT / name).exists()
    ]


def templates() -> list[Path]:
    return [
        p
        for p in (ROOT / "templates").rglob("*.html")
        if p.relative_to(ROOT / "templates").parts[0] not in ("pdf", "emails")
    ]


def test_imports_run_in_one_direction():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("model", [m for m in MODELS if issubclass(m, Moves)], ids=lambda m: m._meta.label)
def test_every_status_is_in_moves(model):
    assert set(model.MOVES) == set(model.Status.values)
    assert {to for targets in model.MOVES.values() for to in targets} <= set(model.Status.values)


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_every_time_has_its_actor(model):
    names = {field.name for field in model._meta.get_fields()}
    times = [f for f in model._meta.get_fields() if isinstance(f, models.DateTimeField) and f.name.endswith("_at")]
    alone = {f"{model._meta.label}.{f.name}" for f in times if f"{f.name[:-3]}_by" not in names}
    assert alone - LONELY_TIMES == set()


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m._meta.label)
def test_every_model_has_a_factory_that_the_database_accepts(model, db):
    factory = getattr(factories, f"{model.__name__}Factory", None)
    assert factory is not None
    assert factory().pk is not None


def test_registries_hold_their_entries():
    from attendees.letters import attachments
    from attendees.links import link_kinds
    from rakor.accounts.context import doors
    from rakor.documents.kinds import kinds as document_kinds
    from rakor.mail.kinds import kinds as message_kinds
    from rakor.meetings.panels import panels, readiness, tabs

    assert {
        "tabs": tabs.names(),
        "panels": panels.names(),
        "readiness": readiness.names(),
        "documents": document_kinds.names(),
        "messages": sorted(message_kinds.names()),
        "links": link_kinds.names(),
        "attachments": attachments.names(),
        "doors": doors.names(),
    } == {
        "tabs": ["overview", "invitations", "agenda", "letter", "conduct", "presence", "minutes", "history"],
        "panels": ["answers", "delivery", "agenda", "minutes"],
        "readiness": ["place", "officers", "invitees", "agenda", "letter", "sent", "deputies", "addresses", "minutes"],
        "documents": ["invitation_letter", "minutes"],
        "messages": [
            "access_code",
            "account.colleague_invited",
            "account.password_reset",
            "cancellation",
            "certificate_issued",
            "change",
            "delegation",
            "deputy_refused",
            "invitation",
            "link_again",
            "minutes_signed",
            "reminder",
            "represented",
            "withdrawn",
        ],
        "links": ["invitation"],
        "attachments": ["invitees", "agenda"],
        "doors": ["agency_list"],
    }


def said(template: Path) -> str:
    """The template without its comments."""
    return re.sub(r"{% comment %}.*?{% endcomment %}", "", template.read_text(encoding="utf-8"), flags=re.S)


FORBIDDEN = {
    "inline style": re.compile(r"\sstyle="),
    "inline handler": re.compile(r"\son(click|change|submit|input|load)="),
    "hx-on": re.compile(r"\shx-on"),
    "js: value": re.compile(r"(hx-vals|hx-headers)=['\"]js:"),
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>"),
    "outside address": re.compile(r"(src|href|action)=\"https?://"),
    "trigger filter": re.compile(r"hx-trigger=\"[^\"]*\["),
}


@pytest.mark.parametrize("rule", FORBIDDEN)
def test_templates_obey_the_strict_policy(rule):
    found = [str(path.relative_to(ROOT)) for path in templates() if FORBIDDEN[rule].search(said(path))]
    assert found == []


def test_no_drawer_without_a_name():
    names = {path.stem for path in python_files()} | {path.parent.name for path in python_files()}
    assert names & {"utils", "helpers", "services", "common", "misc"} == set()


def test_views_are_thin():
    long = []
    for path in python_files():
        if "views" not in str(path.relative_to(ROOT)):
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
                and node.args.args
                and node.args.args[0].arg == "request"
            ):
                lines = node.end_lineno - node.lineno + 1
                if lines > 25:
                    long.append(f"{path.relative_to(ROOT)}:{node.name} ({lines})")
    assert long == []


def test_migrations_are_complete(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_package_is_listed_for_installation():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    packages = {
        ".".join(p.relative_to(ROOT).parent.parts)
        for p in ROOT.glob("*/**/__init__.py")
        if p.relative_to(ROOT).parts[0] in ("rakor", "attendees", "agenda", "minutes")
    }
    missing = {name for name in packages if f'"{name}"' not in text}
    assert missing == set()


def test_catalogue_is_complete(tmp_path):
    """`makemessages` finds no new string, and every Indonesian one is translated and not fuzzy."""
    from tests.catalogue import untranslated

    assert untranslated(tmp_path) == []


def test_state_charts_of_the_readme_are_fresh():
    from rakor.audit.management.commands.state_charts import with_charts

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert with_charts(text) == text


NO_PAGES = {
    # GET answers something else than a page of which a picture can be taken
    "health": "JSON for a watchman; tests/desk",
    "health_live": "a word for a probe",
    "health_ready": "JSON for a probe",
    "setup": "only before the first account; its picture has a test of its own",
    "set_language": "leads back; only a POST changes the language",
    "account_set_password": "leads on: every account has a password",
    "mfa_authenticate": "only within a log-in, else it leads on; tests/accounts/test_second_factor.py",
    "meeting_stream": "an event stream; tests/live",
    "letter_preview": "a PDF",
    "document_download": "a PDF",
    "presence_export": "a CSV",
    "presence_sheet": "an XLSX",
    "agency_export": "an XLSX",
    "invitation_export": "an XLSX",
    "follow_up_export": "an XLSX",
    "document_export": "an XLSX",
    "import_template": "an XLSX",
    "invitation_calendar": "an ICS",
}


def names(resolver=None) -> set[str]:
    found: set[str] = set()
    for entry in (resolver or get_resolver()).url_patterns:
        found |= names(entry) if hasattr(entry, "url_patterns") else {entry.name}
    return found


def takes_only_posts(name: str) -> bool:
    """True when the page's address answers a GET with 405."""
    arguments = {
        "pk:": "1",
        "public_id:": "ABCDEFGHJKMN",
        "code:": "X",
        "short:": "ABCDEFGH",
        "slug:": "x",
        "path:": "x",
    }
    [pattern] = [route for route in _routes(get_resolver()) if route[1] == name][:1]
    path = pattern[0]
    for converter, value in arguments.items():
        while f"<{converter}" in path:
            start = path.index(f"<{converter}")
            path = path[:start] + value + path[path.index(">", start) + 1 :]
    return Client().get(f"/{path}").status_code == 405


def _routes(resolver, before: str = "") -> list[tuple[str, str]]:
    found = []
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        found += _routes(entry, route) if hasattr(entry, "url_patterns") else [(route, entry.name)]
    return found


@pytest.mark.django_db
def test_every_page_has_its_pictures_and_its_round_of_axe():
    """`make screenshots` and tests/pages go through the stops of the world; a new page is added there."""
    seen = {stop.name for stop in build(whole_directory=False).stops}
    missing = names() - seen - set(NO_PAGES)
    assert [name for name in sorted(missing) if not takes_only_posts(name)] == []


@pytest.mark.django_db
def test_everybody_and_every_state_of_a_meeting_has_pictures():
    from rakor.meetings.models import Meeting
    from tests.pages.world import ACCOUNTS, GUESTS, NOBODY

    world = build(whole_directory=False)
    overviews = {stop.path for stop in world.stops if stop.name == "meeting_detail" and stop.who == "sari"}
    states = {m.status for m in world.meetings.values() if f"/rapat/{m.public_id}/" in overviews}
    assert states == set(Meeting.Status.values)
    assert {stop.who for stop in world.stops} == {*ACCOUNTS, *GUESTS, NOBODY}


@pytest.mark.django_db
def test_every_page_is_scored_and_none_stays_under_four():
    text = (ROOT / "tests/screenshots/SCORES.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| [^|]+ \| (\d) \| (\d) \|", text, flags=re.M)
    seen = {stop.name or "not_found" for stop in build(whole_directory=False).stops}
    assert seen - {page for page, *_ in rows} == set()
    low = re.findall(r"^\| \w+ \| [^|]+ \| (?:[123] \| \d|\d \| [123]) \|.*$", text, flags=re.M)
    assert [row for row in low if not re.search(r"→ (reworked: .+|open) \|$", row)] == []
    pictures = {path.name for path in (ROOT / "tests/screenshots/worst").glob("*.webp")}
    assert set(re.findall(r"worst/([\w-]+\.webp)", text)) == pictures


def test_text_inside_an_f_string_is_in_the_catalogue():
    """`makemessages` does not look into f-strings: a text that stands nowhere else would stay English unnoticed."""
    with (ROOT / "rakor/locale/id/LC_MESSAGES/django.mo").open("rb") as compiled:
        known = gettext.GNUTranslations(compiled)
    unknown = [
        f"{path.relative_to(ROOT)}: {text}"
        for room in ("rakor", "attendees", "agenda", "minutes")
        for path in (ROOT / room).rglob("*.py")
        for text in _inside_f_strings(ast.parse(path.read_text(encoding="utf-8")))
        if known.gettext(text) == text
    ]
    assert unknown == []


def _inside_f_strings(module: ast.Module) -> list[str]:
    return [
        call.args[0].value
        for joined in ast.walk(module)
        if isinstance(joined, ast.JoinedStr)
        for call in ast.walk(joined)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "_"
        if isinstance(call.args[0], ast.Constant)
    ]

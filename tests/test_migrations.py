"""No later migration locks a table that people use for long: indexes concurrently, no rewrite, checks in two steps."""

import re

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

OURS = {"accounts", "audit", "mail", "documents", "conferencing", "live", "meetings", "attendees", "agenda", "minutes"}
BASELINE = {
    # Made before any installation had rows; a migration that cannot be written otherwise stands below with its reason.
    "accounts.0001_initial", "agenda.0001_initial", "agenda.0002_initial", "attendees.0001_initial",
    "attendees.0002_initial", "audit.0001_initial", "documents.0001_initial", "documents.0002_papers_and_uploads",
    "mail.0001_initial", "meetings.0001_initial", "minutes.0001_initial",
}  # fmt: skip
EXCUSED: dict[str, str] = {
    "attendees.0005_search": "the directory has some hundred rows; ten thousand are written anew within a second",
}
"""`app.migration` → why its lock is short all the same."""

RULES = {
    "an index without CONCURRENTLY (AddIndexConcurrently)": r"^CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).* ON {table}",
    "a column with a volatile default": r"^ALTER TABLE {table} ADD COLUMN .*DEFAULT .*(?:random|uuid|clock_timestamp)",
    "a column without a default that must not be null": r"^ALTER TABLE {table} ADD COLUMN (?!.*DEFAULT).*NOT NULL",
    "a change of type, which writes the table anew": r"^ALTER TABLE {table} ALTER COLUMN \S+ TYPE",
    "NOT NULL on rows that must be read first": r"^ALTER TABLE {table} ALTER COLUMN \S+ SET NOT NULL",
    "a check or key without NOT VALID": r"^ALTER TABLE {table} ADD CONSTRAINT (?!.*NOT VALID)",
}
TABLE = r'"(?P<table>\w+)"'


def long_locks(statements: list[str]) -> list[str]:
    """What would lock a table for long, less tables that the same migration makes."""
    lines = [" ".join(statement.split()) for statement in statements]
    made = {found[1] for line in lines if (found := re.match(r'CREATE TABLE "(\w+)"', line))}
    return [
        f"{rule}: {line}"
        for line in lines
        for rule, pattern in RULES.items()
        if (found := re.search(pattern.replace("{table}", TABLE), line)) and found["table"] not in made
    ]


def later_migrations() -> list[tuple[str, str]]:
    return sorted(
        key
        for key in MigrationLoader(None).disk_migrations
        if key[0] in OURS and ".".join(key) not in BASELINE | EXCUSED.keys()
    )


@pytest.mark.parametrize("key", later_migrations(), ids=".".join)
def test_migration_locks_nothing_for_long(django_db_setup, django_db_blocker, key):
    with django_db_blocker.unblock():  # in no transaction, which an index made concurrently refuses; nothing is written
        loader = MigrationExecutor(connection).loader
        statements = loader.collect_sql([(loader.graph.nodes[key], False)])

    assert long_locks([line for line in statements if not line.startswith("--")]) == []


def test_every_name_of_the_baseline_is_there():
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}

    assert (BASELINE | EXCUSED.keys()) - known == set()


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX "i" ON "mail_outgoingmail" ("kind");',
        'CREATE UNIQUE INDEX "i" ON "mail_outgoingmail" ("kind");',
        'ALTER TABLE "mail_outgoingmail" ADD COLUMN "x" uuid DEFAULT gen_random_uuid() NOT NULL;',
        'ALTER TABLE "mail_outgoingmail" ADD COLUMN "x" integer NOT NULL;',
        'ALTER TABLE "mail_outgoingmail" ALTER COLUMN "kind" TYPE text USING "kind"::text;',
        'ALTER TABLE "mail_outgoingmail" ALTER COLUMN "kind" SET NOT NULL;',
        'ALTER TABLE "mail_outgoingmail" ADD CONSTRAINT "c" CHECK ("attempts" < 9);',
    ],
)
def test_long_lock_is_found(statement):
    assert len(long_locks([statement])) == 1
    assert long_locks(['CREATE TABLE "mail_outgoingmail" ("id" bigint);', statement]) == []


@pytest.mark.parametrize(
    "statement",
    [
        'CREATE INDEX CONCURRENTLY "i" ON "mail_outgoingmail" ("kind");',
        'ALTER TABLE "mail_outgoingmail" ADD COLUMN "x" integer DEFAULT 0 NOT NULL;',
        'ALTER TABLE "mail_outgoingmail" ADD COLUMN "x" integer NULL;',
        'ALTER TABLE "mail_outgoingmail" ADD CONSTRAINT "c" CHECK ("attempts" < 9) NOT VALID;',
        'ALTER TABLE "mail_outgoingmail" ALTER COLUMN "x" DROP DEFAULT;',
    ],
)
def test_short_lock_is_let_pass(statement):
    assert long_locks([statement]) == []

from django.db import migrations, models

from rakor.lib.tokens import new_short

AT_ONCE = 500
NAME = "meeting_short_once"


def fill(apps, schema_editor):
    """Every meeting gets its short code, some hundreds in a transaction; a second run goes on where one broke off."""
    meetings = apps.get_model("meetings", "Meeting").objects
    while without := list(meetings.filter(short="").only("pk")[:AT_ONCE]):
        for meeting in without:
            meeting.short = new_short()
        meetings.bulk_update(without, ["short"])


class Migration(migrations.Migration):
    """Codes for the meetings there are, then the index that keeps them apart, made while people work."""

    atomic = False
    dependencies = [("meetings", "0002_short")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f'DROP INDEX CONCURRENTLY IF EXISTS "{NAME}"', migrations.RunSQL.noop),
                migrations.RunSQL(
                    f'CREATE UNIQUE INDEX CONCURRENTLY "{NAME}" ON "meetings_meeting" ("short")'
                    " WHERE NOT (\"short\" = '')",
                    f'DROP INDEX CONCURRENTLY IF EXISTS "{NAME}"',
                ),
            ],
            state_operations=[
                migrations.AddConstraint(
                    "meeting",
                    models.UniqueConstraint(fields=["short"], condition=~models.Q(short=""), name=NAME),
                ),
            ],
        ),
    ]

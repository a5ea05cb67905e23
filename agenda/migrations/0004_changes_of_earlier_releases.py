from django.db import migrations

from agenda.releases import changes_between


def find_changes(apps, schema_editor):
    """The changes of each release, from its rows and those of the release before."""
    releases = apps.get_model("agenda", "AgendaRelease").objects.order_by("meeting_id", "number")
    before, found = None, []
    for release in releases.iterator(500):
        if before is not None and before.meeting_id == release.meeting_id:
            release.changes = changes_between(before.rows, release.rows)
            found.append(release)
        if len(found) == 500:
            releases.bulk_update(found, ["changes"])
            found = []
        before = release
    releases.bulk_update(found, ["changes"])


class Migration(migrations.Migration):
    """Every release keeps the rows as they were, so what changed is found again without loss."""

    dependencies = [("agenda", "0003_changes_as_values")]

    operations = [migrations.RunPython(find_changes, migrations.RunPython.noop)]

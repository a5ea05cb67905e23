from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("mail", "0003_runs"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(
                condition=models.Q(("refused_at__isnull", False)), fields=["to", "refused_at"], name="mail_refused"
            ),
        ),
        AddIndexConcurrently(
            model_name="outgoingmail",
            index=models.Index(condition=models.Q(("run__isnull", False)), fields=["run"], name="mail_of_run"),
        ),
    ]

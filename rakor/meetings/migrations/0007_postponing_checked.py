from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("meetings", "0006_special_days"),
    ]

    operations = [
        ValidateConstraint(model_name="meeting", name="meeting_postponed_has_reason"),
        ValidateConstraint(model_name="meeting", name="meeting_postponed_pair"),
    ]

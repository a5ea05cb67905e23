from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("attendees", "0009_late"),
    ]

    operations = [
        ValidateConstraint(model_name="invitation", name="invitation_address_checked_pair"),
        ValidateConstraint(model_name="position", name="position_email_checked_pair"),
    ]

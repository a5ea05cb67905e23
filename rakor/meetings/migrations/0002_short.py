from django.db import migrations, models

import rakor.lib.tokens


class Migration(migrations.Migration):
    """The column comes with an empty default of the database's, so that no row is written and old code goes on."""

    dependencies = [("meetings", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="meeting",
            name="short",
            field=models.CharField(db_default="", default=rakor.lib.tokens.new_short, editable=False, max_length=8),
        ),
    ]

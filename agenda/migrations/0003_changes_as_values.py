from django.db import migrations, models


class Migration(migrations.Migration):
    """What changed is kept as values; sentences in the language of whoever released go, 0004 finds their values."""

    dependencies = [("agenda", "0002_initial")]

    operations = [
        migrations.RemoveField(model_name="agendarelease", name="changes"),
        migrations.AddField(
            model_name="agendarelease", name="changes", field=models.JSONField(blank=True, default=list)
        ),
    ]

"""`manage.py seed_demo`: fills an empty demo with sample data, once; on later days moves today's meeting to today."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from rakor.demo import seed
from rakor.meetings.models import Meeting


class Command(BaseCommand):
    help = (
        "Fills an empty demo with the Bogor rakor and three sample meetings, and writes seed.json into the data folder."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.TESTING):
            raise CommandError("Sample data belongs to the demo only: set RAKOR_DEMO=1.")
        file = settings.DATA_DIR / "seed.json"
        if Meeting.objects.exists():
            seed.move_to_today()
            self.stdout.write("sample data is there already")
            return
        with transaction.atomic():  # all of it or nothing, so that an interrupted start can begin anew
            told = seed.plant(self.stdout.write)
        file.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")

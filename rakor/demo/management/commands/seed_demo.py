"""`manage.py seed_demo`: fills an empty demo with sample data, once; on later days moves today's meeting to today."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rakor.accounts.models import User
from rakor.demo import seed


class Command(BaseCommand):
    help = (
        "Fills an empty demo with the Bogor rakor and three sample meetings, and writes seed.json into the data folder."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not (settings.DEMO or settings.TESTING):
            raise CommandError("Sample data belongs to the demo only: set RAKOR_DEMO=1.")
        file = settings.DATA_DIR / "seed.json"
        if User.objects.exists():
            if file.exists():  # else it was interrupted half-way, and whoever started this says what to do
                seed.move_to_today()
                self.stdout.write("sample data is there already")
            return
        told = seed.plant(self.stdout.write)  # in no transaction: tries at a passphrase are counted in their own
        file.write_text(json.dumps(told, indent=1, ensure_ascii=False), encoding="utf-8")

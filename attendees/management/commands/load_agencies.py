"""Fills the directory of agencies; a second run adds only what is missing."""

from typing import Any

from django.core.management.base import BaseCommand

from attendees.loading import load


class Command(BaseCommand):
    help = "Adds the agencies of attendees/data/agencies.json that are not in the directory yet, each with its head."

    def handle(self, *args: Any, **options: Any) -> None:
        agencies, positions = load()
        self.stdout.write(f"{agencies} agencies and {positions} positions added.")

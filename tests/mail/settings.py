"""The real settings and one room more, for worker processes of these tests."""

from rakor.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.mail.room.apps.RoomConfig"]  # noqa: F405

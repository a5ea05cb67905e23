"""The real settings with the addresses of these tests."""

from rakor.settings import *  # noqa: F403

ROOT_URLCONF = "tests.live.urls"

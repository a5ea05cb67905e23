"""Rakor's own settings with the addresses of the references beside the product's: same server, same pool, same rows."""

from rakor.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"

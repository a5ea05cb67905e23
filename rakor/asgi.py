"""ASGI entrance: `uvicorn rakor.asgi:application --timeout-graceful-shutdown 3`."""

import os
from typing import Any

import django
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpResponseBadRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rakor.settings")


class Application(ASGIHandler):
    """Django's, but a Content-Type that Python cannot read is a bad request like any other: 400."""

    def create_request(self, scope: Any, body_file: Any) -> Any:
        try:
            return super().create_request(scope, body_file)
        except (LookupError, ValueError):
            return None, HttpResponseBadRequest()


django.setup(set_prefix=False)
application = Application()

"""ASGI entrance: `uvicorn rakor.asgi:application --timeout-graceful-shutdown 3`."""

import os
from typing import Any

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBadRequest, HttpResponseBase

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rakor.settings")


class Application(ASGIHandler):
    """Django's, but a request is answered in one go in its thread; and a strange Content-Type is no crash.

    All middleware and all views are synchronous (only the frames of an event stream are not), while Django's own would
    change between loop and thread around the view and around every look that middleware takes at it: each change costs
    as much as a query. A Content-Type that Python cannot read is a bad request like any other: 400.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)

    def create_request(self, scope: Any, body_file: Any) -> Any:
        try:
            return super().create_request(scope, body_file)
        except (LookupError, ValueError):
            return None, HttpResponseBadRequest()


django.setup(set_prefix=False)
application = Application()

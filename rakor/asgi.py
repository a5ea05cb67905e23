"""ASGI entrance: `uvicorn rakor.asgi:application --timeout-graceful-shutdown 3`."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rakor.settings")

application = get_asgi_application()

"""Static files: plain names while developing and testing without collectstatic, hashed and compressed in production."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

Storage = (
    CompressedManifestStaticFilesStorage
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()
    or not (settings.DEMO or settings.DEBUG or settings.TESTING)
    else StaticFilesStorage
)

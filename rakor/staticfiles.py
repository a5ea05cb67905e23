"""Static files: plain names while developing and testing without collectstatic, hashed and compressed in production."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class Hashed(CompressedManifestStaticFilesStorage):
    """Keeps each address that it has made: a page names a dozen files, and they change with the process only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._made: dict[str, str] = {}

    def url(self, name: str, force: bool = False) -> str:
        if name not in self._made:
            self._made[name] = super().url(name, force)
        return self._made[name]


Storage = (
    Hashed
    if (Path(settings.STATIC_ROOT) / "staticfiles.json").exists()
    or not (settings.DEMO or settings.DEBUG or settings.TESTING)
    else StaticFilesStorage
)

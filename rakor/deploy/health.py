"""Ends with 0 when the web server answers that it is ready, else with 1 (for HEALTHCHECK).

`python -m rakor.deploy.health workers http://web:8000` asks another container whether `workers` is among what is well.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

HERE = "http://127.0.0.1:8000"


def healthy(check: str = "", server: str = HERE) -> bool:
    """Say whether the server is ready, or whether this one check of its health page is well."""
    host = urlsplit(os.environ.get("BASE_URL", "")).hostname or "127.0.0.1"
    page = f"{server}/sehat/" if check else f"{server}/sehat/siap/"
    try:
        with _opened(urllib.request.Request(page, headers={"Host": host})) as answer:
            told = json.load(answer)
    except (OSError, ValueError):
        return False
    return bool(told.get("checks", {}).get(check, {}).get("ok")) if check else told.get("status") == "well"


def _opened(request: urllib.request.Request) -> Any:
    """The answer, also when it is a 503: its words say what is unwell."""
    try:
        return urllib.request.urlopen(request, timeout=4)
    except urllib.error.HTTPError as answer:
        return answer


if __name__ == "__main__":
    sys.exit(not healthy(*sys.argv[1:]))

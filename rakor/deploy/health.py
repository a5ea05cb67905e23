"""Ends with 0 when the web server of this container answers its health page, else with 1 (for HEALTHCHECK)."""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

ADDRESS = "http://127.0.0.1:8000/sehat/"


def healthy(address: str = ADDRESS) -> bool:
    """Say whether the health page answers 200, asked under the host name that the installation allows."""
    host = urlsplit(os.environ.get("BASE_URL", "")).hostname or "127.0.0.1"
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers={"Host": host}), timeout=4) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return False
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not healthy())

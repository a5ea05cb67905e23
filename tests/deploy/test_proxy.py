"""The reverse proxy, really running: no personal link in its log, events passed on at once, visitors told apart."""

import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

CADDYFILE = Path(__file__).resolve().parents[2] / "rakor" / "deploy" / "Caddyfile"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("caddy") and not os.environ.get("CI"), reason="no caddy: the proxy is NOT tested"
    ),
]


class Upstream(BaseHTTPRequestHandler):
    """Answers a page, or a stream whose second event waits until the first was read."""

    first_was_read = threading.Event()

    def do_GET(self):
        self.send_response(302 if self.path.startswith("/u/") else 200)
        self.send_header("Content-Type", "text/event-stream" if self.path == "/aliran/" else "text/plain")
        self.send_header("Location", self.path)
        self.end_headers()
        self.wfile.write(b"data: satu\n\n")
        if self.path == "/aliran/":
            self.first_was_read.wait(20)
            self.wfile.write(b"data: dua\n\n")

    def log_message(self, format, *args):
        """The test reads the proxy's log, not this one."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def running_proxy(web: str, folder: Path) -> Iterator[str]:
    """The address of a proxy before that web server; its log is `proxy.log` in the folder."""
    port = free_port()
    environment = {
        **os.environ,
        "RAKOR_SITE": f"http://127.0.0.1:{port}",
        "RAKOR_WEB": web,
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    with (folder / "proxy.log").open("wb") as out:
        running = subprocess.Popen(
            ["caddy", "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"],
            env=environment,
            stdout=out,
            stderr=out,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                time.sleep(0.05)
        yield address
    finally:
        running.terminate()
        running.wait(10)


@pytest.fixture
def proxy(tmp_path):
    """A running proxy as (address, path of its log, the server behind it)."""
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=upstream.serve_forever, args=(0.05,), daemon=True).start()
    with running_proxy(f"127.0.0.1:{upstream.server_port}", tmp_path) as address:
        yield address, tmp_path / "proxy.log", upstream
    upstream.shutdown()
    upstream.server_close()


def logged(log: Path, word: str) -> str:
    for _ in range(100):
        if word in log.read_text():
            break
        time.sleep(0.05)
    return log.read_text()


class KeepRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def ask(address: str, referer: str = "") -> None:
    request = urllib.request.Request(address, headers={"Referer": referer} if referer else {})
    try:
        urllib.request.build_opener(KeepRedirect).open(request, timeout=5).close()
    except urllib.error.HTTPError as answer:
        answer.close()


def test_log_of_the_proxy_holds_no_personal_link(proxy):
    address, log, _ = proxy

    ask(f"{address}/u/RAHASIA123.abcdef?x=1", referer=f"{address}/u/RAHASIA123.abcdef")

    text = logged(log, "/u/…")
    assert "/u/…" in text
    assert "RAHASIA123" not in text


def test_log_of_the_proxy_holds_no_personal_link_when_the_web_server_is_down(proxy):
    address, log, upstream = proxy
    upstream.shutdown()
    upstream.server_close()

    ask(f"{address}/u/RAHASIA123.abcdef")

    text = logged(log, '"status":502')
    assert '"status":502' in text
    assert "RAHASIA123" not in text


def test_events_pass_before_the_stream_ends(proxy):
    address, _, _ = proxy

    with urllib.request.urlopen(f"{address}/aliran/", timeout=5) as stream:
        assert stream.readline() == b"data: satu\n"
        Upstream.first_was_read.set()
        assert stream.read() == b"\ndata: dua\n\n"


def tries(connection: HTTPConnection, times: int, **headers: str) -> list[int]:
    """What that many empty log-in forms are answered that come by that connection, which is then closed."""
    answers = []
    for method in ["GET", *["POST"] * times]:
        body = urlencode({"login": "", "password": "", "csrfmiddlewaretoken": headers.get("X-CSRFToken", "")})
        connection.request(method, "/masuk/", body if method == "POST" else None, headers)
        answer = connection.getresponse()
        answer.read()
        answers.append(answer.status)
        if method == "GET":
            token = SimpleCookie(answer.headers["Set-Cookie"])["csrftoken"].value
            headers |= {
                "Cookie": f"csrftoken={token}",
                "X-CSRFToken": token,
                "Content-Type": "application/x-www-form-urlencoded",
            }
    connection.close()
    return answers[1:]


def come_from(visitor: str, address: str) -> HTTPConnection:
    """A connection to that server from that address of this machine."""
    parts = urlsplit(address)
    return HTTPConnection(parts.hostname, parts.port, timeout=20, source_address=(visitor, 0))


@pytest.fixture
def behind_proxy(site, cast, tmp_path):
    """The application behind the proxy: (address of the proxy, address of the web server)."""
    with running_proxy(urlsplit(site.url).netloc, tmp_path) as address:
        yield address, site.url


FORGED = {"X-Forwarded-For": "203.0.113.7", "X-Real-IP": "203.0.113.7", "Forwarded": "for=203.0.113.7"}


def test_visitors_have_limits_of_their_own(behind_proxy):
    proxy, _ = behind_proxy

    assert tries(come_from("127.0.0.2", proxy), 31) == [200] * 30 + [429]
    assert tries(come_from("127.0.0.3", proxy), 1) == [200]


def test_visitor_does_not_choose_his_address(behind_proxy):
    proxy, web = behind_proxy

    assert tries(come_from("127.0.0.4", proxy), 31) == [200] * 30 + [429]
    assert tries(come_from("127.0.0.4", proxy), 1, **FORGED) == [429]
    assert tries(come_from("127.0.0.4", web), 1, **FORGED) == [429]  # past the proxy: web believes nobody else

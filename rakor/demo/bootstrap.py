"""Makes ``.venv`` on an empty machine: Python packages from the locked list, and the system's libraries.

    python3 rakor/demo/bootstrap.py demo     what the demo needs
    python3 rakor/demo/bootstrap.py tests    what the tests need as well
    python3 rakor/demo/bootstrap.py reset    empty the demo's data folder

It runs as a file, with the standard library alone; a Python that is too old gets a sentence, not a traceback. What is
there already is left alone: the locked list's hash is kept beside the packages. Packages come with uv where it is there
(RAKOR_INSTALLER=pip says no), else with pip; RAKOR_VENV names another folder than ``.venv``.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = Path(os.environ.get("RAKOR_VENV") or ROOT / ".venv")
LOCKS = {"demo": "requirements-demo.txt", "tests": "requirements-dev.txt"}
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
LIBRARIES = {
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
TEST_PACKAGES = (
    "chromium",
    "fonts-roboto",
    "fonts-urw-base35",
    "gettext",
    "git",
    "libnss3-tools",
    "poppler-utils",
    "qpdf",
    "redis-server",
    *(("caddy", "debootstrap", "iproute2") if os.environ.get("CI") else ()),  # caddy's service would take port 80
)


class Stopped(Exception):
    """Nothing more can be done; the text says why and what to do next."""


def main(arguments: list[str]) -> int:
    wanted = arguments[0] if len(arguments) == 1 else ""
    if wanted not in (*LOCKS, "reset"):
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if sys.version_info < OLDEST:
            _become_newer(arguments)
        if wanted == "reset":
            reset(Path(os.environ.get("RAKOR_DATA_DIR") or ROOT / ".demo"))
            return 0
        if sys.platform == "darwin":
            mac_libraries()
        else:
            system_packages()
        if wanted == "tests":
            test_packages()
        python_packages(wanted)
    except Stopped as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The next call goes on from here.", file=sys.stderr)
        return 130
    return 0


def python_packages(wanted: str) -> None:
    """Install the locked packages into .venv, unless exactly they are there."""
    locks = {name: hashlib.sha256((ROOT / lock).read_bytes()).hexdigest() for name, lock in LOCKS.items()}
    installed = _installed()
    if locks[wanted] in (installed.get(wanted), installed.get("tests") if wanted == "demo" else None):
        return
    lock = ROOT / LOCKS[wanted]
    if uv := _uv():
        _with_uv(uv, lock)
    else:
        _with_pip(lock)
    kept = {name: value for name, value in installed.items() if value == locks.get(name)}
    (VENV / "rakor.json").write_text(json.dumps({**kept, wanted: locks[wanted], "python": _version()}))


def _installed() -> dict[str, str]:
    """Return which locked lists .venv holds; an environment of another Python (or a moved one) holds none."""
    try:
        stamp = json.loads((VENV / "rakor.json").read_text())
    except (OSError, ValueError):
        return {}
    return stamp if stamp.get("python") == _version() else {}


def _version() -> str:
    """Return where the packages of .venv lie and for which Python, or nothing when it does not run."""
    try:
        asked = [str(_python()), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def _python() -> Path:
    return VENV / "bin" / "python"


def _with_uv(uv: str, lock: Path) -> None:
    if not _version():
        run("Environment", [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)])
    command = [uv, "pip", "install", "--python", str(_python()), "--require-hashes", "--no-deps", "-r", str(lock)]
    took, said = run(f"Packages of {lock.name} (uv)", command)
    download = re.search(r"Prepared (\d+) packages? in ([\d.]+)(ms|s)", said)
    if download:
        seconds = float(download[2]) / (1000 if download[3] == "ms" else 1)
        print(f"  of these, download {seconds:.1f} s ({download[1]} packages), installing {took - seconds:.1f} s")


def _with_pip(lock: Path) -> None:
    if not (_has_pip() and _version()):
        run("Environment", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    pip = [str(_python()), "-m", "pip", "--disable-pip-version-check"]
    wheels = ROOT / ".cache" / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    exact = ["--require-hashes", "--no-deps", "-r", str(lock)]
    download = [*pip, "download", "--only-binary=:all:", "--progress-bar=off", "-d", str(wheels), *exact]
    run(f"Download of {lock.name} (pip)", download)
    local = ["--no-index", "--find-links", str(wheels), "--no-compile", "--progress-bar=off"]
    run("Installing", [*pip, "install", *local, *exact])
    shutil.rmtree(wheels)


def _has_pip() -> bool:
    return any(VENV.glob("lib/python3.*/site-packages/pip/__main__.py"))


def system_packages() -> None:
    """See to what pip cannot bring, all of it at once; install it where we may, else name the one command."""
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if not _uv() and not (_has_pip() and _version()) and not _makes_environments():
        missing.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Stopped(f"Install what your system calls these packages of Debian: {' '.join(missing)}")
    if not _may_install():
        raise Stopped(f"This machine lacks what sets type in PDFs or makes environments. Run:  {_apt_command(missing)}")
    _apt(missing)


def mac_libraries() -> None:
    """Say how to get Pango on a Mac, where nothing is installed for you."""
    if not any(Path(prefix, "lib/libpango-1.0.dylib").exists() for prefix in ("/opt/homebrew", "/usr/local")):
        raise Stopped("The library that sets type in our PDFs is missing. Run:  brew install pango")


def _makes_environments() -> bool:
    """Debian keeps the part of Python that makes environments in a package of its own."""
    tried = subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return tried.returncode == 0


def _uv() -> str | None:
    return shutil.which("uv") if os.environ.get("RAKOR_INSTALLER") != "pip" else None


def test_packages() -> None:
    """See to the browser and the PDF tools of the tests; without the right to install, say what is missing."""
    if not shutil.which("dpkg-query"):
        return
    missing = [package for package in TEST_PACKAGES if not _package_there(package)]
    if not missing:
        return
    if _may_install():
        _apt(missing)
    else:
        print(f"Tests that need {', '.join(missing)} will be skipped. To run them:  {_apt_command(missing)}")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _package_there(package: str) -> bool:
    asked = subprocess.run(["dpkg-query", "-W", "-f=${Status}", package], capture_output=True, text=True, check=False)
    return asked.stdout.endswith("ok installed")


def _may_install() -> bool:
    return bool(shutil.which("apt-get")) and os.geteuid() == 0


def _apt_command(packages: list[str]) -> str:
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install --no-install-recommends {' '.join(packages)}"


def _apt(packages: list[str]) -> None:
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    command = ["apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", *packages]
    title = f"System packages: {' '.join(packages)}"
    if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
        run("List of system packages", ["apt-get", "update"])
        run(title, command)
        return
    try:
        run(title, command)
    except Stopped:
        run("List of system packages", ["apt-get", "update"])
        run(title, command)


def _become_newer(arguments: list[str]) -> None:
    for name in NEWER:
        found = shutil.which(name)
        if found:
            os.execv(found, [found, __file__, *arguments])
    raise Stopped(f"Rakor needs Python 3.11 or newer; this is {sys.version.split()[0]}. Name one:  make demo PYTHON=…")


def run(title: str, command: list[str]) -> tuple[float, str]:
    """Run one long step, show every few seconds how far it is; return its seconds and what it said."""
    log = ROOT / ".cache" / "bootstrap.log"
    log.parent.mkdir(exist_ok=True)
    began = shown = time.monotonic()
    print(f"{title} …", flush=True)
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
        try:
            while process.poll() is None:
                time.sleep(0.05)
                if time.monotonic() - shown > 5:
                    shown = time.monotonic()
                    print(f"  {shown - began:3.0f} s  {_last_line(log)}", flush=True)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    said = log.read_text(errors="replace")
    took = time.monotonic() - began
    if process.returncode:
        raise Stopped(f"{said[-3000:]}\n{title}: failed with exit code {process.returncode}. Its output stands above.")
    print(f"  done in {took:.1f} s", flush=True)
    return took, said


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip()[:100] for line in reversed(lines) if line.strip()), "")


def reset(folder: Path) -> None:
    """Empty the demo's data folder, unless a demo runs on it or the folder is not a demo's."""
    lock = folder / "demo.lock"
    if not folder.exists() or not any(folder.iterdir()):
        print(f"{folder} is empty already.")
        return
    if not lock.exists():
        raise Stopped(f"{folder} does not look like a demo's data folder (no demo.lock in it); nothing was removed.")
    with lock.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stopped("The demo is running. End it with Ctrl-C in its window, then call this again.") from None
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path != lock:
                path.unlink()
        lock.unlink()
    print(f"{folder} is empty. The next “make demo” starts from the beginning.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Dockerfile and docker-compose.yml carried out without an engine.

Each FROM is a debootstrap of that Debian release, each RUN, health check and command a chroot in namespaces of its own
(mounts, processes, host name), so that everything ends and is unmounted when its first process does. The file trees
lie in memory and go with the process that holds them: about 2 GB, nothing on disk, nothing to clear away. The services
share one file tree, as they share one image and one volume, and the networks: the proxy stands in one network
namespace, web and the others in a second, joined by the network `front` with compose's own addresses. PostgreSQL and
Redis run outside; their sockets are bound into each container. It needs root, debootstrap, caddy and iproute2.

Where packages come from is read from the machine at run time: its sources for apt, its settings for pip.
"""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any

import pytest
import yaml

from rakor.demo.postgres import end_with_parent
from rakor.deploy import first_secrets
from tests.deploy.test_dockerfile import ROOT, instructions

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
ENGINE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
"""What an engine sets by itself."""
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
DIES_WITH_US = partial(end_with_parent, signal.SIGKILL)
PROXY_COMMAND = ["/usr/bin/caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
"""The command of the image `caddy`."""
OUTSIDE = {"REDIS_URL": "redis+socket:///run/redis/redis.sock"}
"""What the services are told otherwise than compose says, because Redis is no container here."""
DATABASE = "postgresql://postgres@/rakor?host=/run/postgresql"
"""The same for the secret `database_url`."""
NEEDED = ("debootstrap", "caddy", "ip", "unshare", "nsenter")

BEGIN = """
root=$1 name=$2; shift 2
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
printf %s "$name" > "$root/proc/sys/kernel/hostname"
while [ "$1" != -- ]; do mount --bind "$1" "$root$2"; shift 2; done
shift
"$@"
exit $?
"""
"""A container's first process. It does not become the command, so it stays root's and dies with its parent."""


def must_be_possible() -> None:
    """Skips, with the reason; where CI is, fails."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    reason = "" if os.geteuid() == 0 else "not root"
    if missing:
        reason = f"no {', '.join(missing)} here"
    if reason and os.environ.get("CI"):
        pytest.fail(f"CI must carry out the Dockerfile: {reason}.")
    if reason:
        pytest.skip(f"{reason}: the Dockerfile and docker-compose.yml are NOT carried out")


# -- file trees, and one command in one of them ----------------------------------------------------------------


class Store:
    """Room for file trees in memory, which only a mount namespace of its own sees; gone with its process."""

    place = PurePosixPath("/mnt")

    def __init__(self) -> None:
        filled = f"mount -t tmpfs -o size=6g,mode=755 trees {self.place} && exec sleep infinity"
        self.process = subprocess.Popen(["unshare", "--mount", "sh", "-c", filled], preexec_fn=DIES_WITH_US)
        while f"trees {self.place} " not in Path(f"/proc/{self.process.pid}/mounts").read_text():
            assert self.process.poll() is None, "no room in memory for the file trees"
            time.sleep(0.01)

    @property
    def seen(self) -> Path:
        """Where this process sees the trees."""
        return Path(f"/proc/{self.process.pid}/root{self.place}")

    def enter(self, network: int = 0) -> list[str]:
        """Begins a command there, and in the network of that process."""
        nets = [f"--net=/proc/{network}/ns/net"] if network else []
        return ["nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt", *nets]

    def end(self) -> None:
        self.process.kill()
        self.process.wait(20)


@dataclass
class Tree:
    """A file tree and how a command is begun in it."""

    store: Store
    name: str
    environment: dict[str, str] = field(default_factory=lambda: dict(ENGINE))
    user: str = "root"
    folder: str = "/"
    binds: dict[Path, str] = field(default_factory=dict)
    """What of this machine lies where in the tree while a command runs."""

    def path(self, inside: str = "") -> Path:
        """Where this process sees what lies there in the tree."""
        return self.store.seen / self.name / inside.lstrip("/")

    def began(self, command: Sequence[str], *, host: str = "build", network: int = 0, **given: Any) -> subprocess.Popen:
        """The command as a process; killing it ends all that came of it. `network` is a process of another network."""
        for outside, inside in self.binds.items():
            if outside.is_dir():
                self.path(inside).mkdir(parents=True, exist_ok=True)
            else:
                self.path(inside).parent.mkdir(parents=True, exist_ok=True)
                self.path(inside).touch()
        environment = [f"{key}={value}" for key, value in {**self.environment, "HOSTNAME": host}.items()]
        root = str(self.store.place / self.name)
        return subprocess.Popen(
            [
                *self.store.enter(network), "unshare", "--mount", "--pid", "--uts", "--fork", "--kill-child",
                "sh", "-ec", BEGIN, "sh", root, host,
                *(part for outside, inside in self.binds.items() for part in (str(outside), inside)), "--",
                "chroot", f"--userspec={self.user}", root,
                "/usr/bin/env", "-i", f"--chdir={self.folder}", *environment, *command,
            ],
            env={"PATH": ENGINE["PATH"]}, preexec_fn=DIES_WITH_US, **given,
        )  # fmt: skip

    def run(
        self, command: Sequence[str], *, patience: float = 300, stdin: bytes = b"", **given: Any
    ) -> subprocess.CompletedProcess:
        """The command, ended: its exit code and what it said; killed, with code -9, when it takes longer."""
        process = self.began(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given)
        try:
            out, err = process.communicate(stdin, timeout=patience)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, out, err)


# -- where packages come from ----------------------------------------------------------------------------------


def apt_sources(release: str) -> list[tuple[str, str]]:
    """This machine's (address, suite) of that release, without asking the network."""
    said = subprocess.run(["apt-get", "update", "--print-uris"], capture_output=True, text=True, check=True).stdout
    found = re.findall(rf"^'(\S+)/dists/({release}\S*)/InRelease'", said, re.MULTILINE)
    if release not in [suite for _, suite in found]:
        pytest.fail(f"This machine's sources for apt do not know Debian {release}: the Dockerfile cannot be tried.")
    return found


def pip_settings() -> dict[str, str]:
    """What this machine tells pip, by the names of its environment variables."""
    files = configparser.RawConfigParser()
    places = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf", os.environ.get("PIP_CONFIG_FILE", ""))
    files.read([os.path.expanduser(place) for place in places if place])
    told = {
        f"PIP_{name.replace('-', '_').upper()}": " ".join(value.split())
        for section in ("global", "install")
        if files.has_section(section)
        for name, value in files.items(section)
    }
    told |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    told.pop("PIP_CONFIG_FILE", None)
    bundle = os.environ.get("SSL_CERT_FILE")
    return {**({"PIP_CERT": bundle} if bundle else {}), **told}


def with_packages_of_this_machine(tree: Tree, release: str) -> None:
    """Lets apt and pip in that tree ask whom they ask on this machine; local folders are bound into it."""
    shutil.copy("/etc/resolv.conf", tree.path("etc/resolv.conf"))
    lines = [f"deb {address} {suite} main\n" for address, suite in apt_sources(release)]
    tree.path("etc/apt/sources.list").write_text("".join(lines))
    acquire = subprocess.run(["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True).stdout
    tree.path("etc/apt/apt.conf.d/90machine").write_text(acquire)
    for name, value in pip_settings().items():
        words = []
        for word in value.split():
            path = Path(word.removeprefix("file://"))
            if path.is_absolute() and path.exists():
                shown = path.parent if word.startswith("file://") else path  # an index names files beside it
                inside = tree.binds.setdefault(shown, f"/run/machine/{len(tree.binds)}")
                word = word.replace(str(shown), inside)
            words.append(word)
        tree.environment[name] = " ".join(words)
    tree.environment |= {name: os.environ[name] for name in PROXIES if name in os.environ}


# -- the Dockerfile --------------------------------------------------------------------------------------------


@dataclass
class Image:
    """What the last stage of the Dockerfile comes to."""

    tree: Tree
    command: list[str] = field(default_factory=list)
    health: dict[str, Any] = field(default_factory=dict)


def build(store: Store) -> Image:
    """The Dockerfile, carried out in order."""
    release = re.match(r"debian:([a-z]+)-slim", instructions()[0][1])[1]
    stages: dict[str, Tree] = {}
    base = Tree(store, "base")
    image = Image(base)
    _debootstrap(base, release)
    for instruction, arguments in instructions():
        tree = image.tree
        match instruction:
            case "FROM":
                words = arguments.split()
                assert words[0] == f"debian:{release}-slim"
                image.tree = Tree(store, f"stage{len(stages)}")
                subprocess.run(["cp", "-a", base.path(), image.tree.path()], check=True)
                stages[words[2] if len(words) == 3 else "last"] = image.tree
                with_packages_of_this_machine(image.tree, release)
            case "ENV":
                for word in shlex.split(arguments):
                    name, value = word.split("=", 1)
                    tree.environment[name] = Template(value).substitute(tree.environment)
            case "RUN":
                done = tree.run(["/bin/sh", "-c", arguments], patience=400)
                assert done.returncode == 0, f"RUN {arguments}\n{(done.stdout + done.stderr).decode()[-3000:]}"
            case "COPY":
                _copy(tree, arguments, stages)
            case "WORKDIR":
                tree.folder = arguments
                tree.path(arguments).mkdir(parents=True, exist_ok=True)
            case "USER":
                tree.user = arguments
                tree.environment["HOME"] = re.search(
                    rf"^{arguments}:(?:[^:]*:){{4}}([^:]*)", tree.path("etc/passwd").read_text(), re.MULTILINE
                )[1]
            case "HEALTHCHECK":
                image.health = _health(arguments)
            case "CMD":
                image.command = json.loads(arguments)
            case "VOLUME" | "EXPOSE":
                pass
            case _:
                raise NotImplementedError(instruction)
    for name in [name for name in image.tree.environment if name in PROXIES or name in pip_settings()]:
        del image.tree.environment[name]
    image.tree.binds.clear()
    return image


def _debootstrap(tree: Tree, release: str) -> None:
    mirror = next(address for address, suite in apt_sources(release) if suite == release)
    done = subprocess.run(
        [*tree.store.enter(), "debootstrap", "--variant=minbase", release, tree.store.place / tree.name, mirror],
        capture_output=True, text=True, check=False, timeout=400, preexec_fn=DIES_WITH_US,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def _copy(tree: Tree, arguments: str, stages: Mapping[str, Tree]) -> None:
    """As a builder does: a folder's content, without what .dockerignore holds back, into the destination."""
    *options, source, destination = arguments.split()
    to = tree.path(os.path.join(tree.folder, destination))
    if options:
        whence = stages[options[0].removeprefix("--from=")].path(source)
        subprocess.run(["cp", "-a", whence, to], check=True)
        return
    ignored = [line for line in (ROOT / ".dockerignore").read_text().split() if line[0] not in "#!*"]
    anywhere = re.findall(r"^\*\*/(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    if (ROOT / source).is_dir():
        shutil.copytree(ROOT / source, to, ignore=shutil.ignore_patterns(*anywhere))
    else:
        shutil.copy(ROOT / source, to / Path(source).name if to.is_dir() else to)
    for path in ignored:
        if Path(path).is_relative_to(source):
            shutil.rmtree(to / Path(path).relative_to(source))


def _health(arguments: str) -> dict[str, Any]:
    options, command = arguments.split("CMD ", 1)
    return {**dict(re.findall(r"--([a-z-]+)=(\S+)", options)), "test": ["CMD", *json.loads(command)]}


# -- docker-compose.yml ----------------------------------------------------------------------------------------


@dataclass
class Container:
    """A started service."""

    name: str
    process: subprocess.Popen
    log: Path
    tree: Tree
    network: int
    health: dict[str, Any]

    def run(self, command: Sequence[str], **given: Any) -> subprocess.CompletedProcess:
        """What `docker compose exec` does."""
        return self.tree.run(command, host=self.name, network=self.network, **given)

    def check(self) -> subprocess.CompletedProcess:
        """Its health check, once."""
        kind, *command = self.health["test"]
        command = ["/bin/sh", "-c", *command] if kind == "CMD-SHELL" else command
        return self.run(command, patience=_seconds(self.health["timeout"]))

    def becomes_healthy(self, patience: float = 90) -> bool:
        """Whether its health check passes before that many seconds are over; false when it ends before."""
        until = time.monotonic() + patience
        while time.monotonic() < until and self.process.poll() is None:
            if self.check().returncode == 0:
                return True
            time.sleep(0.5)
        return False


class Installation:
    """The services of docker-compose.yml that are made of the image, and the proxy before them."""

    def __init__(self, image: Image, folder: Path, given: Mapping[str, str], sockets: Mapping[Path, str]) -> None:
        """`given` is the .env file; `sockets` are folders of servers outside and where the services find them."""
        self.image, self.folder, self.given, self.sockets = image, folder, given, sockets
        self.containers: dict[str, Container] = {}
        first_secrets.write(folder / "secrets")
        (folder / "secrets/database_url").write_text(DATABASE)
        self._networks = {name: self._network() for name in ("proxy", "services")}
        self.web_address = self._join()
        hosts = f"127.0.0.1 localhost\n{self.web_address} web\n"
        image.tree.path("etc/hosts").write_text(hosts)

    def _network(self) -> subprocess.Popen:
        process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], preexec_fn=DIES_WITH_US)
        while os.readlink(f"/proc/{process.pid}/ns/net") == os.readlink("/proc/self/ns/net"):
            time.sleep(0.01)
        return process

    def _join(self) -> str:
        """The network `front` between proxy and web, with compose's address of the proxy; returns that of web."""
        front = COMPOSE["networks"]["front"]["ipam"]["config"][0]
        size = front["subnet"].split("/")[1]
        proxy, web = COMPOSE["services"]["proxy"]["networks"]["front"]["ipv4_address"], front["ip_range"].split("/")[0]
        pids = {name: str(process.pid) for name, process in self._networks.items()}
        self._in("proxy", "ip", "link", "add", "front", "type", "veth", "peer", "front", "netns", pids["services"])
        for name, address in (("proxy", proxy), ("services", web)):
            self._in(name, "ip", "link", "set", "lo", "up")
            self._in(name, "ip", "address", "add", f"{address}/{size}", "dev", "front")
            self._in(name, "ip", "link", "set", "front", "up")
        return web

    def _in(self, network: str, *command: str) -> None:
        pid = self._networks[network].pid
        subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *command], check=True)

    def network_of(self, service: str) -> int:
        """A process in the network of that service."""
        return self._networks["proxy" if service == "proxy" else "services"].pid

    def up(self) -> None:
        """Starts one service after the other, each when what it depends on has come so far as it says."""
        for name, service in COMPOSE["services"].items():
            for other, wanted in service.get("depends_on", {}).items():
                if other in self.containers:
                    self._await(self.containers[other], wanted["condition"])
            if name == "proxy":
                self._start(name, service, self._proxy_tree(), PROXY_COMMAND)
            elif service.get("image", "").startswith("rakor:"):
                self._start(name, service, self._service_tree(service), self.image.command)

    def _await(self, container: Container, condition: str) -> None:
        if condition == "service_completed_successfully":
            reached = container.process.wait(120) == 0
        else:
            reached = container.becomes_healthy()
        assert reached, f"{container.name}: {condition}?\n{container.log.read_text()[-3000:]}"

    def _start(self, name: str, service: dict[str, Any], tree: Tree, command: Sequence[str]) -> None:
        log = self.folder / f"{name}.log"
        network = self.network_of(name)
        command = self._filled(service.get("command", command))
        with log.open("wb") as out:
            process = tree.began(
                command, host=name, network=network, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        health = self._filled(service.get("healthcheck", self.image.health if name != "proxy" else {}))
        self.containers[name] = Container(name, process, log, tree, network, health)

    def _service_tree(self, service: dict[str, Any]) -> Tree:
        tree, files = self.image.tree, COMPOSE["secrets"]
        secrets = {self.folder / files[name]["file"]: f"/run/secrets/{name}" for name in service["secrets"]}
        environment = {**tree.environment, **self._filled(service["environment"]), **OUTSIDE}
        return replace(tree, environment=environment, binds={**secrets, **self.sockets})

    def _proxy_tree(self) -> Tree:
        """The proxy's own image is another; what it is told and where its files lie is as there."""
        service = COMPOSE["services"]["proxy"]
        mounted = dict(volume.split(":")[:2] for volume in service["volumes"] if volume.startswith("./"))
        binds = {ROOT / source: place for source, place in mounted.items()}
        binds[Path(shutil.which("caddy")).resolve()] = PROXY_COMMAND[0]
        homes = {"XDG_DATA_HOME": "/data", "XDG_CONFIG_HOME": "/config"}
        environment = {**ENGINE, **homes, **self._filled(service["environment"])}
        return Tree(self.image.tree.store, self.image.tree.name, environment, binds=binds)

    def _filled(self, value: Any) -> Any:
        """The value with `${NAME}` from the .env file, as compose fills it in."""
        if isinstance(value, dict):
            return {key: self._filled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self._filled(part) for part in value]
        if not isinstance(value, str):
            return value
        return re.sub(r"\$(?:\$|\{(\w+)(?::([?-])([^}]*))?\})", self._variable, value)

    def _variable(self, found: re.Match[str]) -> str:
        name, otherwise, default = found.groups()
        if name is None:
            return "$"
        if otherwise == "-":
            return self.given.get(name) or default
        return self.given[name]

    def down(self) -> None:
        """Ends every process; their mounts and networks go with them."""
        for process in [*(c.process for c in reversed(self.containers.values())), *self._networks.values()]:
            process.kill()
            process.wait(20)


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))

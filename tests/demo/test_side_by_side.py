"""Two demos at once on one machine, and one for an account that owns nothing but its folder."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.demo.test_make_demo import Run, borrowed, clone, free_port, get, left_over

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NOBODY = 65534  # has a name, which initdb insists on, and nothing else


def test_two_demos_run_side_by_side(tmp_path):
    checkout, ports = clone(tmp_path / "rakor"), (free_port(), free_port())
    folders = [tmp_path / "satu", tmp_path / "dua"]
    with (
        Run(checkout, ports[0], **borrowed(), RAKOR_DATA_DIR=str(folders[0])) as one,
        Run(checkout, ports[1], **borrowed(), RAKOR_DATA_DIR=str(folders[1])) as two,
    ):
        one.ready()
        two.ready()
        facts = [json.loads((folder / "demo.json").read_text()) for folder in folders]
        opened = [get(link)[0] for fact in facts for link in (fact["base_url"], *fact["personal_links"].values())]

    assert set(opened) == {200}
    assert [fact["base_url"].rpartition(":")[2].strip("/") for fact in facts] == [str(port) for port in ports]
    assert facts[0]["mailbox_url"] != facts[1]["mailbox_url"]
    assert left_over(checkout, seconds=20) == {}


class RunAsNobody(Run):
    """`make demo` as `nobody`, with an empty home and no rights but on its own folder."""

    COMMAND = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "make", "demo")


@pytest.fixture
def open_folder():
    """A folder that other accounts may enter; pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="rakor-account-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"), reason="NOT ROOT: no other account was tried")
def test_demo_of_an_empty_account(open_folder):
    folder = open_folder
    checkout, home, port = clone(folder / "rakor"), folder / "home", free_port()
    home.mkdir()
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", str(folder)], check=True)
    with RunAsNobody(checkout, port, HOME=str(home), PATH="/usr/local/bin:/usr/bin:/bin") as run:
        run.ready()
        facts = run.facts()
        opened = [get(link)[0] for link in (facts["base_url"], *facts["personal_links"].values())]
        owners = {path.stat().st_uid for path in (checkout / ".demo").iterdir()}

    assert set(opened) == {200}
    assert owners == {NOBODY}

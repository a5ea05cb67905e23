"""The files that the Dockerfile copies are enough to build, check and start the application."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.test_dockerfile import ROOT, arguments_of

pytestmark = pytest.mark.slow
OURS = ("RAKOR_", "DATABASE_", "REDIS_", "BASE_URL", "SETUP_CODE", "DJANGO_", "PYTEST_", "SECRET_", "LINK_")


@pytest.fixture(scope="module")
def image(tmp_path_factory) -> Path:
    """The application's folder as the image has it: what is copied, less what .dockerignore holds back."""
    folder = tmp_path_factory.mktemp("image")
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] not in "#!*"]
    for arguments in arguments_of("COPY"):
        source = arguments.split()[0]
        if source.startswith("--") or source == "requirements.txt":
            continue
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, folder / source)
    for path in ignored:
        shutil.rmtree(folder / path)
    return folder


def run(image: Path, *command: str, **environment: str) -> subprocess.CompletedProcess:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=image,
        env={
            **clean,
            "PYTHONPATH": str(image),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DJANGO_SETTINGS_MODULE": "rakor.settings",
            "STATIC_ROOT": str(image / "staticfiles"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_static_files_are_collected_with_the_words_of_the_build_alone(image):
    done = run(
        image, "manage.py", "collectstatic", "--no-input",
        SECRET_KEY="only-while-building", LINK_KEY="only-while-building",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert (image / "staticfiles" / "staticfiles.json").is_file()


def test_application_starts_without_the_demo(image):
    production = {
        "SECRET_KEY": "kunci-rahasia-produksi-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
        "LINK_KEY": "kunci-tautan-produksi-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFG",
        "BASE_URL": "https://rakor.instansi.example",
        "ALLOWED_HOSTS": "rakor.instansi.example",
    }

    checked = run(image, "manage.py", "check", "--deploy", "--fail-level", "WARNING", **production)
    imported = run(image, "-c", "import rakor.asgi, rakor.celery, rakor.deploy.health", **production)

    assert not (image / "rakor" / "demo").exists()
    assert checked.returncode == 0, checked.stderr
    assert imported.returncode == 0, imported.stderr


def test_production_does_not_start_without_its_secrets(image):
    done = run(image, "-c", "import rakor.asgi")

    assert done.returncode == 1
    assert "Set SECRET_KEY (or SECRET_KEY_FILE) to a long random text." in done.stderr

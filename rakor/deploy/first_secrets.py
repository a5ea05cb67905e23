"""Writes the secrets of a new installation into ``secrets/``: once, and never over what is there.

    python3 rakor/deploy/first_secrets.py [FOLDER]

Keep a copy of the folder where backups are kept: without ``link_key`` every personal link that was sent is void.
"""

import secrets
import sys
from pathlib import Path


def write(folder: Path) -> list[str]:
    """Write what is missing; return the names of the files that were made."""
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    password_file = folder / "postgres_password"
    password = password_file.read_text() if password_file.exists() else secrets.token_urlsafe(32)
    contents = {
        "postgres_password": password,
        "database_url": f"postgresql://rakor:{password}@postgres:5432/rakor",
        "secret_key": secrets.token_urlsafe(48),
        "link_key": secrets.token_urlsafe(48),
        "setup_code": secrets.token_urlsafe(9),
        "email_password": "",
    }
    made = [name for name in contents if not (folder / name).exists()]
    for name in made:
        # The container's user reads them; the folder keeps everybody else out.
        (folder / name).touch(mode=0o644)
        (folder / name).write_text(contents[name])
    return made


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "secrets")
    for name in write(place):
        print(f"made {place / name}")
    print(f"Put the password of your SMTP server into {place / 'email_password'}.")
    print(f"The first visit asks for the code in {place / 'setup_code'}.")

"""`python -m windsock.shared.prepare FOLDER`: what must be so before the containers start.

Checks the settings, and ends with status 2 and a sentence if the services would refuse them. Makes the password by which the services know themselves to the
broker, once, and another for whoever runs it (the user `operator`), and writes who may do what there (`users.acl`). So a fresh clone has no password that
others know, and needs nobody to think of one.
"""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Final

from windsock.shared.acl import acl_file
from windsock.shared.deployment import PUBLISHER_PASSWORD
from windsock.shared.keys import Keys
from windsock.shared.settings import settings_or_exit

__all__ = ["ACL_FILE", "OPERATOR_FILE", "PASSWORD_FILE", "prepare"]

PASSWORD_FILE: Final = "password"  # noqa: S105  # its name
OPERATOR_FILE: Final = "operator"
ACL_FILE: Final = "users.acl"
SHORTEST: Final = 8
"""As of the publish key."""
FOR_OURSELVES: Final = 0o400
FOR_THE_BROKER_ALONE: Final = 0o004
"""The services run as the very user that writes these files, so they may not read this one; the broker, where an operator is, runs as another."""


def prepare(folder: Path, keys: Keys, publisher_password: str | None) -> None:
    """Write the three files into `folder`; passwords that are there stay."""
    service = _password(folder / PASSWORD_FILE, FOR_OURSELVES)
    operator = _password(folder / OPERATOR_FILE, FOR_THE_BROKER_ALONE)
    text = acl_file(keys, service, operator, publisher_password)
    _write(folder / ACL_FILE, text, 0o444)  # the broker is another user than we are


def _password(path: Path, mode: int) -> str:
    if path.exists():
        path.chmod(FOR_OURSELVES)
        password = path.read_text().strip()
        path.chmod(mode)
    else:
        password = secrets.token_urlsafe(32)
        _write(path, password + "\n", mode)
    return password


def _write(path: Path, text: str, mode: int) -> None:
    """All of it or nothing: who reads it may read at any time."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    new.chmod(mode)
    new.replace(path)


def main() -> None:
    """See the module."""
    publisher_password = os.environ.get(PUBLISHER_PASSWORD) or None
    settings = settings_or_exit()
    if publisher_password is not None and len(publisher_password) < SHORTEST:
        print(f"windsock: {PUBLISHER_PASSWORD}: should have {SHORTEST} characters or more", file=sys.stderr)  # noqa: T201  # as settings do
        raise SystemExit(2)
    prepare(Path(sys.argv[1]), Keys(settings.redis_prefix), publisher_password)


if __name__ == "__main__":
    main()

"""The scripts that run inside Redis, one file each."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import Final

__all__ = ["ALL", "DEMAND", "FRAME", "OWN", "PUBLISH", "READ", "REGISTER", "RELEASE", "WANTED", "Script"]


class Script:
    """A Lua script and its SHA-1, by which EVALSHA names it."""

    def __init__(self, name: str) -> None:
        self.source: Final = files(__name__).joinpath(f"{name}.lua").read_bytes()
        self.sha: Final = hashlib.sha1(self.source, usedforsecurity=False).hexdigest().encode()


PUBLISH: Final = Script("publish")
READ: Final = Script("read")
REGISTER: Final = Script("register")
DEMAND: Final = Script("demand")
WANTED: Final = Script("wanted")
OWN: Final = Script("own")
RELEASE: Final = Script("release")
FRAME: Final = Script("frame")
ALL: Final = (PUBLISH, READ, REGISTER, DEMAND, WANTED, OWN, RELEASE, FRAME)

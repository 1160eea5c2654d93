"""The scripts that run inside Redis for this service, one file each. All of them look at the lease first: whoever lost it can't do harm."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

__all__ = ["ACQUIRE", "CLAIM", "FETCH", "LOST", "RELEASE", "RENEW"]

LOST: Final = "LEASELOST"
"""What an error reply begins with when somebody else reads now."""


def _source(name: str) -> bytes:
    return files(__name__).joinpath(f"{name}.lua").read_bytes()


FETCH: Final = _source("fetch")
CLAIM: Final = _source("claim")
ACQUIRE: Final = _source("acquire")
RENEW: Final = _source("renew")
RELEASE: Final = _source("release")

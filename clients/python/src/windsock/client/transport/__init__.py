"""The port between a lane and a way into the server, with the guarantees that every way in gives.

1. Messages of one connection are dealt with in the order of `write`, and counted from 1.
2. `Acknowledged(n)`: the first n are dealt with: stored, or refused. Stored means that the server's own promise holds for them.
3. `Refused(index)` comes before the acknowledgement that covers that message.
4. Anything else that goes wrong is `Lost`: nothing is known of messages not acknowledged, and the next connection counts from 1 again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Acknowledged", "Answer", "Lost", "Refused", "Transport"]


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The first `count` messages of this connection are dealt with."""

    count: int


@dataclass(frozen=True, slots=True)
class Refused:
    """One message, or something on the way, was refused for good."""

    index: int | None
    """The message's place on this connection, from 0; None if it can't be told."""
    code: str
    message: str
    stream: str | None = None
    """Whose it was, if it was acknowledged before: by Redis, which takes what Windsock refuses later."""


Answer = Acknowledged | Refused


class Lost(Exception):
    """The connection is of no use any more, or could not be made."""

    def __init__(self, reason: str, code: str = "unreachable", retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.retry_after = retry_after
        """Seconds that the server asked to be left alone."""


class Transport(Protocol):
    """One way into the server. Used by one thread; may be connected again after `close`."""

    def connect(self) -> None:
        """Open it. Raises Lost."""
        ...

    def write(self, messages: Sequence[bytes]) -> None:
        """Hand over messages. Raises Lost."""
        ...

    def read(self, seconds: float) -> list[Answer]:
        """The answers that are here, or the first that come within `seconds`. Raises Lost."""
        ...

    def close(self) -> None:
        """Let go of it. Never raises."""
        ...

    def drop(self) -> None:
        """Let go of a forked child's copy of it. Waits for no lock: its owner, a thread of the parent, is not there."""
        ...

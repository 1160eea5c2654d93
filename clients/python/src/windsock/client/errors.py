"""What can go wrong, told in the server's own codes plus three of the client's.

Nothing here is raised into a program that did not ask for it (`strict=True`): it reaches `on_error` and the log.
"""

from __future__ import annotations

from typing import Final

__all__ = ["CLOSED", "DROPPED", "INVALID", "TOO_LARGE", "UNAUTHORIZED", "UNREACHABLE", "WindsockError"]

INVALID: Final = "invalid"
"""A value or field that the contract does not take. The server's code too."""
TOO_LARGE: Final = "too_large"
"""A message over the limit. The server's code too."""
UNAUTHORIZED: Final = "unauthorized"
"""The key is missing or wrong. The server's code."""
UNREACHABLE: Final = "unreachable"
"""The server does not answer. Samples wait, and are sent when it does."""
DROPPED: Final = "dropped"
"""More samples waited than the stream may hold: the oldest were given up."""
CLOSED: Final = "closed"
"""The stream was closed before."""


class WindsockError(Exception):
    """Something was not stored, with a stable code, a sentence for a person, and the stream it is about."""

    def __init__(self, code: str, message: str, stream: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.stream = stream

    def __str__(self) -> str:
        about = f"stream {self.stream!r}: " if self.stream is not None else ""
        return f"{about}{self.message} ({self.code})"

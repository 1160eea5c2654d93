"""Every refusal has a stable code, a sentence for a person, and says whether to try again.

The codes are part of the wire contract (`docs/protocol.md` lists them): publishers branch on them, metrics count by them. A code is never renamed;
the sentence may change.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

__all__ = ["Code", "WindsockError"]


class Code(StrEnum):
    """What went wrong, in one stable word."""

    MALFORMED = "malformed"
    """The bytes are not JSON, or not a JSON object."""
    INVALID = "invalid"
    """JSON, but a field does not fit the contract."""
    TOO_LARGE = "too_large"
    """A message, body, batch or field is over its limit."""
    TOO_DEEP = "too_deep"
    """JSON nested beyond the limit."""
    UNAUTHORIZED = "unauthorized"
    """The publish key is missing or wrong."""
    TOO_MANY_STREAMS = "too_many_streams"
    """The catalogue is full: no new stream is taken."""
    TOO_MANY_BOARDS = "too_many_boards"
    """There are as many saved boards as there may be."""
    TOO_MANY_CONNECTIONS = "too_many_connections"
    """The service has as many connections as it may have."""
    TOO_MANY_REQUESTS = "too_many_requests"
    """The service has as many messages in hand as it may hold."""
    UNSUPPORTED_MEDIA = "unsupported_media"
    """A body's content type is not one that is read here."""
    FORBIDDEN = "forbidden"
    """A camera's URL is of a kind, or leads to a place, that is not opened from here."""
    NOT_FOUND = "not_found"
    """There is no such stream."""
    CONFLICT = "conflict"
    """Somebody else has changed it meanwhile, or has taken the name (or its keys at the broker): look again."""
    UNAVAILABLE = "unavailable"
    """The broker is away; nothing was stored."""


_RETRY: Final = frozenset({Code.UNAVAILABLE, Code.TOO_MANY_REQUESTS, Code.TOO_MANY_CONNECTIONS})

HTTP_STATUS: Final[dict[Code, int]] = {
    Code.MALFORMED: 400,
    Code.INVALID: 422,
    Code.TOO_LARGE: 413,
    Code.TOO_DEEP: 422,
    Code.UNAUTHORIZED: 401,
    Code.TOO_MANY_STREAMS: 422,
    Code.TOO_MANY_BOARDS: 422,
    Code.TOO_MANY_CONNECTIONS: 503,
    Code.TOO_MANY_REQUESTS: 429,
    Code.UNSUPPORTED_MEDIA: 415,
    Code.FORBIDDEN: 422,
    Code.NOT_FOUND: 404,
    Code.CONFLICT: 409,
    Code.UNAVAILABLE: 503,
}
"""The HTTP status of an answer that consists of this one error."""


class WindsockError(Exception):
    """A refusal or failure that is told to whoever caused it.

    Args:
        code: what went wrong.
        message: a sentence for a person. It may be logged.
        quoted: what the sender's own bytes say there, to stand behind the sentence. They may hold the publish key: only the sender sees them.
    """

    def __init__(self, code: Code, message: str, quoted: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.quoted = quoted

    @property
    def retry(self) -> bool:
        """Whether the same bytes may succeed later."""
        return self.code in _RETRY

    def to_wire(self, index: int | None = None) -> dict[str, Any]:
        """The error as its sender reads it: `{"code", "message"}`, with `index` where the message has a number."""
        wire: dict[str, Any] = {"code": self.code.value, "message": f"{self.message}{self.quoted}"}
        if index is not None:
            wire["index"] = index
        return wire

    def __repr__(self) -> str:
        return f"WindsockError({self.code.value}: {self.message})"

"""What a codec says of bytes that are no message: a code, a sentence, how many bytes and how they began."""

from dataclasses import dataclass, field
from typing import Literal

FaultCode = Literal["malformed", "too_large", "too_deep"]

HEAD = 32
"""Bytes kept of what was refused: enough for a person to recognise the sender's mistake."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One report of bytes that were dropped; it stands in the result where those bytes stood in the stream."""

    code: FaultCode
    message: str
    length: int
    """Bytes dropped, as far as they had come when the report was made: the rest of a long run follows silently."""
    head: bytes = field(default=b"", repr=False)
    """The first of them. They may hold a publish key: for the sender's eyes, never for a log."""

"""A publisher's first object may be a greeting: it shows the key once for all, and asks for acknowledgements."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError

__all__ = ["Hello", "read_hello"]

_NEAR = 64
"""The word stands within so many bytes of the beginning, or it is no greeting: what is sent first is usually a message, and may be large."""


class Hello(NamedTuple):
    """What a publisher says first."""

    key: str | None
    ack: bool


def read_hello(piece: bytes | bytearray) -> Hello | None:
    """The greeting that an object is, or None if it is a message.

    Raises:
        WindsockError: `invalid`: a greeting, but not one that we understand.
    """
    if b'"hello"' not in piece[:_NEAR]:
        return None
    try:
        said = codec.parse(piece)
    except WindsockError:
        return None  # the intake says what is wrong with it
    if "hello" not in said or "id" in said:
        return None
    words: Any = said["hello"]
    if type(words) is not dict:
        raise WindsockError(Code.INVALID, 'hello: should be an object like {"key": "...", "ack": true}')
    fields = cast("dict[str, Any]", words)
    key, ack = fields.get("key"), fields.get("ack")
    if key is not None and type(key) is not str:
        raise WindsockError(Code.INVALID, "hello (key): should be a text")
    if ack is not None and type(ack) is not bool:
        raise WindsockError(Code.INVALID, "hello (ack): should be true or false")
    return Hello(key, bool(ack))

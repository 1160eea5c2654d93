"""The protocol of Redis, as much of it as a publisher needs: commands to bytes, bytes to replies. Pure, no I/O.

A program that sends to Redis need not have a Redis client installed. What a publisher says is small, so the parser may be plain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

__all__ = ["NotRedis", "Push", "RedisRefusal", "ReplyReader", "pack"]

MOST_WAITING: Final = 16 * 1024 * 1024
"""Replies to what a publisher asks are short; a peer that sends more than this without an end is no Redis."""
MOST_DEPTH: Final = 8


class NotRedis(Exception):
    """What came is no reply of Redis."""


class RedisRefusal(Exception):
    """An error that Redis answered: `code` is its first word."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.code: Final = text.partition(" ")[0]


class Push(list[Any]):
    """What Redis says unasked (RESP3): a message on a channel."""


class _Incomplete(Exception):
    """The rest has not come yet."""


def pack(*commands: Sequence[str | bytes | int]) -> bytes:
    """Commands as they travel."""
    parts: list[bytes] = []
    for command in commands:
        parts.append(b"*%d\r\n" % len(command))
        for word in command:
            data = word if isinstance(word, bytes) else str(word).encode("utf-8", "surrogatepass")
            parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)


class ReplyReader:
    """Fed bytes in pieces of any size, gives replies: bytes, int, float, bool, None, lists, `Push`, and `RedisRefusal` as a value."""

    def __init__(self) -> None:
        self._data = b""
        self._at = 0

    def feed(self, data: bytes) -> Iterator[Any]:
        """The replies that are complete now.

        Raises:
            NotRedis: this is something else.
        """
        self._data = self._data[self._at :] + data
        self._at = 0
        while self._at < len(self._data):
            began = self._at
            try:
                reply = self._reply(0)
            except _Incomplete:
                self._at = began
                if len(self._data) - began > MOST_WAITING:
                    raise NotRedis("it sends without an end") from None
                return
            yield reply

    def _reply(self, depth: int) -> Any:
        if depth > MOST_DEPTH:
            raise NotRedis("its answer is nested too deeply")
        kind, text = self._data[self._at : self._at + 1], self._line()
        try:
            match kind:
                case b"+":
                    return text
                case b"-" | b"!":
                    said = self._bulk(int(text)) or b"" if kind == b"!" else text
                    return RedisRefusal(said.decode("utf-8", "replace"))
                case b":" | b"(":
                    return int(text)
                case b",":
                    return float(text)
                case b"#":
                    return text == b"t"
                case b"_":
                    return None
                case b"$" | b"=":
                    return self._bulk(int(text))
                case b"*" | b"~" | b"%" | b">" | b"|":
                    count = int(text)
                    if count < 0:
                        return None
                    items = (self._reply(depth + 1) for _ in range(2 * count if kind in b"%|" else count))
                    return Push(items) if kind == b">" else list(items)
                case _:
                    pass
        except ValueError:
            pass
        raise NotRedis(f"it says {(kind + text)[:40]!r}")

    def _line(self) -> bytes:
        end = self._data.find(b"\r\n", self._at)
        if end < 0:
            if self._data[self._at : self._at + 1] not in b"+-!:(,#_$=*~%>|":
                raise NotRedis(f"it says {self._data[self._at : self._at + 40]!r}")
            raise _Incomplete
        line = self._data[self._at + 1 : end]
        self._at = end + 2
        return line

    def _bulk(self, size: int) -> bytes | None:
        if size < 0:
            return None
        end = self._at + size
        if len(self._data) < end + 2:
            raise _Incomplete
        data = self._data[self._at : end]
        self._at = end + 2
        return data

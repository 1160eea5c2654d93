"""Saved boards in Redis: a hash each, and a list of their names.

Guarantees: a board is saved whole or not at all, and only over the version that its writer had seen, so nobody's changes are lost unseen; there are never
more than `max_boards`. All keys share one hash tag. Every method raises `WindsockError(unavailable)` when the broker does not answer.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from windsock.shared.boards import BoardSummary
from windsock.shared.broker.resp import ReplyError
from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import now_ms

if TYPE_CHECKING:
    from windsock.shared.broker.redis import RedisBroker

__all__ = ["BoardStore", "Stored"]


def _source(name: str) -> bytes:
    return files("windsock.web.boards").joinpath(f"{name}.lua").read_bytes()


SAVE: Final = _source("save")
RENAME: Final = _source("rename")
REMOVE: Final = _source("remove")


class Stored(NamedTuple):
    """A board as Redis has it; the arrangement is JSON text that was validated when it was saved."""

    summary: BoardSummary
    arrangement: bytes


class BoardStore:
    """See the module."""

    def __init__(self, broker: RedisBroker, max_boards: int) -> None:
        self._broker: Final = broker
        self._keys: Final = broker.keys
        self._max_boards: Final = max_boards

    async def _call(self, *commands: tuple[str | bytes | int, ...]) -> list[Any]:
        replies = await self._broker.call(*commands)
        for reply in replies:
            if isinstance(reply, ReplyError):
                raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return replies

    async def boards(self) -> list[BoardSummary]:
        """All boards, by name."""
        (names,) = await self._call(("ZRANGE", self._keys.boards, 0, -1))
        listed = sorted(cast("bytes", name).decode() for name in names)
        if not listed:
            return []
        replies = await self._call(*(("HMGET", self._keys.board(name), "version", "saved") for name in listed))
        # A board that was removed in between has no fields.
        return [
            BoardSummary(name=name, version=int(version), saved=int(saved))
            for name, (version, saved) in zip(listed, replies, strict=True)
            if version is not None
        ]

    async def board(self, name: str) -> Stored | None:
        """One board; None if there is none."""
        ((version, saved, arrangement),) = await self._call(
            ("HMGET", self._keys.board(name), "version", "saved", "arrangement")
        )
        if version is None:
            return None
        return Stored(BoardSummary(name=name, version=int(version), saved=int(saved)), cast("bytes", arrangement))

    async def save(self, name: str, version: int, arrangement: str) -> BoardSummary:
        """Save a board over the version that it was made from (0: a new one).

        Raises:
            WindsockError: `conflict` if it has another version by now, `too_many_boards` if it is new and there are enough.
        """
        now = now_ms()
        keys = (self._keys.boards, self._keys.board(name), self._keys.board_versions)
        ((outcome, saved),) = await self._call(
            ("EVAL", SAVE, 3, *keys, name, version, arrangement, now, self._max_boards)
        )
        if outcome == 1:
            raise WindsockError(Code.CONFLICT, _conflict(name, version, saved))
        if outcome == 2:
            raise WindsockError(
                Code.TOO_MANY_BOARDS,
                f"there are {self._max_boards} boards already; remove some, or raise WINDSOCK_MAX_BOARDS",
            )
        return BoardSummary(name=name, version=saved, saved=now)

    async def rename(self, name: str, to: str) -> None:
        """Give a board another name.

        Raises:
            WindsockError: `not_found`, or `conflict` if the name is taken.
        """
        keys = (self._keys.boards, self._keys.board(name), self._keys.board(to))
        (outcome,) = await self._call(("EVAL", RENAME, 3, *keys, name, to))
        if outcome == 1:
            raise WindsockError(Code.NOT_FOUND, f"there is no board {name!r}")
        if outcome == 2:
            raise WindsockError(Code.CONFLICT, f"there is a board {to!r} already")

    async def remove(self, name: str) -> bool:
        """Remove a board. False if there was none."""
        (gone,) = await self._call(("EVAL", REMOVE, 2, self._keys.boards, self._keys.board(name), name))
        return bool(gone)


def _conflict(name: str, version: int, now: int) -> str:
    if version == 0:
        return f"there is a board {name!r} already"
    if now == 0:
        return f"the board {name!r} was removed meanwhile"
    return f"the board {name!r} was saved by somebody else meanwhile"

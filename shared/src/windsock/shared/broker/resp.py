"""One connection to Redis that speaks RESP2 as cheaply as Python can: commands are packed in C, written in one piece, replies parsed in C.

redis-py costs 29 µs a pipelined command and 12 to 18 µs a received message; this costs about 2 and 1.2 (see docs/decisions/0003). Everything that is not on a
hot path uses the same connection class, so there is one way to reach Redis and one way to lose it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import hiredis

from windsock.shared.errors import Code, WindsockError

if TYPE_CHECKING:
    from .address import Address

__all__ = ["Link", "Reply", "ReplyError", "Word", "first_error", "pack"]

Word = str | bytes | int | float
Reply = Any
ReplyError = hiredis.ReplyError

CONNECT_SECONDS: Final = 5.0
pack = cast("Callable[[tuple[Word, ...]], bytes]", hiredis.pack_command)  # pyright: ignore[reportUnknownMemberType]  # its stub says one-tuple


class Link(asyncio.Protocol):
    """A connection. Not reused after it is lost: `lost` is called once, every waiting call raises `unavailable`, and the owner opens another."""

    def __init__(
        self,
        address: Address,
        on_message: Callable[[bytes, bytes], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> None:
        self.address: Final = address
        self._reader = hiredis.Reader(notEnoughData=Ellipsis)
        self._waiting: deque[tuple[asyncio.Future[list[Reply]], int]] = deque()
        self._replies: list[Reply] = []
        self._transport: asyncio.Transport | None = None
        self._on_message = on_message
        self._lost = lost
        self.subscribed: Callable[[str, bytes], None] | None = None
        """Called with the kind and channel of each confirmation of a subscription, and when the server ends one by itself."""
        self.refused: Callable[[ReplyError], None] | None = None
        """Called when a subscription is refused."""

    @classmethod
    async def open(
        cls,
        address: Address,
        name: str,
        *,
        on_message: Callable[[bytes, bytes], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> Link:
        """Connect, authenticate, select the database.

        Raises:
            WindsockError: `unavailable`, with the reason.
        """
        loop = asyncio.get_running_loop()
        link = cls(address, on_message, lost)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                if address.path:
                    await loop.create_unix_connection(lambda: link, address.path)
                else:
                    await loop.create_connection(lambda: link, address.host, address.port, ssl=address.login.tls)
                for reply in await link.call(*address.hello(name)):
                    if isinstance(reply, ReplyError):
                        raise WindsockError(Code.UNAVAILABLE, f"the broker at {address} refuses us: {reply}")
        except (OSError, TimeoutError) as error:
            link.abort()
            reason = f"no answer in {CONNECT_SECONDS:g} s" if isinstance(error, TimeoutError) else str(error)
            raise WindsockError(Code.UNAVAILABLE, f"the broker at {address} is away: {reason}") from None
        except BaseException:
            link.abort()
            raise
        return link

    @property
    def closed(self) -> bool:
        """Whether the connection is gone."""
        return self._transport is None or self._transport.is_closing()

    def call(self, *commands: tuple[Word, ...]) -> asyncio.Future[list[Reply]]:
        """Send commands in one write; the replies in their order, errors among them as `ReplyError` objects."""
        return self.send(b"".join([pack(command) for command in commands]), len(commands))

    def send(self, packed: bytes, replies: int) -> asyncio.Future[list[Reply]]:
        """Send packed commands that will be answered by so many replies."""
        future: asyncio.Future[list[Reply]] = asyncio.get_running_loop().create_future()
        if self.closed or self._transport is None:
            future.set_exception(WindsockError(Code.UNAVAILABLE, "the connection to the broker is lost"))
            return future
        self._waiting.append((future, replies))
        self._transport.write(packed)
        return future

    def push(self, *commands: tuple[Word, ...]) -> None:
        """Send commands that are answered on the subscription (SUBSCRIBE and its like)."""
        if self._transport is not None and not self.closed:
            self._transport.write(b"".join([pack(command) for command in commands]))

    def abort(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by its methods, not by its class

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        reader.feed(data)
        try:
            reply = reader.gets()
            while reply is not Ellipsis:
                self._take(reply)
                reply = reader.gets()
        except hiredis.ProtocolError as error:
            self._fail(f"the broker speaks something else than RESP: {error}")

    def _take(self, reply: Reply) -> None:
        if self._on_message is not None and type(reply) is list and reply:
            push = cast("list[bytes]", reply)
            kind = push[0]
            if kind in _MESSAGES:
                self._on_message(push[1], push[2])
                return
            if kind == b"pmessage":
                self._on_message(push[2], push[3])
                return
            if kind in _CONFIRMATIONS:
                if self.subscribed is not None:
                    self.subscribed(kind.decode(), push[1] or b"")
                return
        if not self._waiting:
            if self.refused is not None and isinstance(reply, ReplyError):
                self.refused(reply)
                return
            self._fail(f"the broker sent what nobody asked for: {reply!r:.80}")
            return
        future, wanted = self._waiting[0]
        self._replies.append(reply)
        if len(self._replies) == wanted:
            self._waiting.popleft()
            replies, self._replies = self._replies, []
            if not future.done():
                future.set_result(replies)

    def _fail(self, reason: str) -> None:
        self.connection_lost(ConnectionError(reason))
        self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is None:
            return
        transport, self._transport = self._transport, None
        transport.abort()
        reason = str(exc) if exc else "the broker closed the connection"
        waiting, self._waiting = self._waiting, deque()
        for future, _ in waiting:
            if not future.done():
                future.set_exception(WindsockError(Code.UNAVAILABLE, reason))
        if self._lost is not None:
            self._lost(reason)


_MESSAGES: Final = frozenset({b"message", b"smessage"})
_CONFIRMATIONS: Final = frozenset(
    {b"subscribe", b"unsubscribe", b"psubscribe", b"punsubscribe", b"ssubscribe", b"sunsubscribe"}
)


def first_error(replies: Sequence[Reply]) -> ReplyError | None:
    """The first error among replies."""
    return next((reply for reply in replies if isinstance(reply, ReplyError)), None)

"""One publisher's connection: what it sends is split, taken in by slices, and answered.

Nothing here waits. Whatever must not go on (the intake is full, the publisher does not read its acknowledgements, it sends little but errors) holds the reading
of this connection, and the kernel tells the publisher's `send` to wait. A slice is at most a few milliseconds of work, then it is the turn of others.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol, cast

from typing_extensions import override

from windsock.shared.errors import WindsockError
from windsock.shared.framing import BOM, Fault
from windsock.shared.proxies import plain_address
from windsock.shared.runtime import now_ms

from .answers import Answers
from .hello import read_hello
from .proxied import read_proxy_header
from .stages import Hold, Stage
from .strangers import ENOUGH, recognise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from windsock.shared.framing import Frame
    from windsock.shared.intake import Flight

    from .door import Door

__all__ = ["Connection", "Splitter"]

SLICE: Final = 512
"""Messages taken before it is the turn of others: 2 ms of good ones, 5 ms of bad ones."""
CHUNK: Final = 64 * 1024
"""Bytes split before it is the turn of others: 5 ms of the worst garbage, 0.7 ms of good messages; half of it costs a good flood 5 % more. What they are split
into takes up to twenty times their memory."""
MOST_ERRORS: Final = 1000
"""Errors a second from which on the connection is not read until the second is over: 1.5 % of a core."""
LINGER_SECONDS: Final = 2.0
LINGER_BYTES: Final = 4 * 1024 * 1024
"""How much of what still comes is read after the last word. A socket closed with unread bytes in it is reset, and the reset may overtake the last word."""
KEEPALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 20), (socket.TCP_KEEPCNT, 4))
"""A publisher whose machine is gone is noticed after two minutes."""
HOPELESS: Final = 1 << 30
"""A frame that claims to be this long is no frame: its publisher sends something else, and will be out of step for ever."""
SEND_BUFFER: Final = 32 * 1024
"""The kernel's, for answers: small, so that publishers that never read cost little."""
WRITE_HIGH, WRITE_LOW = 64 * 1024, 16 * 1024
_NOTHING: Final = memoryview(b"")


class Splitter(Protocol):
    """Cuts what one publisher sends into messages."""

    @property
    def unfinished(self) -> int:
        """Bytes held of a message whose end has not come."""
        ...

    def feed(self, data: bytes | memoryview) -> Sequence[Frame]:
        """What is complete now."""
        ...

    def close(self) -> Sequence[Frame]:
        """What is wrong with the end."""
        ...


class Connection(asyncio.Protocol):
    """See the module. As the intake's `Sender` it is told of refusals that are found late."""

    __slots__ = (
        "_answers", "_awaited", "_backlog", "_count", "_discarded", "_door", "_eof", "_fresh", "_head", "_hold", "_key_shown", "_last", "_splitter", "_timer",
        "_transport", "_unread", "active", "address", "counted", "heard", "stage", "unfinished", "unfinished_since",
    )  # fmt: skip

    def __init__(self, door: Door) -> None:
        self._door = door
        self._splitter: Splitter = door.splitter()
        self._transport: asyncio.Transport
        self._answers: Answers
        self.stage = Stage.OPEN
        self._hold: int = Hold.NONE
        self._fresh = True
        """Whether nothing has come yet: the first object may be a greeting."""
        self._key_shown = door.open_to_all
        self._count = 0
        """Messages so far, good and bad: what acknowledgements count."""
        self._unread = _NOTHING
        """What was read and not split yet."""
        self._backlog: Sequence[Frame] = ()
        """What was split and not taken yet."""
        self._awaited: deque[tuple[Flight, int]] = deque()
        """Flights that our messages are in, each with the number of messages that are settled when it lands."""
        self._eof = False
        self._discarded = 0
        self._timer: asyncio.TimerHandle | None = None
        self._head: bytes | None = None
        """What came of the PROXY header that a trusted proxy begins with; None without one, or once it is read."""
        self.address = "?"
        """The publisher's."""
        self.counted = False
        """Whether the door counts it among the connections of its address."""
        self.active = True
        """Whether anything came since the door looked last."""
        self.heard = 0.0
        """When something came last, as the door saw it."""
        self.unfinished = 0
        self.unfinished_since = 0

    # --- asyncio.Protocol

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._answers = Answers(self._transport)
        self._transport.set_write_buffer_limits(WRITE_HIGH, WRITE_LOW)
        peer = self.socket
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        for option, value in KEEPALIVE:
            peer.setsockopt(socket.IPPROTO_TCP, option, value)
        name: object = transport.get_extra_info("peername")
        self.address = plain_address(cast("tuple[str, int]", name)[0]) if name else "?"  # it may have gone already
        refusal = self._door.enter(self)
        if refusal is None:
            if self._door.proxies.trusts(self.address):
                self._head = b""
            else:
                refusal = self._door.admit(self, self.address)
        if refusal is not None:
            self.turn_away(refusal)

    @override
    def data_received(self, data: bytes) -> None:
        if self.stage is not Stage.OPEN:
            self._discard(len(data))
            return
        self.active = True
        if self._head is not None:
            data = self._read_head(self._head + data)
            if not data:
                return
        if len(data) > CHUNK or self._door.intake.full:
            self._unread = memoryview(data)
            self._work()
            return
        pieces = self._split(data)
        if len(pieces) > SLICE:
            self._backlog = pieces
            self._work()
        elif pieces:
            self._take(pieces)
            if self._door.intake.full:
                self._work()

    @override
    def eof_received(self) -> bool:
        self._eof = True
        if self.stage is Stage.OPEN:
            self._backlog = self._splitter.close()
            self.end()
        return self.stage is not Stage.LINGERING

    @override
    def pause_writing(self) -> None:
        self._answers.blocked = True
        self._held(Hold.ANSWERS)

    @override
    def resume_writing(self) -> None:
        self._answers.blocked = False
        self._answers.flush()
        self._released(Hold.ANSWERS)
        self._finish()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._take_all()
        self.stage = Stage.CLOSED
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._awaited.clear()
        self._door.leave(self)

    # --- taking messages

    def _read_head(self, data: bytes) -> bytes:
        """What stands behind the PROXY header; nothing while its end has not come."""
        try:
            header = read_proxy_header(data)
            if header is None:
                self._head = data
                return b""
            self._head = None
            refusal = self._door.admit(self, header.address or self.address)
        except WindsockError as error:
            self._door.intake.count_refused(error)
            refusal, header = error, None
        if refusal is not None or header is None:
            self.turn_away(cast("WindsockError", refusal))
            return b""
        return data[header.length :]

    def _split(self, data: bytes | memoryview) -> Sequence[Frame]:
        if self._fresh and not self.unfinished:
            if bytes(data[: len(BOM)]) == BOM and not self._door.large:
                data = data[len(BOM) :]
            if self._is_stranger(bytes(data[:ENOUGH])):
                return ()
        splitter = self._splitter
        pieces = splitter.feed(data)
        if splitter.unfinished != self.unfinished:
            self._door.account(self, splitter.unfinished, began=bool(pieces) or not self.unfinished)
            if self.stage is Stage.LINGERING:
                return ()
        return self._greet(pieces) if self._fresh and pieces else pieces

    def _is_stranger(self, head: bytes) -> bool:
        """Whether what a connection begins with is not for this port; it is told so then."""
        stranger = recognise(head, self._door.settings, large=self._door.large)
        if stranger is None:
            return False
        self._door.intake.count_refused(stranger.error)
        self.turn_away(stranger.error, stranger.last_word)
        return True

    def _greet(self, pieces: Sequence[Frame]) -> Sequence[Frame]:
        """Look at the first object; what is left are messages."""
        self._fresh = False
        first = pieces[0]
        if isinstance(first, Fault):
            return () if self._is_stranger(first.head) else pieces
        try:
            hello = read_hello(first)
            if hello is None:
                return pieces
            self._key_shown = self._door.admits(hello.key)
        except WindsockError as error:
            self._door.intake.count_refused(error)
            self.turn_away(error)
            return ()
        self._answers.certain = hello.ack
        self._answers.ack(0)
        self._answers.flush()
        return pieces[1:]

    def _work(self) -> None:
        """Take what was read, one turn of it; come back for the next turn when it is due."""
        if self._door.intake.full and self.stage is not Stage.CLOSED:
            self._held(Hold.WORK)
            self._door.intake.when_room(self._work)
            return
        if not self._backlog and self._unread:
            chunk, self._unread = self._unread[:CHUNK], self._unread[CHUNK:]
            self._backlog = self._split(chunk)
        if self._hold & Hold.ERRORS:
            return  # until the second is over
        pieces, self._backlog = self._backlog[:SLICE], self._backlog[SLICE:]
        if pieces:
            self._take(pieces)
        if self._backlog or self._unread or self._door.intake.full:
            self._held(Hold.WORK)
            asyncio.get_running_loop().call_soon(self._work)
        else:
            self._released(Hold.WORK)
            self._finish()

    def _take_all(self) -> None:
        """Take what was read at once: nobody will come back to it."""
        while self._unread or self._backlog:
            pieces, self._backlog = self._backlog, ()
            if pieces:
                self._take(pieces)
            chunk, self._unread = self._unread[:CHUNK], self._unread[CHUNK:]
            if chunk:
                self._backlog = self._split(chunk)

    def _take(self, pieces: Sequence[Frame]) -> None:
        now, answers = now_ms(), self._answers
        refused = self._door.intake.accept_many(pieces, now, self, self._count + 1, trusted=self._key_shown)
        self._count += len(pieces)
        for index, error in refused:
            answers.refuse(index, error, now)
        if answers.certain:
            self._await(landing=len(refused) < len(pieces))
        if refused or answers.certain:
            answers.flush()
        if refused:
            self._door.refusals.note(self.address, refused[-1][1], now, len(refused))
            self._check_errors(now)
            if any(type(piece) is Fault and piece.length >= HOPELESS for piece in pieces):
                self.turn_away(refused[-1][1])

    def _await(self, *, landing: bool) -> None:
        """Settle all messages so far: when the open flight lands if some of them are in it, else with those before them."""
        awaited = self._awaited
        flight = self._door.intake.flight
        if landing and not (awaited and awaited[-1][0] is flight):
            awaited.append((flight, self._count))
            flight.on_done(self._landed)
        elif awaited:
            awaited[-1] = (awaited[-1][0], self._count)
        else:
            self._answers.ack(self._count)

    def _landed(self, error: WindsockError | None) -> None:
        """The first of the awaited flights landed: they land in the order in which they were opened."""
        if self.stage is Stage.CLOSED:
            return
        _, count = self._awaited.popleft()
        if self.stage is Stage.LINGERING:
            return
        if error is not None and self._answers.certain:
            self.turn_away(error)  # the publisher sends again what was not acknowledged
            return
        self._answers.ack(count)
        self._answers.flush()
        self._finish()

    def refused(self, index: int, error: WindsockError) -> None:
        """For the intake: a message was refused after it had been taken."""
        if self.stage in {Stage.OPEN, Stage.ENDING}:
            now = now_ms()
            self._door.refusals.note(self.address, error, now)
            self._answers.refuse(index, error, now)
            self._answers.flush()
            self._check_errors(now)

    # --- holding the reading

    def _check_errors(self, now: int) -> None:
        if self._answers.errors > MOST_ERRORS and not self._hold & Hold.ERRORS:
            self._held(Hold.ERRORS)
            asyncio.get_running_loop().call_later(self._answers.window_left(now) / 1000, self._forgive)

    def _forgive(self) -> None:
        """The second in which it sent too many errors is over."""
        self._released(Hold.ERRORS)
        if self._hold & Hold.WORK:
            self._work()

    def _held(self, why: int) -> None:
        if not self._hold:
            self._transport.pause_reading()
        self._hold |= why

    def _released(self, why: int) -> None:
        if self._hold & why:
            self._hold &= ~why
            if not self._hold and not self._eof and self.stage is not Stage.CLOSED:
                self.active = True
                self._transport.resume_reading()

    @property
    def held(self) -> bool:
        """Whether it is not read at the moment for reasons of ours, so that its silence means nothing."""
        return bool(self._hold & ~Hold.ANSWERS)

    @property
    def unsent(self) -> int:
        """Bytes of answers that wait to be sent."""
        return self._transport.get_write_buffer_size()

    @property
    def socket(self) -> socket.socket:
        """The socket behind it."""
        return cast("socket.socket", self._transport.get_extra_info("socket"))

    # --- the end

    def end(self) -> None:
        """Take no more than what was read; close when all of it is answered."""
        if self.stage is not Stage.OPEN:
            return
        self.stage = Stage.ENDING
        self._held(Hold.STOP)
        self._take_all()
        flight = self._door.intake.flight
        if not self._answers.certain and flight.messages:
            # Refusals that are found late are told, too.
            self._awaited.append((flight, self._count))
            flight.on_done(self._landed)
        self._finish()

    def _finish(self) -> None:
        if self.stage is not Stage.ENDING or self._awaited:
            return
        if self._answers.unsent:
            self._give_up_later()  # unless the publisher reads them
        else:
            self._linger()

    def turn_away(self, error: WindsockError, last_word: bytes | None = None) -> None:
        """Say why, by an error line or in other words, and close."""
        if self.stage in {Stage.OPEN, Stage.ENDING}:
            self._unread, self._backlog = _NOTHING, ()
            self._door.refusals.note(self.address, error, now_ms())
            self._answers.last_word(error, last_word)
            self._linger()

    def _linger(self) -> None:
        self.stage = Stage.LINGERING
        self._splitter.close()
        self._give_up_later()
        if self._eof:
            self._transport.close()
        else:
            self._answers.end()
            self._released(self._hold)

    def _give_up_later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, self.abort)

    def _discard(self, count: int) -> None:
        self._discarded += count
        if self._discarded > LINGER_BYTES:
            self.abort()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    def tidy(self, now: int) -> None:
        """Called about once a second."""
        if self.stage is Stage.OPEN:
            self._answers.tidy(now)

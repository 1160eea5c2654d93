"""The way to one viewer. To a board: straight into its WebSocket where that can be done in order, through python-socketio's queue otherwise.

The ways to other programs are in `live`.

python-socketio queues every packet and wakes a task for it, which costs five times the write itself, and its queue has no end. So a viewer on a WebSocket that
`fastwrite` can reach is written to directly. All others (long polling, an upgrade under way, another server than uvicorn) get their packets through the queue,
one round at a time: nothing more is put in until the last was taken out.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, Protocol

from .fastwrite import Wire
from .packet import Packet
from .untyped import MESSAGE, EnginePacket

__all__ = ["BoardOutlet", "EngineServer", "Outlet", "QueuedPacket", "hold"]

log = logging.getLogger(__name__)

LARGE: Final = 32 * 1024
"""Bytes from which on sending a packet in pieces is cheaper than putting it together: about a piece for each 10 kB, and 0.3 µs a piece."""


class EngineServer(Protocol):
    """What of `engineio.AsyncServer` is used: it comes without types."""

    def transport(self, sid: str) -> str: ...

    def send_packet(self, sid: str, pkt: object) -> Coroutine[Any, Any, None]: ...


class QueuedPacket(EnginePacket):
    """An Engine.IO message that knows when it was taken out of the queue: it is encoded just then."""

    def __init__(self, text: str) -> None:
        base: Any = super()
        base.__init__(MESSAGE, data=text)
        self.taken = False

    def encode(self, b64: bool = False) -> Any:  # noqa: FBT001, FBT002  # engineio's signature
        """Encode, as the transport is about to send it."""
        self.taken = True
        base: Any = super()
        return base.encode(b64=b64)


def hold(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Run something that python-socketio does for one viewer. It fails only if that viewer has just gone."""

    def ended(task: asyncio.Task[None]) -> None:
        tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.debug("a viewer has gone: %r", task.exception())

    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(ended)


class Outlet(Protocol):
    """How much waits to be sent to a viewer, and sending it more."""

    @property
    def wire(self) -> Wire | None:
        """Set while ticks may be written past `send`, as Socket.IO frames."""
        ...

    @property
    def answers(self) -> bool:
        """Whether the viewer says when it has shown a picture."""
        ...

    def room(self, limit: int) -> bool:
        """Whether more may be sent now: no more than `limit` bytes wait."""
        ...

    def send(self, packet: Packet) -> int:
        """Send. How many bytes that is."""
        ...

    def waiting(self) -> int:
        """Bytes that wait to be sent, as far as that is known."""
        ...

    def cut(self) -> None:
        """End the connection from here, at once."""
        ...


class BoardOutlet:
    """The way to a board; `ended` is called with the session that is over."""

    __slots__ = ("_ended", "_engine", "_last", "_tasks", "_wires", "answers", "sid", "wire")

    def __init__(
        self,
        engine: EngineServer,
        wires: dict[str, Wire],
        sid: str,
        tasks: set[asyncio.Task[None]],
        ended: Callable[[str], None],
    ) -> None:
        self.sid: Final = sid
        """Engine.IO's session."""
        self.wire: Wire | None = None
        """Set while the viewer is written to directly."""
        self.answers: Final = True
        self._ended = ended
        self._engine = engine
        self._wires = wires
        self._tasks = tasks
        self._last: QueuedPacket | None = None

    def room(self, limit: int) -> bool:
        wire = self.wire
        if wire is None:
            if self._last is not None and not self._last.taken:
                return False
            wire = self._wires.get(self.sid)
            if wire is None:
                return True
            # What went through the queue must have left before anything is written past it.
            if wire.sending:
                return False
            if self._last is None or not wire.up or not self._upgraded():
                return wire.up
            self.wire = wire
        return wire.up and wire.waiting() <= limit

    def _upgraded(self) -> bool:
        try:
            return self._engine.transport(self.sid) == "websocket"
        except KeyError:
            return False

    def send(self, packet: Packet) -> int:
        wire = self.wire
        if wire is not None:
            if packet.size > LARGE:
                # Its parts are what other viewers get too: putting them together for each would copy them each time.
                wire.write_pieces(packet.pieces())
            else:
                wire.write(packet.frame)
            return packet.size
        self._last = QueuedPacket(packet.message)
        hold(self._tasks, self._engine.send_packet(self.sid, self._last))
        return packet.size

    def waiting(self) -> int:
        wire = self.wire or self._wires.get(self.sid)
        return wire.waiting() if wire is not None and wire.up else 0

    def cut(self) -> None:
        wire = self.wire or self._wires.get(self.sid)
        if wire is not None:
            wire.abort()
        self._ended(self.sid)

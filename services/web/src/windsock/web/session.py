"""The Socket.IO side of viewers: connections in, events in; everything else is the hub's.

python-socketio does the protocol (sessions, long polling, upgrades, heartbeat, acknowledgements). What a viewer sends is counted, limited and checked
here, and a viewer that sends nonsense gets an error and costs nobody else anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, MutableMapping
from typing import Any, Final, cast

from typing_extensions import override

from windsock.shared.errors import Code, WindsockError

from .events import read_shown, read_visible, read_watch
from .fastwrite import Wire, wire_of
from .hub import Hub
from .metrics import EVENTS, REFUSED_VIEWERS
from .outlet import BoardOutlet, hold
from .untyped import CONNECT, DISCONNECT, EVENT, AsyncServer, SocketPacket, ViewerRefused
from .viewer import Claim, Viewer

__all__ = ["MAX_EVENT_BYTES", "Sessions"]

log = logging.getLogger(__name__)

MAX_EVENT_BYTES: Final = 512 * 1024
"""The largest event: `watch` with 2,000 streams and what the viewer has of each is about 200 KB."""
FAREWELL_SECONDS: Final = 0.5
"""How long a viewer over long polling has to fetch the news that its session is over."""
MONITOR_SECONDS: Final = 5.0
CLOSE_SECONDS: Final = 5.0
"""A viewer whose session has ended gets so long to take what is unsent and close its WebSocket."""


class ViewerPacket(SocketPacket):
    """A Socket.IO packet without binary attachments: nobody here sends any, and announced ones would be gathered without bound."""

    uses_binary_events = False

    def decode(self, encoded_packet: Any) -> int:
        base: Any = super()
        attachments: int = base.decode(encoded_packet)
        if cast("Any", self).packet_type not in {CONNECT, DISCONNECT, EVENT}:
            raise ValueError("viewers send events, without binary data")
        return attachments


class Sessions:
    """Viewers by their Socket.IO session."""

    def __init__(self, max_viewers: int, origin_allowed: Callable[[str, MutableMapping[str, Any]], bool]) -> None:
        self.wires: Final[dict[str, Wire]] = {}
        """Engine.IO session to its WebSocket's wire."""
        self._max_viewers = max_viewers
        self.guests = 0
        """Viewers that are other programs, and have no session here."""
        self._hub: Hub | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.server: Final[Any] = AsyncServer(
            async_mode="asgi",
            # Events of one viewer are taken in their order, one at a time: reading pauses meanwhile.
            async_handlers=False,
            serializer=ViewerPacket,
            max_http_buffer_size=MAX_EVENT_BYTES,
            monitor_clients=False,  # see `look_after`
            http_compression=False,  # gzip of a snapshot holds up everybody else for longer than it saves the one
            cors_allowed_origins=origin_allowed,
            cors_credentials=False,
            logger=_quiet("socketio"),
            engineio_logger=_quiet("engineio"),
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("watch", self._watch)
        self.server.on("visible", self._visible)
        self.server.on("shown", self._shown)
        self.server.on("*", self._unknown)

    def on(self, event: str, act: Callable[[Viewer, object], dict[str, Any]]) -> None:
        """Let another part take an event of viewers; it is counted and limited here as all others are."""

        async def handle(sid: str, *args: object) -> dict[str, Any]:
            return _answered(event, lambda: act(self._allow(sid), _only(args)))

        self.server.on(event, handle)

    def attach(self, hub: Hub) -> None:
        """Whom viewers are handed to."""
        self._hub = hub

    @property
    def hub(self) -> Hub:
        """Whom viewers are handed to."""
        if self._hub is None:
            raise RuntimeError("no hub is attached")
        return self._hub

    @property
    def connections(self) -> int:
        """Engine.IO sessions, also those that are no viewers yet."""
        return len(self.server.eio.sockets)

    def full(self) -> bool:
        """Whether no more viewers are taken."""
        return self.connections + self.guests >= self._max_viewers

    # --- connections

    async def _connect(self, sid: str, environ: dict[str, Any], _auth: object = None) -> None:
        if len(self.hub.viewers) >= self._max_viewers:
            REFUSED_VIEWERS.labels(Code.TOO_MANY_CONNECTIONS.value).inc()
            error = WindsockError(
                Code.TOO_MANY_CONNECTIONS, f"{self._max_viewers} viewers are connected already (WINDSOCK_MAX_VIEWERS)"
            )
            raise ViewerRefused(error.to_wire())
        session: str = self.server.manager.eio_sid_from_sid(sid, "/")
        wire = wire_of(environ["asgi.scope"])
        if wire is not None:
            self.wires[session] = wire
        outlet = BoardOutlet(self.server.eio, self.wires, session, self._tasks, self._cut)
        viewer = Viewer(sid, outlet, asyncio.get_running_loop().time())
        # Not before python-socketio has queued its own answer, which it does before this task waits for anything again.
        asyncio.get_running_loop().call_soon(self._join, viewer)

    def _join(self, viewer: Viewer) -> None:
        if self.server.manager.is_connected(viewer.sid, "/"):
            self.hub.join(viewer)

    async def _disconnect(self, sid: str, _reason: object = None) -> None:
        viewer = self.hub.viewers.get(sid)
        if viewer is not None:
            self.hub.leave(viewer)
            if isinstance(viewer.outlet, BoardOutlet):
                self._end(viewer.outlet.sid)

    def _end(self, session: str) -> None:
        """The session is over; see that its connection does not outlive it."""
        wire = self.wires.pop(session, None)
        if wire is not None and wire.up:
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, wire.abort)

    def _cut(self, session: str) -> None:
        """A viewer was cut: end its session, too."""
        self.wires.pop(session, None)
        hold(self._tasks, self._end_session(session))

    async def drop(self, wire: Wire) -> None:
        """End the session that a WebSocket belongs to."""
        wire.abort()
        for session in [session for session, each in self.wires.items() if each is wire]:
            await self._end_session(session)

    async def _end_session(self, session: str) -> None:
        # python-socketio waits until the last packet is fetched, which a viewer that has gone never does.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self.server.eio.disconnect(session)

    async def stop(self) -> None:
        """End the sessions over long polling; WebSockets are closed by the server, with "going away". Either way clients come back by themselves."""
        await asyncio.gather(
            *(self._end_session(session) for session in list(self.server.eio.sockets) if session not in self.wires)
        )
        await self.server.shutdown()

    async def look_after(self) -> None:
        """End the sessions whose heartbeat has stopped, until cancelled.

        python-socketio's own monitor looks at one session after the other with a pause in between: with 2,000 viewers it wakes the process a hundred times
        a second, which costs more than what it looks at.
        """
        sockets: dict[str, Any] = self.server.eio.sockets
        while True:
            await asyncio.sleep(MONITOR_SECONDS)
            for session, each in list(sockets.items()):
                if each.closed:
                    sockets.pop(session, None)
                elif not each.closing:
                    await each.check_ping_timeout()

    # --- events

    def _allow(self, sid: str) -> Viewer:
        viewer = self.hub.viewers.get(sid)
        if viewer is None:
            raise WindsockError(Code.NOT_FOUND, "the session has ended")
        if not viewer.bucket.take(asyncio.get_running_loop().time()):
            raise WindsockError(Code.TOO_MANY_REQUESTS, "too many events; slow down")
        return viewer

    async def _watch(self, sid: str, *args: object) -> dict[str, Any]:
        def act() -> dict[str, Any]:
            viewer = self._allow(sid)
            wanted = read_watch(_only(args))
            add = {
                each.id: Claim(each.epoch, each.offset) if each.epoch is not None and each.offset is not None else None
                for each in wanted.add
            }
            return {"watching": self.hub.watch(viewer, add, wanted.remove)}

        return _answered("watch", act)

    async def _visible(self, sid: str, *args: object) -> dict[str, Any]:
        def act() -> dict[str, Any]:
            self.hub.show(self._allow(sid), visible=read_visible(_only(args)))
            return {}

        return _answered("visible", act)

    async def _shown(self, sid: str, *args: object) -> dict[str, Any]:
        def act() -> dict[str, Any]:
            viewer = self._allow(sid)
            shown = read_shown(_only(args))
            self.hub.shown(viewer, shown.id, shown.offset, seen=shown.seen)
            return {}

        return _answered("shown", act)

    async def _unknown(self, _event: object, sid: str, *_args: object) -> dict[str, Any]:
        def act() -> dict[str, Any]:
            self._allow(sid)
            raise WindsockError(Code.INVALID, "there is no such event; viewers send watch, visible and shown")

        return _answered("unknown", act)


def _only(args: tuple[object, ...]) -> object:
    if len(args) != 1:
        raise WindsockError(Code.INVALID, f"an event carries one value, not {len(args)}")
    return args[0]


def _answered(event: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is answered if the viewer asked for an acknowledgement."""
    try:
        answer = act()
    except WindsockError as error:
        EVENTS.labels(event, error.code.value).inc()
        return {"error": error.to_wire()}
    except Exception:
        log.exception("event %s failed", event)  # a fault of ours: python-socketio would hide where
        raise
    EVENTS.labels(event, "ok").inc()
    return answer


def _quiet(name: str) -> logging.Logger:
    """A logger for python-socketio: one line a minute of what viewers send wrongly is enough, each is counted."""
    logger = logging.getLogger(f"{__name__}.{name}")
    logger.setLevel(logging.ERROR)
    logger.addFilter(_Seldom())
    return logger


class _Seldom(logging.Filter):
    """Lets one record a minute through, without its traceback: it is the library's, and anybody can cause it."""

    def __init__(self) -> None:
        super().__init__()
        self._until = 0.0

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        EVENTS.labels("packet", Code.MALFORMED.value).inc()
        if record.created < self._until:
            return False
        self._until = record.created + 60
        if record.exc_info:
            record.msg = f"{record.getMessage()}: {record.exc_info[1]!r}"
            record.args = None
            record.exc_info = None
        return True

"""A plain WebSocket: JSON objects in, JSON objects out, for programs that speak no Socket.IO."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.web import packet
from windsock.web.catalogue import Catalogue
from windsock.web.events import LiveRequest, read_request
from windsock.web.fastwrite import Wire, wire_of
from windsock.web.limits import EVENTS_PER_SECOND
from windsock.web.metrics import EVENTS
from windsock.web.viewer import Claim, Viewer

from .guests import Guests
from .outlets import PlainOutlet

__all__ = ["LIVE_PATH", "LiveSocket"]

LIVE_PATH: Final = "/v1/live"
Message = MutableMapping[str, Any]


class LiveSocket:
    """See the module. An ASGI application for WebSockets that were let in already."""

    def __init__(self, guests: Guests, catalogue: Catalogue, limit: int) -> None:
        self._guests = guests
        self._catalogue = catalogue
        self._limit = limit

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Serve one connection.

        Raises:
            WindsockError: it can't be; nothing was accepted.
        """
        wire = wire_of(scope)
        if wire is None:
            raise WindsockError(Code.UNAVAILABLE, "live samples need the server that Windsock brings along")
        with self._guests.place("live"):
            wire.limit(self._limit)
            await receive()
            await wire.counted(send)({"type": "websocket.accept"})
            await self._serve(wire, receive)

    async def _serve(self, wire: Wire, receive: Callable[[], Awaitable[Message]]) -> None:
        outlet = PlainOutlet(wire)
        with self._guests.seat("live", outlet) as viewer:
            outlet.watched = lambda: viewer.group.ids if viewer.group is not None else ()
            while (message := await receive())["type"] != "websocket.disconnect":
                if not viewer.bucket.take(asyncio.get_running_loop().time()):
                    await asyncio.sleep(1 / EVENTS_PER_SECOND)  # reading pauses meanwhile: whoever asks too often waits
                answer = self._answered(viewer, message)
                if answer is not None and outlet.room(self._limit):
                    outlet.tell(answer)

    def _answered(self, viewer: Viewer, message: Message) -> packet.Packet | None:
        try:
            text: str | None = message.get("text")
            if text is None:
                raise WindsockError(Code.MALFORMED, "messages are text, a JSON object each")
            answer = self._done(viewer, read_request(codec.parse(text.encode())))
        except WindsockError as error:
            EVENTS.labels("live", error.code.value).inc()
            return packet.event("error", error.to_wire())
        EVENTS.labels("live", "ok").inc()
        return answer

    def _done(self, viewer: Viewer, request: LiveRequest) -> packet.Packet | None:
        hub = self._guests.hub
        if request.visible is not None:
            hub.show(viewer, visible=request.visible)
        if request.shown is not None:
            hub.shown(viewer, request.shown.id, request.shown.offset)
        if not request.watch and not request.unwatch:
            return None
        add = {
            each.id: Claim(each.epoch, each.offset) if each.epoch is not None and each.offset is not None else None
            for each in request.watch
        }
        watching = hub.watch(viewer, add, request.unwatch)
        unknown = [stream for stream in add if stream not in self._catalogue]
        return packet.event("watching", {"watching": watching, "unknown": unknown})

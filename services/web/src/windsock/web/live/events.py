"""Server-sent events: `curl -N`, `EventSource` and every HTTP client can read a stream live."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Annotated, Any, Final

from fastapi import FastAPI, Header, Query
from fastapi.responses import Response

from windsock.shared.broker.port import Broker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.messages import Id
from windsock.web.catalogue import Catalogue
from windsock.web.described import EVENTS
from windsock.web.fastwrite import http_wire_of
from windsock.web.packet import News
from windsock.web.viewer import Claim

from .guests import Guests
from .outlets import EventOutlet, read_place

__all__ = ["add_event_routes"]

MOST_IDS: Final = 100
"""Streams in one answer: each event's id says where its reader stands in all of them."""
RETRY_MS: Final = 1000
HEADERS: Final = {
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-transform",
    "x-accel-buffering": "no",  # nginx would keep it back to fill a buffer
}
Message = MutableMapping[str, Any]
LastEventId = Annotated[str | None, Header(max_length=16_384)]
Wait = Annotated[bool, Query(description="Take streams that do not exist yet, and wait for them.")]


class EventAnswer(Response):
    """An answer that does not end: ticks are written into it as long as its reader is there."""

    def __init__(
        self,
        guests: Guests,
        ids: Sequence[str],
        claims: Mapping[str, Claim | None],
        gone: Sequence[str],
        limit: int,
        *,
        several: bool,
    ) -> None:
        super().__init__(None, 200, HEADERS)
        self._gone = gone
        """What its reader had and is there no more."""
        self._guests = guests
        self._ids = ids
        self._claims = claims
        self._limit = limit
        self._several = several

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        wire = http_wire_of(scope)
        if wire is None:
            raise WindsockError(Code.UNAVAILABLE, "events need the server that Windsock brings along")
        wire.limit(self._limit)
        headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        claims = {stream: claim for stream, claim in self._claims.items() if claim is not None}
        outlet = EventOutlet(wire, self._ids, claims, several=self._several)
        # Whatever can be refused is refused before anything was said.
        with self._guests.place("events"), self._guests.seat("events", outlet, self._claims):
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"retry: %d\n\n" % RETRY_MS, "more_body": True})
            outlet.begun = True
            if self._gone:
                outlet.send(News((), self._gone))
            ends = [asyncio.create_task(_gone(receive)), asyncio.create_task(self._guests.closing.wait())]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Callable[[], Awaitable[Message]]) -> bool:
    while (await receive())["type"] != "http.disconnect":
        pass
    return True


def add_event_routes(app: FastAPI, guests: Guests, broker: Broker, catalogue: Catalogue, limit: int) -> None:
    """Add the routes to the application."""

    async def answer(ids: Sequence[str], last: str | None, *, wait: bool, several: bool) -> Response:
        guests.check()
        new = [stream for stream in ids if stream not in catalogue]
        specs = await broker.specs(new) if new and not (wait and last is None) else ()
        unknown = [stream for stream, spec in zip(new, specs, strict=False) if spec is None]
        if unknown and not wait:
            raise WindsockError(Code.NOT_FOUND, f"there is no stream {unknown[0]!r}; wait=true waits for it")
        claims = read_place(last, ids)
        gone = [stream for stream in unknown if claims[stream] is not None]
        return EventAnswer(guests, ids, claims, gone, limit, several=several)

    @app.get("/v1/streams/{stream:path}/events", responses=EVENTS, response_class=Response)
    async def events(
        stream: Id,
        wait: Wait = False,  # noqa: FBT002  # FastAPI passes it by name
        last_event_id: LastEventId = None,
    ) -> Response:
        """One stream, live: first what the board would show, then each tick's new rows. With `Last-Event-ID` it goes on from there."""
        return await answer([stream], last_event_id, wait=wait, several=False)

    @app.get("/v1/events", responses=EVENTS, response_class=Response)
    async def events_of_several(
        ids: Annotated[list[Id], Query(alias="id", min_length=1, max_length=MOST_IDS)],
        wait: Wait = False,  # noqa: FBT002  # as above
        last_event_id: LastEventId = None,
    ) -> Response:
        """Several streams, live: each event is a tick with all that is new."""
        return await answer(list(dict.fromkeys(ids)), last_event_id, wait=wait, several=True)

"""uvicorn's HTTP/1.1, watched: it has no limit of its own for a request that comes in drop by drop, nor one for connections that tells publishers its code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from windsock.shared.errors import Code, WindsockError
from windsock.shared.metrics import CONNECTIONS, DROPPED, REFUSED
from windsock.shared.plainhttp import no_http
from windsock.shared.proxies import Proxies, plain_address
from windsock.shared.settings import is_loopback

from .exchange import error_answer, send_answer

if TYPE_CHECKING:
    import asyncio

    from .exchange import Receive, Scope, Send

__all__ = ["WatchedProtocol"]

GRACE_SECONDS: Final = 20.0
PACE: Final = 16 * 1024
"""A request may take `GRACE_SECONDS`, and a second more for each so many bytes of it: 128 kbit/s are enough for a picture from a phone."""
MOST_HEAD: Final = 64 * 1024
"""uvicorn reads a request's headers without bound."""
CROWD: Final = 2
"""Past `max_connections` publishers are told so; past this many times as many they are cut off."""

_OPEN: Final = CONNECTIONS.labels("http")


class WatchedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, that knows since when its present request has been coming in."""

    most_connections = 1000
    most_per_address = 250
    of_address: ClassVar[dict[str, int]] = {}
    """Connections of each address; of this machine's own and of proxies, whose connections are many publishers', none are counted. A server has its own."""
    proxies = Proxies(())
    counted_as: str | None = None
    tcp_port = 8010

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.received = 0
        self.in_head = False
        self.since: float | None = self.loop.time()
        count = len(self.connections)
        _OPEN.set(count)
        if count > self.most_connections:
            REFUSED.labels("http", Code.TOO_MANY_CONNECTIONS.value).inc()
            if count > CROWD * self.most_connections:
                transport.abort()
            self.app = cast("Any", _too_many)
        elif self.client is not None:
            self.count(plain_address(self.client[0]))

    def count(self, address: str) -> None:
        """Count it among the connections of its address, and turn it away if they are too many."""
        if is_loopback(address) or self.proxies.trusts(address):
            return
        count = self.of_address[address] = self.of_address.get(address, 0) + 1
        self.counted_as = address
        if count > self.most_per_address:
            REFUSED.labels("http", Code.TOO_MANY_CONNECTIONS.value).inc()
            if count > CROWD * self.most_per_address:
                self.transport.abort()
            self.app = cast("Any", _too_many)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _OPEN.set(len(self.connections))
        address, self.counted_as = self.counted_as, None
        if address is not None:
            self.of_address[address] -= 1
            if not self.of_address[address]:
                del self.of_address[address]

    @override
    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        super().data_received(data)
        if self.in_head and self.received > MOST_HEAD:
            DROPPED.labels("connection_head").inc()
            self.transport.abort()

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.received = 0
        self.in_head = True
        self.since = self.loop.time()

    @override
    def on_headers_complete(self) -> None:
        self.in_head = False
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self.since = None
        super().on_message_complete()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, as uvicorn does, with a code."""
        self.transport.write(no_http(self.tcp_port))
        self.transport.close()

    def look(self, now: float) -> None:
        """Cut the connection if its request comes in too slowly."""
        if self.since is not None and now - self.since > GRACE_SECONDS + self.received / PACE:
            DROPPED.labels("connection_slow").inc()
            self.transport.abort()


async def _too_many(_scope: Scope, _receive: Receive, send: Send) -> None:
    error = WindsockError(Code.TOO_MANY_CONNECTIONS, "there are as many connections as there may be")
    await send_answer(send, error_answer(error), [(b"connection", b"close")])

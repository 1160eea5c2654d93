"""The door: who may come in at all, and which part they are shown to.

Checks on every request: the Host (a page of somebody else's may resolve its own name to this machine and then read the board: DNS rebinding), the Origin where
something is changed or a WebSocket opened, the number of viewers. Then security headers on every answer.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import parse_qs

from windsock.shared import codec
from windsock.shared.errors import HTTP_STATUS, Code, WindsockError
from windsock.shared.settings import Settings, is_loopback

from .fastwrite import wire_of
from .live import LIVE_PATH
from .metrics import EVENTS, REFUSED_VIEWERS
from .origins import OriginCheck, Scope, header
from .policy import security_headers
from .session import Sessions

__all__ = ["SOCKET_PATH", "Guard", "hosts_allowed"]

log = logging.getLogger(__name__)

SOCKET_PATH: Final = "/socket.io/"
API_PATH: Final = "/v1/"
ENDLESS: Final = ("/feeds/", SOCKET_PATH)
"""Answers here may never end, or take something: a HEAD is no GET. So may those of paths that end in `/events`."""
EMBED_PATH: Final = "/embed/"

Headers = list[tuple[bytes, bytes]]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def host_name(host: str) -> str:
    """The name in a Host header, without port, in lower case."""
    name = host.strip().lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")


def hosts_allowed(settings: Settings) -> frozenset[str] | None:
    """Names that the board may be asked for by; None if any will do.

    Reached by loopback only, whoever asks is on this machine, and its browser knows the board by a name of this machine. Reached by an address of others, the
    names are not known here, unless they are set.
    """
    if not is_loopback(settings.reach) and not settings.allowed_hosts:
        return None
    return frozenset({"localhost", host_name(settings.reach), *(name.lower() for name in settings.allowed_hosts)})


class Guard:
    """The ASGI application: checks, then passes on to Socket.IO, to the plain WebSocket or to the HTTP routes."""

    def __init__(self, settings: Settings, sessions: Sessions, origins: OriginCheck, routes: App, live: App) -> None:
        self._hosts = hosts_allowed(settings)
        self._inside: Final = settings.reached_at is not None
        """Whether others ask through something in front; who asks by an address of ours, as whoever collects metrics does, is beside us on its network."""
        self._sessions = sessions
        self._origins = origins
        self._routes = routes
        self._live = live
        self._viewer_buffer = settings.viewer_buffer
        self._headers = security_headers(settings, framed=False)
        self._embed_headers = security_headers(settings, framed=True)
        self.closing = False
        """Set when the service stops: no new viewers."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            return
        if scope["type"] == "http":
            # A panel may be shown in other sites' frames, if the settings say whose; the board never.
            headers = self._embed_headers if scope["path"].startswith(EMBED_PATH) else self._headers
            send = with_headers(send, [*headers(header(scope, b"host")), *self._origins.shown_to(scope)])
            if (
                scope["method"] == "HEAD"
                and not scope["path"].startswith(ENDLESS)
                and not scope["path"].endswith("/events")
            ):
                scope = {**scope, "method": "GET"}  # the server leaves out the body by itself
        error = self._refusal(scope)
        if error is not None:
            await refuse(scope, receive, send, error)
        elif scope["path"].startswith(SOCKET_PATH) or scope["path"] == SOCKET_PATH.rstrip("/"):
            await self._to_socketio(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._to_live(scope, receive, send)
        else:
            await self._routes(scope, receive, send)

    def _refusal(self, scope: Scope) -> WindsockError | None:
        name = host_name(header(scope, b"host") or "")
        if self._hosts is not None and name not in self._hosts and not self._is_known_address(name):
            return WindsockError(
                Code.FORBIDDEN,
                f"the board is not known as {name!r} here; open it as http://localhost, or set WINDSOCK_ALLOWED_HOSTS",
            )
        if scope["path"].startswith(API_PATH) and not self._origins.of_scope(scope):
            REFUSED_VIEWERS.labels("origin").inc()
            return WindsockError(Code.FORBIDDEN, "pages of this origin may not ask here (WINDSOCK_CORS_ORIGINS)")
        return None

    async def _to_live(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["path"] != LIVE_PATH:
                raise WindsockError(Code.NOT_FOUND, f"WebSockets are taken at {SOCKET_PATH} and {LIVE_PATH}")
            await self._live(scope, receive, send)
        except WindsockError as error:
            await refuse(scope, receive, send, error)

    def _is_known_address(self, name: str) -> bool:
        # A strange page can lead a name of its own to us, but never an address.
        try:
            return ipaddress.ip_address(name).is_loopback or self._inside
        except ValueError:
            return False

    async def _to_socketio(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = (parse_qs(scope["query_string"].decode("latin-1")).get("sid") or [None])[0]
        if session is None and (self.closing or self._sessions.full()):
            REFUSED_VIEWERS.labels("closing" if self.closing else Code.TOO_MANY_CONNECTIONS.value).inc()
            await refuse(
                scope,
                receive,
                send,
                WindsockError(Code.TOO_MANY_CONNECTIONS, "no more viewers are taken at the moment; try again later"),
            )
            return
        if not self._origins.of_scope(scope):
            REFUSED_VIEWERS.labels("origin").inc()
            await refuse(
                scope,
                receive,
                send,
                WindsockError(Code.FORBIDDEN, "pages of this origin may not watch (WINDSOCK_CORS_ORIGINS)"),
            )
            return
        wire = wire_of(scope) if scope["type"] == "websocket" else None
        if wire is not None:
            wire.limit(self._viewer_buffer)
            send = wire.counted(send)
            if session is not None and session in self._sessions.server.eio.sockets:
                self._sessions.wires[session] = wire
        try:
            await self._sessions.server.handle_request(scope, receive, send)
        except ValueError as error:
            # A frame that is no Engine.IO packet: python-engineio lets that out, and would keep the session until its heartbeat fails.
            log.debug("a viewer sent nonsense: %s", error)
            EVENTS.labels("packet", Code.MALFORMED.value).inc()
            if wire is not None:
                await self._sessions.drop(wire)
        finally:
            if session is not None and wire is not None and self._sessions.wires.get(session) is wire:
                del self._sessions.wires[session]  # an upgrade that failed leaves its viewer on long polling


def with_headers(send: Send, headers: Headers) -> Send:
    """The ASGI `send`, adding the security headers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), *headers]
        await send(message)

    return sending


async def refuse(scope: Scope, receive: Receive, send: Send, error: WindsockError) -> None:
    """Answer with an error, on HTTP as on a WebSocket's handshake."""
    await receive()
    prefix = "websocket.http" if scope["type"] == "websocket" else "http"
    body = codec.encode({"error": error.to_wire()})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if error.retry:
        headers.append((b"retry-after", b"5"))
    status = 403 if error.code is Code.FORBIDDEN else HTTP_STATUS[error.code]
    await send({"type": f"{prefix}.response.start", "status": status, "headers": headers})
    await send({"type": f"{prefix}.response.body", "body": body})

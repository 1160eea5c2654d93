"""The hot route, without ASGI: a small POST of messages that has arrived whole is taken in, and answered with one write when it is stored.

ASGI on uvicorn costs a task, a scope, two sends and two system calls for each request; this does without all of them. It reaches under uvicorn's surface: it
puts an object of its own in the place of uvicorn's request cycle. What it relies on is in `Post` and in the calls to `super()`; `tests/integration/ingest_http`
runs against this and against plain `WatchedProtocol`, which does the same more slowly and takes over whatever is unusual: large, chunked or pipelined requests,
`Expect`, other methods and paths.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, cast

from typing_extensions import override

from windsock.shared import codec

from .exchange import Answer, Headers
from .watched import WatchedProtocol

if TYPE_CHECKING:
    from .app import App
    from .exchange import HeaderList

__all__ = ["MOST_HOT", "HotProtocol"]

log = logging.getLogger(__name__)

HOT_URLS: Final = frozenset({b"/", b"/v1/messages"})
MOST_HOT: Final = 64 * 1024
"""A body up to here is small change for memory. Larger ones are counted as they come, on the way through ASGI."""
UNUSUAL: Final = frozenset({b"transfer-encoding", b"expect", b"upgrade"})

_STATUS_LINES: Final = {status.value: b"HTTP/1.1 %d %b\r\n" % (status, status.phrase.encode()) for status in HTTPStatus}
_BROKEN: Final = Answer(
    500, codec.encode({"error": {"code": "internal", "message": "something is wrong here; the log says what"}})
)


class _Nobody:
    """In the place of an event that nobody waits for."""

    def set(self) -> None:
        """Nothing."""


class Post:
    """In the place of uvicorn's `RequestResponseCycle`: what uvicorn's protocol asks of the request that it is at."""

    __slots__ = ("body", "disconnected", "headers", "keep_alive", "more_body", "response_complete")

    message_event = _Nobody()

    def __init__(self, headers: Headers, *, keep_alive: bool) -> None:
        self.headers = headers
        self.body = b""
        self.more_body = True
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False


class HotProtocol(WatchedProtocol):
    """See the module."""

    most_hot = MOST_HOT
    post: Post | None = None
    """The hot request that is coming in."""

    @override
    def on_headers_complete(self) -> None:
        self.post = self._hot()
        if self.post is None:
            super().on_headers_complete()
        else:
            self.in_head = False
            self.cycle = cast("Any", self.post)

    def _hot(self) -> Post | None:
        parser = cast("Any", self.parser)
        if (
            self.url not in HOT_URLS
            or parser.get_method() != b"POST"
            or self.app is not cast("Any", self.config).loaded_app
        ):
            return None
        cycle = cast("Post | None", self.cycle)
        if (cycle is not None and not cycle.response_complete) or self.flow.write_paused or self.transport.is_closing():
            return None
        if any(name in UNUSUAL for name, _ in self.headers):
            return None
        headers = Headers(self.headers)
        length = headers.content_length
        if length is None or len(length) > 5 or int(length) > self.most_hot:
            return None
        return Post(headers, keep_alive=parser.get_http_version() != "1.0" and parser.should_keep_alive())

    @override
    def on_body(self, body: bytes) -> None:
        if self.post is None:
            super().on_body(body)
        else:
            self.post.body += body

    @override
    def on_message_complete(self) -> None:
        post, self.post = self.post, None
        if post is None:
            super().on_message_complete()
            return
        self.since = None
        post.more_body = False
        app = cast("App", self.app)
        try:
            app.post_now(self.client, post.headers, post.body, lambda answer, extra: self._answer(post, answer, extra))
        except Exception:
            log.exception("a request failed")
            self._answer(post, _BROKEN, [])

    def _answer(self, post: Post, answer: Answer, extra: HeaderList) -> None:
        if post.disconnected or post.response_complete or self.transport.is_closing():
            post.response_complete = True
            return
        lines = [_STATUS_LINES[answer.status]]
        given = [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body))]
        for name, value in (*self.server_state.default_headers, *given, *answer.headers, *extra):
            if name == b"connection":
                post.keep_alive = False
            else:
                lines.append(b"%b: %b\r\n" % (name, value))
        if not post.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        lines.append(answer.body)
        self.transport.write(b"".join(lines))
        post.response_complete = True
        if not post.keep_alive:
            self.transport.close()
        self.on_response_complete()

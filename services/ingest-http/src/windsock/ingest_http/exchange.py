"""One request and its answer, on bare ASGI: the few things that the hot route needs, each done once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from windsock.shared import codec
from windsock.shared.errors import HTTP_STATUS, Code, WindsockError

from .gate import Caller

if TYPE_CHECKING:
    from .desk import Desk, Outcome

__all__ = [
    "Answer",
    "Gone",
    "HeaderList",
    "Headers",
    "Receive",
    "Scope",
    "Send",
    "error_answer",
    "outcome_answer",
    "read_body",
    "send_answer",
]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
HeaderList = list[tuple[bytes, bytes]]

JSON: Final = b"application/json"
RETRY_AFTER: Final = b"1"
"""Seconds: the services look for a lost broker about that often."""
DRAIN_BYTES: Final = 4 * 1024 * 1024
"""How much of a body that is refused is read and dropped, so that its sender comes to read the answer instead of finding the connection reset."""


class Gone(Exception):
    """The client left; there is nobody to answer."""


class Headers:
    """What we need to know of a request's headers."""

    __slots__ = (
        "authorization",
        "content_encoding",
        "content_length",
        "content_type",
        "forwarded_for",
        "host",
        "origin",
    )

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        self.authorization: bytes | None = None
        self.content_encoding = b""
        self.content_length: bytes | None = None
        self.content_type = b""
        self.forwarded_for: bytes | None = None
        self.host: bytes | None = None
        self.origin: bytes | None = None
        for name, value in headers:
            if name == b"content-type":
                self.content_type = value
            elif name == b"content-length":
                self.content_length = value
            elif name == b"host":
                self.host = value
            elif name == b"authorization":
                self.authorization = value
            elif name == b"origin":
                self.origin = value
            elif name == b"content-encoding":
                self.content_encoding = value
            elif name == b"x-forwarded-for":
                before = self.forwarded_for
                self.forwarded_for = value if before is None else b"%b,%b" % (before, value)

    @property
    def media_type(self) -> str:
        """The content type without its parameters."""
        return self.content_type.partition(b";")[0].strip().lower().decode("latin-1")

    @property
    def encoding(self) -> str:
        """How the body is compressed."""
        return self.content_encoding.strip().lower().decode("latin-1")

    @property
    def caller(self) -> Caller:
        """Who it says it is."""
        return Caller(_text(self.authorization), _text(self.origin), _text(self.host))


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "surrogateescape")


async def read_body(receive: Receive, content_length: bytes | None, limit: int, desk: Desk) -> bytes:
    """A request's body; `desk` holds its bytes until the caller lets go of them.

    Raises:
        WindsockError: `too_large`, `too_many_requests`.
        Gone: the client left.
    """
    if content_length is not None and len(content_length) < 20 and int(content_length) > limit:
        await _drain(receive)
        raise WindsockError(Code.TOO_LARGE, f"the body has {int(content_length)} bytes, the limit is {limit}")
    chunks: list[bytes] = []
    size = 0
    try:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise Gone
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            desk.hold(len(chunk))
            chunks.append(chunk)
            if size > limit:
                if message.get("more_body", False):
                    await _drain(receive)
                raise WindsockError(Code.TOO_LARGE, f"the body has more than {limit} bytes")
            if not message.get("more_body", False):
                return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    except BaseException:
        desk.let_go(size)
        raise


async def _drain(receive: Receive) -> None:
    left = DRAIN_BYTES
    while left > 0:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
        left -= len(message.get("body", b""))


class Answer(NamedTuple):
    """A whole answer."""

    status: int
    body: bytes
    headers: HeaderList = []  # noqa: RUF012  # never changed
    content_type: bytes = JSON


async def send_answer(send: Send, answer: Answer, extra: HeaderList) -> None:
    """Send an answer, with more headers."""
    headers = [(b"content-type", answer.content_type), (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": [*headers, *answer.headers, *extra]})
    await send({"type": "http.response.body", "body": answer.body})


def outcome_answer(outcome: Outcome) -> Answer:
    """What became of each message."""
    if outcome.rejected:
        return Answer(outcome.status, codec.encode(outcome.to_wire()))
    return Answer(202, b'{"accepted":%d,"rejected":[]}' % outcome.accepted)


def error_answer(error: WindsockError, status: int | None = None) -> Answer:
    """Why the whole request was refused."""
    status = status or (403 if error.code is Code.FORBIDDEN else HTTP_STATUS[error.code])
    headers: HeaderList = []
    if error.retry:
        headers.append((b"retry-after", RETRY_AFTER))
    if status == HTTP_STATUS[Code.UNAUTHORIZED]:
        headers.append((b"www-authenticate", b"Bearer"))
    if error.code in {Code.TOO_LARGE, Code.TOO_MANY_REQUESTS}:
        headers.append((b"connection", b"close"))  # what is left of the body will not be read
    return Answer(status, codec.encode({"error": error.to_wire()}), headers)

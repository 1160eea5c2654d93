"""The ASGI application: the hot routes on bare ASGI, everything else behind them on FastAPI.

FastAPI costs 150 µs and more a request before it does anything of ours, bare ASGI a third of that; and posting messages is nearly all that happens here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from windsock.shared.errors import WindsockError
from windsock.shared.proxies import Proxies, plain_address
from windsock.shared.refusals import RefusalLog
from windsock.shared.runtime import now_ms

from .api import ADMITTED, create_api
from .body import BodySplitter, check_type
from .exchange import Answer, Gone, Headers, error_answer, outcome_answer, read_body, send_answer
from .gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable

    from windsock.shared.health import Health
    from windsock.shared.settings import Settings

    from .desk import Desk, Outcome
    from .exchange import HeaderList, Receive, Scope, Send
    from .gate import Caller

__all__ = ["App", "Client"]

Client = tuple[str, int] | None
"""A peer's address and port, as ASGI has them."""

MESSAGE_PATHS: Final = frozenset({"/", "/v1/messages"})
NO_EXTRA: Final[HeaderList] = []
PREFLIGHT: Final[HeaderList] = [
    (b"access-control-allow-methods", b"GET, POST, PUT"),
    (b"access-control-allow-headers", b"authorization, content-type"),
    (b"access-control-max-age", b"600"),
]


class App:
    """One process's application."""

    def __init__(
        self, settings: Settings, desk: Desk, health: Health, version: str, proxies: Proxies | None = None
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._health = health
        self.proxies: Final = Proxies(settings.trusted_proxies) if proxies is None else proxies
        self._refusals = RefusalLog("http")
        self._gate = Gate(settings)
        self._splitter = BodySplitter(settings)
        self._api = create_api(settings, desk, version)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        headers = Headers(scope["headers"])
        caller = headers.caller
        extra = self._extra(caller)
        try:
            if scope["method"] == "OPTIONS":
                await send_answer(send, Answer(204 if extra else 403, b"", PREFLIGHT if extra else []), extra)
                return
            trusted = self._gate.admit(caller)
            if scope["method"] == "POST" and scope["path"] in MESSAGE_PATHS:
                outcome = await self._take_messages(headers, receive, trusted=trusted)
                self._note(scope["client"], headers, outcome)
                await send_answer(send, outcome_answer(outcome), extra)
            elif (found := self._health.answer(scope["path"])) is not None:
                answer = Answer(found.status, found.body, content_type=found.content_type.encode())
                await send_answer(send, answer, extra)
            else:
                scope[ADMITTED] = trusted
                await self._api(scope, receive, _adding(send, extra))
        except WindsockError as error:
            self._desk.refuse(error)
            self._note(scope["client"], headers, error)
            await send_answer(send, error_answer(error), extra)
        except Gone:
            return

    def post_now(
        self, client: Client, headers: Headers, body: bytes, done: Callable[[Answer, HeaderList], None]
    ) -> None:
        """A POST of messages, for who can't wait: `done` is called with the answer and more headers for it, at once or when the messages are stored."""
        caller = headers.caller
        extra = self._extra(caller)

        def settled(result: Outcome | WindsockError) -> None:
            self._note(client, headers, result)
            if isinstance(result, WindsockError):
                self._desk.refuse(result)
                done(error_answer(result), extra)
            else:
                done(outcome_answer(result), extra)

        try:
            trusted = self._gate.admit(caller)
            self._desk.check_broker()
            media_type = headers.media_type
            check_type(media_type, headers.encoding)
            pieces = self._splitter.split(body, media_type)
        except WindsockError as error:
            settled(error)
        else:
            self._desk.take_now(pieces, settled, trusted=trusted)

    def _note(self, client: Client, headers: Headers, result: Outcome | WindsockError) -> None:
        """Tell in the log if anything was refused, and who sent it."""
        if isinstance(result, WindsockError):
            error, count = result, 1
        elif result.rejected:
            error, count = result.rejected[-1][1], len(result.rejected)
        else:
            return
        forwarded_for = None if headers.forwarded_for is None else headers.forwarded_for.decode("latin-1")
        origin = self.proxies.origin(plain_address(client[0]), forwarded_for) if client else "?"
        self._refusals.note(origin, error, now_ms(), count)

    def _extra(self, caller: Caller) -> HeaderList:
        """Headers that let the page that a request comes from see the answer, if it may."""
        if caller.origin is None or not self._gate.allows(caller):
            return NO_EXTRA
        return [
            (b"access-control-allow-origin", caller.origin.encode("utf-8", "surrogateescape")),
            (b"vary", b"origin"),
        ]

    async def _take_messages(self, headers: Headers, receive: Receive, *, trusted: bool) -> Outcome:
        desk, settings = self._desk, self._settings
        desk.check_broker()
        media_type = headers.media_type
        check_type(media_type, headers.encoding)
        body = await read_body(receive, headers.content_length, settings.max_large_message, desk)
        try:
            return await desk.take(self._splitter.split(body, media_type), trusted=trusted)
        finally:
            desk.let_go(len(body))


def _adding(send: Send, extra: HeaderList) -> Send:
    """A `send` that adds headers to the answer."""

    async def adding(message: Scope) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *extra]
        await send(message)

    return adding if extra else send

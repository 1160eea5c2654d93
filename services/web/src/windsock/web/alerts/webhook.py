"""Posts alert events to the webhook that the settings name, one after the other, with retries.

At least once: an event counts as delivered when the other side has answered 2xx. What can't be delivered is given up after `TRIES`, said and counted. The queue
is bounded by what can be waiting at all: an event replaces an older one of the same alert that was not sent yet.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import http.client
import logging
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from windsock.shared import codec
from windsock.shared.errors import WindsockError
from windsock.shared.metrics import DROPPED
from windsock.shared.runtime import Backoff
from windsock.shared.settings import Settings
from windsock.shared.wire import AlertEvent

from .metrics import POSTED

__all__ = ["Webhook", "body_of"]

log = logging.getLogger(__name__)

TRIES: Final = 6
"""With waits of 1, 2, 4, 8 and 16 s: half a minute in which a receiver may restart."""
POST_SECONDS: Final = 3.0
"""Less than the deadline of a stop: the thread that posts is waited for."""
MOST_WAITING: Final = 1_000


def body_of(event: AlertEvent, name: str) -> bytes:
    """What is posted: the event, with a sentence that chat programs show as it is."""
    alert = event.alert
    sentence = f"{name} {alert.text}" if event.event != "cleared" else f"{name} is well again: it {past(alert.text)}"
    return codec.encode(
        {
            "text": sentence,
            "event": event.event,
            "number": event.number,
            "time": datetime.fromtimestamp(event.time / 1000, UTC).isoformat(timespec="milliseconds"),
            "stream": {"id": alert.id, "name": name},
            "alert": alert.model_dump(exclude_none=True),
            "source": "windsock",
        }
    )


def past(text: str) -> str:
    """An alert's sentence once it is over."""
    for now, then in (("is ", "was "), ("has been ", "had been "), ("has ", "had ")):
        if text.startswith(now):
            return then + text.removeprefix(now)
    return text


class Webhook:
    """See the module. `name_of` gives a stream's title; `delivered` is told the number of the last event that needs no more attention."""

    def __init__(
        self, settings: Settings, name_of: Callable[[str], str], delivered: Callable[[int], Awaitable[None]]
    ) -> None:
        url = settings.alert_webhook
        self._url: Final = None if url is None else urlsplit(url.get_secret_value())
        self._secret: Final = settings.alert_secret
        self._name_of = name_of
        self._delivered = delivered
        self._waiting: dict[tuple[str, str], AlertEvent] = {}
        self._awake = asyncio.Event()

    @property
    def on(self) -> bool:
        """Whether there is one."""
        return self._url is not None

    @property
    def waiting(self) -> int:
        """Events to post."""
        return len(self._waiting)

    def put(self, event: AlertEvent) -> None:
        """Post this."""
        if self._url is None:
            return
        key = event.alert.id, event.alert.kind
        if self._waiting.pop(key, None) is not None:
            DROPPED.labels("alert_superseded").inc()
        elif len(self._waiting) >= MOST_WAITING:
            self._waiting.pop(next(iter(self._waiting)))
            DROPPED.labels("alert_queue_full").inc()
        self._waiting[key] = event
        self._awake.set()

    def forget(self) -> None:
        """Another process is the watchman now, and posts what waits here."""
        self._waiting.clear()

    async def run(self) -> None:
        """Post, until cancelled."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            while self._waiting:
                key, event = next(iter(self._waiting.items()))
                await self._deliver(event)
                if self._waiting.get(key) is event:
                    del self._waiting[key]
                if not self._waiting or event.number < min(each.number for each in self._waiting.values()):
                    try:
                        await self._delivered(event.number)
                    except WindsockError as error:
                        # Then it is posted again by the next watchman: at least once.
                        log.debug("that the webhook has event %d was not noted: %s", event.number, error.message)

    async def _deliver(self, event: AlertEvent) -> None:
        body = body_of(event, self._name_of(event.alert.id))
        backoff = Backoff(first=1.0, most=16.0)
        for attempt in range(TRIES):
            if attempt:
                await backoff.wait()
            try:
                status = await asyncio.to_thread(self._post, body)
            except (OSError, http.client.HTTPException, ValueError) as error:
                # Neither the URL nor what the other side said may be logged whole: a webhook's path is its password.
                reason = type(error).__name__
            else:
                if 200 <= status < 300:
                    POSTED.labels("delivered").inc()
                    return
                reason = f"status {status}"
                if 400 <= status < 500 and status not in {408, 425, 429}:
                    break  # it will not like the same bytes any better
            log.warning(
                "alert %d was not taken by the webhook (%s), try %d of %d", event.number, reason, attempt + 1, TRIES
            )
        POSTED.labels("given_up").inc()
        DROPPED.labels("alert_undelivered").inc()
        log.error("alert %d of stream %s was given up: the webhook does not take it", event.number, event.alert.id)

    def _post(self, body: bytes) -> int:
        """One request, in a thread. The answer's status; redirects are not followed."""
        url = self._url
        assert url is not None  # noqa: S101  # nothing is put otherwise
        host = url.hostname or ""
        if url.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, url.port, timeout=POST_SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, url.port, timeout=POST_SECONDS)
        headers = {"content-type": "application/json", "user-agent": "windsock"}
        if self._secret is not None:
            digest = hmac.new(self._secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
            headers["x-windsock-signature"] = f"sha256={digest}"
        try:
            connection.request("POST", (url.path or "/") + (f"?{url.query}" if url.query else ""), body, headers)
            return connection.getresponse().status
        finally:
            connection.close()

"""Messages over HTTP: each write is one POST of NDJSON on a kept connection, and its answer is the acknowledgement."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.client.errors import UNAUTHORIZED
from windsock.client.transport import Acknowledged, Answer, Lost, Refused
from windsock.client.transport.dial import NO_ADDRESS, reason

if TYPE_CHECKING:
    from windsock.client.target import Target

__all__ = ["HttpTransport"]

ANSWER_SECONDS: Final = 20.0
MOST_IN_BATCH: Final = 1024 * 1024
AWAY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed: the server's own, and those of a proxy before it."""


class HttpTransport:
    """POSTs to `/v1/messages`."""

    def __init__(self, target: Target) -> None:
        self._target = target
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(target.host, target.port, timeout=ANSWER_SECONDS)
        self._headers = {"Content-Type": "application/x-ndjson"}
        if target.key is not None:
            self._headers["Authorization"] = f"Bearer {target.key}"
        self._written = 0
        self._answers: list[Answer] = []

    def connect(self) -> None:
        """Open the connection, so that a server that is away is noticed before anything is given to it."""
        self.close()
        try:
            self._connection.connect()
        except (OSError, *NO_ADDRESS) as error:
            raise Lost(f"nothing answers at {self._target.url}: {reason(error)}") from None

    def write(self, messages: Sequence[bytes]) -> None:
        """One POST, and its answer; a message over the limit of a batch goes alone."""
        batch: list[bytes] = []
        for message in messages:
            if len(message) > MOST_IN_BATCH:
                self._post(batch)
                self._post([message])
                batch = []
            else:
                batch.append(message)
        self._post(batch)

    def _post(self, messages: Sequence[bytes]) -> None:
        if not messages:
            return
        try:
            self._connection.request("POST", f"{self._target.path}/v1/messages", b"\n".join(messages), self._headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Lost(f"the request failed: {error or type(error).__name__}") from None
        self._take(response, body, len(messages))

    def read(self, seconds: float) -> list[Answer]:  # noqa: ARG002  # the answer came with the request
        """The answers to the requests so far."""
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        """Close the connection."""
        self._written = 0
        self._answers = []
        with contextlib.suppress(OSError):
            self._connection.close()

    def drop(self) -> None:
        """Close the socket past `http.client`, which would wait for a response that the parent's thread is just reading."""
        connected = self._connection.sock
        if connected is not None and connected.fileno() >= 0:
            os.close(connected.detach())

    def _take(self, response: http.client.HTTPResponse, body: bytes, count: int) -> None:
        status = response.status
        said = _json_object(body)
        rejected = [_object(each) for each in said["rejected"]] if isinstance(said.get("rejected"), list) else []
        error = rejected[0] if rejected else _object(said.get("error"))
        code = str(error.get("code", f"http_{status}"))
        message = str(error.get("message", f"{self._target.url} answers {status}"))
        if status in AWAY:
            raise Lost(message, retry_after=_seconds(response.headers.get("Retry-After")))
        if status in {401, 403}:
            raise Lost(message, UNAUTHORIZED)
        for each in rejected:
            index = each.get("index")
            place = self._written + index if isinstance(index, int) else None
            self._answers.append(Refused(place, str(each.get("code")), str(each.get("message"))))
        if not rejected and not 200 <= status < 300:
            # Not a word about single messages: all of them.
            self._answers += [Refused(self._written + place, code, message) for place in range(count)]
        self._written += count
        self._answers.append(Acknowledged(self._written))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        return _object(json.loads(body))
    except ValueError:
        return {}


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None

"""The board's HTTP interface, as the commands use it: JSON in and out on one kept connection, troubles as sentences."""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit

from windsock.client.transport.dial import reason
from windsock.command.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from windsock.command.place import Place

__all__ = ["Away", "BoardApi", "NotThere"]

ANSWER_SECONDS: Final = 10.0
MOST_OFFSET: Final = 2**53 - 1
"""The most that the broker's scripts count to."""
SILENCE_SECONDS: Final = 40.0
"""A live answer says something each 15 s."""


class Away(Fault):
    """Nothing answers, or not as the board does."""


class NotThere(Fault):
    """There is no such stream."""


class BoardApi:
    """One board. Not for several threads.

    Args:
        place: where it is.
        seconds: how long an answer may take.
    """

    def __init__(self, place: Place, seconds: float = ANSWER_SECONDS) -> None:
        self._place = place
        parts = urlsplit(place.board)
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = self._kind(parts.hostname or "", parts.port, timeout=seconds)
        self._path = parts.path.rstrip("/")
        self._headers = {} if place.key is None else {"Authorization": f"Bearer {place.key}"}

    def streams(self) -> list[dict[str, Any]]:
        """The catalogue."""
        found = self._ask("GET", "/v1/streams").get("streams", [])
        return cast("list[dict[str, Any]]", found)

    def samples(self, stream: str, **query: int) -> dict[str, Any]:
        """A piece of a stream's history: `epoch`, `first`, `offset` and `rows`.

        Args:
            stream: its id.
            query: `after`: an offset; `limit`: most rows.
        """
        return self._ask("GET", f"/v1/streams/{quote(stream, safe='')}/samples?{urlencode(query)}", stream)

    def type_of(self, stream: str) -> str | None:
        """What a stream is; None if there is none of this name."""
        try:
            # After the last of all: its newest sample may be a large picture.
            return str(self.samples(stream, after=MOST_OFFSET, limit=1)["type"])
        except NotThere:
            return None

    def remove(self, stream: str) -> None:
        """Remove a stream with its history."""
        self._ask("DELETE", f"/v1/streams/{quote(stream, safe='')}", stream)

    def feeds(self) -> list[dict[str, Any]]:
        """The cameras, and how they are."""
        return cast("list[dict[str, Any]]", self._ask("GET", "/v1/feeds").get("feeds", []))

    def set_feed(self, stream: str, camera: dict[str, Any]) -> None:
        """Add a camera, or change it."""
        self._ask("PUT", f"/v1/feeds/{quote(stream, safe='')}", body=json.dumps(camera).encode())

    def remove_feed(self, stream: str) -> None:
        """Remove a camera."""
        self._ask("DELETE", f"/v1/feeds/{quote(stream, safe='')}", stream)

    def live(self, stream: str, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """A stream's events as they come: `message` with new rows, `picture`, `removed`, `status`.

        Args:
            stream: its id.
            place: `epoch:offset` of the last sample that is known.

        Raises:
            Away: at the end, if nothing else ends it.
        """
        connection = self._kind(self._connection.host, self._connection.port, timeout=SILENCE_SECONDS)
        headers = {**self._headers, "Last-Event-ID": place}
        name = "message"
        try:
            connection.request("GET", f"{self._path}/v1/streams/{quote(stream, safe='')}/events", headers=headers)
            response = connection.getresponse()
            if response.status != 200:
                raise self._refusal(response.status, json.loads(response.read() or b"{}"), stream)
            while line := response.readline():
                field, _, value = line.decode().rstrip("\n").partition(": ")
                if field == "event":
                    name = value
                elif field == "data":
                    yield name, json.loads(value)
                elif not field:
                    name = "message"
        except (OSError, http.client.HTTPException, ValueError):
            pass
        finally:
            connection.close()
        raise Away(f"the board does not answer at {self._place.board}. {self._place.unreachable_board}")

    def _ask(self, method: str, path: str, stream: str = "", body: bytes | None = None) -> dict[str, Any]:
        kept = self._connection.sock is not None
        try:
            status, answer = self._exchange(method, path, body)
        except (OSError, http.client.HTTPException):
            try:
                if not kept:
                    raise
                status, answer = self._exchange(
                    method, path, body
                )  # the kept connection may have ended meanwhile: that says nothing
            except (OSError, http.client.HTTPException) as error:
                why = f"the board does not answer at {self._place.board}: {reason(error)}."
                raise Away(f"{why} {self._place.unreachable_board}") from None
        try:
            said: Any = json.loads(answer) if answer else {}
        except ValueError:
            raise Away(
                f"what answers at {self._place.board} is no Windsock board. {self._place.unreachable_board}"
            ) from None
        if 200 <= status < 300:
            return said
        raise self._refusal(status, said, stream)

    def _refusal(self, status: int, said: Any, stream: str) -> Fault:
        message = _message(said) or f"it answers {status}"
        # Of a stream the board speaks by its name. Another of Windsock's ports speaks of the address, and says where the board is.
        if status == 404 and stream and repr(stream) in message:
            return NotThere(f"there is no stream {stream!r}; `windsock streams` lists them.")
        if status == 401:
            return Fault(f"{message}: give the publish key as --key or WINDSOCK_KEY.")
        if status >= 500:
            return Away(f"the board at {self._place.board} can't tell: {message}.")
        return Fault(f"the board at {self._place.board} refuses: {message}.")

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        try:
            headers = self._headers | ({"Content-Type": "application/json"} if body is not None else {})
            self._connection.request(method, self._path + path, body, headers)
            response = self._connection.getresponse()
            return response.status, response.read()
        except BaseException as error:
            with contextlib.suppress(OSError):
                self._connection.close()
            if isinstance(error, ValueError) and not isinstance(error, OSError):  # a wrong certificate is both
                raise Fault("the key has characters that no HTTP header can have.") from None
            raise


def _message(said: Any) -> str:
    error: Any = cast("dict[str, Any]", said).get("error") if isinstance(said, dict) else None
    return str(cast("dict[str, Any]", error).get("message", "")) if isinstance(error, dict) else ""

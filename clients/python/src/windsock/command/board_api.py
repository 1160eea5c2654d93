"""The board's HTTP interface, as the commands use it: JSON in and out on one kept connection, troubles as sentences."""

from __future__ import annotations

import contextlib
import http.client
import json
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit

from windsock.command.fault import Fault

if TYPE_CHECKING:
    from windsock.command.place import Place

__all__ = ["Away", "BoardApi", "NotThere"]

ANSWER_SECONDS: Final = 10.0


class Away(Fault):
    """Nothing answers, or not as the board does."""


class NotThere(Fault):
    """There is no such stream."""


class BoardApi:
    """One board. Not for several threads."""

    def __init__(self, place: Place) -> None:
        self._place = place
        parts = urlsplit(place.board)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
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

    def remove(self, stream: str) -> None:
        """Remove a stream with its history."""
        self._ask("DELETE", f"/v1/streams/{quote(stream, safe='')}", stream)

    def _ask(self, method: str, path: str, stream: str = "") -> dict[str, Any]:
        for again in (True, False):
            try:
                self._connection.request(method, self._path + path, headers=self._headers)
                response = self._connection.getresponse()
                body = response.read()
                break
            except (OSError, http.client.HTTPException) as error:
                kept = self._connection.sock is not None and isinstance(error, http.client.HTTPException)
                with contextlib.suppress(OSError):
                    self._connection.close()
                if not (again and kept):  # a kept connection may have ended meanwhile: that says nothing
                    raise Away(
                        f"the board does not answer at {self._place.board}. {self._place.unreachable_board}"
                    ) from None
        return self._read(response.status, body, stream)

    def _read(self, status: int, body: bytes, stream: str) -> dict[str, Any]:
        try:
            said: Any = json.loads(body) if body else {}
        except ValueError:
            raise Away(
                f"what answers at {self._place.board} is no Windsock board. {self._place.unreachable_board}"
            ) from None
        if isinstance(said, list):
            said = {"streams": said}
        if 200 <= status < 300:
            return said
        told: Any = said.get("error") or said
        message = (
            told.get("message", f"the board answers {status}")
            if isinstance(told, dict)
            else f"the board answers {status}"
        )
        if status == 404:
            raise NotThere(f"there is no stream {stream!r}; `windsock streams` lists them.")
        if status in {401, 403}:
            raise Fault(f"{message}: give the publish key as --key or WINDSOCK_KEY.")
        if status >= 500:
            raise Away(f"the board can't tell: {message}.")
        raise Fault(f"{message}.")

"""Reads a stream back from the server's history, as numpy arrays. numpy is imported here, and only when somebody reads."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import quote, urlencode, urlsplit

from windsock.client.address import board_url
from windsock.client.encoding import read_time
from windsock.client.errors import INVALID, UNREACHABLE, WindsockError

if TYPE_CHECKING:
    import numpy as np

    from windsock.client.target import Target

__all__ = ["BOARD_VARIABLE", "Samples", "board_of", "embed_url", "read_samples"]

BOARD_VARIABLE: Final = "WINDSOCK_BOARD"
ANSWER_SECONDS: Final = 30.0
NUMERIC: Final = frozenset(
    {"line", "area", "bar", "horizontalBar", "pie", "doughnut", "radar", "polarArea", "gauge", "stat"}
)


@dataclass(frozen=True)
class Samples:
    """A piece of a stream's history. `times, values = samples` takes it apart."""

    times: np.ndarray[Any, Any]
    """datetime64[ms], UTC."""
    values: np.ndarray[Any, Any]
    """Numeric types: float64, a row a sample and a column a series, gaps as NaN. All others: objects, as JSON has them."""
    names: list[str]
    """The series' names, as far as the stream has a legend."""
    lost: int
    """Samples that history has no more."""
    decimated: bool
    """Whether this is fewer samples than there are: see `max_points`."""

    def __len__(self) -> int:
        return len(self.times)

    def __iter__(self) -> Iterator[np.ndarray[Any, Any]]:
        return iter((self.times, self.values))

    def to_pandas(self) -> Any:
        """A frame: the times as its index, a column a series. Needs pandas."""
        try:
            import pandas as pd  # noqa: PLC0415  # pyright: ignore[reportMissingTypeStubs]  # only for those who have it
        except ImportError:
            raise ImportError(
                "to_pandas() makes a pandas frame, and pandas is not installed: pip install pandas"
            ) from None
        pandas: Any = pd
        wide = self.values.ndim == 2
        columns = [*self.names, *map(str, range(len(self.names), self.values.shape[1]))] if wide else ["value"]
        index = pandas.DatetimeIndex(self.times, name="time", tz="UTC")
        return pandas.DataFrame(self.values, index=index, columns=columns[: self.values.shape[1] if wide else 1])


def board_of(target: Target, named: str | None) -> str:
    """The board's address, without a slash at its end: what was named, else next to where samples go.

    Raises:
        WindsockError: what was named is none.
    """
    url = named or os.environ.get(BOARD_VARIABLE)
    if not url and target.scheme == "https":
        return f"https://{target.host}" + (f":{target.port}" if target.port != 443 else "")
    if not url:
        host = target.host or "127.0.0.1"
        url = f"http://{f'[{host}]' if ':' in host else host}:{os.environ.get('WINDSOCK_WEB_PORT') or 8000}"
    try:
        return board_url(url)
    except ValueError as error:
        raise WindsockError(INVALID, str(error)) from None


def embed_url(board: str, stream: str) -> str:
    """The page with this stream's panel alone."""
    return f"{board}/embed/{quote(stream, safe='')}"


def read_samples(board: str, stream: str, **asked: Any) -> Samples:
    """What the server has.

    Args:
        board: its address.
        stream: the id.
        asked: `start`, `end`, `max_points`, `limit`; None: not asked for.

    Raises:
        WindsockError: the board does not answer, there is no such stream, or the question makes no sense.
        ImportError: numpy is not installed.
    """
    try:
        import numpy as np  # noqa: PLC0415  # the library needs nothing but Python, unless arrays are asked for
    except ImportError:
        raise ImportError("read() returns numpy arrays, and numpy is not installed: pip install numpy") from None
    query: dict[str, Any] = {name: value for name, value in asked.items() if value is not None and name in _PLAIN}
    for name, field in (("from", "start"), ("to", "end")):
        if asked.get(field) is not None:
            try:
                query[name] = read_time(asked[field])
            except TypeError as error:
                raise WindsockError(INVALID, str(error).replace("time:", f"{name}:", 1), stream) from None
    said = _ask(board, f"/v1/streams/{quote(stream, safe='')}/samples?{urlencode(query)}", stream)
    rows = cast("list[list[Any]]", said.get("rows", []))
    times = np.array([row[0] for row in rows], dtype="datetime64[ms]")
    if said.get("type") in NUMERIC:
        width = max(map(len, rows), default=1)
        flat = [[*map(_number, row[1:]), *[None] * (width - len(row))] for row in rows]
        values: Any = np.array(flat, dtype=np.float64).reshape(len(rows), width - 1)
    else:
        values = np.empty(len(rows), dtype=object)
        values[:] = [_one_value(row) for row in rows]
    names = _legend(board, stream)
    return Samples(times, values, names, int(said.get("lost", 0)), bool(said.get("decimated", False)))


# History keeps what was sent before a stream's type changed: rows of both kinds.


def _number(cell: Any) -> float | None:
    return cell if type(cell) in {int, float} else None


def _one_value(row: list[Any]) -> Any:
    _, *values = row
    return values[0] if len(values) == 1 else values or None


_PLAIN: Final = frozenset({"max_points", "limit"})


def _legend(board: str, stream: str) -> list[str]:
    for spec in cast("list[dict[str, Any]]", _ask(board, "/v1/streams", stream).get("streams", [])):
        if spec.get("id") == stream:
            return list(spec.get("legend") or [])
    return []


def _ask(board: str, path: str, stream: str) -> dict[str, Any]:
    parts = urlsplit(board)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", parts.path + path)
        response = connection.getresponse()
        status, body = response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        why = f"the board does not answer at {board}: {error or type(error).__name__}"
        raise WindsockError(UNREACHABLE, why, stream) from None
    finally:
        connection.close()
    try:
        said: Any = json.loads(body)
    except ValueError:
        raise WindsockError(UNREACHABLE, f"what answers at {board} is no Windsock board", stream) from None
    answer = cast("dict[str, Any]", said if isinstance(said, dict) else {})
    if status != 200 or not answer:
        error = cast("dict[str, Any]", answer.get("error") or {})
        code, message = error.get("code", UNREACHABLE), error.get("message", f"the board answers {status}")
        raise WindsockError(str(code), str(message), stream)
    return answer

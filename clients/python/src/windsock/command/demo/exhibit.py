"""One stream of the demo: what it shows, how often, and by which way it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from windsock.client import Stream
from windsock.command.demo.ways import Message, Post, Way

if TYPE_CHECKING:
    from windsock.client.look import Look, StreamType
    from windsock.command.place import Place

__all__ = ["Exhibit", "Named", "Stall"]


class Named(NamedTuple):
    """Values whose categories change: the names go into `field`."""

    field: str
    values: dict[str, float]


@dataclass(frozen=True)
class Exhibit:
    """An entry of the table."""

    id: str | int
    type: StreamType
    period: float
    """Seconds from one sample to the next."""
    read: Callable[[], Any]
    """Gives a value, or None for nothing this time."""
    look: Look
    way: Way = Way.CLIENT


@dataclass
class Stall:
    """An exhibit that runs: its `__call__` sends one sample."""

    exhibit: Exhibit
    place: Place
    post: Post | None
    """None: by the client."""
    sent: int = 0
    stream: Stream | None = None
    _names: Look | None = None

    def __post_init__(self) -> None:
        exhibit = self.exhibit
        self.__name__ = f"demo stream {exhibit.id}"
        if self.post is None:
            self.stream = Stream(exhibit.id, exhibit.type, server=self.place.server, key=self.place.key, **exhibit.look)

    def __call__(self) -> None:
        """One sample."""
        value = self.exhibit.read()
        if value is None:
            return
        names: Look = {}
        if isinstance(value, Named):
            names = cast("Look", {value.field: list(value.values)})
            value = list(value.values.values())
        self.sent += 1
        if self.stream is None:
            self._send_bare(value, names)
            return
        if names and names != self._names:
            self._names = names
            self.stream.look(**names)
        self.stream.send(value)

    def _send_bare(self, value: Any, names: Look) -> None:
        """The whole message each time, as such programs do."""
        assert self.post is not None  # noqa: S101  # else it goes by the client
        message: Message = {
            "id": self.exhibit.id,
            "value": value,
            "type": self.exhibit.type,
            **self.exhibit.look,
            **names,
        }
        if self.place.key is not None and self.exhibit.way not in {Way.PUBLISH, Way.INBOX}:
            message["api_crypt"] = self.place.key
        try:
            self.post(message)
        except OSError:
            return  # the server is being restarted, perhaps: the next sample tries again

"""What Windsock asks of a broker, with the guarantees it builds on. The adapters keep them; `tests/contract` checks every adapter.

Delivery: what `publish` answered with `STORED` is in history, and was sent once to every subscription that was up. Live messages of one stream arrive in the
order of their offsets, and may be missing (a subscription was down): offsets have no holes, so a receiver sees a miss by itself and reads it from history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, NamedTuple, Protocol

from windsock.shared.errors import WindsockError

__all__ = [
    "Batch",
    "Broker",
    "Entry",
    "History",
    "Listener",
    "Live",
    "PartListener",
    "Receipt",
    "Status",
    "StoredSpec",
    "Subscription",
]

ANY_VERSION = -1


class Status(IntEnum):
    """What became of a batch."""

    STORED = 0
    DUPLICATE = 1
    """All of it was stored before (its source's seq says so)."""
    PARTIAL = 2
    """Its rows up to `Receipt.seq` were stored before; nothing was stored now. Cut them off and publish again."""
    STALE = 3
    """The spec is not the one that the batch was made for, or the stream is gone. Nothing was stored. Look again and publish again."""


@dataclass(slots=True)
class Batch:
    """Consecutive samples of one stream, and what changes in its spec."""

    stream: str
    count: int
    """Rows in `payload`; 0 for a batch that only changes the spec."""
    payload: bytes
    """Rows as JSON text, joined by commas, without outer brackets."""
    keep: int
    """Samples that history keeps."""
    spec: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    """Spec fields to set, as JSON text."""
    version: int = ANY_VERSION
    """The spec version that the rows were made for."""
    source: str = ""
    first_seq: int = 0
    last_seq: int = 0
    epoch: str = ""
    offset: int = 0
    """The newest that its writer knows to be stored. If the broker has less of that epoch, it lost what it had acknowledged: a new epoch begins."""


class Receipt(NamedTuple):
    """What became of a batch, and where its stream stands now."""

    status: Status
    epoch: str
    offset: int
    version: int
    seq: int
    """`PARTIAL`, `DUPLICATE`: the source's last that is stored. `STORED`: how many samples are gone that `Batch.offset` says were stored."""


class StoredSpec(NamedTuple):
    """A stream's spec as the broker has it: fields decoded from JSON."""

    fields: dict[str, Any]
    epoch: str
    offset: int
    version: int


@dataclass(slots=True)
class Entry:
    """One batch in history."""

    offset: int
    """Offset of its last row."""
    count: int
    payload: bytes


class History(NamedTuple):
    """A piece of a stream's history: consecutive entries, oldest first."""

    epoch: str
    offset: int
    """The stream's newest offset at the moment of reading."""
    entries: list[Entry]


@dataclass(slots=True)
class Live:
    """One message on a live channel."""

    epoch: str
    offset: int
    count: int
    version: int
    payload: bytes


class Listener(Protocol):
    """Receives what a subscription gets. All calls come on the event loop, must not block and must not raise."""

    def received(self, channel: str, message: bytes) -> None:
        """A message on one of the channels."""

    def connected(self) -> None:
        """The subscription is up: all channels are subscribed, and what is published from now on arrives."""

    def disconnected(self, reason: str) -> None:
        """The subscription is down: messages may be missed until `connected` is called again."""


class PartListener(Protocol):
    """Told of single channels, too, where they come from several servers: the loss of one is no silence of the others."""

    def cut(self, channels: Iterable[str]) -> None:
        """Messages on these may be missed until `mended`."""
        ...

    def mended(self, channels: Iterable[str]) -> None:
        """From now on, messages on these arrive."""
        ...


class Subscription(Protocol):
    """Channels that one listener hears. Reconnects by itself, with backoff, and checks with a probe that messages really come through."""

    @property
    def up(self) -> bool:
        """Whether the last probe came back in time."""
        ...

    def add(self, channels: Iterable[str], subscribed: Callable[[], None] | None = None) -> None:
        """Subscribe; `subscribed` is called once messages on all of them arrive. Survives reconnections (`subscribed` does not: see `connected`).

        A `PartListener` on several servers is told by `mended` instead, as the channels come.
        """
        ...

    def remove(self, channels: Iterable[str]) -> None:
        """Unsubscribe."""
        ...

    async def run(self) -> None:
        """Connect and keep connected, until cancelled."""
        ...


class Broker(Protocol):
    """The store and the channels behind all services. Every method raises `WindsockError(unavailable)` when the broker does not answer."""

    async def publish(self, batches: Sequence[Batch]) -> list[Receipt | WindsockError]:
        """Store batches and send them live, each atomically, in order for each stream; one result for each.

        When it raises, each batch was stored or not, and nothing tells which: publish the same again. Batches with a source are then stored once.
        """
        ...

    async def register(self, stream: str, *, back: bool = False) -> None:
        """Put a stream into the catalogue.

        Args:
            stream: its id.
            back: it was there before, and comes back: there is room for it, however full the catalogue is. Its publisher was let in already, and may
                not hold up the others.

        Raises:
            WindsockError: `too_many_streams`: it is new and the catalogue is full.
        """
        ...

    async def announce(self, stream: str) -> None:
        """Tell every web process that a stream's spec changed."""
        ...

    async def set_feeds(self, feeds: Mapping[str, bytes]) -> None:
        """Keep cameras' URLs, apart from what viewers can read, and wake the video workers. See `windsock.shared.feeds`."""
        ...

    async def streams(self) -> list[str]:
        """All ids in the catalogue, oldest first."""
        ...

    async def specs(self, streams: Sequence[str]) -> list[StoredSpec | None]:
        """The specs of some streams; None where there is none."""
        ...

    async def foreign(self, streams: Sequence[str]) -> set[str]:
        """Streams of these under whose keys stands something that is not of Windsock's making: nothing can be stored there before it is removed."""
        ...

    async def read(
        self, stream: str, after: int = 0, newest: int | None = None, *, most_bytes: int | None = None
    ) -> History:
        """History after an offset, or its `newest` samples at least. `epoch` is `""` if there is no such stream.

        With `most_bytes` it is a page: whole batches until they have so many bytes, one batch at least. The next page begins after the last one's offset.
        """
        ...

    async def remove(self, stream: str) -> bool:
        """Remove a stream and its history, and tell every web process. False if there was none."""
        ...

    def subscribe(
        self, listener: Listener, *, patterns: Sequence[str] = (), parts: PartListener | None = None
    ) -> Subscription:
        """A subscription of its own for `listener`; `run` it. Without `parts`, the loss of some channels is told as the loss of all."""
        ...

    async def ping(self) -> None:
        """Return if the broker answers."""
        ...

    async def close(self) -> None:
        """Let go of all connections."""
        ...

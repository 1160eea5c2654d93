"""What streams there are and what they look like, as viewers are told: a cache of specs that remembers which of them changed after which revision.

Viewers are told by revision: one that has seen revision 7 gets what changed since, however many changes of one stream that were; one that is behind what is
remembered gets everything. So nothing is queued for anybody. `CatalogueKeeper` keeps it up to date from the broker.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from itertools import chain, islice
from typing import Any, Final, NamedTuple

from windsock.shared import codec
from windsock.shared.broker.port import Broker, StoredSpec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import Backoff
from windsock.shared.unreadable import UNREADABLE, unreadable

from .metrics import MENDED
from .packet import News, Packet, Whole

__all__ = ["Catalogue", "CatalogueKeeper", "Known"]

log = logging.getLogger(__name__)

REMEMBERED_REMOVALS: Final = 10_000
AT_ONCE: Final = 200
"""Specs read in one call: more would hold up other calls on the connection."""
OTHER_KIND: Final = "WRONGTYPE"
"""Redis says this of a key that is there and is no hash: of that one key, and not of the broker."""
RECONCILE_SECONDS: Final = 10.0
"""An announcement can be missed without anybody noticing (PUBLISH is at most once): so the list is compared from time to time, and some specs with it."""


class Known(NamedTuple):
    """One stream of the catalogue."""

    type: str
    active_points: int
    epoch: str
    version: int
    json: bytes
    revision: int


class Catalogue:
    """The cache."""

    def __init__(self) -> None:
        self.ready = False
        """Whether the whole catalogue was read once."""
        self.revision = 0
        self._known: dict[str, Known] = {}
        self._changed: dict[str, int] = {}
        """Id to the revision of its last change or removal, oldest change first."""
        self._forgotten = 0
        """Changes up to this revision may be missing from `_changed`."""
        self._whole: tuple[int, Packet] | None = None
        self._specs: tuple[int, int, Packet] | None = None

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, stream: str) -> bool:
        return stream in self._known

    def get(self, stream: str) -> Known | None:
        """What is known of a stream."""
        return self._known.get(stream)

    def spec(self, stream: str) -> dict[str, Any]:
        """What a stream looks like; empty if there is none."""
        known = self._known.get(stream)
        return {} if known is None else codec.decode(known.json)

    def ids(self) -> list[str]:
        """All streams, oldest first."""
        return list(self._known)

    def apply(self, stream: str, stored: StoredSpec | None) -> bool:
        """Take over what the broker says of a stream (None: there is none). True if that is new."""
        known = self._known.get(stream)
        if stored is None:
            if known is None:
                return False
            del self._known[stream]
            self._changed_now(stream)
            return True
        fields = {"id": stream, "type": "line", **stored.fields, "version": stored.version, "epoch": stored.epoch}
        fields["id"] = stream
        json = codec.encode(fields)
        if known is not None and known.json == json:
            return False
        points = stored.fields.get("active_points")
        self._changed_now(stream)
        self._known[stream] = Known(
            str(fields["type"]),
            points if isinstance(points, int) else 0,
            stored.epoch,
            stored.version,
            json,
            self.revision,
        )
        return True

    def _changed_now(self, stream: str) -> None:
        self.revision += 1
        self._changed.pop(stream, None)
        self._changed[stream] = self.revision
        while len(self._changed) > len(self._known) + REMEMBERED_REMOVALS:
            oldest = next(iter(self._changed))
            self._forgotten = self._changed.pop(oldest)

    def body(self) -> bytes:
        """All streams, as JSON."""
        return b'{"streams":[%b]}' % b",".join([known.json for known in self._known.values()])

    def whole(self) -> Packet:
        """The event `catalogue`."""
        if self._whole is None or self._whole[0] != self.revision:
            self._whole = self.revision, Whole(self.body(), frozenset(self._known))
        return self._whole[1]

    def since(self, revision: int) -> Packet:
        """What brings a viewer up to date that has seen `revision` (-1: nothing): `specs`, or `catalogue` where that is not remembered."""
        if revision < self._forgotten:
            return self.whole()
        if self._specs is None or self._specs[:2] != (revision, self.revision):
            news: list[str] = []
            for stream, changed in reversed(self._changed.items()):
                if changed <= revision:
                    break
                news.append(stream)
            news.reverse()
            changed = [self._known[stream].json for stream in news if stream in self._known]
            removed = [stream for stream in news if stream not in self._known]
            self._specs = revision, self.revision, News(changed, removed)
        return self._specs[2]


class CatalogueKeeper:
    """Reads the catalogue, and again what is said to have changed. `told` is called with the ids that did."""

    def __init__(self, broker: Broker, catalogue: Catalogue, told: Callable[[Sequence[str]], None]) -> None:
        self._broker = broker
        self._catalogue = catalogue
        self._told = told
        self._dirty: dict[str, None] = {}
        self._sought: dict[str, None] = {}
        """Streams that are not known and that somebody waits for: no more than are followed."""
        self._all = True
        self._unlisted: frozenset[str] = frozenset()
        """Streams that we knew and the broker's list did not have, when the two were compared last."""
        self._awake = asyncio.Event()
        self._place = 0
        self._reading = True
        """Whether the broker answered the last time."""

    @property
    def waiting(self) -> int:
        """Specs to read."""
        return len(self._dirty) + len(self._sought)

    def announced(self, message: bytes) -> None:
        """A message of the catalogue's channel: `set <id>` or `del <id>`."""
        _, _, stream = message.partition(b" ")
        if stream:
            self.look_at(stream.decode("utf-8", "replace"))

    def look_at(self, stream: str) -> None:
        """Read this stream's spec again."""
        self._dirty[stream] = None
        self._awake.set()

    def look_for(self, stream: str) -> None:
        """Somebody waits for this stream, which is not known: it may be there all the same."""
        self._sought[stream] = None
        self._awake.set()

    def seek_no_more(self, streams: Sequence[str]) -> None:
        """Nobody waits for these."""
        for stream in streams:
            self._sought.pop(stream, None)

    def look_at_all(self) -> None:
        """Read everything again: announcements may have been missed."""
        self._all = True
        self._awake.set()

    async def run(self) -> None:
        """Keep the catalogue up to date, until cancelled."""
        backoff = Backoff(first=0.1, most=2.0)
        while True:
            try:
                if self._all:
                    await self._read_all()
                while self.waiting and not self._all:
                    await self._read_dirty()
                self._answered(None)
                backoff.reset()
            except WindsockError as error:
                self._answered(error)
                await backoff.wait()
                continue
            try:
                async with asyncio.timeout(RECONCILE_SECONDS):
                    await self._awake.wait()
            except TimeoutError:
                await self._reconcile()
            self._awake.clear()

    def _answered(self, error: WindsockError | None) -> None:
        """Log it when the broker goes or comes, and not each try in between."""
        if (error is None) != self._reading:
            self._reading = error is None
            if error is None:
                log.info("the catalogue is read again")
            else:
                log.warning("the catalogue is not read: %s", error.message)

    async def _read_all(self) -> None:
        self._all = False
        try:
            ids = await self._streams()
            self._compare(ids)
            for stream in ids:
                self._dirty[stream] = None
            while self._dirty and not self._all:
                await self._read_dirty()
        except WindsockError:
            self._all = True
            raise
        if not self._all:
            self._catalogue.ready = True
            self._told(())

    async def _read_dirty(self) -> None:
        ids = list(dict.fromkeys(islice(chain(self._dirty, self._sought), AT_ONCE)))
        for stream in ids:
            self._dirty.pop(stream, None)
            self._sought.pop(stream, None)
        try:
            specs = await self._specs(ids)
        except WindsockError:
            self._dirty |= dict.fromkeys(ids)
            raise
        changed = [stream for stream, stored in zip(ids, specs, strict=True) if self._apply(stream, stored)]
        if changed:
            self._told(changed)

    def _apply(self, stream: str, stored: StoredSpec | None) -> bool:
        try:
            return self._catalogue.apply(stream, stored)
        except UNREADABLE as error:
            unreadable("spec", stream, error)
            return self._catalogue.apply(stream, None)

    async def _streams(self) -> list[str]:
        try:
            return await self._broker.streams()
        except UNREADABLE as error:
            unreadable("id", "", error)
            raise WindsockError(Code.UNAVAILABLE, f"the list of streams can't be read: {error}") from None

    async def _specs(self, ids: Sequence[str]) -> list[StoredSpec | None]:
        """The specs of some streams; None also for one that can't be read, whatever the others are."""
        try:
            return await self._broker.specs(ids)
        except WindsockError as error:
            if OTHER_KIND not in error.message:
                raise
        except UNREADABLE:
            pass
        return [await self._spec(stream) for stream in ids]

    async def _spec(self, stream: str) -> StoredSpec | None:
        try:
            return (await self._broker.specs([stream]))[0]
        except WindsockError as error:
            if OTHER_KIND not in error.message:
                raise
            unreadable("spec", stream, error)
        except UNREADABLE as error:
            unreadable("spec", stream, error)
        return None

    def _compare(self, ids: Sequence[str]) -> None:
        """Look again at those that are in only one of the two lists."""
        there = set(ids)
        self._dirty |= dict.fromkeys(stream for stream in self._catalogue.ids() if stream not in there)
        self._dirty |= dict.fromkeys(stream for stream in ids if stream not in self._catalogue)

    async def _reconcile(self) -> None:
        try:
            ids = await self._streams()
            self._compare(ids)
            await self._list_again(ids)
        except WindsockError as error:
            self._answered(error)
            return
        # A part of the specs each time, so that all are looked at in turn and no pass is long.
        if self._place >= len(ids):
            self._place = 0
        self._dirty |= dict.fromkeys(ids[self._place : self._place + AT_ONCE])
        self._place += AT_ONCE

    async def _list_again(self, ids: Sequence[str]) -> None:
        """Put streams that are there back into the broker's list. Two removals at once can take one out that was published to in between.

        Only those that were missing the last time, too: a removal under way has taken its stream out of the list, and not yet away.
        """
        there = frozenset(ids)
        unlisted = frozenset(stream for stream in self._catalogue.ids() if stream not in there)
        before, self._unlisted = self._unlisted, unlisted
        missing = sorted(unlisted & before)[:AT_ONCE]
        for stream, stored in zip(missing, await self._specs(missing), strict=True):
            if stored is None:
                continue
            try:
                await self._broker.register(stream)
            except WindsockError as error:
                if error.code is not Code.TOO_MANY_STREAMS:
                    raise
                log.warning("stream %r is there and not listed, and can't be listed: %s", stream, error.message)
                return
            await self._broker.announce(stream)
            MENDED.inc()
            log.warning("stream %r was there and not listed; it is listed again", stream)

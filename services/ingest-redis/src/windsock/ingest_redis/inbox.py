"""The inbox: entries are handed out in order, taken in, and settled (acknowledged and deleted) when they are stored.

What was handed out and not settled, because its reader died, is handed out again to the next one before anything new: order is kept. An entry's number goes
with it as `source` and `seq`, so what was stored and not settled in time is not stored again.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Final, cast

from prometheus_client import REGISTRY, Gauge

from windsock.shared.broker.resp import ReplyError, first_error
from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import Backoff, now_ms

from .dressing import entry_ms, number_entry
from .lua import CLAIM, FETCH, LOST

if TYPE_CHECKING:
    from windsock.shared.broker import RedisBroker
    from windsock.shared.intake import Intake
    from windsock.shared.settings import Settings

    from .complaints import Complaints
    from .lease import Lease

__all__ = ["Inbox", "LeaseLost"]

log = logging.getLogger(__name__)

LENGTH: Final = Gauge("windsock_inbox_length", "Entries in the inbox, as the reader saw it last.", registry=REGISTRY)

FIELD: Final = b"m"
LEAST_FETCH, MOST_FETCH = 8, 1000
"""Entries asked for at a time: fewer when they are large, so that one answer stays within what may be in hand."""
BLOCK_MS: Final = 1000
SETTLE_AT_ONCE: Final = 1000
MOST_UNSETTLED: Final = 20_000
"""Entries taken in that are not settled yet: past so many nothing more is taken in. Only a broker that refuses to settle them lets it come to that."""

Entry = tuple[bytes, list[bytes] | None]


class LeaseLost(Exception):
    """Another copy reads the inbox now."""


class Handout:
    """Entries that were taken in together. The intake's `Sender`."""

    __slots__ = ("_complaints", "ids")

    def __init__(self, complaints: Complaints) -> None:
        self._complaints = complaints
        self.ids: list[bytes] = []

    def refused(self, index: int, error: WindsockError) -> None:
        """Entry number `index` was refused: it is settled with the others, and told of."""
        self._complaints.tell("inbox", self.ids[index].decode(), error)


class Inbox:
    """The inbox as the holder of the lease reads it."""

    def __init__(
        self, broker: RedisBroker, settings: Settings, intake: Intake, lease: Lease, complaints: Complaints
    ) -> None:
        self._broker = broker
        self._intake = intake
        self._lease = lease
        self._complaints = complaints
        self._most_message: Final = settings.max_message
        self._most_bytes: Final = settings.max_in_hand_bytes // 2
        self._key: Final = broker.keys.inbox
        self._group: Final = broker.keys.inbox_group
        self._count = LEAST_FETCH
        self._unsettled = 0
        self._stored: list[bytes] = []
        self._given_up = False
        """Whether entries could not be stored: they are ours yet, and must be taken in again before anything newer."""
        self._some_stored = asyncio.Event()
        self._some_settled = asyncio.Event()

    async def read(self) -> None:
        """Take entries in, until cancelled.

        Raises:
            LeaseLost: somebody else reads now.
        """
        backoff = Backoff(first=0.05, most=1.0)
        while True:
            try:
                await self._prepare()
                await self._take_over()
                backoff.reset()
                await self._read()
            except WindsockError as error:
                log.warning("the inbox can't be read: %s", error.message)
            await backoff.wait()

    async def _read(self) -> None:
        link = await self._broker.open(self._key, "ingest-redis-inbox")
        try:
            while True:
                last = await self._last_id()
                while not self._given_up and (entries := await self._fetch()):
                    await self._take(entries)
                if self._given_up:
                    raise WindsockError(Code.UNAVAILABLE, "some entries could not be stored, and are handed out again")
                # All up to `last` was handed out: wait for what comes after it. This hands nothing out, so it needs no lease.
                (reply,) = await link.call(("XREAD", "COUNT", 1, "BLOCK", BLOCK_MS, "STREAMS", self._key, last))
                if isinstance(reply, ReplyError):
                    self._broker.look_again(reply)
                    raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        finally:
            link.abort()

    # --- asking Redis

    async def _ask(self, *command: Any) -> Any:
        (reply,) = await self._broker.call(command)
        if isinstance(reply, ReplyError):
            if LOST in str(reply):
                raise LeaseLost
            raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")
        return reply

    async def _prepare(self) -> None:
        (reply,) = await self._broker.call(("XGROUP", "CREATE", self._key, self._group, "0", "MKSTREAM"))
        if isinstance(reply, ReplyError) and not str(reply).startswith("BUSYGROUP"):
            raise WindsockError(Code.UNAVAILABLE, f"the broker says: {reply}")

    async def _last_id(self) -> bytes:
        info = cast("list[Any]", await self._ask("XINFO", "STREAM", self._key))
        facts = dict(zip(info[::2], info[1::2], strict=False))
        LENGTH.set(facts[b"length"])
        return cast("bytes", facts[b"last-generated-id"])

    async def _fetch(self) -> list[Entry]:
        keys = self._broker.keys
        return cast(
            "list[Entry]",
            await self._ask(
                "EVAL", FETCH, 2, keys.inbox_lease, self._key, self._lease.holder, self._group, self._count
            ),
        )

    async def _take_over(self) -> None:
        """Take in what others left unsettled, then forget those others."""
        keys, where = self._broker.keys, b"0-0"
        count = 0
        self._given_up = False
        while True:
            where, entries = await self._ask(
                "EVAL", CLAIM, 2, keys.inbox_lease, self._key, self._lease.holder, self._group, self._count, where
            )
            count += len(entries)
            await self._take(entries)
            if where == b"0-0":
                break
        if count:
            log.info("took over %d entries that an earlier reader left", count)
        for consumer in cast("list[list[Any]]", await self._ask("XINFO", "CONSUMERS", self._key, self._group)):
            facts = dict(zip(consumer[::2], consumer[1::2], strict=False))
            if facts[b"name"] != self._lease.holder.encode() and facts[b"pending"] == 0:
                await self._ask("XGROUP", "DELCONSUMER", self._key, self._group, facts[b"name"])

    # --- taking in

    async def _take(self, entries: list[Entry]) -> None:
        if not entries:
            return
        await self._intake.room()
        while self._unsettled >= MOST_UNSETTLED:
            self._some_settled.clear()
            await self._some_settled.wait()
        if self._given_up:
            raise WindsockError(Code.UNAVAILABLE, "some entries could not be stored, and are handed out again")
        if not self._lease.held:
            raise LeaseLost
        handout = Handout(self._complaints)
        now, size = now_ms(), 0
        accept = self._intake.accept
        for index, (entry_id, fields) in enumerate(entries):
            handout.ids.append(entry_id)
            try:
                raw = _message(fields)
                size += len(raw)
                if len(raw) > self._most_message:
                    raise WindsockError(
                        Code.TOO_LARGE, f"a message of {len(raw)} bytes is larger than {self._most_message}"
                    )
            except WindsockError as error:
                self._intake.count_refused(error)
                handout.refused(index, error)
                continue
            try:
                accept(number_entry(raw, entry_id), entry_ms(entry_id) or now, handout, index)
            except WindsockError as error:
                handout.refused(index, error)
        self._unsettled += len(handout.ids)
        self._pace(len(entries), size)
        flight = self._intake.flight
        if flight.messages:
            # What was accepted is in this flight; what was refused may as well be settled with it.
            flight.on_done(lambda error: self._landed(handout.ids, error))
        else:
            self._landed(handout.ids, None)

    def _pace(self, count: int, size: int) -> None:
        """Ask for as many entries next time as fill half of what may be in hand."""
        fitting = MOST_FETCH if not size else max(1, self._most_bytes * count // size)
        self._count = max(LEAST_FETCH, min(MOST_FETCH, fitting, 2 * self._count))

    def _landed(self, ids: list[bytes], error: WindsockError | None) -> None:
        if error is None:
            self._stored += ids
            self._some_stored.set()
        else:
            self._unsettled -= len(ids)
            self._given_up = True
            self._some_settled.set()

    # --- settling

    async def settle(self) -> None:
        """Settle what is stored, until cancelled."""
        backoff = Backoff(first=0.05, most=1.0)
        failing = False
        while True:
            await self._some_stored.wait()
            try:
                await self.settle_all()
                failing = False
                backoff.reset()
            except WindsockError as error:
                if not failing:
                    log.warning("%d entries can't be settled yet: %s", len(self._stored), error.message)
                failing = True
                self._some_stored.set()  # they still are: try again
                await backoff.wait()

    async def settle_all(self) -> None:
        """Settle what is stored now.

        Raises:
            WindsockError: `unavailable`: the broker is away, or refuses. What is left stays to be settled.
        """
        self._some_stored.clear()
        while self._stored:
            ids = self._stored[:SETTLE_AT_ONCE]
            replies = await self._broker.call(("XACK", self._key, self._group, *ids), ("XDEL", self._key, *ids))
            error = first_error(replies)
            if error is not None:
                self._broker.look_again(error)
                raise WindsockError(Code.UNAVAILABLE, f"the broker says: {error}")
            del self._stored[: len(ids)]
            self._unsettled -= len(ids)
            self._some_settled.set()


def _message(fields: list[bytes] | None) -> bytes:
    """The message in an entry's fields."""
    names = fields[::2] if fields else []
    if fields is None or FIELD not in names:
        raise WindsockError(
            Code.INVALID, "an inbox entry needs the field m, with the message: XADD windsock:inbox * m '{...}'"
        )
    return fields[2 * names.index(FIELD) + 1]

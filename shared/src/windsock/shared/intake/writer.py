"""Stores one flight after the other, and does not lose one while the broker is away.

A flight is published in waves: a stream's batches under one spec go before those under the next, so that nothing is stored out of order
even when a batch has to be published again. Flights are not sent while another is under way, and under load not more often than `pace`:
the cost of a write is paid a batch, so a fuller flight is a cheaper one.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from typing import TYPE_CHECKING, Any, Final

from windsock.shared.broker.port import Batch, Receipt, Status
from windsock.shared.errors import Code, WindsockError
from windsock.shared.metrics import ACCEPTED, BATCHES, DUPLICATES, FLUSH_SECONDS, LOST, MESSAGES, UNKNOWN_FIELDS
from windsock.shared.runtime import Backoff

from .known import Known
from .resolver import Resolver, insist

if TYPE_CHECKING:
    from windsock.shared.broker.port import Broker

    from .flight import Flight, Segment
    from .intake import Intake

__all__ = ["Writer"]

log = logging.getLogger(__name__)

ROUNDS: Final = 20
"""Answers like "look again" that one batch may get before it is stored whatever the spec is by then."""


class Writer:
    """The one who publishes for an intake."""

    def __init__(self, broker: Broker, intake: Intake, *, pace: float, patience: float | None) -> None:
        self._broker = broker
        self._intake = intake
        self._pace = pace
        self._patience = patience
        self._awake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        # The worker is the source of what comes without one: see Segment.batch. The control character keeps the name apart from publishers' names.
        self._source: Final = f"\x01{secrets.token_hex(6)}"
        self._numbers = 0
        self._flying: Flight | None = None
        self._resolver: Final = Resolver(broker, intake)

    def wake(self) -> None:
        """Something was gathered."""
        self._idle.clear()
        self._awake.set()

    async def drain(self) -> None:
        """Wait until nothing is gathered or under way."""
        await self._idle.wait()

    def let_go(self) -> int:
        """Give up what is gathered and under way; how many messages that are."""
        error = WindsockError(Code.UNAVAILABLE, "this service ends, and the broker is away: not stored")
        flights = [flight for flight in (self._flying, self._intake.take_off()) if flight is not None]
        for flight in flights:
            flight.land(error)
        return sum(flight.messages for flight in flights)

    async def run(self) -> None:
        """Write until cancelled."""
        intake = self._intake
        while True:
            if not intake.flight.messages:
                self._idle.set()
            await self._awake.wait()
            self._awake.clear()
            started = time.monotonic()
            give_up = None if self._patience is None else started + self._patience
            flight = intake.flight
            error = await self._resolver.resolve(flight, give_up)
            if error is not None:
                log.warning("giving up %d messages: %s", flight.messages, error.message)
            intake.take_off()
            intake.make_room()
            self._flying = flight
            if error is None:
                error = await self._fly(flight, give_up)
            self._flying = None
            if error is not None:
                intake.forget(flight)
            FLUSH_SECONDS.observe(time.monotonic() - started)
            flight.land(error)
            intake.make_room()
            left = self._pace - (time.monotonic() - started)
            if left > 0 and intake.flight.messages and not intake.full:
                await asyncio.sleep(left)  # lets the next flight fill

    async def _fly(self, flight: Flight, give_up: float | None) -> WindsockError | None:
        waves: dict[int, list[Segment]] = {}
        for segment in flight.segments:
            waves.setdefault(segment.wave, []).append(segment)
        changed: dict[str, None] = {}
        try:
            for wave in sorted(waves):
                await self._store(waves[wave], changed, give_up)
            if flight.feeds:
                await insist(lambda: self._broker.set_feeds(flight.feeds), give_up)
            if changed:
                await insist(lambda: asyncio.gather(*(self._broker.announce(stream) for stream in changed)), give_up)
        except WindsockError as error:
            log.warning("giving up %d messages: %s", flight.messages, error.message)
            return error
        MESSAGES.labels(self._intake.way).inc(flight.messages)
        if flight.unknown_fields:
            UNKNOWN_FIELDS.inc(flight.unknown_fields)
        return None

    async def _store(self, segments: list[Segment], changed: dict[str, None], give_up: float | None) -> None:
        wave = segments[0].wave
        for segment in segments:
            self._numbers += 1
            segment.number = self._numbers
        backoff = Backoff(first=0.05, most=1.0)
        drifted: list[Known] = []
        rounds = 0
        while segments:
            rounds += 1
            batches = [segment.batch(self._source) for segment in segments]
            try:
                receipts = await self._broker.publish(batches)
            except WindsockError as error:
                receipts = [error] * len(batches)
            again: list[Segment] = []
            away: WindsockError | None = None
            for segment, batch, receipt in zip(segments, batches, receipts, strict=True):
                if isinstance(receipt, WindsockError):
                    away = receipt
                    again.append(segment)
                elif receipt.status is Status.STORED:
                    self._stored(batch, receipt, segment.known, changed, drifted)
                elif receipt.status is Status.DUPLICATE:
                    DUPLICATES.inc(batch.count)
                    if batch.spec:
                        drifted.append(
                            segment.known
                        )  # what the repeated message said of the stream was not stored again
                elif receipt.status is Status.PARTIAL:
                    segment.cut(receipt.seq)
                    again.append(segment)
                else:
                    await self._renew(segment, give_up)
                    again.append(segment)
            segments = again
            if away is not None:
                if give_up is not None and time.monotonic() > give_up:
                    raise away
                await backoff.wait()
                rounds = 0
            elif rounds > ROUNDS:
                # Somebody changes these specs faster than they can be followed. Given up they would be lost: what the same publishers sent since has higher
                # numbers, and once that is stored they count as repeated.
                for segment in segments:
                    segment.insist()
        if drifted:
            stored = await insist(lambda: self._broker.specs([known.id for known in drifted]), give_up)
            for known, spec in zip(drifted, stored, strict=True):
                known.catch_up(spec)
                known.hold_to(self._ahead(known, wave))

    @staticmethod
    def _stored(batch: Batch, receipt: Receipt, known: Known, changed: dict[str, None], drifted: list[Known]) -> None:
        BATCHES.inc()
        ACCEPTED.inc(batch.count)
        expected = known.version
        if batch.spec:
            changed[known.id] = None
            # The fields may have stood there already, word for word: then the version stays.
            expected = receipt.version if receipt.version in {known.version, known.version + 1} else -1
        if receipt.seq:
            log.warning("the broker lost %d samples of %r that it had acknowledged", receipt.seq, known.id)
            LOST.inc(receipt.seq)
            expected = -1  # what the stream looks like may be lost, too
        if receipt.version != expected:
            drifted.append(known)
        known.version, known.epoch, known.offset = receipt.version, receipt.epoch, receipt.offset

    def _ahead(self, known: Known, wave: int) -> list[dict[str, Any]]:
        """Changes of a spec that were taken in and are not stored yet, in order."""
        flying = self._flying.segments if self._flying is not None else []
        later = [each for each in flying if each.wave > wave] + self._intake.flight.segments
        return [each.spec for each in later if each.known is known]

    async def _renew(self, segment: Segment, give_up: float | None) -> None:
        """The broker's spec is not what the segment was made for: look at it, and make the segment fit."""
        known = segment.known
        (stored,) = await insist(lambda: self._broker.specs([known.id]), give_up)
        if stored is None:
            # Removed by somebody, or the broker came back empty: this stream begins anew, with all that is known of it.
            await insist(lambda: self._broker.register(known.id, back=True), give_up)
            known.version = 0
            segment.spec = dict(known.spec)
        else:
            known.merge(stored)
            known.hold_to([segment.spec, *self._ahead(known, segment.wave)])
            if known.spec.get("legend") != stored.fields.get("legend"):
                segment.spec["legend"] = known.spec["legend"]

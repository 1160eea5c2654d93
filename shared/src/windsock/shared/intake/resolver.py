"""Streams that this worker meets for the first time: looks them up, puts them into the catalogue, then takes their messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from windsock.shared.errors import Code, WindsockError
from windsock.shared.runtime import Backoff
from windsock.shared.unreadable import UNREADABLE, unreadable

from .known import Known

if TYPE_CHECKING:
    from windsock.shared.broker.port import Broker, StoredSpec

    from .flight import Flight, Unresolved
    from .intake import Intake

__all__ = ["Resolver", "insist"]

T = TypeVar("T")
FOREIGN: Final = (
    "id: the broker keeps something else under this stream's keys; remove it (windsock rm), or choose another id"
)


async def insist(call: Callable[[], Awaitable[T]], give_up: float | None) -> T:
    """Call until the broker answers.

    Args:
        call: makes the call anew each time.
        give_up: when to stop trying, on the monotonic clock; None: never.

    Raises:
        WindsockError: anything but `unavailable`, or `unavailable` past `give_up`.
    """
    backoff = Backoff(first=0.05, most=1.0)
    while True:
        try:
            return await call()
        except WindsockError as error:
            if error.code is not Code.UNAVAILABLE or (give_up is not None and time.monotonic() > give_up):
                raise
        await backoff.wait()


class Resolver:
    """Resolves what a flight has of unknown streams, before it takes off."""

    def __init__(self, broker: Broker, intake: Intake) -> None:
        self._broker: Final = broker
        self._intake: Final = intake

    async def resolve(self, flight: Flight, give_up: float | None) -> WindsockError | None:
        """Take the flight's unresolved messages, each refused or in a segment afterwards.

        Returns:
            Why it can't: the broker stayed away.
        """
        try:
            # Messages that come while we look up wait their turn in the same flight; a full intake stops their coming.
            while flight.unresolved:
                waiting, flight.unresolved = flight.unresolved, []
                await self._resolve(flight, waiting, give_up)
                flight.unresolved_ids = {unresolved.stream for unresolved in flight.unresolved}
        except WindsockError as error:
            return error
        return None

    async def _resolve(self, flight: Flight, waiting: list[Unresolved], give_up: float | None) -> None:
        by_stream: dict[str, list[Unresolved]] = {}
        for unresolved in waiting:
            by_stream.setdefault(unresolved.stream, []).append(unresolved)
        strangers = [stream for stream in by_stream if self._intake.known(stream) is None]
        found = await self._look_up(strangers, give_up) if strangers else {}
        newcomers: list[tuple[Known, list[Unresolved]]] = []
        for stream, messages in by_stream.items():
            known = self._intake.known(stream)
            if known is not None:
                self._take(known, messages)
                continue
            if stream not in found:
                for unresolved in messages:
                    self._refuse(unresolved, WindsockError(Code.CONFLICT, FOREIGN))
                continue
            known = Known(stream, found[stream], self._intake.settings.history_samples)
            # A stream that was forgotten meanwhile may have messages in this flight already: they go first.
            known.wave = 1 + max((each.wave for each in flight.segments if each.known.id == stream), default=-1)
            good = self._take(known, messages)
            # A stream none of whose messages is good is not a stream: it does not get into the catalogue.
            if good:
                newcomers.append((known, good))
        results = await asyncio.gather(
            *(self._register(known.id, give_up) for known, _ in newcomers), return_exceptions=True
        )
        for (known, good), result in zip(newcomers, results, strict=True):
            if result is None:
                self._intake.remember(known)
            elif isinstance(result, WindsockError) and result.code is not Code.UNAVAILABLE:
                flight.segments = [segment for segment in flight.segments if segment.known is not known]
                flight.feeds.pop(known.id, None)
                for unresolved in good:
                    self._refuse(unresolved, result)
            else:
                raise result

    async def _look_up(self, streams: list[str], give_up: float | None) -> dict[str, StoredSpec | None]:
        """The specs of streams. Those that the broker keeps something else of are left out: one of them must not hold up the others."""
        foreign = await insist(lambda: self._broker.foreign(streams), give_up)
        good = [stream for stream in streams if stream not in foreign]
        try:
            return dict(zip(good, await insist(lambda: self._broker.specs(good), give_up), strict=True))
        except UNREADABLE as error:
            if len(good) == 1:
                unreadable("spec", good[0], error)
                return {}
        each = [await self._look_up([stream], give_up) for stream in good]
        return {stream: spec for found in each for stream, spec in found.items()}

    async def _register(self, stream: str, give_up: float | None) -> None:
        await insist(lambda: self._broker.register(stream), give_up)

    def _take(self, known: Known, messages: list[Unresolved]) -> list[Unresolved]:
        good: list[Unresolved] = []
        for unresolved in messages:
            try:
                self._intake.take(known, unresolved.message, unresolved.now)
                good.append(unresolved)
            except WindsockError as error:
                self._refuse(unresolved, error)
        return good

    def _refuse(self, unresolved: Unresolved, error: WindsockError) -> None:
        self._intake.count_refused(error)
        unresolved.sender.refused(unresolved.index, error)

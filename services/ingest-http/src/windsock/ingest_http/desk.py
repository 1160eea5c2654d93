"""Takes a request's messages in, waits until each one's fate is settled, and says what it is."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from windsock.shared.errors import HTTP_STATUS, Code, WindsockError
from windsock.shared.runtime import now_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from windsock.shared.framing import Frame
    from windsock.shared.health import BrokerWatch
    from windsock.shared.intake import Flight, Intake
    from windsock.shared.settings import Settings

__all__ = ["Desk", "Outcome"]

NOT_ASKED: Final = "not asked yet"
SLICE: Final = 512
"""Messages taken before it is looked whether there is room for more: 2 ms."""


class Outcome:
    """What became of a request's messages. The intake's `Sender`: refusals that are found late come in here, too."""

    __slots__ = ("accepted", "rejected")

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected: list[tuple[int, WindsockError]] = []

    def refused(self, index: int, error: WindsockError) -> None:
        """Message number `index`, from 0, was refused."""
        self.rejected.append((index, error))

    @property
    def status(self) -> int:
        """202 if anything was accepted, or nothing was there to refuse; else that of the first refusal."""
        if self.accepted or not self.rejected:
            return 202
        return HTTP_STATUS[min(self.rejected, key=lambda each: each[0])[1].code]

    def to_wire(self) -> dict[str, Any]:
        """As publishers read it."""
        rejected = [error.to_wire(index) for index, error in sorted(self.rejected, key=lambda each: each[0])]
        wire: dict[str, Any] = {"accepted": self.accepted, "rejected": rejected}
        if rejected and not self.accepted:
            wire["error"] = rejected[0]  # where a refusal of the whole request has it, too
        return wire


class Desk:
    """One process's. Bodies in hand are bounded: past that, publishers are told to come back."""

    def __init__(self, settings: Settings, intake: Intake, watch: BrokerWatch) -> None:
        self._intake = intake
        self._watch = watch
        self._most_bytes: Final = settings.max_unfinished
        self._bytes = 0
        self._later: set[asyncio.Task[None]] = set()

    def check_broker(self) -> None:
        """Refuse at once what could only wait in vain.

        Raises:
            WindsockError: `unavailable`.
        """
        problem = self._watch.problem
        if problem is not None and problem != NOT_ASKED:
            raise WindsockError(Code.UNAVAILABLE, f"the broker is away, nothing was stored: {problem}")

    def hold(self, count: int) -> None:
        """So many more bytes of a body are in memory; `let_go` of them in the end, whatever happens.

        Raises:
            WindsockError: `too_many_requests`.
        """
        self._bytes += count
        if self._bytes > self._most_bytes:
            raise WindsockError(Code.TOO_MANY_REQUESTS, "there is too much in hand; come back in a moment")

    def let_go(self, count: int) -> None:
        """So many bytes less."""
        self._bytes -= count

    def refuse(self, error: WindsockError) -> None:
        """Count a refusal of a whole request."""
        self._intake.count_refused(error)

    def take_now(
        self, pieces: Sequence[Frame], done: Callable[[Outcome | WindsockError], None], *, trusted: bool
    ) -> None:
        """As `take`, for who can't wait: `done` is called with what `take` returns or raises, at once or later."""
        if self._intake.full or len(pieces) > SLICE:
            task = asyncio.create_task(self._take_later(pieces, done, trusted=trusted))
            self._later.add(task)
            task.add_done_callback(self._later.discard)
            return
        outcome = Outcome()
        refused = self._intake.accept_many(pieces, now_ms(), outcome, trusted=trusted)
        outcome.rejected += refused

        def landed(error: WindsockError | None) -> None:
            outcome.accepted = len(pieces) - len(outcome.rejected)
            done(error or outcome)

        if len(refused) == len(pieces):
            landed(None)
        else:
            self._intake.flight.on_done(landed)

    async def _take_later(
        self, pieces: Sequence[Frame], done: Callable[[Outcome | WindsockError], None], *, trusted: bool
    ) -> None:
        try:
            result = await self.take(pieces, trusted=trusted)
        except WindsockError as error:
            result = error
        done(result)

    async def take(self, pieces: Sequence[Frame], *, trusted: bool) -> Outcome:
        """Store messages.

        Raises:
            WindsockError: `unavailable`: the broker stayed away. Some may be stored; who numbers its messages can send all of them again.
        """
        intake, outcome = self._intake, Outcome()
        flights: list[Flight] = []
        for start in range(0, len(pieces), SLICE):
            if intake.full:
                await intake.room()
            some = pieces[start : start + SLICE] if len(pieces) > SLICE else pieces
            refused = intake.accept_many(some, now_ms(), outcome, start, trusted=trusted)
            outcome.rejected += refused
            if len(refused) < len(some):
                flights.append(intake.flight)
        for flight in flights:
            await flight.done()
        outcome.accepted = len(pieces) - len(outcome.rejected)
        return outcome

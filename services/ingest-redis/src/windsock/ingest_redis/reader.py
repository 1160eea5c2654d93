"""Who reads: waits for the lease, reads both ways in while it is held, and stops when it is lost."""

from __future__ import annotations

import asyncio
import logging
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import REGISTRY, Gauge

from windsock.shared.errors import WindsockError

from .inbox import LeaseLost

if TYPE_CHECKING:
    from windsock.shared.broker import RedisBroker, Subscription
    from windsock.shared.intake import Intake

    from .inbound import Inbound
    from .inbox import Inbox
    from .lease import Lease

__all__ = ["Reader", "Role"]

log = logging.getLogger(__name__)

ACTIVE: Final = Gauge("windsock_reader_active", "1 while this copy is the one that reads.", registry=REGISTRY)


class Role(Enum):
    """What this copy does."""

    STANDBY = "standby"
    """Another copy reads."""
    ACTIVE = "active"
    STOPPED = "stopped"


class Reader:
    """One copy."""

    def __init__(self, broker: RedisBroker, intake: Intake, lease: Lease, inbox: Inbox, inbound: Inbound) -> None:
        self._broker = broker
        self._intake = intake
        self._lease = lease
        self._inbox = inbox
        self._inbound = inbound
        self._hearing: Subscription | None = None
        self._turns: asyncio.Task[None] | None = None
        self.role = Role.STANDBY

    @property
    def hearing(self) -> bool:
        """Whether it reads, and hears the inbound channels."""
        return self._hearing is not None and self._hearing.up

    def check(self) -> str | None:
        """For `Health.add`: an active copy must hear the channels."""
        if self.role is Role.ACTIVE and not self.hearing:
            return "the inbound channels are not heard"
        return None

    async def run(self) -> None:
        """Stand by and read, in turn, until cancelled."""
        self._turns = asyncio.create_task(self._take_turns())
        try:
            await asyncio.wait({self._turns})
            if self.role is not Role.STOPPED:
                self._turns.result()
            await asyncio.Event().wait()  # stopped: the process ends when all parts have
        finally:
            self._turns.cancel()

    async def _take_turns(self) -> None:
        while True:
            await self._lease.acquire()
            self._become(Role.ACTIVE)
            await self._read()
            self._become(Role.STANDBY)
            # What was taken in is stored before this process reads again: else two readers' messages would be in hand at once.
            await self._intake.drain()

    async def _read(self) -> None:
        self._hearing = self._broker.subscribe(self._inbound, patterns=[self._broker.keys.inbound_pattern])
        parts: list[Any] = [self._lease.keep(), self._inbox.read(), self._inbox.settle(), self._hearing.run()]
        tasks = [asyncio.create_task(part) for part in parts]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                error = task.exception()
                if error is not None and not isinstance(error, LeaseLost):
                    raise error
        finally:
            self._hearing = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _become(self, role: Role) -> None:
        log.info("this copy is %s now", role.value)
        self.role = role
        ACTIVE.set(role is Role.ACTIVE)

    # --- the end, in steps

    async def stop(self) -> None:
        """Read no more."""
        self._become(Role.STOPPED)
        if self._turns is not None:
            self._turns.cancel()
            await asyncio.gather(self._turns, return_exceptions=True)

    async def hand_over(self) -> None:
        """Settle what is stored, and let another copy read."""
        try:
            await self._inbox.settle_all()
        except WindsockError as error:
            log.warning("entries are left unsettled: %s", error.message)
        await self._lease.release()

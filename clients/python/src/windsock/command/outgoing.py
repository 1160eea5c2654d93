"""A stream as the commands use it: it waits instead of dropping, and what goes wrong is a sentence."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from windsock.client import Stream, WindsockError
from windsock.command.fault import Fault, say

if TYPE_CHECKING:
    from windsock.client.look import Look, StreamType
    from windsock.command.place import Place

__all__ = ["Outgoing"]

ASK_SECONDS: Final = 0.02
HOPELESS: Final = frozenset({"unauthorized"})
"""Troubles that waiting does not mend."""


class Outgoing:
    """A stream to a place."""

    def __init__(self, place: Place, stream: str, kind: StreamType | None, look: Look) -> None:
        logging.getLogger("windsock").setLevel(logging.CRITICAL)  # told here, in other words
        self._place = place
        self._errors: list[WindsockError] = []
        self._lock = threading.Lock()
        self.stream: Final = Stream(stream, kind, server=place.server, key=place.key, on_error=self._take, **look)

    def _take(self, error: WindsockError) -> None:
        with self._lock:
            if len(self._errors) < 100:
                self._errors.append(error)

    def refusals(self) -> list[WindsockError]:
        """What the server refused since the last call."""
        with self._lock:
            refused = [error for error in self._errors if error.code not in {"unreachable", "unavailable", *HOPELESS}]
            self._errors.clear()
        return refused

    def wait_for_room(self) -> None:
        """Wait until a sample can be sent without another being dropped."""
        if self.stream.outbox.full:
            room = threading.Event()
            self.stream.outbox.when_room(room.set)
            while not room.wait(1.0):
                self.check()

    def check(self) -> None:
        """Give up if waiting is in vain.

        Raises:
            Fault: the key is wrong.
        """
        trouble = self.stream.outbox.lane.trouble
        if trouble is not None and trouble.code in HOPELESS:
            if self._place.server.startswith("redis"):
                raise Fault(f"{trouble}: name user and password in the URL, redis://USER:PASSWORD@HOST:PORT.")
            raise Fault(f"{trouble}: give it as --key or WINDSOCK_KEY.")

    def settle(self, seconds: float | None, *, patient: bool) -> None:
        """Wait until everything is stored or refused.

        Args:
            seconds: at the most; None: as long as it takes.
            patient: go on while nothing answers, for a server that is being restarted; else that ends it.

        Raises:
            Fault: it was in vain; the message says why.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        warned = False
        while not self.stream.outbox.wait_settled(ASK_SECONDS):
            self.check()
            trouble = self.stream.outbox.lane.trouble
            late = deadline is not None and time.monotonic() > deadline
            if trouble is not None and (late or not patient):
                raise Fault(f"{_sentence(trouble)} {self._place.unreachable_server}")
            if late:
                raise Fault(f"the server did not acknowledge {self._waiting} within {seconds:g} s.")
            if trouble is not None and not warned:
                warned = True
                say(f"{_sentence(trouble)} Waiting for it.")

    @property
    def _waiting(self) -> str:
        count = self.stream.stats.waiting
        return "the sample" if count == 1 else f"{count:,} samples"


def _sentence(trouble: Any) -> str:
    text = str(trouble)
    return text if text.endswith(".") else f"{text}."

"""What publishers PUBLISH on `windsock:in:<id>`: heard by the holder of the lease, at most once by nature.

Redis keeps nothing for a listener that is away, and soon drops one that does not keep up. So a message is taken in as it comes; if far more is in hand than can
be written, it is dropped here, where it can be counted.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import Code, WindsockError
from windsock.shared.metrics import DROPPED
from windsock.shared.runtime import now_ms

from .dressing import with_stream

if TYPE_CHECKING:
    from windsock.shared.intake import Intake
    from windsock.shared.keys import Keys
    from windsock.shared.settings import Settings

    from .complaints import Complaints
    from .lease import Lease

__all__ = ["Inbound"]

log = logging.getLogger(__name__)

STRETCH_MESSAGES, STRETCH_BYTES = 10, 4
"""How many times over the intake may be full before messages are dropped. A channel can't be told to wait."""


class Whence:
    """Where a message came from. The intake's `Sender`."""

    __slots__ = ("_complaints", "_stream")

    def __init__(self, stream: str, complaints: Complaints) -> None:
        self._stream = stream
        self._complaints = complaints

    def refused(self, index: int, error: WindsockError) -> None:  # noqa: ARG002  # the protocol's
        """The message was refused."""
        self._complaints.tell("publish", self._stream, error)


class Inbound:
    """A `Listener` of the inbound channels."""

    def __init__(self, keys: Keys, settings: Settings, intake: Intake, lease: Lease, complaints: Complaints) -> None:
        self._keys = keys
        self._intake = intake
        self._lease = lease
        self._complaints = complaints
        self._most_message: Final = settings.max_message
        self._most_messages: Final = STRETCH_MESSAGES * settings.max_in_hand
        self._most_bytes: Final = STRETCH_BYTES * settings.max_in_hand_bytes
        self._dropped: Final = DROPPED.labels("publish_full")

    def received(self, channel: str, message: bytes) -> None:
        """A publisher's message."""
        flight = self._intake.flight
        if not self._lease.held:
            return  # the next holder hears it
        if flight.messages >= self._most_messages or flight.bytes >= self._most_bytes:
            self._dropped.inc()
            return
        stream = self._keys.inbound_stream(channel)
        whence = Whence(stream, self._complaints)
        try:
            dressed = self._dressed(stream, message)
        except WindsockError as error:
            self._intake.count_refused(error)
            whence.refused(0, error)
            return
        try:
            self._intake.accept(dressed, now_ms(), whence)
        except WindsockError as error:
            whence.refused(0, error)

    def _dressed(self, stream: str, message: bytes) -> bytes:
        if len(message) > self._most_message:
            raise WindsockError(
                Code.TOO_LARGE, f"a message of {len(message)} bytes is larger than {self._most_message}"
            )
        return with_stream(message, stream)

    def connected(self) -> None:
        """The channels are heard."""
        log.info("hearing %s", self._keys.inbound_pattern)

    def disconnected(self, reason: str) -> None:
        """The channels are not heard; the subscription logs it and comes back."""

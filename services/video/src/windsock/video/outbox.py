"""What a feed has for viewers, on its way to the broker. Nothing waits in line.

Of pictures the newest of each kind waits. Of the camera's own stream what came within the last seconds waits; if the broker takes longer than that, all
of it is let go, and viewers go on with the next key picture. Of states only the newest counts.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import WindsockError

from .metrics import BYTES, FRAMES, SKIPPED

if TYPE_CHECKING:
    from windsock.shared.feeds import FeedState, FeedStore, Frame, Kind

__all__ = ["Outbox"]

MOST_UNSENT: Final = 90
"""Access units that wait for the broker: three seconds."""
REPEAT_SECONDS: Final = 5.0
"""A state is told again this often: who began to listen meanwhile has not heard it."""
AWAY_SECONDS: Final = 0.25
"""Between two tries while the broker is away."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A picture, and what is to be done with it."""

    frame: Frame
    keep_ms: int
    as_video: bool


class Outbox:
    """See the module."""

    def __init__(
        self,
        store: FeedStore,
        state: FeedState,
        *,
        deadline: Callable[[], float],
        sent: Callable[[Frame], None],
        lost: Callable[[], None],
    ) -> None:
        """An outbox that has nothing yet but a state.

        Args:
            store: where it sends to.
            state: how the feed is at first.
            deadline: until when the feed is ours, on the loop's clock; nothing is sent past it.
            sent: called with each frame that was taken.
            lost: called when the broker says that the feed is somebody else's.
        """
        self._store = store
        self._state = state
        self._deadline = deadline
        self._sent = sent
        self._lost = lost
        self._untold = True
        self._told_at = 0.0
        self._pictures: dict[Kind, Parcel] = {}
        self._units: deque[Frame] = deque()
        self._awake = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def tell(self, state: FeedState) -> None:
        """Take a new state."""
        self._state = state
        self.tell_again()

    def tell_again(self) -> None:
        """Send the state, though it is as it was."""
        self._untold = True
        self._awake.set()

    @property
    def is_due_to_tell(self) -> bool:
        """Whether the state was told so long ago that it is to be told again."""
        return self._loop.time() - self._told_at > REPEAT_SECONDS

    def put_picture(self, frame: Frame, *, keep_ms: int, as_video: bool) -> None:
        """Take a picture.

        Args:
            frame: the picture, in place of an older one of its kind.
            keep_ms: for how long it is kept as the newest, for who comes later; 0 if it is not.
            as_video: whether it also goes to those who asked for the camera's own stream, which they can't have.
        """
        if frame.kind in self._pictures:
            SKIPPED.labels("broker").inc()
        self._pictures[frame.kind] = Parcel(frame, keep_ms, as_video)
        self._awake.set()

    def put_unit(self, frame: Frame) -> None:
        """Take the next access unit of the camera's own stream."""
        if len(self._units) >= MOST_UNSENT:
            SKIPPED.labels("broker").inc(len(self._units))
            self._units.clear()
        self._units.append(frame)
        self._awake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._awake.wait()
            self._awake.clear()
            try:
                await self._send_all()
            except WindsockError:
                # The broker is away. The camera is kept; what could not be sent is old by the time it is back.
                self._drop()
                await asyncio.sleep(AWAY_SECONDS)
                self.tell_again()

    def _drop(self) -> None:
        self._pictures.clear()
        self._units.clear()

    async def _send_all(self) -> None:
        while self._untold or self._pictures or self._units:
            if self._loop.time() > self._deadline():
                self._drop()
                return
            if not await self._send_next():
                self._lost()
                return

    async def _send_next(self) -> bool:
        """Send one thing, the state first; whether the feed is still ours."""
        if self._untold:
            self._untold = False
            self._told_at = self._loop.time()
            return await self._store.tell(self._state)
        if self._units:
            return await self._publish(self._units.popleft(), 0)
        parcel = self._pictures.pop(next(iter(self._pictures)))
        taken = await self._publish(parcel.frame, parcel.keep_ms)
        if taken and parcel.as_video:
            taken = await self._store.publish_as_video(parcel.frame)
        return taken

    async def _publish(self, frame: Frame, keep_ms: int) -> bool:
        taken = await self._store.publish(frame, keep_ms)
        if taken:
            FRAMES.labels(frame.kind).inc()
            BYTES.labels(frame.kind).inc(len(frame.data))
            self._sent(frame)
        return taken

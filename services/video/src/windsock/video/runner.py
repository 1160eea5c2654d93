"""One held feed: connected while it is watched, reconnected when it is lost, what viewers want of it made, its state told."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import WindsockError
from windsock.shared.feeds import FeedState, Frame, Kind, State, read_feed_url
from windsock.shared.runtime import Backoff, now_ms

from .drawn import Source, open_source
from .drift import Drift
from .http import HttpSession
from .metrics import CONNECTS, MISSING, SKIPPED, UNITS
from .openings import Openings
from .options import Ladder, Options, read_options
from .outbox import Outbox
from .pace import ENOUGH, Pace
from .painter import Order, Painter, Picture, paint
from .rtsp import AccessUnit, CameraError, Redirected, RtspSession
from .tls import Authorities, Trust

if TYPE_CHECKING:
    from windsock.shared.feeds import Feed, FeedStore, FeedUrl
    from windsock.shared.settings import Settings

    from .guard import Guard

__all__ = ["Runner", "Tools"]

log = logging.getLogger(__name__)

STALE_SECONDS: Final = 1.5
LASTING_SECONDS: Final = 30.0
"""A feed whose fault lasts (a wrong password, a forbidden place) is tried again this seldom: somebody may have mended the camera."""
KEEP_SECONDS: Final = 10.0
"""Without viewers of JPEG, a picture is made this often all the same: the next viewer sees it at once."""
TICK_SECONDS: Final = 0.25
REDIRECTS: Final = 2
FIRST_BACKOFF: Final = 0.5
MOST_BACKOFF: Final = 5.0
SOUND_SECONDS: Final = 2.0
"""A camera that has sent pictures for so long works: when it is lost, it is tried again soon."""


@dataclass(slots=True)
class Tools:
    """What all feeds of a worker share."""

    settings: Settings
    store: FeedStore
    guard: Guard
    pool: Executor
    ladder: Ladder
    authorities: Authorities


class Runner:
    """See the module. `lost` is called when the broker says that the feed is somebody else's."""

    def __init__(self, feed: Feed, epoch: int, tools: Tools, lost: Callable[[], None]) -> None:
        self.feed: Final = feed
        self.epoch: Final = epoch
        self.deadline = 0.0
        """Until then the lease is ours for sure, on the loop's clock. Nothing is sent past it."""
        self._kinds: frozenset[Kind] = frozenset()
        self._somebody_came = asyncio.Event()
        self._tools = tools
        self._asked: Final = read_options(feed.options, tools.settings)
        self._loop = asyncio.get_running_loop()
        self._state = FeedState(feed.stream, State.CONNECTING, now_ms())
        self._outbox = Outbox(
            tools.store, self._state, deadline=lambda: self.deadline, sent=self._count_sent, lost=lost
        )
        self._seqs: dict[Kind, int] = {"jpeg": 0, "small": 0, "video": 0}
        self._drift = Drift()
        self._pace = Pace()
        self._lines = self._asked.height
        """Of the camera's own pictures, once they are known."""
        self._painter: Painter | None = None
        self._painting = False
        self._openings = Openings()
        self._kept_at = float("-inf")
        self._unit_at: float | None = None
        self._first_unit_at: float | None = None
        """Of this connection."""
        self._interval = 0.0
        self._passes = False
        self._unverified = False
        self._opened_at: float | None = None
        self._size = (0, 0)

    @property
    def kinds(self) -> frozenset[Kind]:
        """What viewers want."""
        return self._kinds

    @kinds.setter
    def kinds(self, kinds: frozenset[Kind]) -> None:
        if kinds and not self._kinds:
            self._somebody_came.set()
        self._kinds = kinds

    @property
    def state(self) -> State:
        """How the feed is."""
        return self._state.state

    @property
    def behind(self) -> bool:
        """Whether its pictures are fewer than they should be at the moment."""
        return self._pace.behind is not None

    def options(self) -> Options:
        """How its pictures are to be at the moment."""
        level = self._tools.ladder.level
        return self._possible().at(level) if level else self._asked

    def _possible(self) -> Options:
        """What was asked for, as far as the camera gives it: half of what it never sends would be no less."""
        asked, camera = self._asked, self._pace.camera
        return replace(
            asked, fps=camera if camera < ENOUGH * asked.fps else asked.fps, height=min(asked.height, self._lines)
        )

    async def run(self) -> None:
        """Hold the feed until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._outbox.run())
            group.create_task(self._tick())
            group.create_task(self._connect())

    # --- the camera

    async def _connect(self) -> None:
        backoff = Backoff(FIRST_BACKOFF, MOST_BACKOFF)
        while True:
            self._first_unit_at = None
            self._somebody_came.clear()
            try:
                await self._once()
            except CameraError as error:
                CONNECTS.labels(error.code).inc()
                self._say(State.FAILED, error.code, error.message)
                if error.lasting:
                    await asyncio.sleep(LASTING_SECONDS)
                    continue
            if self._first_unit_at is not None and time.monotonic() - self._first_unit_at > SOUND_SECONDS:
                backoff.reset()
            await backoff.wait(unless=self._somebody_came)

    async def _once(self) -> None:
        """Connect, and take pictures until that ends."""
        settings = self._tools.settings
        try:
            url = read_feed_url(self.feed.url, settings)
            if url.scheme in {"test", "webcam", "file"}:
                await self._run_drawn(url)
                return
            session = await self._open(url)
        except WindsockError as error:
            raise CameraError(error.code.value, error.message, lasting=True) from None
        try:
            CONNECTS.labels("connected").inc()
            self._opened_at = time.monotonic()
            await session.run(settings.video_read_timeout)
        finally:
            MISSING.inc(session.missing)
            self._opened_at = None
            self._end_painting()
            await session.close()

    async def _open(self, url: FeedUrl) -> RtspSession | HttpSession:
        settings = self._tools.settings
        trust = Trust.of(self._tools.authorities, self.feed.options)
        for _ in range(REDIRECTS + 1):
            if url.scheme not in {"rtsp", "rtsps", "http", "https"}:
                raise CameraError("forbidden", f"the camera redirects to {url.scheme}:", lasting=True)
            address = await self._tools.guard.address(url, settings.video_open_timeout)
            make = RtspSession if url.scheme.startswith("rtsp") else HttpSession
            session = make(url, address, trust, self._unit)
            try:
                media = await session.open(settings.video_open_timeout)
            except Redirected as elsewhere:
                await session.close()
                there = read_feed_url(elsewhere.location, settings)
                # Our user and password are for the camera that we were told of, and no other; nor are they sent in the clear where they were not. What was
                # said of its certificate is said of no other's.
                if (there.scheme, there.host, there.port) == (url.scheme, url.host, url.port):
                    url = replace(there, user=url.user, password=url.password)
                else:
                    url, trust = there, Trust(self._tools.authorities)
                continue
            except BaseException:
                await session.close()
                raise
            self._unverified = trust.blind and url.scheme in {"rtsps", "https"}
            self._passes = media == "h264" and self._asked.passthrough
            self._openings = Openings()
            self._drift = Drift()
            self._painter = Painter(self._tools.pool, media, self._order, self._painted, self._tools.ladder.took)
            return session
        raise CameraError("refused", "the camera redirects again and again", lasting=True)

    def _end_painting(self) -> None:
        if self._painter is not None:
            self._painter.close()
        self._painter = None
        self._painting = False
        self._pace = Pace()
        self._openings = Openings()

    def _unit(self, unit: AccessUnit) -> None:
        """An access unit arrived."""
        UNITS.inc()
        self._pace.came += 1
        if self._unit_at is not None:
            self._interval += (unit.arrived - self._unit_at - self._interval) * 0.1
        self._unit_at = unit.arrived
        self._first_unit_at = self._first_unit_at or unit.arrived
        if self._state.state is not State.LIVE:
            self._say_live()
        if self._drift.lets_go(unit.arrived, unit.pts, key=unit.opens):
            SKIPPED.labels("late").inc()
            return
        self._openings.add(unit)
        if self._passing and "video" in self.kinds:
            self._outbox.put_unit(
                self._frame("video", unit.data, *self._size, unit.arrived, unit.pts, key=unit.key, codec=unit.codec)
            )
        painter = self._painter
        if painter is None:
            return
        if self._paints():
            if self._painting:
                painter.add(unit)
            else:
                self._painting = True
                painter.rest()
                for each in self._openings:
                    painter.add(each)
        else:
            self._painting = False
            if unit.key and unit.arrived - self._kept_at > KEEP_SECONDS:
                self._kept_at = unit.arrived
                painter.rest()
                painter.add(unit)

    @property
    def _passing(self) -> bool:
        """Whether the camera's own stream goes to browsers."""
        return self._passes and not self._openings.keyless

    def _paints(self) -> frozenset[Kind]:
        """Kinds of pictures that somebody wants made."""
        kinds: set[Kind] = set(self.kinds)
        if "video" in kinds:
            kinds.remove("video")
            if not self._passing:
                kinds.add("jpeg")
        return frozenset(kinds)

    def _order(self) -> Order:
        return Order(self.options(), self._paints() or frozenset({"jpeg"}))

    def _painted(self, picture: Picture) -> None:
        self._size, self._lines = (picture.width, picture.height), picture.lines
        self._pace.made += picture.kind == "jpeg"
        frame = self._frame(
            picture.kind, picture.data, picture.width, picture.height, picture.arrived, picture.pts, key=True
        )
        kept = frame.kind == "jpeg" or "jpeg" not in self.kinds
        self._outbox.put_picture(
            frame,
            keep_ms=round(self._tools.settings.video_frame_ttl * 1000) if kept else 0,
            as_video=frame.kind == "jpeg" and not self._passing and "video" in self.kinds,
        )

    def _count_sent(self, frame: Frame) -> None:
        self._pace.sent += frame.kind == "jpeg"

    def _frame(
        self, kind: Kind, data: bytes, width: int, height: int, arrived: float, pts: int, *, key: bool, codec: str = ""
    ) -> Frame:
        self._seqs[kind] += 1
        if self._drift.stands:
            pts = round(arrived * 1_000_000)  # a decoder tells pictures apart by their times
        at = now_ms() - round((time.monotonic() - arrived) * 1000)
        return Frame(self.feed.stream, self.epoch, self._seqs[kind], at, kind, key, width, height, data, pts, codec)

    async def _run_drawn(self, url: FeedUrl) -> None:
        """Draw, or read what this machine has, instead of asking a camera."""
        pool = self._tools.pool
        self._passes = False
        self._pace = Pace()
        # A thread can't be cancelled: what it opens all the same must be closed.
        opening = self._loop.run_in_executor(pool, open_source, url, self._tools.settings)
        try:
            source = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_late)
            raise
        try:
            while True:
                began = time.monotonic()
                pictures = await self._loop.run_in_executor(pool, _drawn, source, self._order())
                self._unit_at = time.monotonic()
                self._first_unit_at = self._first_unit_at or self._unit_at
                if self._state.state is not State.LIVE:
                    self._say_live()
                for picture in pictures:
                    self._painted(picture)
                fps = self.options().fps
                left = began + 1 / fps - time.monotonic()
                self._pace.held += max(0, round(-left * fps))
                await asyncio.sleep(max(0.005, left))
        finally:
            source.close()

    # --- what is told

    def _say(self, state: State, code: str = "", why: str = "") -> None:
        old = self._state
        if (old.state, old.code, old.why) == (state, code, why):
            return
        since = old.since if state is old.state else now_ms()
        self._state = FeedState(self.feed.stream, state, since, code, why)
        log.info("feed %r is %s%s", self.feed.stream[:128], state.value, f": {why}" if why else "")
        self._outbox.tell(self._state)

    def _say_live(self) -> None:
        """It is live; and what people should know all the same."""
        notes: dict[str, str] = {}
        squeezed = self._squeezed()
        if squeezed:
            notes["squeezed"] = squeezed
        if self._unverified:
            notes["unverified"] = "the camera's certificate is not checked"
        self._say(State.LIVE, next(iter(notes), ""), "; ".join(notes.values()))

    def _squeezed(self) -> str:
        """What of the pictures is less than could be, and why; nothing if nobody gets pictures made here."""
        now, behind = self.options(), self._pace.behind
        if "jpeg" not in self._paints() or not (now.level or behind):
            return ""
        less = self._possible().cheaper(now, min(behind.rate, now.fps) if behind is not None else None)
        if not less:
            return ""
        if behind is not None and behind.at_broker and not now.level:
            return f"the broker takes pictures slowly: {less}"
        return f"this machine is busy: {less}"

    def _keep_pace(self, now: float, late: float) -> None:
        """See whether as many pictures go out as should."""
        if self._painter is not None:
            self._pace.held = self._painter.held
        live = self._state.state is State.LIVE and "jpeg" in self._paints()
        now_wanted = self.options()
        self._pace.look(now, now_wanted.fps if live else None, late, squeezed=now_wanted.level > 0)

    async def _tick(self) -> None:
        """See that a camera that falls silent is called stale, and that what is said of one that is live is so."""
        while True:
            due = time.monotonic() + TICK_SECONDS
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            self._keep_pace(now, now - due)
            if (
                self._state.state is State.LIVE
                and self._unit_at is not None
                and now - self._unit_at > max(STALE_SECONDS, 3 * self._interval)
            ):
                self._say(State.STALE, "stale", "the camera sends no pictures")
            elif self._state.state is State.LIVE:
                self._say_live()
            elif self._unit_at is None and self._opened_at is not None and now - self._opened_at > STALE_SECONDS:
                self._say(State.CONNECTING, "waiting", "the camera sends, and no key picture yet")
            if self._outbox.is_due_to_tell:
                self._outbox.tell_again()


def _close_late(opening: asyncio.Future[Source]) -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result().close()


def _drawn(source: Source, order: Order) -> list[Picture]:
    pixels = source.draw()
    at = time.monotonic()
    return paint(pixels, order, at, round(at * 1_000_000))

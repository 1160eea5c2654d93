"""What a feed has for viewers on its way to a broker that is slow, away, or says that the feed is somebody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import cast

from kit.waiting import until_async

from windsock.shared.errors import Code, WindsockError
from windsock.shared.feeds import FeedState, FeedStore, Frame, Kind, State
from windsock.video.outbox import MOST_UNSENT, Outbox


class Taker:
    """Stands where the store stands: takes frames when it is let, and remembers them."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.ours = True
        self.away = False
        self.taken: list[str] = []

    async def _take(self, what: str) -> bool:
        await self.open.wait()
        if self.away:
            raise WindsockError(Code.UNAVAILABLE, "away")
        if self.ours:
            self.taken.append(what)
        return self.ours

    async def publish(self, frame: Frame, ttl_ms: int) -> bool:
        return await self._take(f"{frame.kind} {frame.seq}{' kept' if ttl_ms else ''}")

    async def publish_as_video(self, frame: Frame) -> bool:
        return await self._take(f"{frame.kind} {frame.seq} as video")

    async def tell(self, state: FeedState) -> bool:
        return await self._take(state.state.value)


class Post:
    def __init__(self) -> None:
        self.taker = Taker()
        self.left = 1e9
        self.sent: list[int] = []
        self.lost = 0
        self.outbox = Outbox(
            cast("FeedStore", self.taker),
            FeedState("door", State.CONNECTING, 0),
            deadline=lambda: asyncio.get_running_loop().time() + self.left,
            sent=lambda frame: self.sent.append(frame.seq),
            lost=self._lose,
        )

    def _lose(self) -> None:
        self.lost += 1

    def picture(self, seq: int, kind: Kind = "jpeg", *, as_video: bool = False) -> None:
        self.outbox.put_picture(frame(seq, kind), keep_ms=1000, as_video=as_video)

    async def until(self, condition: Callable[[], object]) -> None:
        await until_async(condition, f"sent what was wanted; it took {self.taker.taken}")


def frame(seq: int, kind: Kind) -> Frame:
    return Frame("door", 1, seq, 0, kind, key=True, width=16, height=9, data=b"x", pts=0, codec="")


@asynccontextmanager
async def a_post() -> AsyncGenerator[Post]:
    post = Post()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(post.outbox.run())
        yield post
        task.cancel()


async def test_the_state_goes_first_then_the_cameras_own_stream_then_pictures():
    async with a_post() as post:
        post.picture(1, as_video=True)
        post.outbox.put_unit(frame(1, "video"))
        post.outbox.tell(FeedState("door", State.LIVE, 0))
        await post.until(lambda: len(post.taker.taken) == 4)
        assert post.taker.taken == ["live", "video 1", "jpeg 1 kept", "jpeg 1 as video"]
        assert post.sent == [1, 1], "each frame counts once"


async def test_while_the_broker_is_slow_only_the_newest_picture_of_each_kind_waits():
    async with a_post() as post:
        post.taker.open.clear()
        post.outbox.tell_again()
        await asyncio.sleep(0)
        for seq in range(1, 6):
            post.picture(seq)
            post.picture(seq, "small")
        post.taker.open.set()
        await post.until(lambda: len(post.taker.taken) == 3)
        assert sorted(post.taker.taken) == ["connecting", "jpeg 5 kept", "small 5 kept"]


async def test_a_stream_that_the_broker_does_not_take_in_time_is_let_go():
    async with a_post() as post:
        post.taker.open.clear()
        post.outbox.tell_again()
        await asyncio.sleep(0)
        for seq in range(1, MOST_UNSENT + 3):
            post.outbox.put_unit(frame(seq, "video"))
        post.taker.open.set()
        await post.until(lambda: len(post.taker.taken) == 3)
        assert post.taker.taken == ["connecting", f"video {MOST_UNSENT + 1}", f"video {MOST_UNSENT + 2}"]


async def test_what_could_not_be_sent_is_dropped_and_the_state_told_when_the_broker_is_back():
    async with a_post() as post:
        post.taker.away = True
        post.picture(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        post.taker.away = False
        await post.until(lambda: post.taker.taken)
        post.picture(2)
        await post.until(lambda: len(post.taker.taken) == 2)
        assert post.taker.taken == ["connecting", "jpeg 2 kept"]


async def test_nothing_is_sent_past_the_lease():
    async with a_post() as post:
        post.left = -1
        post.picture(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        post.left = 1
        post.picture(2)
        await post.until(lambda: len(post.taker.taken) == 2)
        assert post.taker.taken == ["connecting", "jpeg 2 kept"]


async def test_a_feed_that_is_somebody_elses_is_told_of_at_once():
    async with a_post() as post:
        post.taker.ours = False
        post.picture(1)
        await post.until(lambda: post.lost)
        assert post.taker.taken == []
        assert post.sent == []

"""From a camera's frames to viewers over the relay: one in flight, newest wins, nobody held up by a slow one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from kit.feeds import register
from kit.relay import RunningRelay, Viewer, running_relay, with_frames
from kit.waiting import SLACK, until_async
from typing_extensions import override

from windsock.shared.broker import Batch, RedisBroker
from windsock.shared.feeds import FeedState, FeedStore, Frame, State
from windsock.shared.settings import Settings


class FeedViewer(Viewer):
    """A viewer that takes frames; whether and when it says that it has seen them is up to the test."""

    def __init__(self, port: int, *, sees: bool = True) -> None:
        super().__init__(port)
        self.sees = sees
        self.frames: list[Frame] = []

    @override
    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 2:
            frame = Frame.unpack(payload)
            self.frames.append(frame)
            if self.sees:
                self.see(frame)
        elif not payload.startswith(b"451-"):
            super()._take(opcode, payload)

    def see(self, frame: Frame) -> None:
        self.emit("seen", {"id": frame.stream, "kind": frame.kind, "epoch": frame.epoch, "seq": frame.seq})


class SlowFeedViewer(FeedViewer):
    """Reads 50 kB a second, and says that it has seen a picture when it has read it."""

    @override
    async def _read(self) -> None:
        while data := await self._reader.read(2500):
            self._buffer += data
            for opcode, payload in with_frames(self._buffer):
                self._take(opcode, payload)
            await asyncio.sleep(0.05)


@dataclass
class Stage:
    """A relay, and a worker played by the test."""

    running: RunningRelay
    store: FeedStore
    broker: RedisBroker
    seq: int = 0

    async def send(
        self, stream: str, *, kind: Any = "jpeg", key: bool = True, size: int = 1000, epoch: int = 1
    ) -> Frame:
        self.seq += 1
        frame = Frame(
            stream,
            epoch,
            self.seq,
            self.seq,
            kind,
            key,
            64,
            48,
            bytes(size),
            self.seq * 1000,
            "avc1.42c01f" if kind == "video" else "",
        )
        assert await self.store.publish(frame, 60_000 if kind == "jpeg" else 0)
        return frame


@pytest.fixture
async def stage(make_settings: Callable[..., Settings]) -> AsyncIterator[Stage]:
    settings = make_settings()
    broker = RedisBroker(settings, "worker")
    store = FeedStore(broker)
    async with running_relay(settings) as running:
        await broker.register("door")
        await broker.publish([Batch("door", 1, b'[1,"rtsp://192.168.0.25/live"]', 10, [("type", b'"video_stream"')])])
        await broker.announce("door")
        await register(settings, door="rtsp://joe:s3cretpass@192.168.0.25/live")
        assert (await store.own(["door"], 60_000))["door"].epoch == 1
        yield Stage(running, store, broker)
    await broker.close()


async def looking(stage: Stage, viewer: FeedViewer, kind: str = "jpeg") -> None:
    """Look, and wait until what is sent reaches the relay."""
    assert await viewer.ask("look", {"id": "door", "kind": kind}) == {"looking": True}
    channel = stage.store.keys.frames("door") if kind == "jpeg" else stage.store.keys.access_units("door")

    async def heard() -> bool:
        (counts,) = await stage.broker.call(("PUBSUB", "NUMSUB", channel))
        return counts[1] > 0

    await until_async(heard, "the relay listens")


async def test_a_look_wakes_the_workers_and_brings_frames_and_states(stage: Stage) -> None:
    async with FeedViewer(stage.running.port) as viewer:
        await looking(stage, viewer)
        await until_async(stage.store.wanted, "the feed is wanted")
        await stage.store.tell(FeedState("door", State.LIVE, 1))
        frame = await stage.send("door")
        await until_async(lambda: viewer.frames, "the frame")
        assert viewer.frames == [frame]
        assert viewer.named("feed")[-1]["state"] == "live"
        assert "s3cretpass" not in json.dumps(viewer.events)


async def test_the_kept_picture_is_shown_at_once(stage: Stage) -> None:
    frame = await stage.send("door")
    async with FeedViewer(stage.running.port) as viewer:
        await looking(stage, viewer)
        await until_async(lambda: viewer.frames, "the kept picture")
        assert viewer.frames == [frame]


async def test_one_picture_is_in_flight_and_then_comes_the_newest(stage: Stage) -> None:
    async with FeedViewer(stage.running.port, sees=False) as slow, FeedViewer(stage.running.port) as quick:
        await looking(stage, slow)
        await looking(stage, quick)
        sent: list[Frame] = []
        for number in range(20):
            sent.append(await stage.send("door"))
            await until_async(lambda number=number: len(quick.frames) > number, "the quick one has it")
        assert [frame.seq for frame in slow.frames] == [1], "the slow one has said nothing"
        assert [frame.seq for frame in quick.frames] == [frame.seq for frame in sent]
        slow.see(slow.frames[0])
        await until_async(lambda: len(slow.frames) == 2, "the next picture")
        assert slow.frames[1].seq == sent[-1].seq, "not the newest"


async def test_a_late_viewer_gets_all_since_the_last_key_picture(stage: Stage) -> None:
    async with FeedViewer(stage.running.port) as first:
        await looking(stage, first, "video")
        for number in range(5):
            await stage.send("door", kind="video", key=number in {0, 2})
        await until_async(lambda: len(first.frames) == 5, "the first one has all")
        async with FeedViewer(stage.running.port) as late:
            await looking(stage, late, "video")
            await until_async(lambda: len(late.frames) == 3, "the last group of pictures")
            assert [frame.seq for frame in late.frames] == [3, 4, 5]
            await stage.send("door", kind="video", key=False)
            await until_async(lambda: len(late.frames) == 4, "the next")


async def test_a_viewer_that_lags_skips_to_the_next_key_picture(stage: Stage) -> None:
    async with FeedViewer(stage.running.port, sees=False) as slow:
        await looking(stage, slow, "video")
        for number in range(8):
            await stage.send("door", kind="video", key=number == 0, size=100_000)
        await until_async(lambda: len(slow.frames) == 5, "half a megabyte is under way")
        slow.see(slow.frames[-1])
        await stage.send("door", kind="video", key=False)
        await stage.send("door", kind="video", key=True)
        await stage.send("door", kind="video", key=False)
        await until_async(lambda: len(slow.frames) == 7, "it goes on")
        assert [frame.seq for frame in slow.frames] == [1, 2, 3, 4, 5, 10, 11]


async def test_frames_of_a_worker_that_lost_the_feed_are_shown_to_nobody(stage: Stage) -> None:
    async with FeedViewer(stage.running.port) as viewer:
        await looking(stage, viewer)
        await stage.send("door", epoch=2)
        await stage.send("door", epoch=1)
        last = await stage.send("door", epoch=2)
        await until_async(lambda: viewer.frames and viewer.frames[-1] == last, "the last one")
        assert [frame.epoch for frame in viewer.frames] == [2, 2]


async def test_who_leaves_or_hides_wants_nothing_any_more(stage: Stage) -> None:
    feeds = stage.running.relay.feeds
    async with FeedViewer(stage.running.port) as viewer:
        await looking(stage, viewer)
        await viewer.ask("visible", False)  # noqa: FBT003  # the event's payload

        async def unwanted() -> bool:
            return not await stage.store.wanted()

        await until_async(unwanted, "nobody who can see it wants it", 8)
    await until_async(lambda: not feeds.looked_at, "it is let go of")


async def test_nonsense_is_refused(stage: Stage) -> None:
    async with FeedViewer(stage.running.port) as viewer:
        for body in (
            None,
            {},
            {"id": "door", "kind": "gif"},
            {"id": 5, "kind": "jpeg"},
            {"id": "x" * 200, "kind": "jpeg"},
        ):
            answer = await viewer.ask("look", body)
            assert answer["error"]["code"] == "invalid", body
        assert not stage.running.relay.feeds.looked_at


async def test_a_snapshot_and_mjpeg_for_other_programs(stage: Stage) -> None:
    frame = await stage.send("door", size=500)
    reader, writer = await asyncio.open_connection("127.0.0.1", stage.running.port)
    writer.write(b"GET /feeds/door.jpg HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"200" in head.splitlines()[0]
    assert b"image/jpeg" in head
    assert await reader.readexactly(500) == frame.data
    writer.write(b"GET /feeds/door.mjpeg HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    await reader.readuntil(b"Content-Length: 500\r\n\r\n")
    await stage.send("door", size=700)
    await reader.readuntil(b"Content-Length: 700\r\n\r\n")
    writer.transport.abort()


@pytest.mark.slow
async def test_a_viewer_at_50_kb_a_second_sees_a_picture_no_older_than_2_s_and_others_see_all(stage: Stage) -> None:
    async with SlowFeedViewer(stage.running.port) as slow, FeedViewer(stage.running.port) as quick:
        await looking(stage, slow)
        await looking(stage, quick)
        sent_at: dict[int, float] = {}
        ages: list[float] = []
        delays: list[float] = []
        loop = asyncio.get_running_loop()
        for number in range(60):
            due = loop.time() + 0.1
            seen = len(slow.frames)
            frame = await stage.send("door", size=60_000)
            sent_at[frame.seq] = loop.time()
            await until_async(lambda number=number: len(quick.frames) > number, "the quick one has it")
            delays.append(loop.time() - sent_at[frame.seq])
            await until_async(lambda due=due: loop.time() >= due, "a tenth of a second")
            ages += [loop.time() - sent_at[each.seq] for each in slow.frames[seen:]]
    assert len(ages) >= 3, "the slow one sees pictures"
    assert max(ages) <= 2.0 * SLACK, f"ages of its pictures: {ages}"
    assert sorted(delays)[-2] < 0.5 * SLACK, f"the quick one waited: {sorted(delays)[-3:]}"

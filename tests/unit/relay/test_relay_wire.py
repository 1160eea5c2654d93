"""The packets that the relay puts together from bytes are what the models of `wire.py` say, from which the board's types are made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from windsock.shared.broker.port import Entry
from windsock.shared.feeds import FeedState, Frame, State
from windsock.shared.wire import FeedStatus, FrameHead, Picture, Tick
from windsock.web import packet
from windsock.web.video.track import FeedTrack


def body(text: bytes, name: str) -> Any:
    """The data of a Socket.IO event."""
    assert text.startswith(b"42")
    event, data = json.loads(text[2:])
    assert event == name
    return data


@pytest.mark.parametrize("stream", ["cpu", 'quote " and \\', "</script>", "日本 \u2028x"])
@pytest.mark.parametrize("deltas", [0, 1, 3])
def test_a_tick_is_what_the_model_says(stream: str, deltas: int) -> None:
    entries = [Entry(2, 2, b"[1,5.5],[2,null]"), Entry(3, 1, b"[3,7]")]
    one = packet.delta(packet.quoted(stream), "e.1", 3, 4, entries, reset=True)
    tick = Tick.model_validate(body(packet.tick(99, [one] * deltas).text, "tick"), strict=True, extra="forbid")
    assert tick.time == 99
    assert [delta.id for delta in tick.streams] == [stream] * deltas
    for delta in tick.streams:
        assert (delta.epoch, delta.offset, delta.count, delta.lost, delta.reset) == ("e.1", 3, 3, 4, True)
        assert delta.rows == [[1, 5.5], [2, None], [3, 7]]


def test_a_picture_is_what_the_model_says() -> None:
    entry = Entry(9, 2, b'[1,"data:image/png;base64,AAAA"],[2,"data:image/png;base64,BBBB"]')
    made = packet.picture("camera", packet.quoted("camera"), "e.1", entry)
    assert made is not None
    picture = Picture.model_validate(body(made.text, "picture"), strict=True, extra="forbid")
    assert picture == Picture(id="camera", epoch="e.1", offset=9, time=2, value="data:image/png;base64,BBBB")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 200_000])
def test_a_frame_says_its_length_and_holds_its_text(size: int) -> None:
    frame = packet.frame_of(b"a" * (size // 2), b"b" * (size - size // 2))
    short = frame[1]
    start, length = {126: (4, int.from_bytes(frame[2:4])), 127: (10, int.from_bytes(frame[2:10]))}.get(
        short, (2, short)
    )
    assert frame[0] == 0x81
    assert length == size == len(frame) - start


@pytest.mark.parametrize("codec", ["", "avc1.42c01f"])
def test_a_frame_of_a_camera_and_its_state_are_what_the_models_say(codec: str) -> None:
    frame = Frame("a\n{b}", 3, 4, 5, "video", key=True, width=6, height=7, data=b"\n\x00", pts=8, codec=codec)
    head = FrameHead.model_validate_json(frame.pack().partition(b"\n")[0], extra="forbid")
    assert (head.id, head.epoch, head.seq, head.kind, head.codec) == ("a\n{b}", 3, 4, "video", codec or None)
    track = FeedTrack("a")
    track.tell(FeedState("a", State.FAILED, 7, "timeout", "why"))
    assert track.state is not None
    status = FeedStatus.model_validate(body(track.state.text, "feed"), extra="forbid")
    assert (status.state, status.code) == (State.FAILED, "timeout")

"""What a viewer may not do: it is told so, and nobody else notices."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from kit.relay import Publisher, RunningRelay, Viewer, running_relay
from kit.waiting import until_async

from windsock.shared.settings import Settings

MakeSettings = Callable[..., Settings]

BAD_WATCHES: list[Any] = [
    None,
    7,
    "a",
    [],
    {"add": "a"},
    {"add": ["a"]},
    {"add": [{"id": 7}]},
    {"add": [{"id": ""}]},
    {"add": [{"id": "a\nb"}]},
    {"add": [{"id": "x" * 129}]},
    {"add": [{"id": "a", "epoch": "e"}]},
    {"add": [{"id": "a", "offset": 3}]},
    {"add": [{"id": "a", "epoch": "e", "offset": -1}]},
    {"add": [{"id": "a", "epoch": "e", "offset": 1.5}]},
    {"add": [{"id": "a", "epoch": "e", "offset": "3"}]},
    {"add": [{"id": "a", "epoch": "e", "offset": True}]},
    {"add": [{"id": "a", "more": 1}]},
    {"drop": ["a"]},
    {"remove": [{"id": "a"}]},
    {"add": [{"id": "a"}], "__proto__": {}},
]


@pytest.mark.parametrize("payload", BAD_WATCHES, ids=lambda payload: json.dumps(payload)[:40])
async def test_a_watch_that_does_not_fit_is_refused_whole(
    web: RunningRelay, publisher: Publisher, payload: Any
) -> None:
    async with Viewer(web.port) as viewer:
        answer = await viewer.ask("watch", payload)
        assert answer["error"]["code"] == "invalid"
        assert answer["error"]["message"].startswith("watch")
        assert not web.relay.follower.watched, "nothing of it was done"


async def test_other_events_are_checked_too(web: RunningRelay) -> None:
    async with Viewer(web.port) as viewer:
        bad: list[tuple[str, list[Any]]] = [
            ("visible", ["yes"]),
            ("visible", []),
            ("shown", [{"id": "a"}]),
            ("shown", [{"id": "a", "offset": 1}, 2]),
            ("watch", [{}, {}]),
        ]
        for event, args in bad:
            assert (await viewer.ask(event, *args))["error"]["code"] == "invalid", (event, args)
        for event in ("tick", "drop table", "connect_error", "message", "__proto__"):
            assert (await viewer.ask(event, {}))["error"]["code"] == "invalid", event
        assert await viewer.ask("watch", {}) == {"watching": 0}, "and the viewer is still served"


async def test_frames_of_nonsense_cost_nobody_else_anything(web: RunningRelay, publisher: Publisher) -> None:
    await publisher.create("a")
    async with Viewer(web.port) as good:
        await good.watch("a")
        for opcode, nonsense in [
            (1, b"4"),
            (1, b"42"),
            (1, b"42{}"),
            (1, b"42[]"),
            (1, b"42[[[["),
            (1, b"42" + b"[" * 50_000),
            (1, b"42[7]"),
            (1, b"42[null,{}]"),
            (1, b'451-["watch",{"_placeholder":true,"num":0}]'),
            (1, b'459999999999-["watch",{"_placeholder":true,"num":0}]'),
            (1, b"43[1]"),
            (1, b"44{}"),
            (1, b"40/admin,"),
            (1, b"9"),
            (1, b""),
            (1, b"\xff\xfe"),
            (2, b"binary"),
            (2, b""),
            (5, b"reserved opcode"),
        ]:
            async with Viewer(web.port) as bad:
                await bad.watch("a")
                bad.send_frame(opcode, nonsense)
                bad.send_frame(opcode, nonsense)
            await publisher.publish("a")
        await good.until_offset(publisher.sent)
        assert good.line("a").values == list(range(1, publisher.sent["a"] + 1))
    await until_async(lambda: not web.relay.hub.viewers, "all have gone")
    assert not web.relay.sessions.wires, "nothing of them is left"


async def test_an_event_that_is_too_large_ends_the_connection(web: RunningRelay) -> None:
    async with Viewer(web.port) as viewer:
        viewer.emit("watch", {"add": [{"id": "x" * 600_000}]})
        await until_async(viewer.closed.is_set, "the connection ends")
    assert viewer.close_code == 1009


async def test_too_many_events_are_refused_until_the_viewer_slows_down(web: RunningRelay) -> None:
    async with Viewer(web.port) as viewer:
        for _ in range(600):
            viewer.emit("shown", {"id": "a", "offset": 1})
        answer = await viewer.ask("watch", {})
        assert answer["error"]["code"] == "too_many_requests"

        async def taken() -> bool:
            return await viewer.ask("watch", {}) == {"watching": 0}

        await until_async(taken, "served again")


async def test_more_streams_than_one_viewer_may_watch(make_settings: MakeSettings) -> None:
    async with running_relay(make_settings(max_watched=3)) as web, Viewer(web.port) as viewer:
        assert await viewer.watch("a", "b") == {"watching": 2}
        answer = await viewer.watch("c", "d")
        assert answer["error"]["code"] == "too_many_streams"
        assert set(web.relay.follower.watched) == {"a", "b"}, "nothing of it was done"
        assert await viewer.ask("watch", {"add": [{"id": "c"}, {"id": "d"}], "remove": ["a"]}) == {"watching": 3}


async def test_more_viewers_than_there_may_be(make_settings: MakeSettings) -> None:
    async with running_relay(make_settings(max_viewers=2)) as web, Viewer(web.port) as one:
        two = await Viewer(web.port).open()
        with pytest.raises(ConnectionError, match="too_many_connections"):
            await Viewer(web.port).open()
        await two.close()
        await until_async(lambda: web.relay.sessions.connections == 1, "a place is free")
        async with Viewer(web.port) as three:
            assert await three.ask("watch", {}) == {"watching": 0}
        assert await one.ask("watch", {}) == {"watching": 0}

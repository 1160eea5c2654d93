"""What becomes of messages, from bytes to rows in a real broker."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from kit.intake_worker import NOW, Worker
from kit.valkey import ValkeyProcess
from kit.waiting import SLACK

from windsock.shared.errors import Code, WindsockError
from windsock.shared.settings import Settings, load_settings

PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


async def test_a_message_becomes_a_spec_and_a_row(worker: Worker) -> None:
    await worker.store(
        {
            "id": 80085,
            "value": [41.2],
            "type": "line",
            "active_points": 20,
            "label": "Number",
            "legend": ["random"],
            "fill": "false",
        }
    )
    assert await worker.rows("80085") == [[NOW, 41.2]]
    assert await worker.spec("80085") == {
        "type": "line",
        "active_points": 20,
        "label": ["Number"],
        "legend": ["random"],
        "fill": False,
    }
    assert await worker.broker.streams() == ["80085"]


async def test_the_common_way_and_the_long_way_store_the_same(worker: Worker) -> None:
    message = {"id": 7, "value": [1, 2], "type": "line", "legend": ["a", "b"], "name": "x"}
    await worker.store(message)
    await worker.store(
        *[message | {"value": value} for value in ([3, 4], {"b": 6, "a": 5}, [7, None], 8, ["9", "10.5"])]
    )
    await worker.store(
        {"id": "7", "value": [11, 12], "time": 1_753_000_000.5},
        {"id": "7", "value": [13, 14], "time": "2025-07-20T08:26:40Z"},
    )
    assert await worker.rows("7") == [
        [NOW, 1, 2],
        [NOW, 3, 4],
        [NOW, 5, 6],
        [NOW, 7, None],
        [NOW, 8],
        [NOW, 9, 10.5],
        [NOW + 500, 11, 12],
        [NOW, 13, 14],
    ]


@pytest.mark.parametrize("text", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b"[NaN]", b"[null]"])
async def test_what_is_no_number_is_a_gap(worker: Worker, text: bytes) -> None:
    await worker.store(b'{"id":1,"value":5}', b'{"id":1,"value":' + text + b"}")
    assert await worker.rows("1") == [[NOW, 5], [NOW, None]]


@pytest.mark.parametrize(
    ("kind", "value", "canonical"),
    [
        ("scatter", [1, 2], [[1, 2]]),
        ("scatter", {"x": 1, "y": 2}, [[1, 2]]),
        ("bubble", [[1, 2, 3], {"x": 4, "y": 5, "r": 6}], [[1, 2, 3], [4, 5, 6]]),
        ("bubble", [], []),
        ("heatmap", [3, 4], [3, 4]),
        ("heatmap", [3, 4, 2.5], [3, 4, 2.5]),
        ("heatmap", [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ("bubble_matrix", [3, 4, 2.5], [3, 4, 2.5]),
        ("text", "hello", [{"text": "hello"}]),
        ("text", [{"level": "warn", "text": "x"}, 5], [{"level": "warn", "text": "x"}, {"text": "5"}]),
        ("table", {"a": 1}, [{"a": 1}]),
        ("image", PIXEL, PIXEL),
        ("image", PIXEL[:40] + "\r\n" + PIXEL[40:], PIXEL),
        (
            "map",
            {"center": {"lat": 1, "lng": 2}, "zoom": 4, "data": []},
            {"center": {"lat": 1, "lng": 2}, "zoom": 4, "data": []},
        ),
        (
            "tree",
            {"name": "a", "children": [{"name": 1, "value": 2}]},
            {"name": "a", "children": [{"name": "1", "value": 2}]},
        ),
        ("scatter3d", [1, 2, 3], [[1, 2, 3]]),
        ("line3d", [[1, 2, 3], [4, 5, 6]], [[1, 2, 3], [4, 5, 6]]),
        ("surface", [[1, 2], [3, 4]], [[1, 2], [3, 4]]),
        ("custom", {"type": "bar", "data": {"datasets": []}}, {"type": "bar", "data": {"datasets": []}}),
        ("video_stream", "rtsp://user:secret@cam:554/live.sdp", "rtsp://cam:554/live.sdp"),
    ],
)
async def test_each_type_has_one_canonical_value(worker: Worker, kind: str, value: object, canonical: object) -> None:
    await worker.store({"id": "x", "type": kind, "value": value})
    await worker.store({"id": "x", "value": value})
    assert worker.told == []
    assert await worker.rows("x") == [[NOW, canonical]] * 2


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        (b"{", Code.MALFORMED, "JSON"),
        (b"[1]", Code.MALFORMED, "object"),
        (b'{"value":1}', Code.INVALID, "id"),
        (b'{"id":true,"value":1}', Code.INVALID, "id"),
        (b'{"id":"","value":1}', Code.INVALID, "id"),
        (b'{"id":"a\\u0000","value":1}', Code.INVALID, "id"),
        (json.dumps({"id": "x" * 129, "value": 1}).encode(), Code.INVALID, "id"),
        (b'{"id":1,"type":"pizza","value":1}', Code.INVALID, "pizza"),
        (b'{"id":1,"value":"much"}', Code.INVALID, "value"),
        (b'{"id":1,"value":{"a":[]}}', Code.INVALID, "value"),
        (b'{"id":1,"value":1,"time":"yesterday"}', Code.INVALID, "yesterday"),
        (b'{"id":1,"value":1,"time":1e30}', Code.INVALID, "time"),
        (b'{"id":1,"value":1,"active_points":0}', Code.INVALID, "active_points"),
        (b'{"id":1,"value":1,"borderColor":"red;background:url(//x)"}', Code.INVALID, "borderColor"),
        (b'{"id":1,"type":"image","value":"data:image/svg+xml;base64,AAAA"}', Code.INVALID, "value"),
        (b'{"id":1,"type":"image","value":"data:image/png;base64,<b>"}', Code.INVALID, "value"),
        (b'{"id":1,"type":"surface","value":[[1,2],[3]]}', Code.INVALID, "value"),
        (b'{"id":1,"value":1,"time":true}', Code.INVALID, "time"),
        (b'{"id":1,"value":1,"thresholds":["inf"]}', Code.INVALID, "finite"),
        (b'{"id":1,"value":1,"thresholds":[{"value":NaN}]}', Code.INVALID, "finite"),
        (
            b'{"id":1,"type":"text","value":{"level":"error","message":"disk full"}}',
            Code.INVALID,
            "(0.text): is missing",
        ),
        (b'{"id":1,"type":"map","value":{"lat":48.1,"lng":11.5}}', Code.INVALID, "center, zoom or data"),
        (b'{"id":1,"type":"tree","value":{"label":"root","size":3}}', Code.INVALID, "name, value or children"),
        (b'{"id":1,"type":"heatmap","value":[5000,1]}', Code.INVALID, "[row, column]"),
        (json.dumps({"id": 1, "value": list(range(1001))}).encode(), Code.INVALID, "value"),
        (json.dumps({"id": 1, "samples": [[NOW, *range(1001)]]}).encode(), Code.INVALID, "samples.0"),
        (json.dumps({"id": 1, "samples": [[NOW, 1], ["soon", 2]]}).encode(), Code.INVALID, "samples.1"),
        (json.dumps({"id": 1, "value": {f"k{number}": 1 for number in range(1001)}}).encode(), Code.INVALID, "value"),
        (b'{"id":1,"samples":[[]]}', Code.INVALID, "samples"),
        (json.dumps({"id": 1, "samples": [[1, 2]] * 51}).encode(), Code.TOO_LARGE, "samples"),
        (b'{"id":1,"type":"custom","value":' + b"[" * 80 + b"]" * 80 + b"}", Code.TOO_DEEP, "deep"),
        (b'{"id":1,"value":' + b"[" * 5000 + b"]" * 5000 + b"}", Code.TOO_DEEP, "deep"),
    ],
)
async def test_a_bad_message_is_refused_with_a_code_and_leaves_nothing(
    worker: Worker, message: bytes, code: Code, words: str
) -> None:
    try:
        await worker.store(message)
    except WindsockError as error:
        worker.refused(0, error)
    assert [(index, what) for index, what, _ in worker.told] == [(0, code)]
    assert words in worker.told[0][2]
    assert await worker.broker.streams() == [], "a stream without a good message is no stream"
    await worker.store({"id": "next", "value": 1})
    assert await worker.rows("next") == [[NOW, 1]]


async def test_null_counts_as_absent_and_unknown_fields_are_kept_out(worker: Worker) -> None:
    await worker.store({"id": 1, "value": 1, "name": None, "legend": None, "colour": "red", "__proto__": {"x": 1}})
    await worker.store({"id": 1, "value": None, "name": "later"})
    assert await worker.spec("1") == {"type": "line", "name": "later"}
    assert await worker.rows("1") == [[NOW, 1]]


async def test_series_are_found_by_name_and_new_ones_are_added(worker: Worker) -> None:
    message = {"id": "s", "legend": ["a", "b"]}
    await worker.store(
        message | {"value": {"a": 1, "b": 2}}, message | {"value": {"c": 3, "a": 4}}, message | {"value": {"b": 5}}
    )
    assert (await worker.spec("s"))["legend"] == ["a", "b", "c"]
    assert await worker.rows("s") == [[NOW, 1, 2, None], [NOW, 4, None, 3], [NOW, None, 5, None]]


async def test_series_that_are_ever_new_come_to_an_end_and_cost_nobody(worker: Worker) -> None:
    """Values by process id or by URL: each would be a series for ever."""
    for number in range(0, 1000, 50):
        await worker.store(*({"id": "pids", "value": {f"pid-{number + place}": 1}} for place in range(50)))
    began = time.monotonic()
    for number in range(1000, 1300):
        with pytest.raises(WindsockError, match="1000"):
            worker.accept({"id": "pids", "value": {f"pid-{number}": 1}})
    await worker.store({"id": "pids", "value": {"pid-7": 5}}, {"id": "innocent", "value": 1})
    assert time.monotonic() - began < 5 * SLACK
    assert len((await worker.spec("pids"))["legend"]) == 1000
    assert (await worker.rows("pids"))[-1][8] == 5


async def test_a_new_series_leaves_no_empty_batch_behind(worker: Worker) -> None:
    """Each with a number of its source: one without rows would have this worker's number, and make the source's next ones pass for repeated."""
    for seq in range(200):
        await worker.store({"id": "a", "value": {f"series {seq % 7}": seq}, "source": "p", "seq": seq})
    rows = await worker.rows("a")
    assert [max(value for value in row[1:] if value is not None) for row in rows] == list(range(200))


async def test_an_infinite_end_of_a_scale_is_none(worker: Worker) -> None:
    message = b'{"id": "a", "value": 1, "min": -Infinity, "max": NaN}'
    await worker.store(message, message)
    assert (await worker.spec("a")).keys().isdisjoint({"min", "max"})
    assert await worker.rows("a") == [[NOW, 1], [NOW, 1]]


async def test_many_samples_in_one_message(worker: Worker) -> None:
    await worker.store(
        {"id": 1, "samples": [[NOW, 1], [NOW + 1, 2]]},
        {"id": 1, "samples": [["2025-07-20T08:26:40Z", 3], [1_753_000_000.25, None]]},
    )
    await worker.store({"id": "t", "type": "text", "samples": [[NOW, "a"], [NOW + 1, ["b", "c"]]]})
    assert await worker.rows("1") == [[NOW, 1], [NOW + 1, 2], [NOW, 3], [NOW + 250, None]]
    assert await worker.rows("t") == [[NOW, [{"text": "a"}]], [NOW + 1, [{"text": "b"}, {"text": "c"}]]]


async def test_a_type_change_takes_effect_in_order(worker: Worker) -> None:
    await worker.store(
        {"id": 1, "type": "line", "value": 1},
        {"id": 1, "value": 2},
        {"id": 1, "type": "text", "value": "x"},
        {"id": 1, "value": "y"},
    )
    assert await worker.rows("1") == [[NOW, 1], [NOW, 2], [NOW, [{"text": "x"}]], [NOW, [{"text": "y"}]]]
    assert await worker.spec("1") == {"type": "text"}


async def test_a_source_and_seq_are_stored_once_and_acknowledged_again(worker: Worker) -> None:
    messages = [{"id": 1, "value": seq, "source": "p", "seq": seq} for seq in range(1, 6)]
    await worker.store(*messages[:3], messages[1], messages[2])
    await worker.store(*messages[1:])
    await worker.store({"id": 1, "samples": [[NOW, 6], [NOW, 7]], "source": "p", "seq": 6})
    await worker.store({"id": 1, "samples": [[NOW, 6], [NOW, 7]], "source": "p", "seq": 6})
    assert [row[1] for row in await worker.rows("1")] == [1, 2, 3, 4, 5, 6, 7]


async def test_two_workers_share_a_stream(worker: Worker, make_settings: Callable[..., Settings]) -> None:
    other = Worker(make_settings())
    try:
        await worker.store({"id": "s", "legend": ["a"], "value": {"a": 1}})
        await other.store({"id": "s", "value": {"b": 2}})
        await worker.store({"id": "s", "value": {"c": 3, "a": 4}})
        await other.store({"id": "s", "value": {"c": 5, "a": 6}}, {"id": "s", "value": {"b": 7}})
        assert (await worker.spec("s"))["legend"] == ["a", "b", "c"]
        assert await worker.rows("s") == [
            [NOW, 1],
            [NOW, None, 2],
            [NOW, 4, None, 3],
            [NOW, 6, None, 5],
            [NOW, None, 7, None],
        ]
        await worker.store({"id": "t", "type": "text", "value": "x"})
        await other.store({"id": "t", "value": "y"})
        assert await worker.rows("t") == [[NOW, [{"text": "x"}]], [NOW, [{"text": "y"}]]]
    finally:
        await other.close()


async def test_series_of_one_name_do_not_stop_the_worker(
    worker: Worker, make_settings: Callable[..., Settings]
) -> None:
    await worker.store({"id": "s", "legend": ["a", "a", "b"], "value": {"a": 1, "b": 2}})
    await worker.store({"id": "s", "value": {"b": 3}}, {"id": "s", "value": [4, 5, 6]}, {"id": "s", "value": {"c": 7}})
    other = Worker(make_settings())
    try:
        await other.store({"id": "s", "value": {"d": 8, "a": 9}})
        await worker.store({"id": "s", "value": {"c": 10}})
    finally:
        await other.close()
    assert (await worker.spec("s"))["legend"] == ["a", "a", "b", "c", "d"]
    assert [row[1:] for row in await worker.rows("s")] == [
        [1, None, 2],
        [None, None, 3, None],
        [4, 5, 6, None],
        [None, None, None, 7],
        [9, None, None, None, 8],
        [None, None, None, 10, None],
    ]


async def test_a_removed_stream_comes_back_with_its_spec(worker: Worker) -> None:
    message = {"id": 1, "value": 1, "name": "CPU", "legend": ["a"]}
    await worker.store(message)
    await worker.broker.remove("1")
    await worker.store(message)
    assert await worker.broker.streams() == ["1"]
    assert await worker.spec("1") == {"type": "line", "name": "CPU", "legend": ["a"]}
    assert await worker.rows("1") == [[NOW, 1]]


async def test_streams_over_the_limit_are_refused_and_the_others_go_on(worker: Worker) -> None:
    await worker.store(*({"id": number, "value": 1} for number in range(25)))
    assert {code for _, code, _ in worker.told} == {Code.TOO_MANY_STREAMS}
    assert len(worker.told) == 5
    assert len(await worker.broker.streams()) == 20
    first = (await worker.broker.streams())[0]
    await worker.store({"id": first, "value": 2})
    assert len(await worker.rows(first)) == 2


async def test_every_message_needs_the_key_unless_it_was_shown_before(make_settings: Callable[..., Settings]) -> None:
    worker = Worker(make_settings(publish_key="secret-key"))
    try:
        for shown in ({}, {"api_crypt": "wrong"}, {"api_crypt": 5}):
            with pytest.raises(WindsockError) as refused:
                worker.accept({"id": 1, "value": 1} | shown, trusted=False)
            assert refused.value.code is Code.UNAUTHORIZED
        good = {"id": 1, "value": 1, "api_crypt": "secret-key"}
        for _ in range(2):
            worker.accept(good, good, trusted=False)
            await asyncio.wait_for(worker.intake.flight.done(), 5)
        with pytest.raises(WindsockError):
            worker.accept({"id": 1, "value": 1}, trusted=False)
        assert await worker.rows("1") == [[NOW, 1]] * 4
        (everything,) = await worker.broker.call(("HGETALL", worker.broker.keys.spec("1")))
        assert b"secret-key" not in b"".join(everything)
    finally:
        await worker.close()


async def test_nothing_is_lost_or_doubled_while_the_broker_is_away(valkey: ValkeyProcess) -> None:
    worker = Worker(load_settings(redis_url=valkey.url))
    try:
        await worker.store({"id": 1, "value": 0})
        valkey.kill()
        worker.accept({"id": 1, "value": 1})
        await asyncio.sleep(0)
        worker.accept({"id": 1, "value": 2}, {"id": 2, "value": 3})
        flight = worker.intake.flight
        valkey.start()
        await asyncio.wait_for(flight.done(), 15)
        assert [row[1] for row in await worker.rows("1")] == [1, 2], "it came back empty, and got all that was in hand"
        assert await worker.rows("2") == [[NOW, 3]]
        assert sorted(await worker.broker.streams()) == ["1", "2"]
    finally:
        await worker.close()


async def test_without_patience_a_flight_is_given_up_with_an_error(valkey: ValkeyProcess) -> None:
    worker = Worker(load_settings(redis_url=valkey.url), patience=0.2)
    try:
        await worker.store({"id": 1, "value": 0})
        valkey.kill()
        with pytest.raises(WindsockError) as away:
            await worker.store({"id": 1, "value": 1})
        assert away.value.code is Code.UNAVAILABLE
    finally:
        await worker.close()


async def test_a_full_intake_says_so_and_calls_when_there_is_room(make_settings: Callable[..., Settings]) -> None:
    worker = Worker(make_settings(max_in_hand=10))
    try:
        worker.accept(*({"id": 1, "value": number} for number in range(30)))
        assert worker.intake.full
        await asyncio.wait_for(worker.intake.room(), 5)
        assert not worker.intake.full
        await worker.intake.drain()
        assert len(await worker.rows("1")) == 30
    finally:
        await worker.close()


async def test_changed_looks_of_a_removed_stream_bring_all_of_its_looks_back(worker: Worker) -> None:
    await worker.store({"id": "rose", "type": "polarArea", "unit": "m/s", "value": [1, 2]})
    assert await worker.broker.remove("rose")
    await worker.store({"id": "rose", "type": "polarArea", "unit": "m/s", "name": "Wind rose", "value": [3, 4]})
    assert await worker.spec("rose") == {"type": "polarArea", "unit": "m/s", "name": "Wind rose"}
    assert await worker.rows("rose") == [[NOW, 3.0, 4.0]]

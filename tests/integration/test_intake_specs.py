"""Several copies of a service that change the specs of the same streams: none of them loses what it has taken, or forgets what it was told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from kit.intake_worker import Worker

from windsock.shared.broker import Batch
from windsock.shared.broker.port import Receipt
from windsock.shared.errors import Code, WindsockError
from windsock.shared.intake import writer
from windsock.shared.settings import Settings


@pytest.fixture
async def worker(make_settings: Callable[..., Settings]) -> AsyncIterator[Worker]:
    made = Worker(make_settings())
    yield made
    await made.close()


@pytest.fixture
async def other(make_settings: Callable[..., Settings]) -> AsyncIterator[Worker]:
    made = Worker(make_settings())
    yield made
    await made.close()


async def test_a_spec_that_others_change_all_the_time_keeps_nobodys_samples_back(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await worker.store({"id": "x", "value": {"a": 1}})
    publish, spec = worker.broker.publish, worker.broker.keys.spec("x")
    calls = 0

    async def after_another_change(batches: Sequence[Batch]) -> list[Receipt | WindsockError]:
        nonlocal calls
        calls += 1
        await worker.broker.call(("HINCRBY", spec, "@version", 1))
        return await publish(batches)

    monkeypatch.setattr(worker.broker, "publish", after_another_change)
    await worker.store({"id": "x", "value": {"b": 3, "a": 2}}, {"id": "y", "value": 7})
    assert calls > writer.ROUNDS
    assert [row[1:] for row in await worker.rows("x")] == [[1], [2, 3]]
    assert (await worker.spec("x"))["legend"] == ["a", "b"]
    assert [row[1:] for row in await worker.rows("y")] == [[7]]


async def test_what_was_taken_in_after_a_spec_changed_elsewhere_is_not_forgotten_over_it(
    worker: Worker, other: Worker
) -> None:
    await worker.store({"id": "x", "type": "line", "name": "A", "value": 1})
    await other.store({"id": "x", "unit": "V", "value": 2})
    await worker.store({"id": "x", "value": 3}, {"id": "x", "type": "text", "name": "B", "value": "one"})
    assert (await worker.spec("x"))["type"] == "text"
    await worker.store({"id": "x", "value": "two"}, {"id": "x", "name": "A", "value": "three"})
    assert worker.told == []
    assert (await worker.spec("x"))["name"] == "A"
    assert (await worker.spec("x"))["unit"] == "V"
    rows = [row[1] for row in await worker.rows("x")]
    assert rows[:3] == [1, 2, 3]
    assert [line["text"] for (line,) in rows[3:]] == ["one", "two", "three"]


async def test_a_change_that_met_another_is_what_a_worker_believes_of_its_stream(worker: Worker, other: Worker) -> None:
    await worker.store({"id": "x", "type": "line", "name": "old", "value": 1})
    await other.store({"id": "x", "name": "theirs", "value": 2})
    await worker.store({"id": "x", "type": "table", "name": "ours", "value": {"a": 3}})
    await worker.store({"id": "x", "value": {"a": 4}})
    assert worker.told == [], "it knows that it is a table now"
    await worker.store({"id": "x", "name": "theirs", "value": {"a": 5}})
    assert (await worker.spec("x"))["name"] == "theirs"


async def test_a_camera_for_which_there_is_no_room_is_not_registered(make_settings: Callable[..., Settings]) -> None:
    worker = Worker(make_settings(max_streams=1))
    await worker.store({"id": "there", "value": 1})
    await worker.store(
        {"id": "there", "value": 2}, {"id": "cam", "type": "video_stream", "value": "rtsp://user:secret@192.0.2.7/"}
    )
    assert [code for _, code, _ in worker.told] == [Code.TOO_MANY_STREAMS]
    (feeds,) = await worker.broker.call(("HLEN", worker.broker.keys.feeds))
    assert feeds == 0, "nor is its password kept"
    await worker.close()


@pytest.mark.parametrize("which", ["spec", "history", "sources", "offset"])
async def test_what_stands_under_a_streams_keys_and_is_not_ours_holds_up_no_other(worker: Worker, which: str) -> None:
    await worker.store({"id": "good", "value": 1})
    keys = worker.broker.keys
    if which == "offset":
        await worker.broker.call(("HSET", keys.spec("bad"), "@epoch", "e", "@offset", "none"))
    else:
        key = {"spec": keys.spec, "history": keys.history, "sources": keys.sources}[which]("bad")
        await worker.broker.call(("SET", key, "somebody's"))
    await worker.store({"id": "bad", "value": 1}, {"id": "good", "value": 2}, {"id": "new", "value": 3})
    [(index, code, message)] = worker.told
    assert (index, code) == (0, Code.CONFLICT)
    assert "windsock rm" in message
    assert [row[1] for row in await worker.rows("good")] == [1, 2]
    assert [row[1] for row in await worker.rows("new")] == [3]
    await worker.broker.remove("bad")
    await worker.store({"id": "bad", "value": 4})
    assert [row[1] for row in await worker.rows("bad")] == [4]

"""One message can't end a worker, and one stream's fault costs no other; what a publisher shows is for its eyes alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from kit.intake_worker import NOW, Worker

from windsock.shared.errors import Code, WindsockError
from windsock.shared.framing import ObjectSplitter
from windsock.shared.refusals import RefusalLog
from windsock.shared.settings import Settings


async def test_a_message_without_samples_changes_the_looks_and_numbers_nothing(worker: Worker) -> None:
    """Whatever numbers its source and this worker have come to."""
    for number in range(20):
        await worker.store({"id": "other", "value": number})
    await worker.store({"id": "late", "type": "line", "name": "Late", "source": "p", "seq": 1})
    for seq in (2, 3):
        await worker.store({"id": "late", "value": seq, "source": "p", "seq": seq})
    assert await worker.rows("late") == [[NOW, 2], [NOW, 3]]
    await worker.store({"id": "late", "value": 4, "source": "p", "seq": 5000})
    await worker.store({"id": "late", "name": "Renamed", "source": "p", "seq": 5001})
    assert (await worker.spec("late"))["name"] == "Renamed"
    await worker.store({"id": "late", "value": 5, "source": "p", "seq": 5002})
    assert [row[1] for row in await worker.rows("late")] == [2, 3, 4, 5]


async def test_what_a_repeated_message_says_of_its_stream_is_not_believed_to_be_stored(worker: Worker) -> None:
    await worker.store({"id": "a", "value": 1, "unit": "V", "source": "p", "seq": 7})
    await worker.store({"id": "a", "value": 1, "unit": "A", "source": "p", "seq": 7})
    assert (await worker.spec("a"))["unit"] == "V"
    await worker.store({"id": "a", "value": 2, "unit": "A", "source": "p", "seq": 8})
    assert (await worker.spec("a"))["unit"] == "A"


HUGE = b"1" + b"0" * 309


@pytest.mark.parametrize(
    "message",
    [
        b'{"id": "h", "type": "custom", "config": {"n": %b}}' % HUGE,
        b'{"id": "h", "value": 1, "fill": %b}' % HUGE,
        b'{"id": "h", "type": "table", "value": [{"a": %b, "b": -%b, "c": %b}]}' % (HUGE, HUGE, HUGE[:30]),
        b'{"id": "h", "type": "tree", "value": {"name": "n", "value": 1, "children": []}, "config": {"n": [%b]}}'
        % HUGE,
    ],
)
async def test_numbers_beyond_all_floats_are_stored_as_what_every_reader_can_read(
    worker: Worker, make_settings: Callable[..., Settings], message: bytes
) -> None:
    await worker.store(message)
    assert worker.told == []
    await worker.rows("h")
    other = Worker(worker.intake.settings)
    await other.store({"id": "h", "name": "seen by another worker"})
    assert (await other.spec("h"))["name"] == "seen by another worker"
    await other.close()


async def test_a_spec_that_somebody_else_wrote_ends_nobody(worker: Worker) -> None:
    await worker.store({"id": "x", "value": 1})
    key = worker.broker.keys.spec("x")
    await worker.broker.call(("HSET", key, "config", "{no json", "unit", HUGE))
    other = Worker(worker.intake.settings)
    await other.store({"id": "x", "value": 2}, {"id": "innocent", "value": 3})
    assert await other.rows("x") == [[NOW, 1], [NOW, 2]]
    await worker.broker.call(("HSET", key, "type", '"from the future"'))
    third = Worker(worker.intake.settings)
    await third.store({"id": "x", "value": 3}, {"id": "innocent", "value": 3})
    assert [code for _, code, _ in third.told] == [Code.INVALID], "of a type that is not known here nothing is taken"
    assert await third.rows("innocent") == [[NOW, 3], [NOW, 3]]
    await other.close()
    await third.close()


async def test_a_spec_that_was_deleted_by_hand_holds_up_nobody(worker: Worker) -> None:
    await worker.store({"id": "a", "value": 1}, {"id": "a", "value": 2}, {"id": "c", "value": 1})
    await worker.broker.call(("DEL", worker.broker.keys.spec("a")))
    await worker.store({"id": "a", "value": 3}, {"id": "c", "value": 2})
    assert await worker.rows("a") == [[NOW, 3]], "what came before is of another life"
    assert await worker.rows("c") == [[NOW, 1], [NOW, 2]]


async def test_a_removed_stream_comes_back_though_its_place_was_taken(worker: Worker) -> None:
    await worker.store({"id": "gone", "value": 1}, {"id": "innocent", "value": 1, "legend": ["x"]})
    await worker.broker.remove("gone")
    other = Worker(worker.intake.settings)
    await other.store(*({"id": f"new{number}", "value": 1} for number in range(19)))
    # The innocent one's spec changes, so it is stored in two waves, behind the one that comes back.
    await worker.store(
        {"id": "gone", "value": 2},
        {"id": "innocent", "value": 2, "legend": ["x"]},
        {"id": "innocent", "value": 3, "legend": ["x", "y"]},
    )
    assert await worker.rows("gone") == [[NOW, 2]]
    assert [row[1] for row in await worker.rows("innocent")] == [1, 2, 3]
    await other.store({"id": "one too many", "value": 1})
    assert [code for _, code, _ in other.told] == [Code.TOO_MANY_STREAMS]
    await other.close()


async def test_a_number_that_is_too_large_to_be_told_from_the_next_is_refused_on_every_way(worker: Worker) -> None:
    await worker.store({"id": "s", "value": 0, "source": "p", "seq": 1})
    with pytest.raises(WindsockError, match="seq"):
        worker.accept({"id": "s", "value": 1, "source": "p", "seq": 2**53})
    await worker.store({"id": "s", "value": 2, "source": "p", "seq": 2**53 - 1})
    assert [row[1] for row in await worker.rows("s")] == [0, 2]


KEY = "a-publish-key"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"hello":{"key":"a-publish-key"}\n{"id":1,"value":2}\n',
        b'{"id":"a","api_crypt":"a-publish-key" "value":1}\n',
        b'{"api_crypt":"a-publish-key";"id":1}',
        b'"a-publish-key"\n',
    ],
)
def test_what_a_bad_message_quotes_is_for_its_sender_alone(
    make_settings: Callable[..., Settings], caplog: pytest.LogCaptureFixture, raw: bytes
) -> None:
    async def refusals() -> list[WindsockError]:
        worker = Worker(make_settings(publish_key=KEY))
        splitter = ObjectSplitter()
        pieces = [*splitter.feed(raw), *splitter.close()]
        refused = worker.intake.accept_many(pieces, NOW, worker, trusted=False)
        await worker.close()
        return [error for _, error in refused]

    errors = asyncio.run(refusals())
    assert errors
    log = RefusalLog("tcp")
    for place, error in enumerate(errors):
        log.note(f"192.0.2.{place}", error, NOW)
    assert "refused from" in caplog.text
    assert all(part not in caplog.text for part in (KEY, KEY[1:], KEY[:-1]))
    assert any(KEY[3:9] in str(error.to_wire()) for error in errors), "its sender is not shown what it was"


async def test_an_error_about_a_camera_shows_nothing_of_its_address(worker: Worker) -> None:
    await worker.store({"id": "door", "type": "video_stream", "value": ["rtsp://cam/live?user=u&password=pw1234"]})
    ((_, code, message),) = worker.told
    assert code is Code.INVALID
    assert "value" in message
    assert "pw1234" not in message

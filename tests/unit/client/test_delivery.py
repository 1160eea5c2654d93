"""What reaches the server: everything that was sent, once, in order, whatever happens on the way."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest
from kit.fake_ingest import FakeIngest, Fate, Message
from kit.waiting import until

from windsock.client import Stream, WindsockError

MakeStream = Callable[..., Stream]


def carries_samples(message: Message) -> bool:
    return "value" in message or "samples" in message


def stored_more_than(stream: Stream, number: int) -> bool:
    return stream.stats.stored > number


def test_one_sample_arrives_with_its_time_and_number(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", legend=["user", "sys"])
    stream.send(41, 18, time=1_700_000_000)
    assert stream.flush()
    [look, message] = server.received
    assert look == {"id": "cpu", "legend": ["user", "sys"]}
    assert message["value"] == [41, 18]
    assert message["time"] == 1_700_000_000_000
    assert message["seq"] == 1


def test_many_samples_share_messages(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", "line")
    for number in range(5000):
        stream.send(number)
    assert stream.flush(10)
    assert server.samples("cpu") == list(range(5000))
    assert len(server.received) < 500, "samples that wait together should travel together"


def test_streams_of_one_server_share_a_connection(server: FakeIngest, make_stream: MakeStream):
    streams = [make_stream(f"stream {number}") for number in range(20)]
    for stream in streams:
        stream.send(1)
    assert all(stream.flush() for stream in streams)
    assert server.connections == 1


def test_looks_are_sent_once_a_connection(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", "area", unit="%")
    for _ in range(3):
        stream.send(1)
        assert stream.flush()
    assert server.looks("cpu") == [{"type": "area", "unit": "%"}]
    server.stop()
    server.start()
    stream.send(2)
    assert stream.flush(10)
    assert server.looks("cpu") == [{"type": "area", "unit": "%"}] * 2, (
        "a server that was restarted may have forgotten the looks"
    )


def test_changed_looks_go_out_without_a_sample(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", "area", unit="%")
    stream.send(1)
    assert stream.flush()
    stream.look(name="All cores")
    until(lambda: len(server.looks("cpu")) == 2, "the new looks arrive")
    assert server.looks("cpu")[-1] == {"type": "area", "unit": "%", "name": "All cores"}


def test_what_was_sent_before_the_server_started_arrives(server: FakeIngest, make_stream: MakeStream):
    server.stop()
    stream = make_stream("cpu")
    for number in range(100):
        stream.send(number)
    assert not stream.flush(0.05)
    assert stream.stats.waiting == 100
    server.start()
    assert stream.flush(10)
    assert server.samples("cpu") == list(range(100))


@pytest.mark.parametrize("fate", [Fate.HANG_UP, Fate.STORE_AND_HANG_UP, Fate.TURN_AWAY])
def test_a_broken_connection_costs_nothing_and_doubles_nothing(server: FakeIngest, make_stream: MakeStream, fate: Fate):
    chance = random.Random(7)
    broken = 0

    def sometimes(number: int, message: Message) -> Fate:
        nonlocal broken
        if carries_samples(message) and broken < 20 and chance.random() < 0.3:
            broken += 1
            return fate
        return Fate.STORE

    server.fate = sometimes
    stream = make_stream("cpu")
    for number in range(2000):
        stream.send({"a": number})
        if not number % 100:
            assert stream.flush(20)
    assert stream.flush(20)
    assert broken == 20, "the test should have broken 20 connections"
    assert server.samples("cpu") == [{"a": number} for number in range(2000)]
    assert stream.stats.stored == 2000


def test_restarts_lose_and_double_nothing(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", "line")
    for part in range(6):
        for number in range(500):
            stream.send(part * 500 + number)
        until(partial(stored_more_than, stream, part * 500), "some of this part is stored")
        server.stop()
        server.start()
    assert stream.flush(20)
    assert server.samples("cpu") == list(range(3000))
    assert server.connections >= 6


def test_a_refused_sample_is_told_and_the_others_go_on(server: FakeIngest, make_stream: MakeStream):
    server.fate = lambda number, message: Fate.REFUSE if message.get("value") == "bad" else Fate.STORE
    errors: list[WindsockError] = []
    stream = make_stream("log", "text", on_error=errors.append)
    for line in ("one", "bad", "two"):
        stream.send(line)
        assert stream.flush()
    assert server.samples("log") == ["one", "two"]
    assert (stream.stats.stored, stream.stats.refused) == (2, 1)
    assert [str(error) for error in errors] == ["stream 'log': value: no (invalid)"]


def test_refused_looks_do_not_cost_the_samples(server: FakeIngest, make_stream: MakeStream):
    server.fate = lambda number, message: Fate.REFUSE if message.get("unit") == "bad" else Fate.STORE
    stream = make_stream("log", "text", unit="bad")
    stream.send("one")
    assert stream.flush()
    stream.send("two")
    assert stream.flush()
    assert server.samples("log") == ["one", "two"]
    assert server.looks("log")[-1] == {"type": "text"}, "without its type, the server would take the stream for a line"


def test_a_server_that_never_answers_costs_bounded_memory(server: FakeIngest, make_stream: MakeStream):
    server.fate = lambda number, message: Fate.KEEP_SILENT
    stream = make_stream("cpu", queue=100)
    for number in range(50_000):
        stream.send({"a": number})
    until(lambda: server.received, "something arrives")
    stats = stream.stats
    assert stats.stored == 0
    assert stats.dropped > 40_000
    assert stats.waiting + stats.dropped == stats.sent == 50_000
    assert stats.waiting < 2000, "what is under way is bounded, and what waits too"


def test_what_overflows_is_the_oldest(server: FakeIngest, make_stream: MakeStream):
    server.stop()
    stream = make_stream("cpu", queue=10)
    for number in range(100):
        stream.send(number)
    assert stream.stats.dropped == 90
    server.start()
    assert stream.flush(10)
    assert server.samples("cpu") == list(range(90, 100))


def test_a_wrong_key_is_told_and_a_right_one_is_shown(server: FakeIngest, make_stream: MakeStream):
    server.key = "the right key"
    errors: list[WindsockError] = []
    wrong = make_stream("cpu", key="a wrong key", on_error=errors.append)
    wrong.send(1)
    until(lambda: errors, "the error is told")
    assert [error.code for error in errors] == ["unauthorized"]
    right = make_stream("cpu", key="the right key")
    right.send(2)
    assert right.flush(10)
    assert server.samples("cpu") == [2]


def test_a_message_too_large_for_the_small_way_takes_the_large_one(server: FakeIngest):
    with FakeIngest(framed=True) as large:
        stream = Stream("log", "text", server=f"tcp://127.0.0.1:{server.port}?large={large.port}")
        stream.send("small")
        stream.send("x" * 2_000_000)
        stream.send("after")
        assert stream.flush(10)
        assert server.samples("log") == ["small", "after"]
        assert [len(line) for line in large.samples("log")] == [2_000_000]
        assert large.looks("log") == [{"type": "text"}]


def test_what_even_the_large_way_does_not_take_is_refused_here(server: FakeIngest, make_stream: MakeStream):
    errors: list[WindsockError] = []
    stream = make_stream("log", "text", on_error=errors.append)
    stream.send("x" * 34_000_000)
    assert stream.flush(10)
    assert stream.stats.refused == 1
    assert [error.code for error in errors] == ["too_large"]


def test_pictures_take_the_large_way():
    with FakeIngest(framed=True) as large:
        stream = Stream("camera", server=f"tcp://127.0.0.1:1?large={large.port}")
        stream.image(b"\xff\xd8\xff and so on")
        assert stream.flush(10)
        assert large.samples("camera")[0].startswith("data:image/jpeg;base64,")
        assert large.looks("camera") == [{"type": "image"}]

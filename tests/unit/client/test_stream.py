"""A stream as programs use it: two lines, and nothing that ever raises unless asked to."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.fake_ingest import FakeIngest, Fate, Message
from kit.waiting import until

from windsock.client import Stream, WindsockError

MakeStream = Callable[..., Stream]


def refuse_bad(number: int, message: Message) -> Fate:
    return Fate.REFUSE if message.get("value") == "bad" else Fate.STORE


def test_two_lines(server: FakeIngest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_SERVER", server.url)
    Stream("cpu", legend=["user", "sys"]).send(41, 18)
    assert server.wait_for("cpu", 1) == [[41, 18]]


def test_all_ways_to_give_a_value(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu")
    stream.send(1)
    stream.send(2, 3)
    stream.send([4, 5])
    stream.send({"a": 6})
    assert stream.flush()
    assert server.samples("cpu") == [1, [2, 3], [4, 5], {"a": 6}]


def test_text_has_a_level(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("log")
    stream.text("all is well")
    stream.text("or not", level="warning")
    assert stream.flush()
    assert server.samples("log") == ["all is well", {"level": "warning", "text": "or not"}]
    assert server.looks("log") == [{"type": "text"}]


def test_a_picture_is_read_from_a_file_at_once(tmp_path: Path):
    with FakeIngest(framed=True) as server:
        file = tmp_path / "frame.jpg"
        file.write_bytes(b"\xff\xd8\xff first")
        stream = Stream("camera", server=server.url)
        stream.image(file)
        file.write_bytes(b"\xff\xd8\xff second, and longer")
        stream.image(str(file))
        assert stream.flush()
        first, second = server.samples("camera")
        assert len(first) < len(second)
        stream.image(tmp_path / "missing.jpg")
        assert stream.stats.refused == 1


@pytest.mark.parametrize("value", [..., {"a": ...}, {(1, 2): 3}, b"bytes are no number"], ids=repr)
def test_a_value_without_a_json_form_is_counted_and_does_not_raise(make_stream: MakeStream, value: Any):
    errors: list[WindsockError] = []
    stream = make_stream("cpu", on_error=errors.append)
    stream.send(value)
    stream.send(1)
    assert stream.flush()
    assert (stream.stats.stored, stream.stats.refused) == (1, 1)
    [error] = errors
    assert (error.code, error.stream) == ("invalid", "cpu")
    assert error.message.startswith("value: ")


def test_objects_of_the_program_that_raise_do_not_raise_here(make_stream: MakeStream):
    class Trap:
        def __len__(self) -> int:
            raise ZeroDivisionError("a trap")

        def copy(self) -> object:
            raise ZeroDivisionError("a trap")

    stream = make_stream("cpu")
    stream.send(Trap())
    stream.send(1, time=object())
    assert stream.stats.refused == 2


def test_a_strict_stream_raises_what_the_server_refused(server: FakeIngest, make_stream: MakeStream):
    server.fate = refuse_bad
    stream = make_stream("log", "text", strict=True)
    stream.send("bad")
    with pytest.raises(WindsockError, match="value: no") as caught:
        stream.flush()
    assert (caught.value.code, caught.value.stream) == ("invalid", "log")
    stream.send("good")
    assert stream.flush()


def test_a_strict_stream_raises_from_the_next_send(server: FakeIngest, make_stream: MakeStream):
    server.fate = refuse_bad
    stream = make_stream("log", "text", strict=True)
    stream.send("bad")
    until(lambda: stream.stats.refused, "it is refused")
    with pytest.raises(WindsockError, match="value: no"):
        stream.send("good")


def test_a_strict_stream_raises_what_can_not_be_sent_or_waits_in_vain(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", strict=True)
    with pytest.raises(WindsockError, match="time"):
        stream.send(1, time=object())
    server.stop()
    stream.send(1)
    with pytest.raises(WindsockError) as caught:
        stream.flush(0.2)
    assert caught.value.code == "unreachable"


def test_trouble_is_logged_once_a_minute_and_not_a_thousand_times(
    server: FakeIngest, make_stream: MakeStream, caplog: pytest.LogCaptureFixture
):
    server.fate = lambda number, message: Fate.REFUSE
    stream = make_stream("log", "text")
    with caplog.at_level(logging.WARNING, "windsock"):
        for _ in range(200):
            stream.send({"level": 1})
            stream.send([1])
        assert stream.flush()
    assert len(caplog.records) <= 2
    assert "stream 'log': value: no (invalid)" in caplog.text


def test_an_on_error_that_raises_harms_nobody(
    server: FakeIngest, make_stream: MakeStream, caplog: pytest.LogCaptureFixture
):
    def fails(error: WindsockError) -> None:
        raise ZeroDivisionError

    server.fate = refuse_bad
    stream = make_stream("log", "text", on_error=fails)
    stream.send("bad")
    assert stream.flush()
    stream.send("good")
    assert stream.flush()
    assert server.samples("log") == ["good"]
    assert "on_error of stream 'log' failed" in caplog.text


def test_many_threads_may_send(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", "scatter")

    def send(thread: int) -> None:
        for number in range(500):
            stream.send(thread, number)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stream.flush(10)
    samples = server.samples("cpu")
    assert len(samples) == 4000
    for thread in range(8):
        assert [number for which, number in samples if which == thread] == list(range(500)), (
            "each thread's order is kept"
        )


def test_a_closed_stream_takes_no_more(server: FakeIngest, make_stream: MakeStream):
    with make_stream("cpu") as stream:
        stream.send(1)
    assert server.samples("cpu") == [1], "leaving the block sends what waits"
    stream.send(2)
    assert (stream.stats.stored, stream.stats.refused) == (1, 1)


def test_the_programs_own_exception_comes_out_of_a_strict_block(server: FakeIngest, make_stream: MakeStream):
    server.fate = refuse_bad

    def program() -> None:
        with make_stream("log", "text", strict=True) as stream:
            stream.send("bad")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        program()


def test_a_wrong_server_in_the_code_raises_and_one_in_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    with pytest.raises(ValueError, match="tcp://host:8010"):
        Stream("cpu", server="ftp://here")
    monkeypatch.setenv("WINDSOCK_SERVER", "ftp://here")
    stream = Stream("cpu")
    stream.send(1)
    assert stream.stats.refused == 1
    assert "'ftp://here' is no server" in caplog.text


def test_the_stream_of_a_mistyped_look_raises_at_once():
    with pytest.raises(TypeError, match="colour"):
        Stream("cpu", colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_an_idle_stream_can_be_sent_to_after_the_server_was_restarted(
    server: FakeIngest, make_stream: MakeStream, caplog: pytest.LogCaptureFixture
):
    stream = make_stream("cpu")
    stream.send(1)
    assert stream.flush()
    server.stop()
    server.start()
    stream.send(2)
    assert stream.flush(10)
    assert server.samples("cpu") == [1, 2]
    assert not caplog.records, "a restart that cost nothing is no reason for a warning"

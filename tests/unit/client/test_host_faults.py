"""What happens in the host program at a bad moment: no threads left, streams made while the server is away, a fork in the middle of an answer."""

from __future__ import annotations

import random
import socket
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable

import pytest
from kit.fake_ingest import FakeIngest, Fate
from kit.waiting import until

from windsock.client import Stream
from windsock.client.lane import Lane, State
from windsock.client.outbox import Outbox

MakeStream = Callable[..., Stream]


def test_a_thread_that_could_not_be_started_is_started_by_the_next_sample(
    server: FakeIngest, make_stream: MakeStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name.startswith("windsock"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    stream = make_stream("cpu")
    stream.send(1)
    monkeypatch.undo()
    stream.send(2)
    assert stream.flush(10)
    assert server.samples("cpu") == [1, 2]


def test_streams_made_while_the_server_is_away_do_not_end_the_thread(
    server: FakeIngest, make_stream: MakeStream, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.stop()
    told = threading.Event()
    reset = Outbox.reset

    def slow(outbox: Outbox) -> None:
        if outbox.stream == "second":
            told.wait(10)  # the thread that makes it loses its turn here, until others have looked at all streams
        reset(outbox)

    monkeypatch.setattr(Outbox, "reset", slow)
    first = make_stream("first")
    first.send(1)
    making = threading.Thread(target=lambda: make_stream("second").send(2))
    making.start()
    until(lambda: "nothing answers" in caplog.text, "the outage is told")
    told.set()
    making.join()
    server.start()
    assert first.flush(20)
    until(lambda: server.samples("second") == [2], "the other's sample comes, too")


def test_looks_that_were_under_way_when_the_connection_broke_are_sent_again(
    server: FakeIngest, make_stream: MakeStream
) -> None:
    stream = make_stream("cpu", "line", name="Old")
    stream.send(1)
    assert stream.flush(10)
    server.fate = lambda number, message: Fate.HANG_UP if message.get("name") == "New" else Fate.STORE
    stream.look(name="New")
    until(lambda: any(message.get("name") == "New" for message in server.received), "they are on their way")
    server.fate = lambda number, message: Fate.STORE
    until(lambda: server.stored[-1].get("name") == "New", "they come", 20)


def test_a_fork_while_an_answer_is_being_read_does_not_hang() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        code = f"""
            import os, sys
            from windsock.client import Stream
            def reading():
                "Whether a thread is in the middle of an answer: it holds the lock of what it reads from."
                return any(
                    frame.f_code.co_name == "readinto" and frame.f_back.f_code.co_name in ("read", "_safe_read")
                    for frame in sys._current_frames().values()
                )
            stream = Stream("cpu", server="http://127.0.0.1:{listener.getsockname()[1]}")
            stream.send(1)
            while not reading():
                pass
            child = os.fork()
            if child == 0:
                os._exit(7)
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
            os._exit(0)
        """
        with subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
        ) as program:
            connection, _ = listener.accept()
            with connection:
                received = b""
                while b"\r\n\r\n" not in received:
                    received += connection.recv(65536)
                # The head alone: the client's thread waits for the body.
                connection.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 28\r\n\r\n")
                try:
                    told, _ = program.communicate(timeout=20)
                finally:
                    program.kill()
        assert told == "7\n"


def test_a_seeded_program_gets_its_own_random_numbers_while_the_server_is_away(
    server: FakeIngest, make_stream: MakeStream
) -> None:
    server.stop()
    random.seed(7)
    expected = [random.random() for _ in range(3)]
    random.seed(7)
    stream = make_stream("cpu")
    stream.send(1)
    lane = stream.outbox.lane
    assert isinstance(lane, Lane)
    got = [random.random()]
    until(lambda: lane.trouble is not None and lane.state is State.AWAY, "it waits before the next try")
    got += [random.random(), random.random()]
    assert got == expected

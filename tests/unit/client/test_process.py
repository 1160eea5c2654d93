"""The end of a program, its forks, and its children."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from kit.fake_ingest import FakeIngest, Fate


def run(code: str, server: FakeIngest, seconds: float = 20) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**os.environ, "WINDSOCK_SERVER": server.url},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def test_a_program_that_ends_at_once_loses_nothing(server: FakeIngest):
    ended = run('from windsock.client import Stream; Stream("cpu").send(41)', server)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert server.samples("cpu") == [41]


def test_a_program_that_fails_loses_nothing_either(server: FakeIngest):
    ended = run(
        """
        from windsock.client import Stream
        stream = Stream("cpu")
        for number in range(5000): stream.send(number)
        raise SystemExit(3)
        """,
        server,
    )
    assert ended.returncode == 3
    assert server.samples("cpu") == list(range(5000))


def test_the_end_waits_for_a_server_that_is_away_but_not_for_long(server: FakeIngest):
    server.stop()
    began = time.monotonic()
    ended = run('from windsock.client import Stream; Stream("cpu").send(41)', server)
    assert time.monotonic() - began < 6, "it should give up after 2 s"
    assert ended.returncode == 0
    assert "1 samples were not sent before the program ended: nothing answers at 127.0.0.1" in ended.stderr


def test_what_is_given_up_is_not_tried_again(server: FakeIngest):
    server.stop()
    ended = run(
        """
        import threading, time
        from windsock.client import Stream
        from windsock.client.process import give_up
        stream = Stream("cpu")
        stream.send(41)
        assert not stream.flush(0.2)
        give_up()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and any("windsock" in thread.name for thread in threading.enumerate()): time.sleep(0.01)
        print([thread.name for thread in threading.enumerate()])
        """,
        server,
    )
    assert (ended.returncode, ended.stdout) == (0, "['MainThread']\n"), ended.stderr


def test_the_end_does_not_hang_on_a_server_that_never_answers(server: FakeIngest):
    server.fate = lambda number, message: Fate.KEEP_SILENT
    ended = run('from windsock.client import Stream; Stream("cpu").send(41)', server)
    assert ended.returncode == 0
    assert "not sent before the program ended" in ended.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_sends_its_own_and_nothing_of_its_parents(server: FakeIngest):
    ended = run(
        """
        import os
        from windsock.client import Stream, finish
        stream = Stream("cpu", "text")
        stream.send("parent before")
        for number in range(200): stream.send(f"waiting {number}")
        child = os.fork()
        if child == 0:
            stream.send("child")
            assert stream.flush(10), stream.stats
            assert stream.stats.sent == 1, stream.stats
            os._exit(0)
        stream.send("parent after")
        _, status = os.waitpid(child, 0)
        assert stream.flush(10), stream.stats
        raise SystemExit(status >> 8)
        """,
        server,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    samples = server.samples("cpu")
    assert sorted(samples) == sorted(["parent before", *(f"waiting {n}" for n in range(200)), "child", "parent after"])
    assert len({message["source"] for message in server.received if "source" in message}) == 2


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_send_before_they_end(server: FakeIngest, method: str, tmp_path: Path):
    script = tmp_path / "program.py"
    script.write_text(
        textwrap.dedent(f"""
            import multiprocessing
            from windsock.client import Stream
            stream = Stream("cpu", "text")
            def work(number):
                stream.send(f"child {{number}}")
            if __name__ == "__main__":
                stream.send("parent")
                context = multiprocessing.get_context("{method}")
                children = [context.Process(target=work, args=(number,)) for number in range(3)]
                for child in children: child.start()
                for child in children: child.join()
                raise SystemExit(max(child.exitcode for child in children))
            """)
    )
    ended = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "WINDSOCK_SERVER": server.url},
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert sorted(server.samples("cpu")) == ["child 0", "child 1", "child 2", "parent"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timer signals on this system")
def test_a_signals_handler_may_send_while_the_program_is_just_sending(server: FakeIngest):
    ended = run(
        """
        import signal
        from windsock.client import Stream
        stream = Stream("cpu", "line", queue=1_000_000)
        ticks = 0
        def tick(signum, frame):
            global ticks
            ticks += 1
            stream.send(-1)
        signal.signal(signal.SIGALRM, tick)
        signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
        sent = 0
        while ticks < 300:
            stream.send(sent)
            sent += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert stream.flush(20), stream.stats
        assert stream.stats.stored == sent + ticks, (stream.stats, sent, ticks)
        """,
        server,
    )
    assert (ended.returncode, ended.stderr) == (0, "")

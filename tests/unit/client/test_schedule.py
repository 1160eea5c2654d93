"""Functions that are called again and again."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from kit.fake_ingest import FakeIngest
from kit.waiting import until

from windsock.client import Schedule, Stream
from windsock.client.schedule import Job, JobState

MakeStream = Callable[..., Stream]


def test_what_a_function_returns_is_sent(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", "line")
    numbers = iter([1, None, (2, 3)])

    @stream.every(0.01)
    def read() -> object:
        return next(numbers, None)

    assert server.wait_for("cpu", 2) == [1, [2, 3]]
    assert callable(read)
    stream.close()


def test_closing_the_stream_ends_the_calls(server: FakeIngest, make_stream: MakeStream):
    stream = make_stream("cpu", "line")
    calls = 0

    @stream.every(0.001)
    def read() -> int:
        nonlocal calls
        calls += 1
        return calls

    until(lambda: calls > 3, "it is called")
    stream.close()
    count = calls
    assert not threading.Event().wait(0.05)
    assert calls <= count + 1
    assert read is not None


def test_a_function_that_fails_is_told_and_called_again(caplog: pytest.LogCaptureFixture):
    schedule = Schedule()
    calls = 0

    @schedule.every(0.005)
    def fails() -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    with schedule:
        until(lambda: calls >= 3, "it is called again")
    assert caplog.text.count("fails failed") == 1, "told once a minute"
    assert schedule.jobs[0].failures == calls
    assert fails is not None


def test_a_function_that_hangs_holds_up_no_other():
    hang = threading.Event()
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1

    schedule = Schedule()
    schedule.add(lambda: hang.wait(30), 0.005)
    schedule.add(tick, 0.005)
    schedule.start()
    until(lambda: ticks > 5, "the other goes on")
    assert not schedule.stop(0.05), "it says that one is still under way"
    hang.set()
    assert schedule.stop(5)


def test_calls_that_were_missed_are_skipped_and_counted():
    gate = threading.Event()
    job = Job(lambda: gate.wait(5), 0.01)
    job.start()
    assert not gate.wait(0.1)
    gate.set()
    until(lambda: job.calls > 1, "it is called again")
    job.stop(5)
    assert job.missed >= 5
    assert job.state is JobState.STOPPED


def test_a_job_starts_once_and_has_a_period():
    job = Job(lambda: None, 1)
    job.start()
    with pytest.raises(RuntimeError, match="started before"):
        job.start()
    job.stop(5)
    with pytest.raises(ValueError, match="period"):
        Job(lambda: None, 0)


def test_a_schedule_runs_for_a_time():
    calls: list[int] = []
    schedule = Schedule()
    schedule.add(lambda: calls.append(1), 0.005)
    schedule.run(0.05)
    assert calls
    assert all(job.state is JobState.STOPPED for job in schedule.jobs)

"""A stream's queue: bounded, the oldest dropped first, everything counted."""

from __future__ import annotations

from collections import deque
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from windsock.client.outbox import Outbox
from windsock.client.reports import Reports


class NoLane:
    """Stands for a lane whose thread never comes."""

    def __init__(self) -> None:
        self.name = "nowhere"
        self.trouble = None
        self.ready: deque[Outbox] = deque()
        self.outboxes: set[Outbox] = set()
        self.awake = False
        self.rung = 0

    def wake(self) -> None:
        self.rung += 1


def outbox_of(most: int, most_bytes: int = 10**9) -> tuple[Outbox, NoLane]:
    lane = NoLane()
    reports = Reports(on_error=lambda error: None)
    return Outbox("cpu", lane, reports, most, most_bytes), lane


@given(
    st.lists(st.tuples(st.sampled_from(["put", "take", "settle"]), st.integers(1, 60))),
    st.integers(1, 20),
    st.integers(1, 500),
)
def test_every_sample_is_counted_exactly_once(steps: list[tuple[str, int]], most: int, most_bytes: int):
    outbox, _ = outbox_of(most, most_bytes)
    under_way = 0
    for step, number in steps:
        if step == "put":
            outbox.put((0, number, number))
        elif step == "take":
            under_way += len(outbox.take(number % 7 + 1, 100))
        elif under_way:
            outbox.settle(stored=1)
            under_way -= 1
        stats = outbox.stats()
        assert stats.sent == stats.stored + stats.refused + stats.dropped + stats.waiting
        assert under_way <= stats.waiting <= under_way + most
    held = outbox.take(1000, 10**9)
    assert len(held) == outbox.stats().waiting - under_way
    assert len(held) <= 1 or sum(weight for _, _, weight in held) <= most_bytes


def test_the_oldest_go_first_and_the_newest_stays():
    outbox, _ = outbox_of(3)
    for number in range(5):
        outbox.put((0, number, 1))
    assert [value for _, value, _ in outbox.take(10, 1000)] == [2, 3, 4]
    outbox, _ = outbox_of(3, most_bytes=100)
    outbox.put((0, "small", 10))
    outbox.put((0, "huge", 1000))
    assert [value for _, value, _ in outbox.take(10, 10**6)] == ["huge"]


def test_it_stands_in_line_once_and_again_while_something_is_left():
    outbox, lane = outbox_of(100)
    for number in range(10):
        outbox.put((0, number, 1))
    assert list(lane.ready) == [outbox]
    lane.ready.clear()
    outbox.take(4, 1000)
    assert list(lane.ready) == [outbox], "six samples are left"
    lane.ready.clear()
    outbox.take(10, 1000)
    assert not lane.ready
    outbox.put((0, 1, 1))
    assert list(lane.ready) == [outbox]


def test_who_waits_for_room_is_called_when_there_is_room():
    outbox, _ = outbox_of(1)
    called: list[Any] = []
    outbox.when_room(lambda: called.append("at once"))
    outbox.put((0, 1, 1))
    outbox.when_room(lambda: called.append("later"))
    assert called == ["at once"]
    outbox.take(1, 1000)
    assert called == ["at once", "later"]


def test_waiting_ends_when_what_was_sent_before_is_settled():
    outbox, _ = outbox_of(10)
    outbox.put((0, 1, 1))
    assert not outbox.wait_settled(0)
    outbox.take(1, 100)
    outbox.settle(refused=1)
    assert outbox.wait_settled(0)

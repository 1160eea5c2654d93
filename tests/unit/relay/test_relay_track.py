"""The merge of live messages and history, under any interleaving: a broker that is played by hand, a subscription that is cut, reads that take their time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.shared.broker import Entry, History, Live
from windsock.web.track import Bounds, Plan, State, Track

KEPT = 12
"""Samples that the played broker's history keeps."""


@dataclass
class PlayedBroker:
    """One stream as the Lua script keeps it."""

    epoch: str = ""
    offset: int = 0
    entries: list[Entry] = field(default_factory=list[Entry])
    lives: int = 0
    written: int = 0

    def publish(self, count: int) -> Live:
        if not self.epoch:
            self.lives += 1
            self.epoch = f"e{self.lives}"
        self.offset += count
        self.written += 1
        payload = b"%d" % self.written
        self.entries.append(Entry(self.offset, count, payload))
        while self.entries[0].offset <= self.offset - KEPT:
            del self.entries[0]
        return Live(self.epoch, self.offset, count, 1, payload)

    def lose_last(self, batches: int) -> None:
        """What a server does that comes back without what it had not yet written to disk."""
        for _ in range(min(batches, len(self.entries) - 1)):
            gone = self.entries.pop()
            self.offset -= gone.count

    def empty(self) -> None:
        self.epoch, self.offset, self.entries = "", 0, []

    def read(self, plan: Plan) -> History:
        if not self.epoch:
            return History("", 0, [])
        after = plan.after if plan.newest is None else max(plan.after, self.offset - plan.newest)
        return History(self.epoch, self.offset, [entry for entry in self.entries if entry.offset > after])


class World:
    """A track, the broker, a line between them that can be cut, and a viewer in step that takes what the ring has after what it took last."""

    def __init__(self, samples: int, most: int) -> None:
        self.broker = PlayedBroker()
        self.track = Track(Bounds(samples, 10**6, most))
        self.on_the_way: deque[Live] = deque()
        self.subscribed = self.lost = False
        self.asked: list[tuple[Plan, History | None]] = []
        self.lives = 0
        self.seen_epoch = ""
        self.seen: list[bytes] = []
        self.at = 0

    # --- the line

    def publish(self, number: int) -> None:
        for count in (number, 1)[: number % 2 + 1]:
            live = self.broker.publish(count)
            if self.subscribed:
                self.on_the_way.append(live)

    def deliver(self, number: int) -> None:
        for _ in range(min(number, len(self.on_the_way))):
            self.track.live(self.on_the_way.popleft())

    def lose_one(self, _: int) -> None:
        if self.on_the_way:
            self.on_the_way.popleft()
            self.lost = True

    def connect(self, _: int) -> None:
        if not self.subscribed:
            self.subscribed = True
            self.track.subscribed()

    def cut(self, _: int) -> None:
        self.subscribed = False
        self.on_the_way.clear()
        self.track.cut()

    def crash_and_lose_the_last(self, number: int) -> None:
        self.cut(0)
        self.asked = [(plan, history) for plan, history in self.asked if history is not None]
        self.broker.lose_last(number)

    def flush(self, _: int) -> None:
        self.broker.empty()

    def doubt(self, _: int) -> None:
        self.track.doubt()

    def widen(self, number: int) -> None:
        self.track.widen(number * 5)

    # --- reads take their time

    def ask(self, _: int) -> None:
        plan = self.track.plan()
        if plan is not None:
            self.asked.append((plan, None))

    def broker_reads(self, _: int) -> None:
        for place, (plan, history) in enumerate(self.asked):
            if history is None:
                self.asked[place] = plan, self.broker.read(plan)
                return

    def answer_arrives(self, _: int) -> None:
        if self.asked and self.asked[0][1] is not None:
            plan, history = self.asked.pop(0)
            assert history is not None
            self.track.merge(plan, history)

    def read_fails(self, _: int) -> None:
        if self.asked:
            self.track.failed(self.asked.pop(0)[0])

    def settle(self, _: int) -> None:
        """All that is under way happens."""
        self.connect(0)
        for _ in range(20):
            while self.asked:
                self.broker_reads(0)
                self.answer_arrives(0)
            self.deliver(1000)
            self.ask(0)
            if not self.asked:
                # A server that was emptied without a word, or a message that was lost, is noticed with the next message.
                if self.broker.epoch and not self.lost:
                    self.compare()
                return
        raise AssertionError("the track reads for ever")

    def read_while_it_moves(self, number: int) -> None:
        """The likeliest trouble, which chance alone seldom makes: a read with a message on either side of each of its moments."""
        self.doubt(0)
        for step in (self.ask, self.broker_reads, self.answer_arrives):
            if number == 4:
                self.flush(0)
            self.publish(number)
            self.deliver(number)
            step(0)

    # --- the viewer

    def tick(self, _: int) -> None:
        track, ring = self.track, self.track.ring
        if not track.filled:
            return
        if track.lives != self.lives or not self.seen_epoch:
            self.lives, self.seen_epoch, self.seen = track.lives, ring.epoch, []
            entries, lost = ring.all(), 0
            self.at = ring.first - 1
        else:
            assert ring.epoch == self.seen_epoch, "another epoch is another life"
            assert ring.last >= self.at, "what was shown has been taken back without a new life"
            lost, entries = ring.since(self.at)
        assert self.at + lost + sum(entry.count for entry in entries) == ring.last, "a hole, or something twice"
        if lost:
            self.seen = []  # told, and drawn as a gap
        self.seen += [entry.payload for entry in entries]
        self.at = ring.last
        numbers = [int(payload) for payload in self.seen]
        assert numbers == sorted(set(numbers)), "out of order, or twice"
        track.trim(0.0, 0)

    def check(self) -> None:
        """Whatever happens, the ring is contiguous."""
        entries = self.track.ring.all()
        for one, two in pairwise(entries):
            assert two.offset - two.count == one.offset
        assert self.track.ring.rows == sum(entry.count for entry in entries)

    def end(self) -> None:
        """In the end all is well again: what the ring holds is the end of history, all of it that the bounds allow, and what the viewer has seen, too."""
        self.settle(0)
        track, broker = self.track, self.broker
        self.publish(2)
        self.lost = False
        self.settle(0)
        self.tick(0)
        both = min(len(self.seen), len(broker.entries))
        newest = [entry.payload for entry in broker.entries[len(broker.entries) - both :]]
        assert self.seen[len(self.seen) - both :] == newest, "the viewer has seen something else than history"
        assert track.state is State.LIVE

    def compare(self) -> None:
        ring, broker = self.track.ring, self.broker
        assert (ring.epoch, ring.last) == (broker.epoch, broker.offset), "something is missing"
        mine = ring.all()
        both = min(len(mine), len(broker.entries))
        assert mine[len(mine) - both :] == broker.entries[len(broker.entries) - both :], (
            "the ring holds something else than history"
        )
        bounds, first = self.track.bounds, broker.entries[0].offset - broker.entries[0].count + 1
        if bounds.most > 1000:
            assert ring.first <= max(first, ring.last - bounds.samples + 1), "the ring lacks what history has"


OFTEN = [World.publish, World.deliver, World.tick, World.ask, World.broker_reads, World.answer_arrives] * 3
SOMETIMES = [World.settle, World.doubt, World.connect, World.read_while_it_moves] * 2
SELDOM = [World.cut, World.crash_and_lose_the_last, World.flush, World.widen, World.read_fails, World.lose_one]


@settings(max_examples=2500, deadline=None)
@given(
    st.integers(1, 20),
    st.sampled_from([3, 10**6]),
    st.lists(st.integers(1, 4), max_size=4),
    st.lists(st.tuples(st.sampled_from(OFTEN + SOMETIMES + SELDOM), st.integers(1, 4)), min_size=5, max_size=60),
)
def test_any_interleaving_leaves_no_hole_and_nothing_twice(
    samples: int, most: int, before: list[int], steps: list[tuple[Callable[[World, int], None], int]]
) -> None:
    world = World(samples, most)
    for count in before:
        world.publish(count)
    world.settle(0)
    for step, number in steps:
        step(world, number)
        world.check()
    world.end()


def test_a_picture_is_not_waited_for() -> None:
    track = Track(Bounds(1000, 10**6, 10**6))
    track.turn(picture=True)
    track.subscribed()
    plan = track.plan()
    assert plan is not None
    assert plan.newest == 1
    track.merge(plan, History("e", 5, [Entry(5, 1, b"five")]))
    assert track.live(Live("e", 9, 1, 1, b"nine")), "a hole among pictures is no reason to read"
    assert track.state is State.LIVE
    track.trim(0, 0)
    assert [entry.payload for entry in track.ring.all()] == [b"nine"]


def test_what_is_held_is_bounded_and_read_again() -> None:
    track = Track(Bounds(1000, 10, 10))
    track.subscribed()
    plan = track.plan()
    assert plan is not None
    for number in range(1, 100):
        track.live(Live("e", number, 1, 1, b"four"))
    assert track.held < 4
    track.merge(plan, History("e", 0, []))
    again = track.plan()
    assert again is not None, "what was dropped is read"
    track.merge(again, History("e", 99, [Entry(99, 1, b"four")]))
    assert (track.state, track.ring.last) == (State.LIVE, 99)

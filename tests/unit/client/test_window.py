"""What is under way, and what must be sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from windsock.client.window import Packet, Window

if TYPE_CHECKING:
    from windsock.client.outbox import Outbox


class Delivery(RuleBasedStateMachine):
    """A client's window against a server that stores what it has not seen, over connections that break at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.window = Window(most_packets=20)
        self.made = 0
        self.again: list[Packet] = []
        self.wire: list[bytes] = []
        self.dealt_with = 0
        self.stored: list[int] = []
        self.done: set[bytes] = set()

    @precondition(lambda self: self.window.has_room and not self.again)
    @rule(announces=st.booleans())
    def send(self, announces: bool) -> None:
        if announces:
            packet = Packet(cast("Outbox", None), b"looks", 0)
        else:
            self.made += 1
            packet = Packet(cast("Outbox", None), b"%d" % self.made, 1)
        self.window.add(packet)
        self.wire.append(packet.data)

    @rule(count=st.integers(1, 5))
    def server_works(self, count: int) -> None:
        for data in self.wire[self.dealt_with : self.dealt_with + count]:
            self.dealt_with += 1
            if data != b"looks" and int(data) > (self.stored[-1] if self.stored else 0):
                self.stored.append(int(data))

    @rule()
    def acknowledgement_arrives(self) -> None:
        for packet in self.window.acknowledge(self.dealt_with):
            if packet.samples:
                assert packet.data not in self.done, "a sample is settled once"
                self.done.add(packet.data)

    @rule()
    def connection_breaks(self) -> None:
        self.again += self.window.rewind()
        self.wire, self.dealt_with = [], 0

    @precondition(lambda self: self.again)
    @rule()
    def connects_again(self) -> None:
        for packet in self.again:
            self.window.add(packet)
            self.wire.append(packet.data)
        self.again = []

    @invariant()
    def nothing_is_lost_doubled_or_out_of_order(self) -> None:
        assert self.stored == list(range(1, len(self.stored) + 1))

    @invariant()
    def what_is_settled_is_stored(self) -> None:
        assert self.done <= {b"%d" % number for number in self.stored}

    def teardown(self) -> None:
        self.connection_breaks()
        self.connects_again()
        self.server_works(10_000)
        self.acknowledgement_arrives()
        assert len(self.done) == self.made, "in the end every sample is settled"
        assert not len(self.window)


TestDelivery = Delivery.TestCase
TestDelivery.settings = settings(max_examples=200, stateful_step_count=40, deadline=None)


def packet(size: int = 10, samples: int = 1) -> Packet:
    return Packet(cast("Outbox", None), b"x" * size, samples)


def test_one_message_always_has_room_whatever_its_size():
    window = Window(most_bytes=100)
    assert window.has_room
    window.add(packet(1000))
    assert not window.has_room
    window.acknowledge(1)
    assert window.has_room


def test_a_refused_message_is_not_sent_again():
    window = Window()
    packets = [packet(), packet(), packet()]
    for each in packets:
        window.add(each)
    window.acknowledge(1)
    assert window.refuse(1) is packets[1]
    assert window.rewind() == [packets[2]]


def test_a_refusal_of_what_is_not_under_way_is_nobodys():
    window = Window()
    window.add(packet())
    assert window.refuse(5) is None
    window.acknowledge(1)
    assert window.refuse(0) is None

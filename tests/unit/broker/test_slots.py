"""Which slot a command goes to, and what a node's refusals mean."""

from __future__ import annotations

import pytest

from windsock.shared.broker.resp import Word
from windsock.shared.broker.slots import SLOTS, Place, SlotMap, Turn, command_slot, read_turn, slot_of, tag_in
from windsock.shared.keys import Keys

ASKED = Place("here", 1)


@pytest.mark.parametrize(
    ("command", "key"),
    [
        (("GET", "k"), "k"),
        (("EVALSHA", b"sha", 2, "k", "l", "x"), "k"),
        (("EVAL", b"return 1", 0), None),
        (("XGROUP", "CREATE", "k", "g", "0"), "k"),
        (("XREAD", "COUNT", 1, "BLOCK", 10, "STREAMS", "k", "0"), "k"),
        (("SPUBLISH", "{k}:live", "x"), "k"),
        (("PUBLISH", "k", "x"), None),
        (("PING",), None),
    ],
)
def test_a_command_goes_where_its_first_key_is(command: tuple[Word, ...], key: str | None) -> None:
    assert command_slot(command) == (None if key is None else slot_of(key))


@pytest.mark.parametrize("stream", ["a}b", "}x", "{", "{}", "a:spec", "日本", "a b"])
def test_all_of_a_stream_is_in_one_slot(stream: str) -> None:
    keys = Keys()
    names = [keys.spec, keys.history, keys.sources, keys.live, keys.frame, keys.frames, keys.access_units]
    names += [keys.feed_state, keys.feed_states, keys.feed_owner, keys.feed_fence]
    assert len({slot_of(name(stream)) for name in names}) == 1
    assert keys.sharded(keys.live(stream))
    assert keys.sharded(keys.feed_states(stream))


def test_what_scripts_touch_together_is_in_one_slot() -> None:
    keys = Keys("pre:fix")
    for together in (
        (keys.inbox, keys.inbox_lease),
        (keys.alerts_owner, keys.alerts_fence, keys.alerts),
        (keys.boards, keys.board("a}b"), keys.board("{x}"), keys.board_versions),
    ):
        assert len({slot_of(name) for name in together}) == 1, together
    assert not keys.sharded(keys.inbox_lease)
    assert not any(keys.sharded(name) for name in (keys.catalogue, keys.feeds_wake, keys.inbound("a"), keys.probe("x")))


@pytest.mark.parametrize(
    ("error", "turn"),
    [
        ("MOVED 12 other:7000", Turn("MOVED", 12, Place("other", 7000))),
        ("MOVED 12 :7000", Turn("MOVED", 12, Place("here", 7000))),
        ("ASK 12 ::1:7000", Turn("ASK", 12, Place("::1", 7000))),
        ("TRYAGAIN Multiple keys request during rehashing of slot", Turn("TRYAGAIN")),
        ("CLUSTERDOWN The cluster is down", Turn("CLUSTERDOWN")),
        ("READONLY You can't write against a read only replica.", Turn("READONLY")),
        ("WRONGTYPE Operation against a key", None),
        ("ERR unknown command", None),
    ],
)
def test_a_refusal_says_where_to_go_or_to_come_again(error: str, turn: Turn | None) -> None:
    assert read_turn(error, ASKED) == turn


def test_a_map_is_replaced_whole_and_learns_single_slots() -> None:
    slots = SlotMap()
    slots.replace([[0, 99, [b"a", 1, b"id"], [b"r", 2, b"id"]], [100, SLOTS - 1, [b"", 3, b"id"]]], ASKED)
    assert (slots[0], slots[99], slots[100], slots[SLOTS - 1]) == (
        Place("a", 1),
        Place("a", 1),
        *[Place("here", 3)] * 2,
    )
    assert slots.primaries == [Place("a", 1), Place("here", 3)]
    slots.learn(5, Place("b", 4))
    assert (slots[4], slots[5]) == (Place("a", 1), Place("b", 4))
    assert Place("b", 4) in slots
    tag = tag_in(slots, Place("here", 3))
    assert tag is not None
    assert slots[slot_of(f"probe:{{{tag}}}")] == Place("here", 3)
    assert tag_in(slots, Place("nobody", 1)) is None

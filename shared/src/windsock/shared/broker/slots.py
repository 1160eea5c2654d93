"""Which slot of a cluster a command's key is in, and which server has which slots: pure, nothing here does any I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from .resp import Word

__all__ = ["SLOTS", "Place", "SlotMap", "Turn", "command_slot", "read_turn", "slot_of", "tag_in"]

SLOTS: Final = REDIS_CLUSTER_HASH_SLOTS

_ANYWHERE: Final = frozenset(
    {
        "BGREWRITEAOF",
        "CLIENT",
        "CLUSTER",
        "CONFIG",
        "INFO",
        "KEYS",
        "PING",
        "PUBLISH",
        "PUBSUB",
        "ROLE",
        "SCRIPT",
        "TIME",
        "WAIT",
    }
)
"""Commands without a key. What is PUBLISHed on one node is heard on all."""
_SECOND: Final = frozenset({"MEMORY", "OBJECT", "XGROUP", "XINFO"})
_SCRIPTS: Final = frozenset({"EVAL", "EVALSHA"})


class Place(NamedTuple):
    """A node."""

    host: str
    port: int


def slot_of(key: str | bytes) -> int:
    """A key's slot, or a sharded channel's."""
    return key_slot(key.encode() if isinstance(key, str) else key)


def command_slot(command: Sequence[Word]) -> int | None:
    """The slot of a command's first key; None if it has none."""
    name = str(command[0]).upper()
    if name in _ANYWHERE:
        return None
    if name in _SCRIPTS:
        key = command[3] if int(command[2]) else None
    elif name in _SECOND:
        key = command[2]
    elif name == "XREAD":
        key = command[[str(word).upper() for word in command].index("STREAMS") + 1]
    else:
        key = command[1]
    return slot_of(key) if isinstance(key, str | bytes) else None


class Turn(NamedTuple):
    """An error reply by which a node sends us elsewhere, or tells us to come again. Nothing was done."""

    kind: str
    """`MOVED`, `ASK`, or what to wait for."""
    slot: int = -1
    place: Place | None = None


_LATER: Final = frozenset({"CLUSTERDOWN", "LOADING", "MASTERDOWN", "NOREPLICAS", "NOSCRIPT", "READONLY", "TRYAGAIN"})


def read_turn(error: str, asked: Place) -> Turn | None:
    """What an error reply of the node `asked` tells us to do; None if it is an error and no more."""
    kind, *rest = error.split(" ")
    if kind in _LATER:
        return Turn(kind)
    if kind not in {"MOVED", "ASK"} or len(rest) < 2:
        return None
    host, _, port = rest[1].rpartition(":")
    # An empty host stands for the one that was asked.
    return Turn(kind, int(rest[0]), Place(host.strip("[]") or asked.host, int(port)))


class SlotMap:
    """Which primary has which slots."""

    def __init__(self) -> None:
        self._places: list[Place | None] = [None] * SLOTS
        self.primaries: list[Place] = []

    def __getitem__(self, slot: int) -> Place | None:
        return self._places[slot]

    def __contains__(self, place: Place) -> bool:
        return place in self.primaries

    def learn(self, slot: int, place: Place) -> None:
        """A node said where a slot is."""
        self._places[slot] = place
        if place not in self.primaries:
            self.primaries.append(place)

    def replace(self, ranges: Iterable[Sequence[Any]], asked: Place) -> None:
        """Take over an answer to CLUSTER SLOTS: `[first, last, [host, port, ...] of the primary, ...]` each."""
        places: list[Place | None] = [None] * SLOTS
        primaries: dict[Place, None] = {}
        for first, last, primary, *_ in ranges:
            host = (primary[0] or b"").decode()
            place = Place(asked.host if host in {"", "?"} else host, int(primary[1]))
            places[first : last + 1] = [place] * (last - first + 1)
            primaries[place] = None
        self._places, self.primaries = places, list(primaries)


def tag_in(slot_map: SlotMap, place: Place) -> str | None:
    """A hash tag whose slot a node has; None if it has none."""
    if place not in slot_map:
        return None
    return next((str(n) for n in range(16 * SLOTS) if slot_map[slot_of(str(n))] == place), None)

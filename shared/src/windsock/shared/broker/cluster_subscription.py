"""Channels of a cluster: a stream's are heard on the stream's own node (SSUBSCRIBE), all others on any one node (SUBSCRIBE).

One `RedisSubscription` a node, each with a probe of its own. When slots move, or a node is lost, channels follow to where they are now. A listener that cares
for parts goes on hearing the others meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from windsock.shared.errors import WindsockError
from windsock.shared.runtime import Backoff

from .resp import Link, ReplyError, Word
from .servers import FixedServer
from .slots import Place, read_turn, slot_of, tag_in
from .subscription import RedisSubscription

if TYPE_CHECKING:
    from windsock.shared.keys import Keys

    from .cluster import Cluster
    from .port import Listener, PartListener

__all__ = ["ClusterSubscription"]

log = logging.getLogger(__name__)

GRACE_SECONDS: Final = 2.0
LOOK_SECONDS: Final = 5.0
"""Whether all channels are where their slots are is looked at this often, though nothing says that they moved."""


class AnyNode:
    """A `Server`: the nodes in turn, begun at another one by each process."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster = cluster
        self._turn = zlib.crc32(name.encode())

    async def open(
        self,
        name: str,
        *,
        on_message: Callable[[bytes, bytes], None] | None = None,
        lost: Callable[[str], None] | None = None,
    ) -> Link:
        await self._cluster.refresh()
        nodes = self._cluster.slots.primaries
        place = nodes[self._turn % len(nodes)]
        try:
            return await Link.open(self._cluster.address(place), name, on_message=on_message, lost=lost)
        except WindsockError:
            self._turn += 1
            raise

    async def moved(self, link: Link) -> bool:
        return not any(self._cluster.address(place) == link.address for place in self._cluster.slots.primaries)

    async def close(self) -> None:
        """The cluster closes itself."""


class NodeSubscription(RedisSubscription):
    """Sharded channels of one node."""

    kind = "ssubscribe"
    publish = "SPUBLISH"

    def __init__(
        self, owner: ClusterSubscription, server: FixedServer, place: Place, probe: str, name: str, listener: Listener
    ) -> None:
        super().__init__(server, probe, name, listener)
        self._owner = owner
        self.place: Final = place
        self.began: Final = time.monotonic()
        self.task: Final = asyncio.create_task(self.run())

    def _commands(self, command: str, channels: Sequence[str]) -> list[tuple[Word, ...]]:
        slots: dict[int, list[str]] = {}  # one command may name channels of one slot only
        for channel in channels:
            slots.setdefault(slot_of(channel), []).append(channel)
        return [(command, *names) for names in slots.values()]

    def _ended(self, kind: str, channel: bytes) -> None:  # noqa: ARG002  # there is but one kind here
        name = channel.decode(errors="replace")
        if channel == self._probe_name:
            self._give_up("the probe's slot is elsewhere now")
        elif name in self._channels:
            self._owner.moved(self, [name])

    def _refused(self, reply: ReplyError) -> None:
        turn = read_turn(str(reply), self.place)
        if turn is not None and turn.kind == "MOVED" and slot_of(self.probe_channel) != turn.slot:
            self._owner.moved(self, [name for name in self._channels if slot_of(name) == turn.slot])
        else:
            super()._refused(reply)

    def forget(self, channels: Iterable[str]) -> None:
        """These are elsewhere now."""
        self._channels.difference_update(channels)


class _Ear:
    """What one node's subscription tells its owner."""

    def __init__(self, owner: ClusterSubscription, listener: Listener) -> None:
        self._owner = owner
        self.node: NodeSubscription | None = None
        self.received = listener.received  # the hot path: nothing in between

    def connected(self) -> None:
        self._owner.node_up(self.node)

    def disconnected(self, reason: str) -> None:
        self._owner.node_down(self.node, reason)


class ClusterSubscription:
    """See `windsock.shared.broker.port.Subscription`."""

    def __init__(
        self,
        cluster: Cluster,
        keys: Keys,
        name: str,
        listener: Listener,
        patterns: Sequence[str],
        parts: PartListener | None,
    ) -> None:
        self._cluster = cluster
        self._keys = keys
        self._name = name
        self._listener = listener
        self._parts = parts
        self._nodes: dict[Place, NodeSubscription] = {}
        self._homeless_since = 0.0
        self._homeless: set[str] = set()
        """Sharded channels that are on no node's subscription at the moment."""
        self._waiting: list[tuple[set[str], Callable[[], None]]] = []
        """Channels that are to be confirmed yet, and whom to tell then."""
        self._told_up = False
        self._look = asyncio.Event()
        self._running = False
        ear = _Ear(self, listener)
        self._home: Final = RedisSubscription(AnyNode(cluster, name), keys.probe(name), name, ear, patterns)

    # --- port.Subscription

    @property
    def up(self) -> bool:
        # What has just begun to be listened to is not missed yet.
        due = time.monotonic() - GRACE_SECONDS
        nodes = all(node.up or (not node.reconnections and node.began > due) for node in self._nodes.values())
        return self._home.up and nodes and (not self._homeless or self._homeless_since > due)

    @property
    def _settled(self) -> bool:
        return not self._homeless and all(node.up for node in self._nodes.values())

    def add(self, channels: Iterable[str], subscribed: Callable[[], None] | None = None) -> None:
        wanted = list(dict.fromkeys(channels))
        sharded = [channel for channel in wanted if self._keys.sharded(channel)]
        plain = [channel for channel in wanted if not self._keys.sharded(channel)]
        if subscribed is not None and (plain or self._parts is None):
            self._waiting.append((set(wanted), subscribed))
        if plain:
            self._home.add(plain, lambda: self._confirmed(plain))
        known = self._known()
        if there := [channel for channel in sharded if channel in known]:
            self._confirmed(there)
        self._place(channel for channel in sharded if channel not in known)

    def remove(self, channels: Iterable[str]) -> None:
        gone = set(channels)
        self._home.remove(gone)
        self._homeless -= gone
        for node in self._nodes.values():
            node.remove(gone)
        for wanted, _ in self._waiting:
            wanted.difference_update(gone)
        self._waiting = [each for each in self._waiting if each[0]]
        self._look.set()

    async def run(self) -> None:
        self._running = True
        home = asyncio.create_task(self._home.run())
        backoff = Backoff(first=0.05, most=1.0)
        try:
            while True:
                self._look.clear()
                try:
                    await self._settle()
                except WindsockError as error:
                    log.debug("channels can't be placed: %s", error.message)
                for task in (home, *(node.task for node in self._nodes.values())):
                    if task.done():
                        task.result()  # it ended, and should not have: let that be seen
                if not self._settled:
                    await backoff.wait()
                    continue
                backoff.reset()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_SECONDS):
                        await self._look.wait()
        finally:
            self._running = False
            tasks = [home, *(node.task for node in self._nodes.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # --- where channels are

    def _known(self) -> set[str]:
        return self._homeless.union(*(node.channels for node in self._nodes.values()))

    async def _settle(self) -> None:
        """Let each channel be heard on the node that has it now."""
        await self._cluster.refresh(after=time.monotonic() - (LOOK_SECONDS / 2 if self._settled else 0.0))
        place_of = self._cluster.place_of
        for node in list(self._nodes.values()):
            gone = place_of(node.probe_channel) != node.place
            if strayed := [channel for channel in node.channels if gone or place_of(channel) != node.place]:
                self._take_from(node, strayed)
            if not node.channels:
                del self._nodes[node.place]
                node.task.cancel()
        self._place(list(self._homeless))
        self._tell()

    def _place(self, channels: Iterable[str]) -> None:
        slots: dict[int, list[str]] = {}
        for channel in channels:
            slots.setdefault(slot_of(channel), []).append(channel)
        for slot, names in slots.items():
            place = self._cluster.slots[slot] if self._running else None
            node = None if place is None else self._nodes.get(place) or self._begin(place)
            if node is None:
                self._lose(names)
            else:
                self._homeless.difference_update(names)
                node.add(names, partial(self._heard, names))

    def _lose(self, channels: Iterable[str]) -> None:
        if not self._homeless:
            self._homeless_since = time.monotonic()
        self._homeless.update(channels)
        self._look.set()

    def _begin(self, place: Place) -> NodeSubscription | None:
        tag = tag_in(self._cluster.slots, place)
        if tag is None:
            return None
        ear = _Ear(self, self._listener)
        server = FixedServer(self._cluster.address(place))
        probe = f"{self._keys.probe(self._name)}:{{{tag}}}"
        node = ear.node = NodeSubscription(self, server, place, probe, self._name, ear)
        self._nodes[place] = node
        return node

    def _take_from(self, node: NodeSubscription, channels: Sequence[str]) -> None:
        node.remove(channels)
        self._lose(channels)
        self._cut(channels, "their slots are on another node now")

    # --- what the nodes' subscriptions say

    def moved(self, node: NodeSubscription, channels: Sequence[str]) -> None:
        """A node has these no longer."""
        node.forget(channels)
        self._lose(channels)
        self._cut(channels, "their slots are on another node now")

    def node_up(self, node: NodeSubscription | None) -> None:
        """A node's channels are heard; None: the plain ones."""
        self._heard(self._home.channels if node is None else node.channels)

    def node_down(self, node: NodeSubscription | None, reason: str) -> None:
        """Messages of a node may be missed; None: of the plain channels."""
        self._look.set()
        if node is None:
            self._say_down(reason)
        else:
            self._cut(node.channels, reason)

    def _heard(self, channels: Iterable[str]) -> None:
        channels = list(channels)
        if self._parts is not None and (sharded := [name for name in channels if self._keys.sharded(name)]):
            self._parts.mended(sharded)
        self._confirmed(channels)
        self._tell()

    def _confirmed(self, channels: Iterable[str]) -> None:
        gone = set(channels)
        for wanted, _ in self._waiting:
            wanted.difference_update(gone)
        ready = [told for wanted, told in self._waiting if not wanted]
        self._waiting = [each for each in self._waiting if each[0]]
        for told in ready:
            told()

    def _cut(self, channels: Iterable[str], reason: str) -> None:
        if self._parts is None:
            self._say_down(reason)
        else:
            self._parts.cut(channels)

    def _say_down(self, reason: str) -> None:
        if self._told_up:
            self._told_up = False
            self._listener.disconnected(reason)

    def _tell(self) -> None:
        """Say that the subscription is up, once it is. Who cares for parts is told of the plain channels here, of the others by part."""
        ready = self._home.up and (self._parts is not None or self._settled)
        if ready and not self._told_up:
            self._told_up = True
            self._waiting.clear()
            self._listener.connected()

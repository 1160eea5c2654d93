"""A real cluster on loopback: primaries, replicas, slots that move, a primary that dies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from redis.crc import key_slot

from kit.ports import free_port
from kit.valkey import ValkeyProcess
from kit.waiting import until

__all__ = ["ValkeyCluster"]

SLOTS = 16384
NODE_TIMEOUT_MS = 1500
"""A node that is not heard of for this long has failed."""


class ValkeyCluster:
    """Some primaries, each with some replicas. A context manager: formed on entry, gone afterwards."""

    def __init__(
        self,
        primaries: int = 3,
        replicas: int = 0,
        binary: str | None = None,
        *,
        persistent: bool = False,
        make_node: Callable[..., ValkeyProcess] = ValkeyProcess,
    ) -> None:
        self._count = primaries
        self._replicas = replicas
        self.nodes = [
            make_node(binary, *_node_options(), **({"persistent": True} if persistent else {}))
            for _ in range(primaries * (1 + replicas))
        ]

    @property
    def url(self) -> str:
        return "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in self.nodes)

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            for node in self.nodes:
                stack.enter_context(node)
            self._form()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def close(self) -> None:
        self._stack.close()

    def _form(self) -> None:
        first, *others = self.nodes
        for number, node in enumerate(self.nodes, 1):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", str(number))
        for node in others:
            node.ask("CLUSTER", "MEET", "127.0.0.1", str(first.port), self._bus(first))
        until(
            lambda: all(len(self._lines(node)) == len(self.nodes) and self._met(node) for node in self.nodes),
            "all nodes know each other",
            30,
        )
        share = SLOTS // self._count
        for number, node in enumerate(self.nodes[: self._count]):
            last = SLOTS - 1 if number == self._count - 1 else (number + 1) * share - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", str(number * share), str(last))
        for number, replica in enumerate(self.nodes[self._count :]):
            primary = self.id_of(self.nodes[number % self._count])
            until(lambda replica=replica, primary=primary: primary in str(replica.ask("CLUSTER", "NODES")), "known", 10)
            replica.ask("CLUSTER", "REPLICATE", primary)
        until(lambda: self.whole() and self._replicated(), "the cluster stands", 30)

    def _lines(self, node: ValkeyProcess) -> list[list[str]]:
        return [line.split() for line in node.ask("CLUSTER", "NODES").decode().splitlines()]

    def _met(self, node: ValkeyProcess) -> bool:
        return all("handshake" not in line[2] and "fail" not in line[2] for line in self._lines(node))

    def whole(self) -> bool:
        """Whether every running node says that all slots are served, and every replica is connected."""
        return all(self._content(node) for node in self.nodes if node.running)

    @staticmethod
    def _content(node: ValkeyProcess) -> bool:
        role = node.ask("ROLE")
        connected = role[0] != b"slave" or role[3] == b"connected"
        return connected and b"cluster_state:ok" in node.ask("CLUSTER", "INFO")

    def _replicated(self) -> bool:
        """Whether every node knows of every primary's replicas."""
        per_range = 3 + self._replicas  # first slot, last slot, the primary, its replicas
        return all(len(part) == per_range for node in self.nodes for part in node.ask("CLUSTER", "SLOTS"))

    @staticmethod
    def _bus(node: ValkeyProcess) -> str:
        return node.ask("CONFIG", "GET", "cluster-port")[1].decode()

    @staticmethod
    def id_of(node: ValkeyProcess) -> str:
        """A node's name in the cluster."""
        return node.ask("CLUSTER", "MYID").decode()

    def primaries(self) -> list[ValkeyProcess]:
        """The nodes that say they are primaries."""
        return [node for node in self.nodes if node.running and node.ask("ROLE")[0] == b"master"]

    def owner(self, key: str) -> ValkeyProcess:
        """The primary that has a key, as the running nodes say."""
        slot = key_slot(key.encode())
        for node in self.nodes:
            if node.running:
                for first, last, primary, *_ in node.ask("CLUSTER", "SLOTS"):
                    if first <= slot <= last:
                        return self.at(primary[1])
        raise AssertionError(f"nobody has slot {slot}")

    def at(self, port: int) -> ValkeyProcess:
        """The node at a port."""
        (node,) = [node for node in self.nodes if node.port == port]
        return node

    def move(self, key: str, target: ValkeyProcess) -> None:
        """Move a key's slot to another primary, key by key, as `redis-cli --cluster reshard` does."""
        slot, source = str(key_slot(key.encode())), self.owner(key)
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id_of(source))
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id_of(target))
        while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, "10"):
            source.ask("MIGRATE", "127.0.0.1", str(target.port), "", "0", "5000", "KEYS", *keys)
        for node in (target, source, *self.primaries()):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", self.id_of(target))

    def command_all(self, *words: str) -> None:
        """A command on every node."""
        for node in self.nodes:
            node.ask(*words)

    def move_at_once(self, key: str, target: ValkeyProcess) -> None:
        """Move a key's slot as Valkey 9 does it by itself, whole and in the background."""
        slot = str(key_slot(key.encode()))
        self.owner(key).ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", self.id_of(target))
        until(lambda: self.owner(key) is target, "the slot is moved", 20)

    def replica_of(self, primary: ValkeyProcess) -> ValkeyProcess:
        """A primary's replica."""
        return next(node for node in self.nodes if node.running and self._follows(node, primary))

    @staticmethod
    def _follows(node: ValkeyProcess, primary: ValkeyProcess) -> bool:
        role = node.ask("ROLE")
        return role[0] == b"slave" and role[2] == primary.port

    def heal(self) -> None:
        """Start what was killed, and wait until each primary has its replicas again."""
        for node in self.nodes:
            if node.running:
                node.thaw()
            else:
                node.start()
        until(lambda: self.whole() and self._replicated(), "the cluster is whole", 60)

    def flush(self) -> None:
        """Forget all data."""
        for node in self.primaries():
            node.ask("FLUSHALL")


def _node_options() -> tuple[str, ...]:
    return (
        *("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"),
        *("--cluster-node-timeout", str(NODE_TIMEOUT_MS), "--cluster-port", str(free_port())),
        *("--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"),
    )

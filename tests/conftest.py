"""Fixtures that all tests share: a real broker, settings for it, and nothing left in the environment that could change a result."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from kit.cluster import ValkeyCluster
from kit.sentinel import SentinelSet
from kit.tls import TlsServer
from kit.valkey import ValkeyProcess

from windsock.shared.settings import PREFIX, Settings, load_settings

hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For a search of hours: pytest --hypothesis-profile=thorough -k ...
hypothesis_settings.register_profile("thorough", hypothesis_settings.get_profile("patient"), max_examples=20_000)
# An example has no deadline: on a busy machine one of a millisecond took 0.4 s, and failed a test that has nothing to say about time.
hypothesis_settings.load_profile("patient")


@pytest.fixture(scope="session", autouse=True)
def interruptible() -> None:
    """Programs that tests start can be interrupted, even if these tests run in a shell's background, where SIGINT is ignored and children inherit that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the person who runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_valkey() -> Iterator[ValkeyProcess]:
    """One Valkey for all tests that leave it standing."""
    with ValkeyProcess() as server:
        yield server


@pytest.fixture
def broker_url(shared_valkey: ValkeyProcess) -> str:
    """A real, empty Valkey."""
    shared_valkey.flush()
    return shared_valkey.url


@pytest.fixture
def valkey() -> Iterator[ValkeyProcess]:
    """A Valkey of the test's own, to stop, kill or freeze."""
    with ValkeyProcess() as server:
        yield server


AnyBroker = ValkeyProcess | SentinelSet | ValkeyCluster


@pytest.fixture(scope="session")
def _brokers() -> Iterator[dict[str, AnyBroker]]:
    brokers: dict[str, AnyBroker] = {}
    with contextlib.ExitStack() as stack:
        stack.callback(lambda: [broker.close() for broker in brokers.values()])
        yield brokers


@pytest.fixture(params=["valkey", "redis", "tls", "sentinel", "cluster", "redis-cluster"])
def any_broker(request: pytest.FixtureRequest, _brokers: dict[str, AnyBroker]) -> AnyBroker:
    """Each kind of broker that there is, empty: the embedded Valkey and Debian's redis-server, with TLS, behind sentinels and as a cluster."""
    kind: str = request.param
    if kind not in _brokers:
        redis = shutil.which("redis-server")
        if redis is None and kind in {"redis", "tls", "redis-cluster"}:
            pytest.skip(
                "redis-server is not installed (apt-get install redis-server): the contract is tested on Valkey alone"
            )
        broker: AnyBroker
        if kind == "cluster":
            broker = ValkeyCluster()
        elif kind == "redis-cluster":
            broker = ValkeyCluster(binary=redis)
        elif kind == "sentinel":
            broker = SentinelSet()
        else:
            broker = TlsServer(str(redis)) if kind == "tls" else ValkeyProcess(redis if kind == "redis" else None)
        _brokers[kind] = broker.__enter__()
    _brokers[kind].flush()
    return _brokers[kind]


@pytest.fixture
def make_settings(broker_url: str) -> Callable[..., Settings]:
    """Settings on the test's broker and on free ports; keyword arguments win."""

    def make(**overrides: object) -> Settings:
        ports = dict.fromkeys(
            (
                "web_port",
                "tcp_port",
                "tcp_large_port",
                "http_port",
                "ingest_tcp_health_port",
                "ingest_redis_health_port",
                "video_health_port",
            ),
            0,
        )
        return load_settings(**({"redis_url": broker_url, **ports} | overrides))

    return make

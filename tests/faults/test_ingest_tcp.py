"""ingest-tcp as a real process: killed, flooded, stopped, and with the broker taken away from it."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
from kit.history import stored_values as values
from kit.service import ServiceProcess
from kit.valkey import ValkeyProcess
from kit.waiting import until

pytestmark = pytest.mark.faults

KILLS = 20


class Link:
    """A publisher's connection with acknowledgements."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self._file = self.socket.makefile("rb")
        self.send({"hello": {"ack": True}})
        assert self.read_ack() == 0

    def send(self, *messages: dict[str, Any]) -> None:
        self.socket.sendall(b"".join(json.dumps(message).encode() for message in messages))

    def read_ack(self) -> int:
        """The next acknowledgement.

        Raises:
            ConnectionError: the other side is gone.
        """
        text = self._file.readline()
        if not text.endswith(b"\n"):
            raise ConnectionError("the connection ended")
        return int(json.loads(text)["ack"])

    def close(self) -> None:
        self._file.close()
        self.socket.close()


class Insister:
    """A publisher that numbers its messages and sends them again until they are acknowledged."""

    def __init__(self, port: int) -> None:
        self.acknowledged = 0
        self._port = port
        self._sent = 0
        self._unacknowledged: deque[int] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set() or self._unacknowledged:
            with contextlib.suppress(OSError):
                link = Link(self._port)
                try:
                    self._publish(link)
                finally:
                    link.close()
            time.sleep(0.005)

    def _publish(self, link: Link) -> None:
        """Send again what was not acknowledged, then new messages; a window of 200 under way."""
        base, on_the_way = self.acknowledged, 0
        again = list(self._unacknowledged)
        while not self._stop.is_set() or self._unacknowledged:
            if again:
                batch, again = again[:20], again[20:]
            elif self._stop.is_set():
                batch = []
            else:
                batch = list(range(self._sent + 1, self._sent + 21))
                self._sent += len(batch)
                self._unacknowledged += batch
            link.send(*({"id": "kill", "value": number, "source": "insister", "seq": number} for number in batch))
            on_the_way += len(batch)
            while on_the_way > 180 or (on_the_way and not batch):
                count = link.read_ack()
                on_the_way -= base + count - self.acknowledged
                while self.acknowledged < base + count:
                    assert self._unacknowledged.popleft() == self.acknowledged + 1
                    self.acknowledged += 1

    def finish(self) -> int:
        """Stop when everything is acknowledged; how many that are."""
        self._stop.set()
        self._thread.join(40)
        assert not self._thread.is_alive(), "not everything was acknowledged"
        return self.acknowledged


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_through_twenty_kills_each_acknowledged_message_is_stored_once_and_in_order(broker_url: str) -> None:
    dice = random.Random(5)
    with ServiceProcess("ingest_tcp", broker_url, history_samples=10_000_000) as service:
        insister = Insister(service.port("tcp_port"))
        for kill in range(KILLS):
            goal = insister.acknowledged + dice.randint(1, 1500)
            until(lambda goal=goal: insister.acknowledged >= goal, f"progress before kill {kill}", 40)
            time.sleep(dice.random() * 0.01)
            service.kill()
            service.start(wait=False)
        count = insister.finish()
        stored = values(broker_url, "kill")
    assert stored == list(range(1, count + 1)), "each number once, in order, none missing"


def test_publishers_wait_while_the_broker_is_away_and_nothing_is_lost(valkey: ValkeyProcess) -> None:
    with ServiceProcess("ingest_tcp", valkey.url, max_in_hand=200) as service:
        link = Link(service.port("tcp_port"))
        link.send({"id": "s", "value": 0})
        assert link.read_ack() == 1
        valkey.kill()
        until(lambda: service.get("/readyz")[0] == 503, "it says that it is not ready")
        sent = 0

        def push() -> None:
            nonlocal sent
            link.socket.settimeout(0.5)
            with contextlib.suppress(TimeoutError):
                while sent < 200_000:
                    # One message a call: a call that times out has sent it or, if the buffer had no room at all, not.
                    link.socket.sendall(b'{"id":"s","value":%d}' % (sent + 1) + b" " * 900)
                    sent += 1

        push()
        assert 0 < sent < 200_000, "the kernel told the publisher to wait"
        assert service.get("/healthz")[0] == 200
        valkey.start()
        service.wait_ready()
        link.socket.settimeout(20)
        # The last message was cut off by the time limit; a newline inside ends it.
        link.socket.sendall(b"\n" * 1000)
        while link.read_ack() < sent + 1:
            pass
        link.close()
        stored = values(valkey.url, "s")
        assert stored[:sent] == list(range(1, sent + 1)), (
            "the broker came back empty and got all that came since, in order"
        )
        assert service.stop() == 0


def test_a_flood_of_garbage_does_not_hold_up_a_good_publisher(broker_url: str) -> None:
    garbage = [
        b"{}" * 30_000,
        b"\xff\x00garbage" * 6000,
        b'{"id":1,"value":"x"}' * 3000,
        b'{"id":' * 10_000,
        b"[" * 60_000,
    ]
    over = threading.Event()

    def flood(port: int, what: bytes) -> None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as link:
            link.settimeout(0.2)
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    link.send(what)

    with ServiceProcess("ingest_tcp", broker_url) as service:
        port = service.port("tcp_port")
        floods = [threading.Thread(target=flood, args=(port, what), daemon=True) for what in garbage]
        for thread in floods:
            thread.start()
        try:
            link = Link(port)
            waits: list[float] = []
            for number in range(1, 101):
                began = time.monotonic()
                link.send({"id": "good", "value": number})
                assert link.read_ack() == number
                waits.append(time.monotonic() - began)
            link.close()
        finally:
            over.set()
            for thread in floods:
                thread.join(5)
        assert values(broker_url, "good") == list(range(1, 101))
        assert sorted(waits)[50] < 0.5, (
            f"half of the messages took longer than {sorted(waits)[50]:.2f} s beside the flood"
        )
        assert service.metric('windsock_refused_total{code="malformed",way="tcp"}') > 0


def test_an_orderly_stop_stores_and_acknowledges_what_was_read(broker_url: str) -> None:
    with ServiceProcess("ingest_tcp", broker_url) as service:
        links = [Link(service.port("tcp_port")) for _ in range(3)]
        for number, link in enumerate(links):
            link.send(*({"id": f"s{number}", "value": value} for value in range(2000)))
        until(lambda: any(values(broker_url, f"s{number}") for number in range(3)), "the first are stored")
        assert service.stop() == 0
        for number, link in enumerate(links):
            count = 0
            with contextlib.suppress(OSError):
                while True:
                    count = link.read_ack()
            assert len(values(broker_url, f"s{number}")) >= count
            link.close()


def test_a_taken_port_is_a_sentence_and_status_1(broker_url: str) -> None:
    with contextlib.closing(ServiceProcess("ingest_tcp", broker_url)) as service:
        with socket.create_server(("127.0.0.1", service.port("tcp_port"))):
            service.start(wait=False)
            assert service.ended() == 1
        assert f"port {service.port('tcp_port')} is taken" in service.log
        assert "WINDSOCK_TCP_PORT" in service.log
        assert "Traceback" not in service.log


@pytest.fixture(autouse=True)
def _quiet_threads() -> Iterator[None]:
    before = threading.active_count()
    yield
    until(lambda: threading.active_count() <= before, "the test's threads ended")

"""SIGTERM ends every service with status 0 and in time, whatever it is doing: being started, connecting, waiting for a broker that is away or that hangs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kit.ports import free_port
from kit.service import ServiceProcess
from kit.valkey import ValkeyProcess
from kit.waiting import until, until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.broker.resp import Link, Word
from windsock.shared.settings import load_settings

pytestmark = pytest.mark.faults

SERVICES = ("ingest_tcp", "ingest_http", "ingest_redis", "video", "web")
ENDS_SECONDS = 9.0
"""A container is killed after ten."""
STEPS = 3


def catches_sigterm(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM, as the kernel sees it."""
    caught = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt:")
    ).split()[1]
    return bool(int(caught, 16) >> 14 & 1)


@pytest.mark.parametrize("service", SERVICES)
def test_while_it_is_being_started(service: str, broker_url: str) -> None:
    """At several moments between its first lines and its first answer."""
    with contextlib.closing(ServiceProcess(service, broker_url)) as process:
        began = time.monotonic()
        process.start()
        took = time.monotonic() - began
        assert process.stop(ENDS_SECONDS) == 0, process.log
        for step in range(STEPS):
            process.start(wait=False)
            until(lambda: catches_sigterm(process.pid), "it hears SIGTERM", 30)
            time.sleep(took * step / STEPS)  # not a wait for something: the moment is what is tested
            assert process.stop(ENDS_SECONDS) == 0, f"step {step}:\n{process.log}"
        assert "Traceback" not in process.log


@pytest.mark.parametrize("service", SERVICES)
def test_while_there_is_no_broker(service: str) -> None:
    with contextlib.closing(ServiceProcess(service, f"redis://127.0.0.1:{free_port()}/0")) as process:
        process.start(wait=False)
        until(lambda: process.get("/healthz")[0] == 200, "it lives", 30)
        until(lambda: process.get("/readyz")[0] == 503, "it has noticed", 30)
        assert process.stop(ENDS_SECONDS) == 0, process.log
        assert "Traceback" not in process.log


@pytest.mark.parametrize("service", SERVICES)
def test_while_the_broker_takes_its_connection_and_says_nothing(service: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        silent.settimeout(30)
        with contextlib.closing(ServiceProcess(service, url)) as process:
            process.start(wait=False)
            link, _ = silent.accept()
            with link:
                until(lambda: process.get("/healthz")[0] == 200, "it lives", 30)
                assert process.stop(ENDS_SECONDS) == 0, process.log
            assert "Traceback" not in process.log


def feed_tcp(process: ServiceProcess, _: ValkeyProcess) -> None:
    with socket.create_connection(("127.0.0.1", process.port("tcp_port")), 10) as link:
        link.sendall(b'{"id": "s", "value": 1}\n' * 100)


def feed_http(process: ServiceProcess, _: ValkeyProcess) -> None:
    link = socket.create_connection(("127.0.0.1", process.port("http_port")), 10)
    body = json.dumps({"id": "s", "value": 1}).encode()
    link.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
    link.close()


def feed_redis(_: ServiceProcess, valkey: ValkeyProcess) -> None:
    for number in range(100):
        valkey.ask("PUBLISH", "windsock:in:s", json.dumps({"value": number}))
        valkey.ask("XADD", "windsock:inbox", "*", "m", json.dumps({"id": "i", "value": number}))


def nothing(*_: object) -> None:
    """It has nothing in hand."""


FEEDS: dict[str, Callable[[ServiceProcess, ValkeyProcess], None]] = {
    "ingest_tcp": feed_tcp,
    "ingest_http": feed_http,
    "ingest_redis": feed_redis,
    "video": nothing,
    "web": nothing,
}


@pytest.mark.parametrize("fault", ["hangs", "is gone"])
@pytest.mark.parametrize("service", SERVICES)
def test_with_messages_in_hand_and_a_broker_that(service: str, fault: str, valkey: ValkeyProcess) -> None:
    with ServiceProcess(service, valkey.url) as process:
        if service == "ingest_redis":
            until(lambda: process.metric("windsock_reader_active") == 1, "it reads", 30)
            FEEDS[service](process, valkey)
        if fault == "hangs":
            valkey.freeze()
        else:
            valkey.kill()
        if service != "ingest_redis":
            FEEDS[service](process, valkey)
        if service == "ingest_tcp":
            until(lambda: process.metric('windsock_in_hand{way="tcp"}') == 100, "all are in hand", 30)
        assert process.stop(ENDS_SECONDS) == 0, process.log
        assert "Traceback" not in process.log
        if service == "ingest_tcp":
            assert "100 messages could not be stored" in process.log


@pytest.mark.parametrize("service", SERVICES)
def test_while_it_comes_back_to_a_broker(service: str, valkey: ValkeyProcess) -> None:
    with ServiceProcess(service, valkey.url) as process:
        for step in range(STEPS):
            valkey.kill()
            until(lambda: process.get("/readyz")[0] == 503, "it has noticed", 30)
            valkey.start()
            time.sleep(0.3 * step)  # not a wait for something: the moment is what is tested
            assert process.stop(ENDS_SECONDS) == 0, f"step {step}:\n{process.log}"
            process.start()
        assert "Traceback" not in process.log


def test_two_readers_of_the_inbox_stopped_together_many_times(valkey: ValkeyProcess) -> None:
    """One hands over while the other one is told to end, too."""
    copies = [ServiceProcess("ingest_redis", valkey.url) for _ in range(2)]
    with contextlib.ExitStack() as stack:
        for copy in copies:
            stack.callback(copy.close)
        for step in range(STEPS):
            for copy in copies:
                copy.start(wait=False)
            for copy in copies:
                copy.wait_ready()
            feed_redis(copies[0], valkey)
            for copy in copies:
                copy.signal(signal.SIGTERM)
            for copy in copies:
                assert copy.ended(ENDS_SECONDS) == 0, f"step {step}:\n{copy.log}"
        assert "too long" not in "".join(copy.log for copy in copies)


class Quiet:
    """A listener that is told, and does nothing."""

    def __init__(self) -> None:
        self.up = False

    def received(self, channel: str, message: bytes) -> None:
        """Nothing."""

    def connected(self) -> None:
        self.up = True

    def disconnected(self, reason: str) -> None:
        self.up = False


async def test_a_subscription_ends_although_its_probe_is_answered_at_that_very_moment(
    broker_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Python 3.11 `asyncio.wait_for` forgets a cancellation that comes together with the result."""
    broker = RedisBroker(load_settings(redis_url=broker_url), "test")
    listener = Quiet()
    task = asyncio.create_task(broker.subscribe(listener).run())
    await until_async(lambda: listener.up, "it is subscribed")
    plain = Link.call

    def cancelling(link: Link, *commands: tuple[Word, ...]) -> asyncio.Future[list[Any]]:
        future = plain(link, *commands)
        if commands[0][0] == "PUBLISH":
            future.add_done_callback(lambda _: task.cancel())
        return future

    monkeypatch.setattr(Link, "call", cancelling)
    done, _ = await asyncio.wait({task}, timeout=5)
    monkeypatch.undo()
    task.cancel()
    await broker.close()
    assert done, "it goes on, and whoever waits for its end waits for ever"


def test_nobody_waits_for_a_name_server_that_does_not_answer() -> None:
    """A thread that looks a name up can't be interrupted."""
    program = """
import asyncio, time
from windsock.shared.runtime import Service, main_loop

async def main():
    service = Service("test", 1.0)
    service.spawn("lookup", asyncio.to_thread(time.sleep, 60))
    asyncio.get_running_loop().call_later(0.1, service.stop)
    return await service.run()

main_loop(main)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=20, check=False).returncode == 0

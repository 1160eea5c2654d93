"""The client straight to Redis: through the inbox into history, once and in order, whatever happens to Redis, to its reader and to our rights."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from kit.cluster import ValkeyCluster
from kit.service import ServiceProcess
from kit.valkey import ValkeyProcess
from kit.waiting import until
from redis import Redis

from windsock.client import Stream, WindsockError
from windsock.client.process import give_up
from windsock.client.redis_url import read_redis_url
from windsock.client.transport import Acknowledged, Refused
from windsock.client.transport.redis import RedisTransport
from windsock.shared.keys import Keys

KEYS = Keys()
Connect = Callable[..., Stream]


@pytest.fixture(scope="module", autouse=True)
def no_waiting_at_the_end() -> Iterator[None]:
    """Some streams are refused on purpose: the end of the tests need not wait for what they hold."""
    yield
    give_up()


@pytest.fixture
def reader(valkey: ValkeyProcess) -> Iterator[ServiceProcess]:
    """Who stores what is in the inbox."""
    with ServiceProcess("ingest_redis", valkey.url, history_samples=1_000_000) as service:
        yield service


def values(url: str, stream: str) -> list[Any]:
    with Redis.from_url(url) as redis:  # pyright: ignore[reportUnknownMemberType]
        entries: Any = redis.xrange(KEYS.history(stream))  # pyright: ignore[reportUnknownMemberType]
    return [row[1] for _, fields in entries for row in json.loads(b"[%b]" % fields[b"p"])]


def inbox(server: ValkeyProcess) -> int:
    with Redis.from_url(server.url) as redis:  # pyright: ignore[reportUnknownMemberType]
        return redis.xlen(KEYS.inbox)  # pyright: ignore[reportUnknownMemberType,reportReturnType,reportUnknownVariableType]


def test_what_is_acknowledged_is_in_the_inbox_and_then_in_history(valkey: ValkeyProcess, reader: ServiceProcess):
    with Stream("cpu", "area", server=valkey.url, unit="%") as stream:
        for number in range(5000):
            stream.send(number)
        assert stream.flush(20)
    assert stream.stats.stored == 5000
    until(lambda: len(values(valkey.url, "cpu")) == 5000, "all of it is in history")
    assert values(valkey.url, "cpu") == list(range(5000))
    with Redis.from_url(valkey.url) as redis:  # pyright: ignore[reportUnknownMemberType]
        assert redis.hget(KEYS.spec("cpu"), "unit") == b'"%"'


@pytest.mark.faults
def test_a_redis_that_hangs_or_dies_in_between_costs_and_doubles_nothing(request: pytest.FixtureRequest):
    server = ValkeyProcess(persistent=True)
    request.addfinalizer(server.close)
    server.start()
    server.command("CONFIG", "SET", "appendfsync", "always")
    stream = Stream("cpu", "line", server=server.url, queue=100_000)
    sent = 0
    for fault in ("freeze", "kill", "freeze"):
        mark = stream.stats.stored
        deadline = time.monotonic() + 20
        while stream.stats.stored < mark + 300 and time.monotonic() < deadline:
            for _ in range(20):
                stream.send(sent)
                sent += 1
            time.sleep(0.005)
        if fault == "freeze":
            server.freeze()
            for _ in range(100):
                stream.send(sent)
                sent += 1
            time.sleep(0.1)
            server.thaw()
        else:
            server.kill()
            for _ in range(100):
                stream.send(sent)
                sent += 1
            server.start()
    assert stream.flush(30), stream.stats
    with ServiceProcess("ingest_redis", server.url, history_samples=1_000_000):
        until(lambda: len(values(server.url, "cpu")) >= sent, "all of it is in history", 20)
        until(lambda: inbox(server) == 0, "the inbox is empty")
    assert values(server.url, "cpu") == list(range(sent))
    assert (stream.stats.stored, stream.stats.dropped, stream.stats.refused) == (sent, 0, 0)


@pytest.mark.faults
def test_a_redis_without_room_is_told_and_takes_it_later_in_order(valkey: ValkeyProcess, reader: ServiceProcess):
    errors: list[WindsockError] = []
    stream = Stream("cpu", "line", server=valkey.url, on_error=errors.append)
    stream.send(0)
    assert stream.flush(10)
    until(lambda: values(valkey.url, "cpu") == [0], "the first is stored")
    valkey.command("CONFIG", "SET", "maxmemory", "1")
    for number in range(1, 50):
        stream.send(number)
    until(lambda: any("OOM" in error.message for error in errors), "the lack of room is told")
    valkey.command("CONFIG", "SET", "maxmemory", "0")
    assert stream.flush(20), stream.stats
    until(lambda: len(values(valkey.url, "cpu")) == 50, "all are stored")
    assert values(valkey.url, "cpu") == list(range(50))


def test_a_refusal_that_comes_later_names_stream_field_and_value(valkey: ValkeyProcess, reader: ServiceProcess):
    errors: list[WindsockError] = []
    stream = Stream("cpu", "line", server=valkey.url, on_error=errors.append)
    other = Stream("other", "line", server=valkey.url)
    stream.send("much")
    assert stream.flush(10), "the inbox has it"

    def told() -> bool:
        other.send(1)  # the connection is in use
        time.sleep(0.05)
        return bool(errors)

    until(told, "the refusal is told")
    [error] = errors
    assert (error.code, error.stream) == ("invalid", "cpu")
    assert "value" in error.message
    assert "much" in error.message
    assert other.flush(10)


def test_a_refusal_that_comes_together_with_the_acknowledgement_is_told():
    """The server's reader may be quicker than the client's thread."""
    refusal = json.dumps({"where": "1-0", "error": {"code": "invalid", "message": "no"}}).encode()
    replies = (
        (b"HELLO", b"%0\r\n+OK\r\n"),
        (b"SUBSCRIBE", b">3\r\n$9\r\nsubscribe\r\n$1\r\nr\r\n:1\r\n"),
        (
            b"EXEC",
            b"+OK\r\n+QUEUED\r\n*1\r\n$3\r\n1-0\r\n>3\r\n$7\r\nmessage\r\n$1\r\nr\r\n$%d\r\n%b\r\n"
            % (len(refusal), refusal),
        ),
    )

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            for word, reply in replies:
                while word not in connection.recv(65536):
                    pass
                connection.sendall(reply)
            connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, daemon=True).start()
        url = read_redis_url(f"redis://127.0.0.1:{listener.getsockname()[1]}")
        with contextlib.closing(RedisTransport(url)) as transport:
            transport.connect()
            transport.write([b'{"id":"cpu","source":"me","seq":1,"samples":[[1,"much"]]}'])
            assert transport.read(0) == [Acknowledged(1), Refused(None, "invalid", "no", "cpu")]


def test_in_a_cluster_any_node_leads_to_the_one_with_the_inbox():
    with ValkeyCluster(primaries=2) as cluster:
        streams = [Stream(f"cpu {node.port}", server=node.url) for node in cluster.nodes]
        for number in range(500):
            for stream in streams:
                stream.send(number)
        assert all(stream.flush(20) for stream in streams), [stream.outbox.lane.trouble for stream in streams]
        replies = [node.command("XLEN", KEYS.inbox) for node in cluster.nodes]
    assert sorted(reply[:1] for reply in replies) == [b"-", b":"], "one of them has it, the other says where"
    assert [stream.stats.stored for stream in streams] == [500, 500]


def test_login_database_and_prefix_come_from_the_url(valkey: ValkeyProcess):
    valkey.command(
        "ACL", "SETUSER", "sensor", "on", ">p@ss/word", "resetkeys", "~my:inbox", "resetchannels", "-@all", "+xadd", "+multi", "+exec", "+select"
    )  # fmt: skip
    url = f"redis://sensor:p%40ss%2Fword@127.0.0.1:{valkey.port}/3?prefix=my"
    with Stream("cpu", server=url) as stream:
        stream.send(41)
        assert stream.flush(10), stream.outbox.lane.trouble
    with Redis.from_url(f"redis://127.0.0.1:{valkey.port}/3") as redis:  # pyright: ignore[reportUnknownMemberType]
        found: Any = redis.xrange("my:inbox")  # pyright: ignore[reportUnknownMemberType]
    assert [json.loads(fields[b"m"])["value"] for _, fields in found] == [41]


@pytest.mark.parametrize(
    ("login", "rights", "says"),
    [
        ("sensor:wrong", "+@all ~*", "does not let us in: WRONGPASS"),
        ("", "+@all ~*", "windsock:inbox: NOAUTH"),
        ("sensor:secret", "-@all +multi +exec ~*", "windsock:inbox: NOPERM"),
        ("sensor:secret", "+@all ~other:*", "windsock:inbox: NOPERM"),
    ],
)
def test_the_lack_of_rights_is_told_without_the_password(valkey: ValkeyProcess, login: str, rights: str, says: str):
    valkey.command("ACL", "SETUSER", "sensor", "on", ">secret", "resetkeys", *rights.split())
    valkey.command("CONFIG", "SET", "requirepass", "another")
    stream = Stream("cpu", server=f"redis://{login}@127.0.0.1:{valkey.port}", strict=True)
    stream.send(1)
    with pytest.raises(WindsockError) as caught:
        stream.flush(10)
    assert caught.value.code == "unauthorized"
    assert says in caught.value.message
    assert "secret" not in str(caught.value)


def test_a_message_that_the_inbox_would_not_take_is_refused_at_once(valkey: ValkeyProcess):
    errors: list[WindsockError] = []
    stream = Stream("camera", server=valkey.url, on_error=errors.append)
    stream.image(b"\x89PNG\r\n\x1a\n" + bytes(1_000_000))
    assert stream.flush(10)
    assert [error.code for error in errors] == ["too_large"]
    until(lambda: inbox(valkey) == 1, "its looks alone are there")


@pytest.mark.parametrize("login", ["", "sensor:secret@"], ids=["first-words", "login"])
def test_what_is_no_redis_is_told_and_let_go_of(login: str):
    let_go = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(1000)
                        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                        if connection.recv(1000) == b"":
                            let_go.set()

        threading.Thread(target=answer, daemon=True).start()
        stream = Stream("cpu", server=f"redis://{login}127.0.0.1:{listener.getsockname()[1]}", strict=True)
        stream.send(1)
        with pytest.raises(WindsockError, match=r"is no Redis: it says b'HTTP/1\.1 400"):
            stream.flush(10)
        assert let_go.wait(10), "the connection is closed"
        listener.shutdown(socket.SHUT_RDWR)


def test_a_private_connection_checks_the_certificate(
    valkey: ValkeyProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    with tunnel(certificate, key, valkey.port) as port:
        stranger = Stream("cpu", server=f"rediss://localhost:{port}", strict=True)
        stranger.send(1)
        with pytest.raises(WindsockError, match=r"no private connection to rediss://localhost:\d+: .*certificate"):
            stranger.flush(10)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with Stream("cpu", server=f"rediss://127.0.0.1:{port}/1") as friend:
            for number in range(3000):
                friend.send(number, time=1_700_000_000 + number)
            assert friend.flush(20), friend.outbox.lane.trouble
    with Redis.from_url(f"redis://127.0.0.1:{valkey.port}/1") as redis:  # pyright: ignore[reportUnknownMemberType]
        found: Any = redis.xrange(KEYS.inbox)  # pyright: ignore[reportUnknownMemberType]
    texts = [json.loads(fields[b"m"]) for _, fields in found]
    assert sum(len(text["samples"]) if "samples" in text else 1 for text in texts) == 3000


@contextlib.contextmanager
def tunnel(certificate: Path, key: Path, target: int) -> Generator[int]:
    """TLS in front of a server that has none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def pipe(source: socket.socket, sink: socket.socket) -> None:
        with source, sink, contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = listener.accept()
                with plain, contextlib.suppress(ssl.SSLError):
                    inside = context.wrap_socket(plain, server_side=True)
                    outside = socket.create_connection(("127.0.0.1", target))
                    for pair in ((inside, outside), (outside, inside)):
                        threading.Thread(target=pipe, args=pair, daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)

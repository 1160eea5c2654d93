"""Every way in through the gateway; limits and logs go by the publisher's own address; nobody can claim another."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request

import pytest
from compose.conftest import ADDRESS_LIMIT
from compose.publishing import post, send_large, send_redis, send_tcp, values_once
from compose.stack import Stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

PASSWORD = "of the publishers"


def test_messages_come_in_by_tcp_and_http(stack: Stack) -> None:
    send_tcp(stack.tcp, *({"id": "by-tcp", "value": n} for n in range(100)))
    send_large(stack.large, {"id": "by-large", "samples": [[n, n] for n in range(1000)]})
    assert post(f"http://127.0.0.1:{stack.http}/", {"id": "by-http", "value": 7}) == (
        202,
        {"accepted": 1, "rejected": []},
    )
    assert values_once(stack.web, "by-tcp", 100) == list(range(100))
    assert values_once(stack.web, "by-large", 1000) == list(range(1000))
    assert values_once(stack.web, "by-http", 1) == [7]


def test_people_are_told_the_ports_that_are_published(stack: Stack) -> None:
    for port, path in ((stack.web, "/"), (stack.web, "/v1/nothing")):
        with pytest.raises(urllib.error.HTTPError) as lost:
            post(f"http://127.0.0.1:{port}{path}", {"id": "lost", "value": 1})
        told = json.load(lost.value)["error"]["message"]
        assert f"messages go to port {stack.http} over HTTP, {stack.tcp} over TCP" in told
    with socket.create_connection(("127.0.0.1", stack.tcp), 10) as link:
        link.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert f"HTTP is at port {stack.http}" in link.makefile().read()


def test_publishers_talk_to_redis_and_may_do_nothing_else_there(stack: Stack) -> None:
    message = json.dumps({"value": 3})
    said = send_redis(
        stack.redis,
        ("PUBLISH", "windsock:in:by-publish", message),
        ("XADD", "windsock:inbox", "*", "m", json.dumps({"id": "by-inbox", "value": 4})),
        password=PASSWORD,
    )
    assert said[0] == ":1", "the one that reads hears it"
    assert values_once(stack.web, "by-publish", 1) == [3]
    assert values_once(stack.web, "by-inbox", 1) == [4]
    refused = send_redis(
        stack.redis,
        ("PUBLISH", "windsock:catalogue", "del by-tcp"),
        ("XADD", "windsock:{by-tcp}:history", "*", "p", "1"),
        ("XREAD", "STREAMS", "windsock:inbox", "0"),
        ("GET", "windsock:inbox"),
        ("SUBSCRIBE", "windsock:in:x"),
        ("EVAL", "return 1", "0"),
        ("CONFIG", "GET", "*"),
        ("FLUSHALL",),
        ("KEYS", "*"),
        password=PASSWORD,
    )
    assert [line[:7] for line in refused] == ["-NOPERM"] * len(refused), refused
    assert send_redis(stack.redis, password="of somebody")[0].startswith("-WRONGPASS")


def test_the_services_password_is_not_to_be_guessed(stack: Stack) -> None:
    for password in ("windsock", "", "password", "probe"):
        assert send_redis(stack.redis, user="windsock", password=password)[0].startswith("-WRONGPASS")
    assert send_redis(stack.redis, ("GET", "x"), user="probe", password="any")[0].startswith("-NOPERM")


def test_metrics_are_not_for_everybody(stack: Stack) -> None:
    for port in (stack.web, stack.http):
        for path in ("/metrics", "/metrics?x=1", "/%6detrics", "/%6D%65trics", "/metrics/"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10)
            assert refused.value.code == 404, path
        # What a service makes of these is no page of metrics.
        for path in ("//metrics", "/%2Fmetrics", "/x/../metrics", "/metrics#x"):
            assert b"windsock_" not in answered(port, path), path
    inside = stack.run_in_network(
        "inner",
        "import urllib.request as u; print(u.urlopen('http://' + __import__('socket').gethostbyname('web') + ':8000/metrics').status)",
    )
    assert inside.strip() == "200"


def answered(port: int, path: str) -> bytes:
    """The whole answer to a path as it stands here: no client has tidied it."""
    with socket.create_connection(("127.0.0.1", port), 10) as link:
        link.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return link.makefile("rb").read()


BAD = """
import socket, urllib.request, urllib.error
link = socket.create_connection(("gateway", 8010), 10)
print(link.getsockname()[0])
# A header of its own, as if it were a proxy: what the gateway wrote stands before it.
link.sendall(b"PROXY TCP4 203.0.113.66 192.0.2.1 1 2\\r\\n{\\"id\\": 1}\\n")
link.shutdown(socket.SHUT_WR)
while link.recv(1000):
    pass
headers = {"x-forwarded-for": "203.0.113.66", "host": "localhost", "content-type": "application/json"}
request = urllib.request.Request("http://gateway:8030/", b"nonsense", headers)
try:
    urllib.request.urlopen(request, timeout=10)
except urllib.error.HTTPError as refused:
    print(refused.code)
"""


def test_the_log_names_the_publisher_and_not_whom_it_claims_to_be(stack: Stack) -> None:
    address, status = stack.run_in_network("edge", BAD).split()
    assert status == "400"
    assert address != stack.container("gateway").address("inner")
    assert f"tcp: refused from {address}: " in stack.logs("ingest-tcp")
    assert f"http: refused from {address}: " in stack.logs("ingest-http")
    assert "refused from 203.0.113.66" not in stack.logs()


CROWD = f"""
import socket, time
def come():
    link = socket.create_connection(("gateway", 8010), 10)
    link.sendall(b'{{"hello": {{"ack": true}}}}')
    return link, link.makefile("rb").readline()
links = [come() for _ in range({ADDRESS_LIMIT} + 1)]
print(sum(b"ack" in line for _, line in links), links[-1][1].decode())
"""


def test_connections_are_limited_for_each_publisher_and_not_for_the_gateway(stack: Stack) -> None:
    first = stack.run_in_network("edge", CROWD)
    assert first.startswith(f"{ADDRESS_LIMIT} "), first
    assert "too_many_connections" in first
    send_tcp(stack.tcp, {"id": "by-another", "value": 1})

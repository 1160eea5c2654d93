"""With a certificate all ports speak TLS; with a key they ask for it."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from compose.engine import Engine
from compose.publishing import connected, post, send_redis_over
from compose.stack import Stack
from playwright.sync_api import Browser, expect

pytestmark = [pytest.mark.compose, pytest.mark.timeout(600)]

KEY = "a key for tests"
PASSWORD = "of the publishers"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key in one file, as the gateway takes it."""
    folder = tmp_path_factory.mktemp("tls")
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*make, *names, "-keyout", folder / "key", "-out", folder / "cert"], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "cert").read_text() + (folder / "key").read_text())
    both.chmod(0o644)
    return both


@pytest.fixture(scope="module")
def secure(images: Engine, stack: Stack, certificate: Path) -> Iterator[Stack]:
    """A second stack, with a certificate and a key. The first makes room: both would be much for a small machine."""
    stack.stop()
    secure = Stack(
        images,
        "windsock-tls",
        WINDSOCK_TLS_CERTIFICATE=str(certificate),
        WINDSOCK_PUBLISH_KEY=KEY,
        WINDSOCK_BIND="0.0.0.0",
        WINDSOCK_REDIS_PUBLISHER_PASSWORD=PASSWORD,
    )
    secure.down()
    secure.up("redis")
    yield secure
    secure.down()


@pytest.fixture(scope="module")
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def test_messages_come_in_over_tls_with_the_key(secure: Stack, trust: ssl.SSLContext) -> None:
    url = f"https://localhost:{secure.http}/"
    assert post(url, {"id": "s", "value": 1}, trust, authorization=f"Bearer {KEY}")[0] == 202
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(url, {"id": "s", "value": 2}, trust)
    assert refused.value.code == 401
    for port, large in ((secure.tcp, False), (secure.large, True)):
        with connected(port, trust) as link:
            hello = b'{"hello": {"key": "%b", "ack": true}}' % KEY.encode()
            link.sendall((len(hello).to_bytes(4, "big") if large else b"") + hello)
            assert link.makefile("rb").readline() == b'{"ack":0}\n'
        with connected(port, trust) as link:
            link.sendall(
                hello.replace(b"a key", b"no key")
                if not large
                else (len(hello) + 1).to_bytes(4, "big") + hello.replace(b"a key", b"no key")
            )
            assert b"unauthorized" in link.makefile("rb").readline()


def test_redis_is_reached_over_tls(secure: Stack, trust: ssl.SSLContext) -> None:
    replies = send_redis_over(
        connected(secure.redis, trust),
        ("XADD", "windsock:inbox", "*", "m", '{"id": "r", "value": 1}'),
        password=PASSWORD,
    )
    assert "-" in replies[0]
    assert not replies[0].startswith("-")


def test_nothing_is_spoken_in_the_clear(secure: Stack) -> None:
    for port in (secure.web, secure.tcp, secure.large, secure.http, secure.redis):
        with socket.create_connection(("127.0.0.1", port), 15) as link:
            link.sendall(b'{"id": "s", "value": 3}\n')
            with contextlib.suppress(ConnectionResetError):
                assert b"ack" not in link.recv(100)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_versions_of_tls_are_refused(secure: Stack) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    for port in (secure.web, secure.tcp):
        with pytest.raises(ssl.SSLError, match=r"(?i)alert.protocol.version"):
            connected(port, old)


def test_the_board_is_watched_over_tls(secure: Stack, browser: Browser, trust: ssl.SSLContext) -> None:
    post(f"https://localhost:{secure.http}/", {"id": "secure", "value": 1}, trust, authorization=f"Bearer {KEY}")
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.goto(f"https://localhost:{secure.web}/")
        expect(page.locator("[data-link=live]")).to_be_visible(timeout=30_000)
        expect(page.locator('[data-stream="secure"]')).to_be_visible(timeout=30_000)
        cookies = {each.get("name"): each for each in context.cookies()}
        assert cookies["windsock-copy"].get("secure")
        assert cookies["windsock-copy"].get("httpOnly")
    with urllib.request.urlopen(f"https://localhost:{secure.web}/", timeout=15, context=trust) as answer:
        assert answer.headers["strict-transport-security"]

"""One address of Redis does for the services and for the client: both take it apart alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.tls import make_certificates

from windsock.client.redis_url import Kind, Node, RedisUrl, read_redis_url
from windsock.client.target import find_target
from windsock.shared.broker.address import BrokerUrl
from windsock.shared.errors import WindsockError

URLS = (
    "redis://host",
    "redis://me:p%40ss@host:7000/3",
    "redis://:word@[::1]:7000",
    "redis://host/0?db=4",
    "unix:///run/redis.sock?db=2",
    "rediss://host:7000/1",
    "rediss://host?ssl_cert_reqs=none",
    "rediss://host?ssl_check_hostname=false",
    "redis+sentinel://a,b:7000,[::1]/main",
    "redis+sentinel://me:word@a:1,b:2/main/3?sentinel_username=s&sentinel_password=t",
    "rediss+sentinel://a/main",
    "redis+cluster://me:word@a:1,b",
    "rediss+cluster://a,b",
)


@pytest.mark.parametrize("url", URLS)
def test_services_and_client_read_the_same(url: str):
    ours, theirs = read_redis_url(url), BrokerUrl(url)
    assert ours.kind.value == theirs.kind.value
    assert [(node.host, node.port) for node in ours.seeds] == [(s.host, s.port) for s in theirs.seeds if not s.path]
    assert ours.path == (theirs.seeds[0].path or "")
    assert ours.service == theirs.service
    assert (ours.login.user, ours.login.password, ours.db) == (
        theirs.login.username, theirs.login.password, theirs.login.db,
    )  # fmt: skip
    assert (ours.sentinel_login.user, ours.sentinel_login.password) == (
        theirs.sentinel_login.username, theirs.sentinel_login.password,
    )  # fmt: skip
    assert (ours.tls is None) == (theirs.login.tls is None)
    if ours.tls is not None and theirs.login.tls is not None:
        context = ours.tls.context()
        assert (context.verify_mode, context.check_hostname) == (
            theirs.login.tls.verify_mode, theirs.login.tls.check_hostname,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis+sentinel://a:1", "service's name"),
        ("redis://a,b", "several hosts"),
        ("redis+cluster://a/2", "no databases"),
        ("redis://a/1/2", "more after its database"),
        ("redis://a?retries=3", "no option 'retries'"),
        ("redis://a:port", "port"),
        ("rediss://a?ssl_cert_reqs=maybe", "`required` or `none`"),
        ("rediss://a?ssl_ca_certs=nowhere.pem", "No such file"),
    ],
)
def test_what_one_refuses_the_other_refuses_in_the_same_words(url: str, says: str):
    with pytest.raises(ValueError, match=says) as ours:
        find_target(url)
    assert "is no server" in str(ours.value)
    with pytest.raises(WindsockError, match=says):
        BrokerUrl(url)


def test_the_prefix_is_the_urls_or_the_environments(monkeypatch: pytest.MonkeyPatch):
    assert read_redis_url("redis://h?prefix=my").prefix == "my"
    monkeypatch.setenv("WINDSOCK_REDIS_PREFIX", "ours")
    assert read_redis_url("redis://h").inbox == "ours:inbox"


def test_how_many_replicas_must_have_a_message_too(monkeypatch: pytest.MonkeyPatch):
    assert read_redis_url("redis://h").replicas == 0
    monkeypatch.setenv("WINDSOCK_REDIS_REPLICAS", "2")
    assert read_redis_url("redis://h").replicas == 2
    assert read_redis_url("redis://h?replicas=1").replicas == 1


def test_addresses_for_people_hold_no_password():
    for url in URLS:
        shown = str(read_redis_url(url if "@" in url else url.replace("://", "://me:secret@", 1)))
        assert "secret" not in shown
        assert "word" not in shown
    assert str(read_redis_url("redis+sentinel://me:w@a,b:2/main/3")) == "redis+sentinel://a:26379,b:2/main/3"
    assert read_redis_url("redis://a") == RedisUrl(Kind.SERVER, (Node("a", 6379),))


def test_certificates_are_used(tmp_path: Path):
    make_certificates(tmp_path)
    url = f"rediss://h?ssl_ca_certs={tmp_path}/ca.crt&ssl_certfile={tmp_path}/client.crt&ssl_keyfile={tmp_path}/client.key"
    tls = read_redis_url(url).tls
    assert tls is not None
    assert [one["subject"] for one in tls.context().get_ca_certs()] == [((("commonName", "Windsock's tests"),),)]

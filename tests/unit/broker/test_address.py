"""Where the broker is, from its URL."""

from __future__ import annotations

import ssl
import subprocess
import sys

import pytest

from windsock.shared.broker.address import BrokerUrl, Kind
from windsock.shared.errors import WindsockError


@pytest.mark.parametrize(
    ("url", "where", "db", "login"),
    [
        ("redis://127.0.0.1:6379/0", "127.0.0.1:6379", 0, (None, None)),
        ("redis://:p%40ss@cache:1", "cache:1", 0, (None, "p@ss")),
        ("redis://me:p@[::1]:7/3", "::1:7", 3, ("me", "p")),
        ("redis://cache", "cache:6379", 0, (None, None)),
        ("rediss://cache/1?db=4", "cache:6379", 4, (None, None)),
        ("unix:///run/a%20b.sock?db=2", "/run/a b.sock", 2, (None, None)),
        ("unix://me:p@/run/x.sock", "/run/x.sock", 0, ("me", "p")),
    ],
)
def test_a_url_names_a_place_a_database_and_a_login(
    url: str, where: str, db: int, login: tuple[str | None, str | None]
) -> None:
    found = BrokerUrl(url)
    (address,) = found.seeds
    assert found.kind is Kind.SERVER
    assert str(address) == where
    assert address.login.db == db
    assert (address.login.username, address.login.password) == login
    assert (address.login.tls is not None) == url.startswith("rediss")


def test_sentinels_name_a_service_and_have_a_login_of_their_own() -> None:
    url = BrokerUrl("redis+sentinel://me:p@a,b:3/main/2?sentinel_password=s")
    assert (url.kind, url.service, url.hosts) == (Kind.SENTINEL, "main", ["a", "b"])
    assert [str(seed) for seed in url.seeds] == ["a:26379", "b:3"]
    assert url.seeds[0].login.password == "s"
    found = url.at("c", 5)
    assert (str(found), found.login.username, found.login.password, found.login.db) == ("c:5", "me", "p", 2)


def test_a_cluster_names_some_of_its_nodes() -> None:
    url = BrokerUrl("rediss+cluster://:p@a,[::2]:7001")
    assert (url.kind, url.hosts) == (Kind.CLUSTER, ["a", "::2"])
    assert [str(seed) for seed in url.seeds] == ["a:6379", "::2:7001"]
    assert all(seed.login.tls is not None and seed.login.password == "p" for seed in url.seeds)


@pytest.mark.parametrize(
    ("options", "verify", "names"),
    [
        ("", ssl.CERT_REQUIRED, True),
        ("?ssl_check_hostname=false", ssl.CERT_REQUIRED, False),
        ("?ssl_cert_reqs=none", ssl.CERT_NONE, False),
    ],
)
def test_tls_checks_certificate_and_name_unless_told_otherwise(
    options: str, verify: ssl.VerifyMode, names: bool
) -> None:
    context = BrokerUrl(f"rediss://cache{options}").login.tls
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (verify, names)


@pytest.mark.parametrize(
    "url",
    [
        "http://cache",
        "cache:6379",
        "redis://cache:port",
        "redis://cache/first",
        "redis://cache:99999",
        "redis://a,b",
        "redis://cache?dbb=1",
        "redis://cache/1/2",
        "redis+sentinel://a,b",
        "redis+cluster://a/1",
        "redis+other://a",
        "unix+cluster:///x",
        "rediss://cache?ssl_ca_certs=/there/is/none",
        "rediss://cache?ssl_cert_reqs=optional",
    ],
)
def test_what_is_no_broker_is_refused(url: str) -> None:
    with pytest.raises(WindsockError, match="the broker's URL"):
        BrokerUrl(url)


def test_a_password_is_not_shown() -> None:
    url = BrokerUrl("redis+cluster://me:secret@a,b")
    assert "secret" not in f"{url} {url.seeds} {url.login}"


def test_a_service_starts_without_the_big_redis_library() -> None:
    code = "import sys, windsock.shared.broker, windsock.shared.intake; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0, (
        "redis-py was imported: it takes a third of a start"
    )

"""Where the broker is, from its URL."""

from __future__ import annotations

import subprocess
import sys

import pytest

from windsock.shared.broker.resp import Address
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
    address = Address(url)
    assert str(address) == where
    assert address.db == db
    assert (address.username, address.password) == login
    assert address.tls == url.startswith("rediss")


@pytest.mark.parametrize(
    "url", ["http://cache", "cache:6379", "redis://cache:port", "redis://cache/first", "redis://cache:99999"]
)
def test_what_is_no_broker_is_refused(url: str) -> None:
    with pytest.raises(WindsockError, match="the broker's URL"):
        Address(url)


def test_a_service_starts_without_the_big_redis_library() -> None:
    code = "import sys, windsock.shared.broker, windsock.shared.intake; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0, (
        "redis-py was imported: it takes a third of a start"
    )

"""Whose word is believed about who is behind them."""

from __future__ import annotations

import pytest

from windsock.shared.proxies import Proxies, plain_address


def test_nobody_is_trusted_unless_named() -> None:
    assert not Proxies([]).trusts("127.0.0.1")
    assert Proxies([]).origin("192.0.2.1", "198.51.100.9") == "192.0.2.1"


@pytest.mark.parametrize("address", ["10.0.0.7", "::ffff:10.0.0.7", "192.0.2.1", "fd00::1"])
def test_networks_and_addresses_are_trusted(address: str) -> None:
    assert Proxies(["10.0.0.0/8", "192.0.2.1", "fd00::/64"]).trusts(address)


@pytest.mark.parametrize("address", ["11.0.0.1", "192.0.2.2", "fd01::1", "nonsense", ""])
def test_all_others_are_not(address: str) -> None:
    assert not Proxies(["10.0.0.0/8", "192.0.2.1", "fd00::/64"]).trusts(address)


async def test_a_name_is_looked_up() -> None:
    proxies = Proxies(["localhost", "no-such-host.invalid"])
    assert not proxies.trusts("127.0.0.1")
    await proxies.learn()
    assert proxies.trusts("127.0.0.1")
    assert not proxies.trusts("192.0.2.1")


@pytest.mark.parametrize(
    ("header", "origin"),
    [
        ("198.51.100.9", "198.51.100.9"),
        # What a publisher wrote itself stands further away than what the proxy added.
        ("203.0.113.66, 198.51.100.9", "198.51.100.9"),
        ("203.0.113.66, 198.51.100.9, 10.0.0.8", "198.51.100.9"),
        ("10.0.0.9, 10.0.0.8", "10.0.0.9"),
        ("203.0.113.66, nonsense", "10.0.0.7"),
        ("", "10.0.0.7"),
        (None, "10.0.0.7"),
        (",".join(["203.0.113.66"] * 1000) + ",198.51.100.9", "198.51.100.9"),
    ],
)
def test_behind_a_proxy_stands_the_nearest_stranger(header: str | None, origin: str) -> None:
    assert Proxies(["10.0.0.0/8"]).origin("10.0.0.7", header) == origin


def test_an_address_has_one_spelling() -> None:
    assert plain_address("::ffff:192.0.2.1") == "192.0.2.1"
    assert plain_address("2001:DB8:0::1%eth0") == "2001:db8::1"
    assert plain_address("testclient") == "testclient"

"""Where samples go."""

from __future__ import annotations

import pytest

from windsock.client.target import Target, find_target


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (None, Target("tcp", "127.0.0.1", 8010, 8020)),
        ("tcp://host", Target("tcp", "host", 8010, 8020)),
        ("host", Target("tcp", "host", 8010, 8020)),
        ("host:9010", Target("tcp", "host", 9010, 9020)),
        ("tcp://host:9010?large=7000", Target("tcp", "host", 9010, 7000)),
        ("tcp://[::1]:8010", Target("tcp", "::1", 8010, 8020)),
        ("http://host", Target("http", "host", 8030, 8030)),
        (" http://host \n", Target("http", "host", 8030, 8030)),
        ("https://host/ingest/", Target("https", "host", 443, 443, path="/ingest")),
    ],
)
def test_urls(url: str | None, expected: Target):
    assert find_target(url) == expected


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://host", "tcp://host:8010"),
        ("tcp://host:port", "port"),
        ("tcp://", "no host"),
        ("tcp://h?large=x", "'x'"),
        ("redis://h/x", "'x'"),
        ("redis://a..b", "no name of a host"),
        ("http://a..b", "no name of a host"),
        ("http://my host", "white space"),
        ("tcp://h?large=99999", "'99999' is no port"),
        ("http://[::1", "is no server"),
    ],
)
def test_what_is_no_url_is_told(url: str, says: str):
    with pytest.raises(ValueError, match=says):
        find_target(url)


def test_the_environment_names_server_and_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_SERVER", "http://board.example:81")
    monkeypatch.setenv("WINDSOCK_KEY", "from the environment")
    assert find_target() == Target("http", "board.example", 81, 81, key="from the environment")
    assert find_target("tcp://other", "shown") == Target("tcp", "other", 8010, 8020, key="shown")


def test_ports_that_were_moved_by_the_services_settings_are_found(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WINDSOCK_TCP_PORT", "18010")
    monkeypatch.setenv("WINDSOCK_TCP_LARGE_PORT", "18025")
    monkeypatch.setenv("WINDSOCK_PUBLISH_KEY", "of the services")
    assert find_target() == Target("tcp", "127.0.0.1", 18010, 18025, key="of the services")


def test_a_key_that_http_can_not_carry_is_told_and_not_shown():
    assert find_target("tcp://host", "ключ").key == "ключ"
    with pytest.raises(ValueError, match="header") as caught:
        find_target("http://host", "ключ")
    assert "ключ" not in str(caught.value)


def test_the_key_is_never_shown():
    target = find_target("tcp://host", "a secret")
    assert "a secret" not in repr(target) + target.url
    redis = find_target("redis://me:secret@host/2")
    assert "secret" not in repr(redis) + redis.url
    assert redis.url == "redis://host:6379/2"
    with pytest.raises(ValueError, match="redis://host:port") as caught:
        find_target("redis://me:secret@host:port")
    assert "secret" not in str(caught.value)

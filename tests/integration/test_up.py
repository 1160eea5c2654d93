"""`windsock up`, as people start it: it comes up, says where, stops in order, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from kit.processes import is_alive
from kit.tree import RunningTree
from kit.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVICES = ("windsock.ingest_tcp", "windsock.ingest_http", "windsock.ingest_redis", "windsock.web")


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[RunningTree]:
    with RunningTree(tmp_path) as running:
        yield running


def all_gone(pids: dict[int, str]) -> None:
    until(lambda: not any(map(is_alive, pids)), f"all of {sorted(pids.values())} are gone", 5)


def fetch(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def ask_redis(tree: RunningTree, *words: str) -> str:
    """The first line of the embedded broker's answer."""
    address = urlsplit(tree.redis_url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port)) as connection, connection.makefile("rb") as answers:
        parts = [word.encode() for word in words]
        connection.sendall(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return answers.readline().decode().strip()


def streams(tree: RunningTree) -> list[str]:
    return [str(stream["id"]) for stream in json.loads(fetch(f"{tree.board}v1/streams")[1])["streams"]]


def test_it_starts_a_broker_and_every_service_and_says_where_the_board_is(tree: RunningTree) -> None:
    commands = tree.ready().processes().values()
    for part in ("valkey-server", *SERVICES):
        assert any(part in command for command in commands), f"{part} was not started"
    assert fetch(f"{tree.board}readyz")[0] == 200
    assert ask_redis(tree, "PING") == "+PONG"


def test_what_is_sent_to_it_is_on_the_board_and_still_there_after_a_restart(tmp_path: Path) -> None:
    with RunningTree(tmp_path) as tree:
        tree.ready()
        with socket.create_connection(("127.0.0.1", tree.tcp_port)) as publisher:
            publisher.sendall(b'{"id": "tide", "value": 4.2}')
        until(lambda: "tide" in streams(tree), "the stream is in the catalogue")
        first_redis = tree.redis_url
        assert tree.stop() == 0
    with RunningTree(tmp_path) as again:
        again.ready()
        assert "tide" in streams(again)
        assert again.redis_url == first_redis, "a script that publishes to it would have to be changed"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_stops_within_five_seconds_and_leaves_nothing(
    tree: RunningTree, signum: signal.Signals
) -> None:
    started = tree.ready().processes()
    began = time.monotonic()
    assert tree.stop(signum) == 0, tree.output
    assert time.monotonic() - began < 5
    all_gone(started)
    assert "was killed" not in tree.output, "a part did not stop by itself"


def test_killed_it_leaves_nothing_behind(tree: RunningTree) -> None:
    started = tree.ready().processes()
    tree.kill()
    all_gone(started)


def test_stopped_while_it_starts_it_leaves_nothing_behind(tree: RunningTree) -> None:
    until(
        lambda: any("windsock.web" in command for command in tree.processes().values()), "the last service was started"
    )
    started = tree.processes()
    assert tree.stop() == 0, tree.output
    all_gone(started)


@pytest.mark.parametrize("part", ["valkey-server", "windsock.ingest_tcp", "windsock.web"])
def test_when_a_part_dies_it_says_which_and_ends(tree: RunningTree, part: str) -> None:
    started = tree.ready().processes()
    os.kill(tree.pid_of(part), signal.SIGKILL)
    assert tree.wait(10) == 1
    name = part.removeprefix("windsock.").replace("_", "-").removesuffix("-server")
    assert f"{name} was ended by SIGKILL. The last that it said:" in tree.output
    all_gone(started)


def test_a_taken_port_is_told_with_its_setting_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with RunningTree(tmp_path, WINDSOCK_HTTP_PORT=str(port)) as tree:
            assert tree.wait() == 2
    assert f"Port {port} (messages over HTTP) is taken" in tree.output
    assert "WINDSOCK_HTTP_PORT=" in tree.output
    assert "Traceback" not in tree.output
    assert "Starting" not in tree.output


def test_started_a_second_time_in_one_folder_it_names_the_first_and_leaves_it_alone(
    tmp_path: Path, tree: RunningTree
) -> None:
    tree.ready()
    with RunningTree(tmp_path) as second:
        assert second.wait() == 2
    assert f"already runs from this folder (process {tree.process.pid}, board {tree.board})" in second.output
    assert fetch(f"{tree.board}readyz")[0] == 200


def test_a_wrong_setting_is_told_by_name_and_nothing_is_started(tmp_path: Path) -> None:
    with RunningTree(tmp_path, WINDSOCK_TICK_MS="fast", WINDSOCK_HISTORY_SAMPELS="5") as tree:
        assert tree.wait() == 2
    assert "WINDSOCK_TICK_MS" in tree.output
    assert "did you mean WINDSOCK_HISTORY_SAMPLES" in tree.output
    assert "Traceback" not in tree.output


def test_with_a_server_of_yours_none_is_started(tmp_path: Path, broker_url: str) -> None:
    with RunningTree(tmp_path, WINDSOCK_REDIS_URL=broker_url) as tree:
        assert not any("valkey-server" in command for command in tree.ready().processes().values())
        assert tree.stop() == 0
    assert not (tmp_path / ".windsock").exists()


def test_with_a_publish_key_the_embedded_broker_asks_for_it_too(tmp_path: Path) -> None:
    key = 'a key with "quotes" and /: @'
    with RunningTree(tmp_path, WINDSOCK_PUBLISH_KEY=key) as tree:
        tree.ready()
        assert ask_redis(tree, "PUBLISH", "windsock:in:x", "1").startswith("-NOAUTH")
        assert ask_redis(tree, "AUTH", key) == "+OK"
        assert key not in tree.output
        assert not any(key in command for command in tree.processes().values()), "other users can read arguments"


def test_with_json_logs_every_line_is_readable_to_programs(tmp_path: Path) -> None:
    with RunningTree(tmp_path, WINDSOCK_LOG_FORMAT="json") as tree:
        until(lambda: "Windsock is up" in tree.output or tree.ended, "windsock up is ready", 45)
        assert tree.stop() == 0
    told = {json.loads(line)["service"] for line in tree.output.splitlines()}
    assert told >= {"windsock", "ingest-tcp", "ingest-http", "ingest-redis", "web"}

"""A port that can't be used is told with its setting and a way out."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from windsock.command.up.ports import Door, free_port, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

HOST = "127.0.0.1"


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_no_problem() -> None:
    assert problems([Door("the board", "WINDSOCK_WEB_PORT", HOST, free_port(HOST))]) == []


def test_a_free_port_is_given_to_no_connection_by_the_system() -> None:
    ranges = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(ranges.read_text().split()[0]) if ranges.exists() else 49_152
    assert all(free_port(HOST) < first for _ in range(20))


def test_a_taken_port_gets_a_sentence_with_the_port_the_setting_and_what_to_do(taken: int) -> None:
    [sentence] = problems([Door("the board", "WINDSOCK_WEB_PORT", HOST, taken)])
    assert sentence.startswith(f"Port {taken} (the board) is taken.")
    assert "Stop what listens there, or choose another: WINDSOCK_WEB_PORT=" in sentence


def test_the_port_that_it_proposes_is_free(taken: int) -> None:
    [sentence] = problems([Door("the board", "WINDSOCK_WEB_PORT", HOST, taken)])
    proposed = int(sentence.rpartition("=")[2])
    assert problems([Door("the board", "WINDSOCK_WEB_PORT", HOST, proposed)]) == []


def test_a_port_given_twice_is_told_with_both_settings() -> None:
    port = free_port(HOST)
    doors = [Door("the board", "WINDSOCK_WEB_PORT", HOST, port), Door("HTTP", "WINDSOCK_HTTP_PORT", HOST, port)]
    [sentence] = problems(doors)
    assert "WINDSOCK_WEB_PORT" in sentence
    assert "WINDSOCK_HTTP_PORT" in sentence


def test_a_port_just_left_is_free_again() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)):
            server.accept()[0].close()  # closing first leaves the server's side in TIME_WAIT
    assert problems([Door("the board", "WINDSOCK_WEB_PORT", HOST, port)]) == []


def test_an_address_that_is_not_ours_is_told() -> None:
    [sentence] = problems([Door("the board", "WINDSOCK_WEB_PORT", "203.0.113.1", 8000)])
    assert sentence.startswith("Can't listen on 203.0.113.1, port 8000 (the board, WINDSOCK_WEB_PORT)")

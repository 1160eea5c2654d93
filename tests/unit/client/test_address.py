"""What a URL leads to, said before anybody connects."""

from __future__ import annotations

import contextlib
import http.client

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.client.address import board_url, host_and_port, is_header


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://board.example", ("board.example", None)),
        ("http://board.example.:81/x", ("board.example.", 81)),
        ("tcp://[::1]:8010", ("::1", 8010)),
        ("//me:secret@ingest_tcp:1", ("ingest_tcp", 1)),
        ("http://münchen.example", ("münchen.example", None)),
    ],
)
def test_who_it_leads_to(url: str, expected: tuple[str, int | None]):
    assert host_and_port(url) == expected


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://my host", "white space"),
        ("http://host\n", "white space"),
        ("http://", "no host"),
        ("http://:8000", "no host"),
        ("http://a..b", "'a..b' is no name"),
        ("http://ü..b", "'ü..b' is no name"),
        (f"http://{'a' * 64}.example", "is no name"),
        ("http://host:x", "'x' is no port"),
        ("http://[::1]:99999", "'99999' is no port"),
        ("http://[::1", "IPv6"),
        ("http://host/é", "%C3%A9"),
    ],
)
def test_where_nobody_can_be_found_is_told(url: str, says: str):
    with pytest.raises(ValueError, match=says):
        host_and_port(url)


@given(st.text())
def test_no_url_is_too_strange(url: str):
    for text in (url, f"http://{url}"):
        with contextlib.suppress(ValueError):
            board = board_url(text)
            http.client.HTTPConnection(*host_and_port(board))  # takes whatever is taken here


@pytest.mark.parametrize(
    ("typed", "board"),
    [
        (" http://host:8000/ ", "http://host:8000"),
        ("https://host/windsock/", "https://host/windsock"),
        ("http://host:8000/?board=mine#panel", "http://host:8000"),
    ],
)
def test_a_board_as_people_type_or_copy_it(typed: str, board: str):
    assert board_url(typed) == board


@pytest.mark.parametrize("typed", ["nowhere", "localhost:8000", "ftp://host", "http://host:x"])
def test_what_is_no_board_is_told(typed: str):
    with pytest.raises(ValueError, match=r"is no board: .*http://host:8000"):
        board_url(typed)


def test_a_key_that_no_header_can_have():
    assert is_header("open sesame, é")
    assert not is_header("ключ")
    assert not is_header("with a line's end\n")

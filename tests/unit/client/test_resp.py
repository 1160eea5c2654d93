"""Redis' replies, in pieces of any size."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windsock.client.transport.resp import NotRedis, Push, RedisRefusal, ReplyReader, pack

SAID = (
    b"+OK\r\n:42\r\n$5\r\na\r\nb\n\r\n$-1\r\n*-1\r\n*2\r\n+QUEUED\r\n*1\r\n$3\r\n1-0\r\n_\r\n#t\r\n,1.5\r\n%1\r\n+proto\r\n:3\r\n"
    b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n"
)
MEANT: list[Any] = [
    b"OK", 42, b"a\r\nb\n", None, None, [b"QUEUED", [b"1-0"]], None, True, 1.5, [b"proto", 3], [b"message", b"c", b"hi"]
]  # fmt: skip


@given(st.lists(st.integers(1, len(SAID) - 1), max_size=20))
def test_replies_are_the_same_in_pieces_of_any_size(cuts: list[int]):
    reader = ReplyReader()
    edges = [0, *sorted(cuts), len(SAID)]
    got = [reply for start, end in itertools.pairwise(edges) for reply in reader.feed(SAID[start:end])]
    assert got == MEANT
    assert isinstance(got[-1], Push)
    assert not isinstance(got[5], Push)


def test_an_error_is_a_value_with_its_code():
    [error] = ReplyReader().feed(b"-NOPERM User u has no permissions\r\n")
    assert isinstance(error, RedisRefusal)
    assert (error.code, str(error)) == ("NOPERM", "NOPERM User u has no permissions")


@pytest.mark.parametrize(
    "said", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b'{"error"', b":x\r\n", b"*1\r\n" * 20]
)
def test_what_is_no_redis_is_known_as_such(said: bytes):
    with pytest.raises(NotRedis):
        list(ReplyReader().feed(said))


@given(st.lists(st.binary(max_size=50), min_size=1))
def test_a_command_reads_back_as_what_it_was(words: list[bytes]):
    assert list(ReplyReader().feed(pack(words))) == [words]

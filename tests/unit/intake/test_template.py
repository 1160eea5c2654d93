"""Messages that are recognised by their bytes become exactly what they would become if they were parsed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import WindsockError
from windsock.shared.intake import Intake
from windsock.shared.intake.known import Known
from windsock.shared.settings import load_settings

NOW = 1_753_000_000_000
KEY = "secret-key"
COMMON = b'{"id":"s","type":"line","legend":["a","b"],"name":"N","value":%b,"unit":"V"}'


class Taker:
    """An intake that knows some streams and never writes, and the refusals it found."""

    def __init__(self, *, key: str | None = None) -> None:
        settings = load_settings(publish_key=key)
        self.intake = Intake(RedisBroker(settings, "test"), settings, "tcp")
        for stream in ("s", "7"):
            self.intake.remember(Known(stream, None, 1000))
        self.told: list[tuple[int, str]] = []

    def refused(self, index: int, error: WindsockError) -> None:
        self.told.append((index, error.code))

    def together(self, *messages: bytes, trusted: bool = True) -> None:
        for index, error in self.intake.accept_many(messages, NOW, self, trusted=trusted):
            self.refused(index, error)

    def one_by_one(self, *messages: bytes, trusted: bool = True) -> None:
        for index, message in enumerate(messages):
            try:
                self.intake.accept(message, NOW, self, index, trusted=trusted)
            except WindsockError as error:
                self.refused(index, error)

    @property
    def gathered(self) -> list[tuple[str, int, list[list[Any]]]]:
        return [(segment.known.id, segment.count, segment.rows) for segment in self.intake.flight.segments]

    def warm(self, message: bytes, *, trusted: bool = True) -> None:
        """Let it learn a message; what was gathered is dropped."""
        self.one_by_one(*[message] * 6, trusted=trusted)
        self.intake.take_off()
        self.told.clear()

    @property
    def counted(self) -> tuple[int, int]:
        return self.intake.flight.messages, self.intake.flight.bytes


def as_browser(gathered: object) -> object:
    """As JavaScript reads it: every number is a float."""
    return json.loads(json.dumps(gathered), parse_int=float)


numbers = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.floats(allow_nan=True).map(json.dumps),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.sampled_from(
        [
            "",
            "-",
            "01",
            "1.",
            ".5",
            "1e5",
            "1e999",
            "--1",
            "1 2",
            "null",
            '"5"',
            "true",
            "9" * 300,
            " 5 ",
            "1_000",
            "\xa05",
        ]
    ),
)
lists = st.lists(numbers, max_size=5).map(lambda items: "[" + ",".join(items) + "]")
values = st.one_of(
    numbers,
    lists,
    st.sampled_from(["[[1]]", "[1]]", "[1],[2]", "{}", '{"a":1}', "[1,]", "[]", "[ ]", "1,2", '1,"value":2']),
)


@given(st.lists(values, max_size=8))
@example(["[1,2]", "5", "[]", '1,"name":"other"', '2,"id":"7"'])
def test_recognised_or_parsed_comes_to_the_same(texts: list[str]) -> None:
    messages = [COMMON % text.encode() for text in texts]
    fast, slow = Taker(), Taker()
    fast.warm(COMMON % b"[1,2]")
    slow.warm(COMMON % b"[1,2]")
    fast.together(*messages)
    slow.one_by_one(*messages)
    assert as_browser(fast.gathered) == as_browser(slow.gathered)
    assert fast.told == slow.told
    assert fast.counted == slow.counted


TIMED = [
    b'{"id":"s","legend":["a","b"],"value":%b,"unit":"V","time":%b}',
    b'{"time": %b, "id":"s","legend":["a","b"],"value":%b}',
]
times = st.one_of(
    st.integers(-(10**15), 10**15).map(str),
    st.floats().map(json.dumps),
    st.sampled_from(
        [
            "1753000000",
            "1753000000.5",
            "1753000000123",
            '"2025-07-20T08:26:40Z"',
            "null",
            "true",
            "",
            "1,2",
            "[1]",
            '1,"value":5',
        ]
    ),
)


@given(st.lists(st.tuples(values, times), max_size=6), st.sampled_from([0, 1]))
def test_with_a_time_recognised_or_parsed_comes_to_the_same(pairs: list[tuple[str, str]], form: int) -> None:
    def build(value: str, time: str) -> bytes:
        return TIMED[form] % ((time.encode(), value.encode()) if form else (value.encode(), time.encode()))

    messages = [build(value, time) for value, time in pairs]
    fast, slow = Taker(), Taker()
    fast.warm(build("[1,2]", "1753000000000"))
    slow.warm(build("[1,2]", "1753000000000"))
    assert (len(fast.intake.templates), len(fast.intake.templates_by_time)) == (1 - form, form)
    fast.together(*messages)
    slow.one_by_one(*messages)
    assert as_browser(fast.gathered) == as_browser(slow.gathered)
    assert fast.told == slow.told
    assert fast.counted == slow.counted


def test_a_message_like_one_before_is_recognised() -> None:
    taker = Taker()
    taker.warm(COMMON % b"[1,2]")
    learned = list(taker.intake.templates)
    assert learned == [b'{"id":"s","type":"line","legend":["a","b"],"name":"N",']


@pytest.mark.parametrize(
    "message",
    [
        b'{"id":"s","value":5,"note":"x","value":1}',
        b'{"id":"s","note":{"value":3},"value":1}',
        b'{"id":"s","value":1e5}',
        b'{"id":"s","value":1,"time":"2025-07-20T08:26:40Z"}',
        b'{"id":"s","value":1,"note":{"time":1},"time":1753000000}',
        b'{"id":"s","value":1,"source":"p","seq":4}',
        b'{"id":"s","value":"1"}',
    ],
)
def test_what_only_looks_like_the_value_is_not_learned(message: bytes) -> None:
    taker = Taker()
    taker.warm(message)
    assert not taker.intake.templates


def test_a_value_in_the_place_of_a_time_is_no_time() -> None:
    taker = Taker()
    taker.warm(b'{"time":1753000000000,"id":"s","value":1}')
    assert taker.intake.templates_by_time
    taker.together(b'{"value":5,"id":"s","value":7}')
    assert taker.gathered == [("s", 1, [[NOW, 7]])]


def test_a_changed_spec_makes_what_was_learned_invalid() -> None:
    taker = Taker()
    taker.warm(COMMON % b"[1,2]")
    other = COMMON.replace(b'"V"', b'"A"') % b"3"
    taker.together(COMMON % b"1", other, COMMON % b"2")
    assert [count for _, count, _ in taker.gathered] == [1, 1, 1], "each change of the spec begins a batch of its own"
    assert [segment.spec for segment in taker.intake.flight.segments] == [{}, {"unit": "A"}, {"unit": "V"}]


def test_a_message_learned_from_a_trusted_sender_does_not_admit_a_stranger() -> None:
    taker = Taker(key=KEY)
    taker.warm(COMMON % b"1", trusted=True)
    taker.together(COMMON % b"2", trusted=False)
    assert taker.told == [(0, "unauthorized")]
    taker.together(COMMON % b"2", trusted=True)
    assert taker.counted[0] == 1


def test_a_message_that_shows_the_key_is_recognised_from_a_stranger() -> None:
    taker = Taker(key=KEY)
    keyed = b'{"id":"s","api_crypt":"secret-key","value":%b}'
    taker.warm(keyed % b"1", trusted=False)
    assert taker.intake.templates
    taker.together(keyed % b"2", (keyed % b"3").replace(KEY.encode(), b"wrong-key!"), trusted=False)
    assert taker.told == [(1, "unauthorized")]
    assert taker.counted[0] == 1


def test_what_is_learned_is_bounded() -> None:
    taker = Taker()
    for number in range(2000):
        taker.one_by_one(b'{"id":"s","note":"%d","value":1}' % number)
        taker.one_by_one(b'{ "id":"7", "value":1%b}' % (b" " * number))
    assert len(taker.intake.templates) <= 32

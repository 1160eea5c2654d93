"""Whatever is sent, the intake takes it or refuses it with a code: nothing else ever comes out of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.shared.broker import RedisBroker
from windsock.shared.errors import WindsockError
from windsock.shared.framing import Fault, ObjectSplitter
from windsock.shared.intake import Intake
from windsock.shared.intake.known import Known
from windsock.shared.messages import SPEC_FIELDS, TYPES
from windsock.shared.settings import load_settings

NOW = 1_753_000_000_000

texts = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "data:image/png;base64,iVBORw0KGgo=",
            "{ center: {lat: 1, lng: 2} }",
            "2025-07-20T08:26:40Z",
            "1e999",
            "rtsp://u:p@[::1/x",
            "http://a:99999/",
            "\ud800",
            "\x00",
            "9" * 400,
        ]
    ),
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(-(2**70), 2**70), st.floats(), texts)
anything: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=12
)
fields = st.sampled_from([*SPEC_FIELDS, "id", "value", "samples", "time", "source", "seq", "api_crypt", "other"])


def message(kind: Any, value: Any, more: dict[str, Any]) -> dict[str, Any]:
    return {"id": "s", "type": kind, "value": value} | more


kinds: st.SearchStrategy[Any] = st.sampled_from(TYPES) | anything
messages: st.SearchStrategy[dict[str, Any]] = st.builds(
    message, kinds, anything, st.dictionaries(fields, anything, max_size=4)
)


class Told:
    """A sender that writes down its refusals."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def refused(self, index: int, error: WindsockError) -> None:
        self.codes.append(error.code)


def no_json(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON, and no browser reads it")


def fresh() -> Intake:
    values = load_settings(max_batch=20)
    intake = Intake(RedisBroker(values, "test"), values, "tcp")
    for stream in ("s", "7"):
        intake.remember(Known(stream, None, 100))
    return intake


def encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode("utf-8", "surrogatepass")


@settings(max_examples=400, deadline=None)
@given(st.lists(messages, max_size=5))
def test_any_message_is_taken_or_refused_with_a_sentence(sent: list[dict[str, Any]]) -> None:
    intake = fresh()
    raws = [encoded(message) for message in sent]
    refused = intake.accept_many([*raws, *raws], NOW, Told())
    assert intake.flight.messages == 2 * len(raws) - len(refused)
    for _, error in refused:
        assert error.code
        assert 0 < len(error.message) < 2000
        error.message.encode()
    for segment in intake.flight.segments:
        batch = segment.batch("worker")
        rows = json.loads(b"[%b]" % batch.payload, parse_constant=no_json)
        assert len(rows) == batch.count
        assert all(type(row[0]) is int for row in rows)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.binary(max_size=40) | messages.map(encoded), max_size=6))
def test_any_bytes_are_taken_or_refused(parts: list[bytes]) -> None:
    intake, splitter = fresh(), ObjectSplitter(1 << 16, 64)
    pieces = [*splitter.feed(b"".join(parts)), *splitter.close()]
    refused = intake.accept_many(pieces, NOW, Told())
    assert intake.flight.messages == len(pieces) - len(refused)
    faults = sum(isinstance(piece, Fault) for piece in pieces)
    assert faults <= len(refused)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ('{"id": "s", "value": "hello"}', 'value: should be a number, a list with one for each series, or an object {series: number}, got "hello"'),
        ('{"id": "s", "type": "heatmap", "value": 3}', "value: should be [row, column], [row, column, number] or a matrix, got 3"),
        ('{"id": "s", "value": [1, "x"]}', 'value (1): should be a number, unable to read the text as one, got "x"'),
        ('{"id": true, "value": 3}', "id: should be a text or a number, got true"),
        (r'{"id": "a\nb", "value": 3}', r'id: should have no control characters and no line breaks, got "a\nb"'),
        ('{"id": "s", "value": 3, "borderColor": "url(x);"}', "borderColor (0): should be a colour, as CSS writes it"),
        ('{"id": "s", "value": 3, "thresholds": [{"value": 1, "color": "a;b"}]}', "thresholds (0.color): should be a colour"),
        ('{"id": "s", "vaule": 3}', "value: there is none, and no samples; not known here: 'vaule'"),
        ('{"id": "s"}', "value: there is none, and no samples"),
        ('{"id": "s", "value": None}', "JSON's words are null, true and false"),
        ("{'id': 's', 'value': 3}", "JSON's quotes are double ones"),
        ('{"id": "s", "value": 3,}', "trailing comma"),
    ],
)  # fmt: skip
def test_what_a_beginner_gets_wrong_is_told_in_words_of_json(message: str, sentence: str) -> None:
    [(_, error)] = fresh().accept_many([message.encode()], NOW, Told())
    assert sentence in error.message


def test_text_that_is_not_utf_8_is_told_what_json_is() -> None:
    [(_, error)] = fresh().accept_many(['{"id": "s", "value": 1, "name": "Tür"}'.encode("latin-1")], NOW, Told())
    assert error.message.endswith("JSON is text in UTF-8")


@pytest.mark.parametrize(
    "message", ['{"id": "s", "name": "N"}', '{"id": "s", "value": null}', '{"id": "s", "samples": []}']
)
def test_a_message_without_a_sample_may_say_something(message: str) -> None:
    assert fresh().accept_many([message.encode()], NOW, Told()) == []

"""Every pickle of a text is read as `pickle` reads it, and nothing else is read, imported or called."""

from __future__ import annotations

import builtins
import collections
import io
import json
import pickle
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from windsock.shared.framing import PickleRefused, looks_pickled, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
ANY_TEXT = st.text(st.characters() | st.sampled_from("\\\n\r\0\x1a\"'\ud800\udfff\U0001f600é\u2028\x85"), max_size=80)

_watching = False
_seen: list[str] = []
WATCHED = (
    "import",
    "pickle.",
    "exec",
    "compile",
    "open",
    "os.",
    "subprocess.",
    "socket.",
    "code.",
    "ctypes.",
    "marshal.",
)


def _note(event: str, arguments: tuple[object, ...]) -> None:
    # An audit hook cannot be taken away again, so it is one, and mostly looks away.
    if _watching and event.startswith(WATCHED):
        _seen.append(f"{event} {arguments!r}")


sys.addaudithook(_note)


@pytest.fixture
def nothing_happens(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], str]]:
    """`read_text`, with every import, call and file opened meanwhile as a failure."""
    original = builtins.__import__

    def refuse(name: str, *args: object, **kwargs: object) -> object:
        if _watching:
            _seen.append(f"__import__ {name}")
        return original(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)

    def read(data: bytes) -> str:
        global _watching  # noqa: PLW0603 - the audit hook is global too
        _watching = True
        try:
            return read_text(data)
        finally:
            _watching = False

    _seen.clear()
    yield read
    assert _seen == []


# ------------------------------------------------------------------------------------------------- what is read


@settings(max_examples=500, deadline=None)
@given(text=ANY_TEXT)
def test_every_protocol_of_any_text_comes_back(text: str):
    for protocol in PROTOCOLS:
        data = pickle.dumps(text, protocol)
        assert read_text(data) == text, f"protocol {protocol}"
        assert read_text(bytearray(data)) == text, f"protocol {protocol}"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("size", [0, 1, 255, 256, 65535, 65536, 70_000, 1 << 20])
@pytest.mark.parametrize("unit", ["x", "é", "\U0001f600", "\n", "\\"])
def test_every_protocol_of_any_length_comes_back(protocol: int, size: int, unit: str):
    text = unit * size
    assert read_text(pickle.dumps(text, protocol)) == text


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_picklers_written_in_python_and_c_are_both_read(protocol: int):
    python_pickler: Callable[[object, int], bytes] = vars(pickle)["_dumps"]
    assert read_text(python_pickler("Temp\u00e9rature\n\\", protocol)) == "Temp\u00e9rature\n\\"


def test_a_text_longer_than_four_gigabytes_would_be_named_so():
    text = "naïve".encode()
    assert read_text(b"\x80\x04\x8d" + struct.pack("<Q", len(text)) + text + b"\x94.") == "naïve"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # What Python 2.7 writes for a str (bytes) and for a unicode.
        (b"S'{\"id\": 1}'\np0\n.", '{"id": 1}'),
        (b"S'{\"id\": 1}'\np1\n.", '{"id": 1}'),
        (b'S"it\'s"\np0\n.', "it's"),
        (b"S'it\\'s \"so\"'\np0\n.", 'it\'s "so"'),
        (b"S'a\\n\\t\\r\\\\n \\x00\\xc3\\xa9'\np0\n.", "a\n\t\r\\n \x00é"),
        (b"S''\np0\n.", ""),
        (b'U\x09{"id": 1}q\x00.', '{"id": 1}'),
        (b'T\x09\x00\x00\x00{"id": 1}q\x00.', '{"id": 1}'),
        (b"\x80\x02U\x02\xc3\xa9q\x01.", "é"),
        (b'V{"a": "\xe9\\u20ac"}\np0\n.', '{"a": "é€"}'),
        (b"\x80\x02X\x02\x00\x00\x00\xc3\xa9q\x01.", "é"),
        (b"X\x01\x00\x00\x00ar\x00\x01\x00\x00.", "a"),
    ],
)
def test_what_python_2_writes_is_read(data: bytes, text: str, nothing_happens: Callable[[bytes], str]):
    assert nothing_happens(data) == text
    assert pickle.loads(data, encoding="utf-8") == text, "the test's own bytes are wrong"


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=60))
def test_any_repr_of_python_2_is_read(text: str):
    data = b"S" + repr(text.encode())[1:].encode() + b"\np0\n."
    assert read_text(data) == text


def test_a_data_url_of_30_mb_takes_no_longer_than_pickle_itself():
    text = json.dumps({"id": "camera", "value": "data:image/jpeg;base64," + "QUJD" * (30_000_000 // 4)})
    for protocol in PROTOCOLS:
        data = pickle.dumps(text, protocol)
        assert read_text(data) == text
        ours, theirs = (min(_time(read, data) for _ in range(3)) for read in (read_text, pickle.loads))
        assert ours < 4 * theirs + 0.02, f"protocol {protocol}: {ours:.3f} s, pickle {theirs:.3f} s"


def _time(read: Callable[[bytes], object], data: bytes) -> float:
    begin = time.process_time()
    read(data)
    return time.process_time() - begin


# ---------------------------------------------------------------------------------------------- what is refused


class Reduced:
    """Asks for a call when it is unpickled."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return (__import__, ("antigravity",))


EVIL = {
    "global and reduce": b"cos\nsystem\n(S'true'\ntR.",
    "global alone": b"cantigravity\nfly\n.",
    "stack_global": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.",
    "stack_global after a memo": b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x04true\x94\x85\x94R\x94.",
    "inst": b"(S'true'\nios\nsystem\n.",
    "obj": b"(cos\nsystem\nS'true'\no.",
    "build": b"S'a'\n}b.",
    "build on a global": b"ctypes\nFunctionType\n)\x81}b.",
    "newobj": b"\x80\x02cos\nsystem\n)\x81.",
    "newobj_ex": b"\x80\x04cos\nsystem\n)}\x92.",
    "ext1": b"\x80\x02\x82\x01.",
    "ext2": b"\x80\x02\x83\x01\x00.",
    "ext4": b"\x80\x02\x84\x01\x00\x00\x00.",
    "persid": b"Ppersistent\n.",
    "binpersid": b"S'a'\nQ.",
    "text, then global": b"S'a'\np0\ncos\nsystem\n.",
    "text popped for a global": b"S'a'\n0cos\nsystem\n.",
    "memo get": b"S'a'\np0\n0g0\n.",
    "memo binget": b"U\x01aq\x000h\x00.",
    "memo long_binget": b"U\x01aq\x000j\x00\x00\x00\x00.",
    "duplicated": b"S'a'\n2.",
    "mark": b"(S'a'\n.",
    "empty list": b"].",
    "list": b"(lp0\nS'a'\na.",
    "appends": b"](S'a'\ne.",
    "empty dict": b"}.",
    "dict": b"(dS'a'\nS'b'\ns.",
    "setitems": b"}(S'a'\nS'b'\nu.",
    "empty tuple": b").",
    "tuple1": b"\x80\x02S'a'\n\x85.",
    "tuple2": b"\x80\x02S'a'\nS'b'\n\x86.",
    "tuple3": b"\x80\x02S'a'\nS'b'\nS'c'\n\x87.",
    "set": b"\x80\x04\x8f(S'a'\n\x90.",
    "frozenset": b"\x80\x04(S'a'\n\x91.",
    "none": b"N.",
    "true": b"\x80\x02\x88.",
    "int": b"I1\n.",
    "long": b"\x80\x02\x8a\x01\x01.",
    "float": b"F1.5\n.",
    "bytes": b"\x80\x03C\x01a.",
    "bytes8": b"\x80\x04\x8e" + struct.pack("<Q", 1) + b"a.",
    "bytearray": b"\x80\x05\x96" + struct.pack("<Q", 1) + b"a.",
    "next buffer": b"\x80\x05\x97.",
    "read-only buffer": b"\x80\x05\x98.",
    "two texts": b"S'a'\nS'b'\n.",
    "nothing": b"",
    "stop alone": b".",
    "protocol alone": b"\x80",
    "protocol and stop": b"\x80\x04.",
    "protocol of the future": b"\x80\x06\x8c\x01a.",
    "protocol twice": b"\x80\x02\x80\x02U\x01a.",
    "trailing bytes": b"S'a'\np0\n.x",
    "a second pickle": b"S'a'\n.cos\nsystem\n(S'true'\ntR.",
    "no end": b"S'a'\np0\n",
    "length past the end": b"X\xff\xff\xff\xffabc.",
    "negative length": b"T\xff\xff\xff\xff.",
    "huge length": b"\x8d" + b"\xff" * 8 + b"a.",
    "frame past the end": b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff\x8c\x01a.",
    "frames without end": b"\x80\x04" + (b"\x95" + bytes(8)) * 1000,
    "memos without end": b"S'a'\n" + b"p0\n" * 1_000_000 + b".",
    "memo of no number": b"S'a'\npx\n.",
    "memo of a long number": b"S'a'\np" + b"1" * 1_000_000 + b"\n.",
    "unclosed quotes": b"S'a\np0\n.",
    "no quotes": b"Sa\np0\n.",
    "one quote": b"S'\np0\n.",
    "names of characters": b"S'\\N{DIGIT ONE}'\np0\n.",
    "characters by number": b"S'\\u0031'\np0\n.",
    "octal": b"S'\\061'\np0\n.",
    "half an escape": b"S'\\x4'\np0\n.",
    "unknown escape": b"S'\\q'\np0\n.",
    "a backslash before the quote": b"S'a\\'\np0\n.",
    "no UTF-8": b"U\x01\xffq\x00.",
    "no UTF-8 in repr": b"S'\\xff'\np0\n.",
    "no UTF-8 in unicode": b"X\x01\x00\x00\x00\xffq\x00.",
    "a surrogate of Python 2": b"U\x03\xed\xa0\x80q\x00.",
    "no such character": b"V\\U99999999\np0\n.",
    "half a character": b"V\\u12\np0\n.",
    "json": b'{"id": 1}',
    **{f"reduced, protocol {protocol}": pickle.dumps(Reduced(), protocol) for protocol in PROTOCOLS},
    **{f"a list, protocol {protocol}": pickle.dumps(["a"], protocol) for protocol in PROTOCOLS},
    **{f"a dict, protocol {protocol}": pickle.dumps({"a": "b"}, protocol) for protocol in PROTOCOLS},
    **{f"bytes, protocol {protocol}": pickle.dumps(b"a\xff", protocol) for protocol in PROTOCOLS},
    **{f"a class, protocol {protocol}": pickle.dumps(collections.OrderedDict, protocol) for protocol in PROTOCOLS},
}


@pytest.mark.parametrize("data", EVIL.values(), ids=EVIL.keys())
def test_anything_but_a_text_is_refused_and_nothing_happens(data: bytes, nothing_happens: Callable[[bytes], str]):
    begin = time.process_time()
    with pytest.raises(PickleRefused) as refused:
        nothing_happens(data)
    assert refused.value.code == "malformed"
    assert time.process_time() - begin < 0.1


def test_the_watch_sees_what_pickle_itself_does():
    """The test above could not fail if this one did not hold."""
    global _watching  # noqa: PLW0603 - the audit hook is global too
    _seen.clear()
    _watching = True
    try:
        pickle.loads(EVIL["a class, protocol 2"])
    finally:
        _watching = False
    assert any(event.startswith("pickle.find_class") for event in _seen)


def test_the_module_works_without_pickle():
    code = (
        "import sys; sys.modules['pickle'] = sys.modules['_pickle'] = None; "
        "from windsock.shared.framing.pickled import read_text; "
        'print(read_text(b"Vfine\\np0\\n."))'
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "fine\n", done.stderr


class TextsOnly(pickle.Unpickler):
    """Python's own reader, kept from importing, to compare with."""

    def find_class(self, module_name: str, global_name: str) -> object:
        raise pickle.UnpicklingError(f"{module_name}.{global_name}")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A pickled text with some bytes changed, taken away or put in."""
    data = bytearray(pickle.dumps(draw(ANY_TEXT), draw(st.sampled_from(PROTOCOLS))))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 3))] = draw(
            st.binary(max_size=3) | st.sampled_from([b"\\", b"\n", b"p0\n", b"0", b"."])
        )
    return bytes(data)


@settings(max_examples=800, deadline=None)
@given(
    data=st.binary(max_size=60)
    | mutated()
    | st.lists(st.sampled_from(list(EVIL.values()))).map(lambda parts: b"".join(parts)[:500])
)
def test_of_any_bytes_we_read_nothing_that_pickle_would_read_otherwise(data: bytes):
    try:
        text = read_text(data)
    except PickleRefused:
        return
    try:
        theirs = TextsOnly(io.BytesIO(data), encoding="utf-8").load()
    except Exception:  # noqa: BLE001 - pickle raises anything; it may be stricter about a frame's length
        assert b"\x95" in data, f"pickle refuses what we read as {text!r}"
        return
    assert text == theirs


# -------------------------------------------------------------------------------------------------- which it is


@settings(max_examples=300, deadline=None)
@given(
    text=ANY_TEXT,
    value=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)
def test_a_pickled_text_is_told_from_json(text: str, value: object):
    assert all(looks_pickled(pickle.dumps(text, protocol)) for protocol in PROTOCOLS)
    for space in ("", " ", "\r\n", "\t", "\ufeff"):
        assert not looks_pickled((space + json.dumps(value)).encode())
    assert not looks_pickled(b"")

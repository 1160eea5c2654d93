"""Cuts a stream of JSON objects, with or without separators, into pieces of exactly one object each.

What is exact is written in `scanner.py`. This is the fast path in front of it: a read whose outlines are all known (see
`outline.py`) is cut with one `bytes.split`, and gives what the scanner would give. Anything else goes to the scanner.
Measured a message of 222 B, which takes 2.6 µs to validate: cut here 0.3 µs, one alone in its read 0.5 µs, by the scanner
2 to 3 µs (`benchmarks/framing.py`).
"""

import re
from collections.abc import Callable
from typing import Final

from .outline import DROPPED, is_flat_object, is_object_line, quotes_are_plain
from .scanner import SEPARATORS, ObjectScanner, Piece, Place

BOM: Final = b"\xef\xbb\xbf"
"""The byte-order mark that some writers of text begin with. It is no JSON, and means nothing in UTF-8."""
MESSAGE_LIMIT: Final = 1 << 20
NESTING_LIMIT: Final = 64

_SINGLE: Final = 4096
"""Reads up to here are looked up as one whole object first: more is many objects, or one that costs more to validate."""
_KINDS: Final = 64
"""Outlines remembered a publisher; one that shows more starts over, which costs it 1 µs an outline and nobody else."""
_LONGEST_KIND: Final = 1024

_NEWLINE, _BACKSLASH, _OPEN, _CLOSE = b"\n\\{}"
_BETWEEN: Final = Place.BETWEEN
_SEAM: Final = re.compile(rb"\}[ \t\r]*+\{")
_SPACED_SEAM: Final = re.compile(rb"\}[ \t\r]++\{")


class ObjectSplitter:
    r"""One publisher's stream.

    >>> splitter = ObjectSplitter()
    >>> splitter.feed(b'{"id":1}{"id"'), splitter.feed(b":2}\n")
    ([b'{"id":1}'], [b'{"id":2}'])

    Memory: an unfinished object, at most `limit` bytes and one read. Time: linear in the bytes fed, however they come.
    """

    __slots__ = ("_depth", "_flat", "_limit", "_lines", "_nested", "_scanner", "_single", "_singles")

    def __init__(self, limit: int = MESSAGE_LIMIT, depth: int = NESTING_LIMIT) -> None:
        self._limit = limit
        self._depth = depth
        self._scanner = ObjectScanner(limit, depth)
        self._single = min(_SINGLE, limit)
        self._singles: dict[bytes, int] = {}  # outline of a whole read -> bytes behind the object
        self._lines: set[bytes] = set()  # outlines between newlines
        self._flat: set[bytes] = set()  # outlines between closing braces
        self._nested: set[bytes] = set()  # outlines between `}{`

    @property
    def unfinished(self) -> int:
        """Bytes held of an object whose end has not come."""
        return self._scanner.unfinished

    def feed(self, data: bytes | bytearray | memoryview) -> list[Piece]:
        """What `data` completes, in the stream's order: each object's bytes, and a `Fault` where bytes were none."""
        if type(data) is not bytes:
            data = bytes(data)
        scanner = self._scanner
        if scanner.place is not _BETWEEN:
            out: list[Piece] = []
            # A short beginning is scanned again with its rest, which is still linear: then all can go the fast path.
            again = 0 < scanner.unfinished <= len(data)
            data = scanner.give_back() + data if again else scanner.resume(data, out)
            if out or not data:
                return self._feed_from_boundary(data, None, out)
        shape = None
        if len(data) <= self._single:
            shape = data.translate(None, DROPPED)
            behind = self._singles.get(shape)
            if (
                behind is not None
                and data[0] == _OPEN
                and data[-1 - behind] == _CLOSE
                and (_BACKSLASH not in data or quotes_are_plain(data))
            ):
                return [data[:-1]] if behind else [data]
        return self._feed_from_boundary(data, shape, [])

    def close(self) -> list[Piece]:
        """The stream ends: a `Fault` for what is unfinished. The splitter then begins anew."""
        return self._scanner.close()

    def _feed_from_boundary(self, data: bytes, shape: bytes | None, out: list[Piece]) -> list[Piece]:
        if data and data[0] != _OPEN:
            data = data.lstrip(SEPARATORS)
            shape = None
        if _CLOSE in data and data[0] == _OPEN and quotes_are_plain(data):
            data = self._cut(data, shape or data.translate(None, DROPPED), out)
            if data and data[0] != _OPEN:
                data = data.lstrip(SEPARATORS)
        if not data:
            return out
        if data[0] == _OPEN and _CLOSE not in data and _NEWLINE not in data and len(data) <= self._limit:
            # The beginning of an object, and nothing in it that could end or break it: look at it when the rest comes.
            self._scanner.begin(data)
        else:
            self._scanner.scan(data, out)
        return out

    def _cut(self, data: bytes, shape: bytes, out: list[Piece]) -> bytes:
        """Cut what can be cut fast; what is returned is not done yet."""
        if len(data) <= self._single and data[-1] in b"}\n":
            self._learn_single(shape)
        rest = None
        if b"\n" in shape:
            rest = self._cut_lines(data, shape, out)
        if rest is None:
            rest = self._cut_flat(data, shape, out)
        if rest is None:
            rest = self._cut_nested(data, out)
        return data if rest is None else rest

    def _learn_single(self, shape: bytes) -> None:
        kind = shape.removesuffix(b"\n")
        if (
            shape in self._singles
            or len(kind) > _LONGEST_KIND
            or b"}{" in kind
            or b"\n" in kind
            or not is_object_line(kind, self._depth)
        ):
            return
        if len(self._singles) >= _KINDS:
            self._singles.clear()
        self._singles[shape] = len(shape) - len(kind)

    def _cut_lines(self, data: bytes, shape: bytes, out: list[Piece]) -> bytes | None:
        """One object a line."""
        if not self._all_known(_kinds(shape, b"\n"), self._lines, is_object_line):
            return None
        if b"}{" in shape and _SEAM.search(data):
            return None
        lines = data.split(b"\n")
        rest = lines.pop()
        # If the least and the greatest of the lines begin alike, so do all.
        if min(lines)[0] != _OPEN or max(lines)[0] != _OPEN or [line for line in lines if line[-1] != _CLOSE]:
            return None
        if len(data) > self._limit and max(map(len, lines)) > self._limit:
            return None
        out += lines
        return rest

    def _cut_flat(self, data: bytes, shape: bytes, out: list[Piece]) -> bytes | None:
        """Objects without objects in them, with the same separator, or none, between any two."""
        if not self._all_known(_kinds(shape, b"}"), self._flat, is_flat_object):
            return None
        parts = data.split(b"}")
        rest = parts.pop()
        if len(data) > self._limit and max(map(len, parts)) >= self._limit:
            return None
        begin = b"{"
        if len(parts) > 1:
            begin = parts[1][: parts[1].index(b"{") + 1]
            separator = len(begin) - 1
            if begin.lstrip(SEPARATORS) != b"{":
                return None
            if separator:
                parts[0] = begin[:-1] + parts[0]
            if not (min(parts).startswith(begin) and max(parts).startswith(begin)):
                return None
            if separator:
                out += [part[separator:] + b"}" for part in parts]
                return rest
        out += [part + b"}" for part in parts]
        return rest

    def _cut_nested(self, data: bytes, out: list[Piece]) -> bytes | None:
        """Any objects without separator; costs more, because each is outlined by itself."""
        parts = data[1:].split(b"}{")
        rest = b"{" + parts.pop()
        if len(data) > self._limit and max(map(len, parts), default=0) + 2 > self._limit:
            return None
        kinds = {part.translate(None, DROPPED) for part in parts}
        if not self._all_known(kinds, self._nested, _is_inner_of_object) or _SPACED_SEAM.search(data):
            return None
        out += [b"{%b}" % part for part in parts]
        return rest

    def _all_known(self, kinds: set[bytes], known: set[bytes], judge: Callable[[bytes, int], bool]) -> bool:
        """Whether the exact rule says yes to every outline; asked once for each, and remembered."""
        if not kinds:
            return False
        for kind in kinds - known:
            if not judge(kind, self._depth):
                return False
            if len(kind) <= _LONGEST_KIND:
                if len(known) >= _KINDS:
                    known.clear()
                known.add(kind)
        return True


def _is_inner_of_object(kind: bytes, depth: int) -> bool:
    return b"\n" not in kind and is_object_line(b"{" + kind + b"}", depth)


def _kinds(shape: bytes, end: bytes) -> set[bytes]:
    """The different outlines that `end`, one byte, ends in this one."""
    size = shape.find(end) + 1
    if size == 0:
        return set()
    whole, over = divmod(len(shape), size)
    if shape.startswith(shape[:size] * whole) and shape.find(end, len(shape) - over) < 0:
        return {shape[: size - 1]}  # all alike: one comparison instead of a split
    kinds = shape.split(end)
    kinds.pop()
    return set(kinds)

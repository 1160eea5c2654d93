"""Finds the end of each JSON object in a stream byte by byte, and the next beginning after whatever is none.

This is the exact machine, fast enough for anything unusual; `objects.py` puts a faster path in front of it for the usual.
It never looks at a byte twice (but for a look back of at most 64), keeps at most one object, and gives the same result
however the stream is cut into pieces.

Where an object ends:
- Between objects, white space, commas, brackets (so a top-level array is its objects), NUL and RS separate.
- An object ends at the brace that closes it, outside of strings. Nothing else about it is checked here.

What is no object, each told by one `Fault`:
- Other bytes between objects are noise up to the next `{`. It is told at the first end of a line, at the next object,
  or after `limit` bytes; the rest of the same noise is dropped silently.
- An object is broken where no JSON object could go on, and a new one begins there:
  a `}` directly followed by a `{` inside an object; a line that begins with `{` where no value can begin; a string that
  ends in `}{` and is followed by what never follows a string (its closing quote was the first quote of the next object).
  A newline inside a string breaks it too; then the next object begins at a `{` that begins a line or follows a `}`.
- An object of more than `limit` bytes is too large. It is told at once, and skipped up to its end without being kept.
- An object that nests deeper than `depth` is told when it ends.

So a broken object on a line takes nothing with it but, if it broke off right behind `,`, `[` or `:`, the next line; and
without newlines, at most the next object. Only where commas alone separate can a missing brace swallow more, because the
objects of a list look the same: there `limit` is the bound, and then the next line or the next `}{`.
"""

import re
from enum import Enum
from typing import Final

from .fault import HEAD, Fault
from .outline import nests_deeper

Piece = bytes | Fault
"""Exactly one object's bytes, or the report of bytes that were none."""

SEPARATORS: Final = b" \t\r\n,[]\x00\x1e"
"""C programs send the NUL at the end of their strings; RS is what RFC 7464 puts before each text."""

_LOOK_BACK: Final = 64
_SPACE: Final = b" \t\r\n"
_BEFORE_VALUE: Final = b"[,:"
_AFTER_STRING: Final = b" \t\r\n,:]}"

_SEPARATED: Final = re.compile(b"[" + re.escape(SEPARATORS) + b"]*+")
# Bounded repeats keep the regex machine's stack small, and with it the work that is lost where a pattern does not fit.
# Groups are greedy and not possessive because CPython up to 3.11.4 loses its place after a possessive group.
_RUN: Final = re.compile(rb'[^"{}]*+(?:"[^"\\\n{]{0,64}+"[^"{}]*+){0,256}')
"""Up to the next brace, or to a string that needs a closer look."""
_STRING_BODY: Final = re.compile(rb'[^"\\\n]*+(?:\\[^\n][^"\\\n]*+){0,256}')


def _usual_object(string: bytes) -> re.Pattern[bytes]:
    """A whole object up to three levels, with nothing in it that could be a break, and the separators behind it."""
    text = rb'[^"{}]*+(?:' + string + rb'[^"{}]*+){0,256}'
    close = rb"\}(?![ \t\r\n]*+\{)"
    inner = rb"(?:(?<!\n)\{" + text + close + text + rb"){0,256}"
    middle = rb"(?:(?<!\n)\{" + text + inner + close + text + rb"){0,256}"
    return re.compile(rb"(\{" + text + middle + rb"\})" + _SEPARATED.pattern)


_USUAL: Final = _usual_object(rb'"[^"\\\n{]{0,200}+"')
_USUAL_WITH_ESCAPES: Final = _usual_object(rb'"[^"\\\n{]{0,200}+(?:\\[^\n{][^"\\\n{]{0,200}+){0,64}"')
_ENDS_LIKE_A_SEAM: Final = re.compile(rb"\}[ \t\r]*+\{[ \t\r]*+\Z")

_NEWLINE, _QUOTE, _BACKSLASH, _OPEN, _CLOSE = b'\n"\\{}'


class Place(Enum):
    """Where in the stream the scanner stands."""

    BETWEEN = "between objects"
    NOISE = "in bytes that belong to no object"
    INSIDE = "in an object, outside of its strings"
    STRING = "in a string of an object"
    LOST = "after a broken object, before a sure beginning"


class ObjectScanner:
    """One stream's place, and the object that it stands in."""

    __slots__ = ("_depth", "_dropping", "_held", "_limit", "_noise", "_open", "_resume_at", "_start", "_told", "place")

    def __init__(self, limit: int, depth: int) -> None:
        self.place = Place.BETWEEN
        self._limit = limit
        self._depth = depth
        self._held = bytearray()  # the unfinished object, or what a look back may need
        self._resume_at = 0  # in _held
        self._start = 0  # of the object, in _held or in what is being scanned
        self._open = 0  # braces
        self._dropping = False  # the object was told as too large: find its end, keep nothing
        self._noise = bytearray()  # its head
        self._told = 0  # length of the noise so far, -1 once it was told

    @property
    def unfinished(self) -> int:
        """Bytes held of an object that `give_back` would return; 0 when there is nothing to return."""
        return 0 if self._dropping or self.place in {Place.NOISE, Place.LOST} else len(self._held)

    def give_back(self) -> bytes:
        """The unfinished object's bytes; the scanner then stands before them, between objects."""
        held = bytes(self._held)
        self._held = bytearray()
        self.place = Place.BETWEEN
        return held

    def begin(self, data: bytes) -> None:
        """Stand inside the object that `data` begins, with all but its opening brace still to be looked at.

        For the beginning of an object of at most `limit` bytes, in which no `}` and no newline stands.
        """
        self.place = Place.INSIDE
        self._held = bytearray(data)
        self._start = 0
        self._open = 1
        self._resume_at = 1

    def scan(self, data: bytes, out: list[Piece]) -> None:
        """Take in all of `data`."""
        rest = data if self.place is Place.BETWEEN else self.resume(data, out)
        if rest:
            self._scan_from_boundary(rest, out)

    def resume(self, data: bytes, out: list[Piece]) -> bytes:
        """Take in `data` up to the end of what the scanner stands in; what is left begins between objects."""
        if self.place is Place.NOISE:
            buffer, position = data, 0
        else:
            self._held += data
            buffer, position = self._held, self._resume_at
        end = self._advance(buffer, position, out)
        if end is None:
            self._hold(buffer, out)
            return b""
        rest = bytes(buffer[end:])
        self._held = bytearray()
        return rest

    def close(self) -> list[Piece]:
        """The stream ends here: tell what it left unfinished, and begin anew."""
        out: list[Piece] = []
        if self.place is Place.NOISE:
            self._tell_noise(out)
        elif self.unfinished:
            message = "the stream ended inside an object"
            out.append(Fault("malformed", message, len(self._held), bytes(self._held[:HEAD])))
        self.place = Place.BETWEEN
        self._held = bytearray()
        self._dropping = False
        return out

    def _scan_from_boundary(self, data: bytes, out: list[Piece]) -> None:
        usual = _USUAL_WITH_ESCAPES if _BACKSLASH in data else _USUAL
        size = len(data)
        match = _SEPARATED.match(data)
        position: int | None = match.end() if match else 0
        while position is not None:
            while (match := usual.match(data, position)) is not None:
                self._start = position
                self._finish(data, match.end(1), out)
                position = match.end()
            match = _SEPARATED.match(data, position)
            position = match.end() if match else position
            if position == size:
                return
            if data[position] == _OPEN:
                self.place = Place.INSIDE
                self._start = position
                self._open = 1
                position += 1
            else:
                self.place = Place.NOISE
                self._noise.clear()
                self._told = 0
            position = self._advance(data, position, out)
        self._hold(data, out)

    def _advance(self, buffer: bytes | bytearray, position: int, out: list[Piece]) -> int | None:
        """Go on to where the scanner stands between objects, or to the end of the buffer (None)."""
        at: int | None = position
        while at is not None and self.place is not Place.BETWEEN:
            match self.place:
                case Place.INSIDE:
                    at = self._inside(buffer, at, out)
                case Place.STRING:
                    at = self._string(buffer, at, out)
                case Place.NOISE:
                    at = self._drop_noise(buffer, at, out)
                case _:
                    at = self._find_beginning(buffer, at)
        return at

    def _inside(self, buffer: bytes | bytearray, position: int, out: list[Piece]) -> int | None:
        size = len(buffer)
        while True:
            match = _RUN.match(buffer, position)
            position = match.end() if match else position
            if position == size:
                return self._wait(position)
            byte = buffer[position]
            if byte == _CLOSE:
                position += 1
                self._open -= 1
                if self._open == 0:
                    self._finish(buffer, position, out)
                    return position
            elif byte == _OPEN:
                if self._follows_close(buffer, position) or self._begins_line(buffer, position):
                    message = "an object is not closed before the next one begins"
                    return self._break(buffer, position, position + 1, message, out)
                position += 1
                self._open += 1
            else:
                self.place = Place.STRING
                return position + 1

    def _string(self, buffer: bytes | bytearray, position: int, out: list[Piece]) -> int | None:
        size = len(buffer)
        end = buffer.find(b'"', position)
        stop = size if end < 0 else end
        if buffer.find(b"\\", position, stop) >= 0 or buffer.find(b"\n", position, stop) >= 0:
            # Not plain up to the quote: go from escape to escape.
            while True:
                match = _STRING_BODY.match(buffer, position)
                position = match.end() if match else position
                if position == size:
                    return self._wait(position)
                if buffer[position] == _QUOTE:
                    end = position
                    break
                if buffer[position] == _BACKSLASH:
                    if position + 1 == size:
                        return self._wait(position)
                    if buffer[position + 1] != _NEWLINE:
                        continue
                    position += 1
                self._break(buffer, position, position + 1, "a line ends inside a string", out)
                self.place = Place.LOST
                return position
        elif end < 0:
            return self._wait(size)
        if buffer[end - 1] in b"{ \t\r":
            seam = _ENDS_LIKE_A_SEAM.search(buffer, max(self._start, end - _LOOK_BACK), end)
            if seam is not None:
                if end + 1 == size:
                    return self._wait(end)
                if buffer[end + 1] not in _AFTER_STRING:
                    brace = buffer.index(b"{", seam.start())
                    message = "an object is not closed before the next one begins"
                    return self._break(buffer, brace, end + 2, message, out)
        self.place = Place.INSIDE
        return end + 1

    def _drop_noise(self, buffer: bytes | bytearray, position: int, out: list[Piece]) -> int | None:
        brace = buffer.find(b"{", position)
        end = len(buffer) if brace < 0 else brace
        if self._told >= 0:
            newline = buffer.find(b"\n", position, end)
            end_of_report = end if newline < 0 else newline
            if len(self._noise) < HEAD:
                self._noise += buffer[position : min(end_of_report, position + HEAD)]
            self._told += end_of_report - position
            if brace >= 0 or newline >= 0 or self._told > self._limit:
                self._tell_noise(out)
        if brace < 0:
            return self._wait(end)
        self.place = Place.BETWEEN
        return brace

    def _tell_noise(self, out: list[Piece]) -> None:
        if self._told >= 0:
            message = "expected an object, which begins with '{'"
            length = min(self._told, self._limit)
            out.append(Fault("malformed", message, length, bytes(self._noise[: min(HEAD, length)])))
            self._told = -1

    def _find_beginning(self, buffer: bytes | bytearray, position: int) -> int | None:
        while True:
            position = buffer.find(b"{", position)
            if position < 0:
                return self._wait(len(buffer))
            if buffer[position - 1] == _NEWLINE or self._follows_close(buffer, position):
                self.place = Place.BETWEEN
                return position
            position += 1

    def _follows_close(self, buffer: bytes | bytearray, position: int) -> bool:
        """Whether nothing but white space stands between a `}` and this place: in JSON, only between objects."""
        before = buffer[position - 1]
        if before not in _SPACE:
            return before == _CLOSE
        return buffer[max(self._start, position - _LOOK_BACK) : position].rstrip(_SPACE).endswith(b"}")

    def _begins_line(self, buffer: bytes | bytearray, position: int) -> bool:
        """Whether a line begins here where JSON has no value: neither in a list nor behind a key."""
        if buffer[position - 1] != _NEWLINE:
            return False
        before = buffer[max(self._start, position - _LOOK_BACK) : position].rstrip(_SPACE)
        return bool(before) and before[-1] not in _BEFORE_VALUE

    def _finish(self, buffer: bytes | bytearray, end: int, out: list[Piece]) -> None:
        self.place = Place.BETWEEN
        if self._dropping:
            self._dropping = False
            return
        if end - self._start > self._limit:
            self._tell_too_large(buffer, out)
            return
        piece = bytes(buffer[self._start : end])
        if nests_deeper(piece, self._depth):
            message = f"an object nests deeper than {self._depth} levels"
            out.append(Fault("too_deep", message, len(piece), piece[:HEAD]))
        else:
            out.append(piece)

    def _break(self, buffer: bytes | bytearray, beginning: int, noticed: int, message: str, out: list[Piece]) -> int:
        """The object is none: drop it up to `beginning`. What counts for the limit is where that is `noticed`."""
        self.place = Place.BETWEEN
        if self._dropping:
            self._dropping = False
        elif noticed - self._start > self._limit:
            self._tell_too_large(buffer, out)
        else:
            head = bytes(buffer[self._start : min(beginning, self._start + HEAD)])
            out.append(Fault("malformed", message, beginning - self._start, head))
        return beginning

    def _tell_too_large(self, buffer: bytes | bytearray, out: list[Piece]) -> None:
        message = f"an object is larger than {self._limit} bytes"
        length = self._limit + 1
        head = bytes(buffer[self._start : self._start + min(HEAD, length)])
        out.append(Fault("too_large", message, length, head))

    def _wait(self, position: int) -> None:
        """The buffer is used up: remember where to go on."""
        self._resume_at = position

    def _hold(self, buffer: bytes | bytearray, out: list[Piece]) -> None:
        """Keep of the used-up buffer what the next bytes will need."""
        if self.place is Place.NOISE:
            self._held = bytearray()
            return
        keep_from = max(0, self._resume_at - _LOOK_BACK)
        if self.place is not Place.LOST:
            if not self._dropping and len(buffer) - self._start > self._limit:
                self._tell_too_large(buffer, out)
                self._dropping = True
            keep_from = max(keep_from, self._start) if self._dropping else self._start
        if buffer is self._held:
            del self._held[:keep_from]
        else:
            self._held = bytearray(buffer[keep_from:])
        self._resume_at -= keep_from
        self._start = max(0, self._start - keep_from)

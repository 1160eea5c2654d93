"""Reads a pickled text without unpickling: knows the opcodes that `pickle.dumps` writes for a text, and no other.

Older publishers pickle their JSON text before they send it. A real unpickler is a small machine that imports and calls
what the bytes ask for; this is a parser for one production: an optional header, one text, its memo, the end. There is
no stack, no memo to read from, and nothing that could call.

Text of Python 3 (any protocol from 0 to 5) and of Python 2, where `str` was bytes: those must be UTF-8.
"""

import codecs
from typing import Final

_MOST_OPCODES: Final = 8
"""`dumps` writes at most five: PROTO, FRAME, the text, MEMOIZE, STOP. More is somebody's game with our time."""
_NEWEST_PROTOCOL: Final = 5
_LONGEST_MEMO_KEY: Final = 20

_PROTO, _FRAME, _STOP, _UNICODE, _STRING, _PUT = b"\x80\x95.VSp"
_COUNTED_UTF8: Final = {0x58: 4, 0x8C: 1, 0x8D: 8}  # BINUNICODE, SHORT_BINUNICODE, BINUNICODE8: width of the length
_COUNTED_BYTES: Final = {0x54: 4, 0x55: 1}  # BINSTRING, SHORT_BINSTRING: Python 2's str
_MEMO: Final = {0x94: 0, 0x71: 1, 0x72: 4}  # MEMOIZE, BINPUT, LONG_BINPUT: bytes of argument

_FIRST_BYTES: Final = bytes({_PROTO, _UNICODE, _STRING, *_COUNTED_UTF8, *_COUNTED_BYTES})
_BACKSLASH: Final = 0x5C

# Looked up once: a codec's first use imports its module, and decoding a publisher's bytes must import nothing.
_decode_raw_unicode_escape = codecs.lookup("raw_unicode_escape").decode
_decode_unicode_escape = codecs.lookup("unicode_escape").decode


class PickleRefused(ValueError):
    """The bytes are no pickled text."""

    code = "malformed"


def looks_pickled(data: bytes | bytearray) -> bool:
    """Whether `data` can only be a pickled text and not JSON: no JSON text begins with any of these bytes."""
    return data[:1] in _FIRST_BYTES if data else False


def read_text(data: bytes | bytearray) -> str:
    """The pickled text. Anything else raises `PickleRefused`, and nothing is imported or called for it."""
    text: str | None = None
    position = 0
    for _ in range(_MOST_OPCODES):
        if position >= len(data):
            raise PickleRefused("the pickle ends too early")
        opcode = data[position]
        position += 1
        if opcode == _STOP:
            if text is None:
                raise PickleRefused("the pickle holds no text")
            if position != len(data):
                raise PickleRefused("something follows the pickle's end")
            return text
        if opcode == _PROTO:
            position = _skip_protocol(data, position)
        elif opcode == _FRAME:
            length, position = _length(data, position, 8)
            if length > len(data) - position:
                raise PickleRefused("the pickle ends too early")
        elif text is None:
            text, position = _read_text_at(data, position, opcode)
        else:
            position = _skip_memo(data, position, opcode)
    raise PickleRefused("the pickle holds more than a text")


def _read_text_at(data: bytes | bytearray, position: int, opcode: int) -> tuple[str, int]:
    try:
        if opcode in _COUNTED_UTF8 or opcode in _COUNTED_BYTES:
            width = _COUNTED_UTF8.get(opcode) or _COUNTED_BYTES[opcode]
            length, position = _length(data, position, width)
            end = position + length
            if end > len(data):
                raise PickleRefused("the pickle ends too early")
            with memoryview(data) as view:
                # pickle writes a lone surrogate as it is; bytes of Python 2 get no such licence.
                return str(view[position:end], "utf-8", "surrogatepass" if opcode in _COUNTED_UTF8 else "strict"), end
        if opcode in {_UNICODE, _STRING}:
            end = data.find(b"\n", position)
            if end < 0:
                raise PickleRefused("the pickle ends too early")
            if opcode == _UNICODE and data.find(b"\\", position, end) < 0:
                with memoryview(data) as view:  # then it is Latin-1: 9 ms for a picture of 30 MB instead of 60
                    return str(view[position:end], "latin-1"), end + 1
            line = bytes(data[position:end])
            return (_decode_raw_unicode_escape(line)[0] if opcode == _UNICODE else _read_repr(line)), end + 1
    except UnicodeError as error:
        raise PickleRefused("the pickled text is not well encoded") from error
    raise PickleRefused(f"opcode 0x{opcode:02x} belongs to no text")


def _read_repr(line: bytes) -> str:
    """A Python 2 `str` as its `repr`: quotes around it, and a backslash only before what `repr` escapes."""
    if len(line) < 2 or line[0] != line[-1] or line[0] not in b"'\"":
        raise PickleRefused("the pickled text has no quotes")
    body = line[1:-1]
    if _BACKSLASH not in body:
        return body.decode()
    # Without pairs of backslashes, each one left must begin an escape of `repr`. The decoder knows more escapes than
    # that (it looks names of characters up in a module), so they are kept from it; bad hex digits it refuses itself.
    single = body.replace(b"\\\\", b"")
    if single.count(b"\\") != sum(single.count(b"\\%c" % escaped) for escaped in b"'\"nrtx"):
        raise PickleRefused("the pickled text has an escape that repr does not write")
    return _decode_unicode_escape(body)[0].encode("latin-1").decode()


def _length(data: bytes | bytearray, position: int, width: int) -> tuple[int, int]:
    end = position + width
    if end > len(data):
        raise PickleRefused("the pickle ends too early")
    return int.from_bytes(data[position:end], "little"), end


def _skip_protocol(data: bytes | bytearray, position: int) -> int:
    if position != 1:
        raise PickleRefused("a protocol is named in the middle of the pickle")
    protocol, position = _length(data, position, 1)
    if protocol > _NEWEST_PROTOCOL:
        raise PickleRefused(f"pickle protocol {protocol} is not known")
    return position


def _skip_memo(data: bytes | bytearray, position: int, opcode: int) -> int:
    """A pickler notes each text for later; nobody reads the note here, so its number does not matter."""
    if opcode in _MEMO:
        return _length(data, position, _MEMO[opcode])[1]
    if opcode == _PUT:
        end = data.find(b"\n", position, position + _LONGEST_MEMO_KEY + 1)
        if end > position and data[position:end].isdigit():
            return end + 1
        raise PickleRefused("a memo's number is none")
    raise PickleRefused(f"opcode 0x{opcode:02x} belongs to no text")

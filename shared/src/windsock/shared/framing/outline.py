"""An outline is what is left of JSON text when all but braces, brackets, quotes and newlines is deleted.

`bytes.translate` makes the outline of a whole read at C speed, and a publisher's objects have the same few outlines
again and again. So each different outline is judged once, by the exact rules here, and then only compared.
"""

import re
from typing import Final

_BACKSLASH: Final = 0x5C  # a number, because `in` looks for a number three times faster than for one byte
_KEPT: Final = b'{}[]"\n'
DROPPED: Final = bytes(set(range(256)) - set(_KEPT))
"""`data.translate(None, DROPPED)` is the outline of `data`."""
_MERGED: Final = bytes.maketrans(b"{}", b"[]")
_NOT_NESTING: Final = bytes(set(range(256)) - set(b"{}[]"))

_STRING_IN_OUTLINE: Final = re.compile(rb'"[\[\]]*+"')
_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_STRING: Final = re.compile(rb'"[^"]*+"')


def quotes_are_plain(data: bytes) -> bool:
    """Whether every quote of `data` begins or ends a string: none of them stands behind a backslash."""
    return _BACKSLASH not in data or b'\\"' not in data


def is_flat_object(kind: bytes, depth: int) -> bool:
    """Whether `kind`, an outline cut off before its first `}`, is an object without objects in it.

    Separators may stand in front of it.
    """
    bare = _without_strings(kind)
    if b'"' in bare or bare.count(b"{") != 1:
        return False
    return not _brackets_nest_deeper(_merged(bare[bare.index(b"{") :] + b"}"), depth)


def is_object_line(kind: bytes, depth: int) -> bool:
    """Whether `kind`, an outline without newlines, is one object: its first brace closes at its end, not before."""
    bare = _without_strings(kind)
    if b'"' in bare or not bare.startswith(b"{"):
        return False
    still_open = 0
    for place, byte in enumerate(bare, 1):
        still_open += (byte == 0x7B) - (byte == 0x7D)
        if still_open == 0:
            return place == len(bare) and not _brackets_nest_deeper(_merged(bare), depth)
    return False


def nests_deeper(text: bytes, depth: int) -> bool:
    """Whether objects and arrays of the JSON object `text` stand in each other more than `depth` deep."""
    if len(text) <= 2 * depth or text.count(b"{") + text.count(b"[") <= depth:
        return False
    if not quotes_are_plain(text):
        text = _ESCAPE.sub(b"", text)
    return _brackets_nest_deeper(_merged(_STRING.sub(b"", text)), depth)


def _without_strings(kind: bytes) -> bytes:
    """A quote that is left over stands for a string with a brace or a newline in it, or one that does not end."""
    return _STRING_IN_OUTLINE.sub(b"", kind)


def _merged(text: bytes) -> bytes:
    return text.translate(_MERGED, _NOT_NESTING)


def _brackets_nest_deeper(brackets: bytes, depth: int) -> bool:
    """Peel the innermost pairs, all at once, until none is left: at most `depth` passes at C speed."""
    level = 0
    while level <= depth:
        if b"[" * (depth - level + 1) in brackets:
            return True
        peeled = brackets.replace(b"[]", b"")
        if len(peeled) == len(brackets):
            break
        brackets = peeled
        level += 1
    # What no pass removes has no partner. That is no JSON, which the validator says, unless it is too deep as well.
    return level + brackets.count(b"[") > depth

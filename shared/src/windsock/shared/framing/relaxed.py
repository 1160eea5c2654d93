"""Reads the literals that older publishers send as text: JSON, and also unquoted keys, single quotes, trailing commas.

`{ center: {lat: 41.4, lng: 2.17}, zoom: 4, data: [{lat: 1, lng: 2}] }` was meant for a browser's `eval`. Here it is
parsed: names are keys and nothing else, there are no calls, comments, signs between values or sparse lists. One pass,
each pattern fixed by its first character, so that no input makes it go back.
"""

import json
import re
from typing import Final

TEXT_LIMIT: Final = 1 << 17
"""Characters: some 5,000 points of a map. Python reads a point in 6 µs; the worst text of this size takes 0.1 s."""
NESTING_LIMIT: Final = 64
_DEEPEST: Final = 200
"""Whatever a caller allows: a level takes two calls, and Python ends at a thousand."""
_LONGEST_EXACT_INTEGER: Final = 18

_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_KEY: Final = re.compile(r"[ \t\r\n]*+([A-Za-z_$][A-Za-z0-9_$]*+)[ \t\r\n]*+:[ \t\r\n]*+")
_COLON: Final = re.compile(r"[ \t\r\n]*+:[ \t\r\n]*+")
_COMMA: Final = re.compile(r"[ \t\r\n]*+,[ \t\r\n]*+")
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(\.[0-9]*+)?|(\.[0-9]+))([eE][+-]?[0-9]+)?")
_WORD: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*+")
_STRING_BODY: Final = {
    quote: re.compile(rf"[^{quote}\\]*+(?:\\.[^{quote}\\]*+){{0,256}}", re.DOTALL) for quote in "\"'"
}
_CONSTANTS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}


class RelaxedRefused(ValueError):
    """The text is no such literal; `position` is the character where that shows."""

    def __init__(self, message: str, position: int, code: str = "malformed") -> None:
        super().__init__(f"{message} at character {position}")
        self.code = code
        self.position = position


def parse_relaxed(text: str, *, limit: int = TEXT_LIMIT, depth: int = NESTING_LIMIT) -> object:
    """The value: dict, list, str, int, float, bool or None. Of keys that repeat the last counts, as in JSON."""
    if len(text) > limit:
        raise RelaxedRefused(f"the text is longer than {limit} characters", limit, "too_large")
    value, position = _value(text, _skip_space(text, 0), min(depth, _DEEPEST))
    position = _skip_space(text, position)
    if position != len(text):
        raise RelaxedRefused("something follows the value", position)
    return value


def _value(text: str, position: int, depth: int) -> tuple[object, int]:
    number = _NUMBER.match(text, position)
    if number is not None:
        return _number(number), number.end()
    first = text[position : position + 1]
    if first == "{":
        return _object(text, position, depth)
    if first == "[":
        return _list(text, position, depth)
    if first in {'"', "'"}:
        return _string(text, position)
    word = _WORD.match(text, position)
    if word is not None and word.group() in _CONSTANTS:
        return _CONSTANTS[word.group()], word.end()
    raise RelaxedRefused("expected a value", position)


def _object(text: str, position: int, depth: int) -> tuple[dict[str, object], int]:
    if depth == 0:
        raise RelaxedRefused("the text nests too deep", position, "too_deep")
    members: dict[str, object] = {}
    position = _skip_space(text, position + 1)
    while text[position : position + 1] != "}":
        match = _KEY.match(text, position)
        if match is not None:
            key = match.group(1)
        elif text[position : position + 1] in {'"', "'"}:
            key, position = _string(text, position)
            match = _COLON.match(text, position)
            if match is None:
                raise RelaxedRefused("expected ':'", position)
        else:
            raise RelaxedRefused("expected a key or '}'", position)
        members[key], position = _value(text, match.end(), depth - 1)
        position = _next(text, position, "}")
    return members, position + 1


def _list(text: str, position: int, depth: int) -> tuple[list[object], int]:
    if depth == 0:
        raise RelaxedRefused("the text nests too deep", position, "too_deep")
    items: list[object] = []
    position = _skip_space(text, position + 1)
    while text[position : position + 1] != "]":
        item, position = _value(text, position, depth - 1)
        items.append(item)
        position = _next(text, position, "]")
    return items, position + 1


def _next(text: str, position: int, close: str) -> int:
    """Past the comma behind a value, or to the closing bracket."""
    comma = _COMMA.match(text, position)
    if comma is not None:
        return comma.end()
    position = _skip_space(text, position)
    if text[position : position + 1] != close:
        raise RelaxedRefused(f"expected ',' or '{close}'", position)
    return position


def _string(text: str, position: int) -> tuple[str, int]:
    quote = text[position]
    end = text.find(quote, position + 1)
    if end >= 0 and text.find("\\", position, end) >= 0:
        end = _end_of_escaped(text, position + 1, quote)
    if end < 0:
        raise RelaxedRefused("a text is not closed", position)
    body = text[position + 1 : end]
    try:
        value = json.loads(f'"{_as_json(body, quote)}"')
        if "\\u" in body:
            value.encode()  # half a surrogate pair could not be sent on
    except ValueError as error:
        raise RelaxedRefused("a text is not well written", position) from error
    return value, end + 1


def _end_of_escaped(text: str, position: int, quote: str) -> int:
    while True:
        match = _STRING_BODY[quote].match(text, position)
        end = match.end() if match else position
        if end == position or end >= len(text):
            return end if text[end : end + 1] == quote else -1
        if text[end] == quote:
            return end
        position = end


def _as_json(body: str, quote: str) -> str:
    """The same body for JSON's double quotes; pairs of backslashes are set aside first, so each other one escapes."""
    if quote == '"' and "'" not in body:
        return body
    parts = body.split("\\\\")
    return "\\\\".join(part.replace("\\'", "'").replace('\\"', '"').replace('"', '\\"') for part in parts)


def _number(match: re.Match[str]) -> int | float:
    digits = match.group()
    # Python turns digits into an integer in quadratic time; a plot does not show the difference to a float.
    if match.lastindex is None and len(digits) <= _LONGEST_EXACT_INTEGER:
        return int(digits)
    return _finite(digits, match.start())


def _finite(digits: str, position: int) -> float:
    value = float(digits)
    if value in {float("inf"), float("-inf")}:
        raise RelaxedRefused("a number is too large", position)
    return value


def _skip_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position

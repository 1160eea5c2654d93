"""What a `value` may be, type by type, and its one canonical form.

Each alias below validates AND canonicalises: what comes out is what history stores, the relay forwards and a panel draws. Lax on purpose where publishers
written in shell or for the older program are lax (numbers as text, a single item instead of a list), strict where a browser or a disk would suffer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, Required, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, with_config
from pydantic_core import PydanticCustomError
from typing_extensions import TypedDict

from windsock.shared.framing import RelaxedRefused, parse_relaxed

__all__ = [
    "MOST_SERIES",
    "Cell",
    "CellValue",
    "ImageValue",
    "MapValue",
    "Number",
    "PointsValue",
    "SeriesValue",
    "SpaceValue",
    "SurfaceValue",
    "TableValue",
    "TextValue",
    "TreeValue",
    "VideoValue",
    "image_kind",
]

Number = float | None
"""A reading. `null`, NaN and infinities are gaps: they become `null` when rows are written."""

MOST_SERIES: Final = 1000
"""Of one stream. Who needs more has keys that change (process ids, URLs), and wants a table or a text."""

Key = Annotated[str, StringConstraints(min_length=1, max_length=512)]

SeriesValue = Annotated[
    Annotated[list[Number], Field(max_length=MOST_SERIES)]
    | float
    | Annotated[dict[Key, Number], Field(max_length=MOST_SERIES)],
    Field(union_mode="left_to_right"),
]
"""A number, a list with one number a series, or an object `{series: number}`."""


def _wrong(expected: str) -> PydanticCustomError:
    return PydanticCustomError("windsock_shape", "Input should be {expected}", {"expected": expected})


def _says_any(*names: str) -> Callable[[object], object]:
    """Refuse an object that has none of these: what it says would be dropped without a word."""

    def check(value: object) -> object:
        if isinstance(value, dict) and value and not any(name in value for name in names):
            raise _wrong(f"an object with {', '.join(names[:-1])} or {names[-1]}")
        return cast("object", value)

    return check


# --- points: [x, y], [x, y, r], {x, y, r} or a list of them


def _points(least: int, most: int, names: tuple[str, ...], shape: str) -> Callable[[object], object]:
    def one(value: object) -> list[object]:
        if isinstance(value, dict):
            point: list[object] = [value.get(name) for name in names]  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]
            while len(point) > least and point[-1] is None:
                point.pop()
            return point
        if isinstance(value, list) and least <= len(value) <= most:  # pyright: ignore[reportUnknownArgumentType]
            return value  # pyright: ignore[reportUnknownVariableType]
        raise _wrong(shape)

    def many(value: object) -> list[object]:
        items = cast("list[object]", value) if isinstance(value, list) else None
        if items is None or (items and not isinstance(items[0], (list, dict))):
            return [one(cast("object", value))]
        return [one(item) for item in items]

    return many


Coordinates = list[Annotated[list[float], Field(min_length=2, max_length=3)]]
PointsValue = Annotated[
    Coordinates, BeforeValidator(_points(2, 3, ("x", "y", "r"), "[x, y], [x, y, r], {x, y, r} or a list of them"))
]
"""Canonical: a list of `[x, y]` or `[x, y, r]`."""

SpaceValue = Annotated[
    list[Annotated[list[float], Field(min_length=3, max_length=3)]],
    BeforeValidator(_points(3, 3, ("x", "y", "z"), "[x, y, z], {x, y, z} or a list of them")),
]
"""Canonical: a list of `[x, y, z]`."""

# --- grids

Matrix = Annotated[
    list[Annotated[list[Number], Field(min_length=1, max_length=4096)]], Field(min_length=1, max_length=4096)
]
Index = Annotated[int, Field(ge=0, lt=4096)]
Cell = tuple[Index, Index] | tuple[Index, Index, float]


def _rectangular(matrix: list[list[Number]]) -> list[list[Number]]:
    if any(len(row) != len(matrix[0]) for row in matrix):
        raise _wrong("a matrix whose rows have the same length")
    return matrix


CellValue = Annotated[
    Annotated[Matrix, AfterValidator(_rectangular)] | tuple[Index, Index, float] | tuple[Index, Index],
    Field(union_mode="left_to_right"),
]
"""`[row, col]`, `[row, col, n]`, or a matrix (a list of lists) that replaces all. Canonical: as sent; a flat list is a cell, a list of lists a matrix."""

SurfaceValue = Annotated[Matrix, AfterValidator(_rectangular)]
"""Canonical: a matrix of heights, rows first."""

# --- text and tables


@with_config(ConfigDict(extra="ignore", coerce_numbers_to_str=True))
class TextLine(TypedDict, total=False):
    """One line of a log."""

    level: Annotated[str, StringConstraints(max_length=32)]
    text: Required[str]


def _lines(value: object) -> object:
    items: list[object] = value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType]
    return [item if isinstance(item, dict) else {"text": item} for item in items]  # pyright: ignore[reportUnknownVariableType]


TextValue = Annotated[list[TextLine], BeforeValidator(_lines), Field(max_length=10_000)]
"""A line or lines. Canonical: a list of `{level?, text}`."""

TableValue = Annotated[
    list[dict[str, Any]],
    BeforeValidator(lambda value: [value] if isinstance(value, dict) else value),
    Field(max_length=10_000),
]
"""Rows as objects. Canonical: a list of objects."""

# --- images

_DATA_URL = re.compile(r"data:image/(png|jpe?g|webp|gif);base64,")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))


def image_kind(data: bytes) -> str | None:
    """`png`, `jpeg`, `webp` or `gif` by the first bytes (12 are enough); None for anything else. SVG is left out on purpose: it can carry script."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def _image(value: str) -> str:
    head = _DATA_URL.match(value)
    if head is None:
        raise _wrong("a data URL with base64 of a png, jpeg, webp or gif")
    if not _BASE64.fullmatch(value, head.end()):
        value = value[: head.end()] + re.sub(r"\s+", "", value[head.end() :])  # some encoders break lines
        if not _BASE64.fullmatch(value, head.end()):
            raise _wrong("a data URL whose data is base64")
    return value


ImageValue = Annotated[str, AfterValidator(_image)]
"""Canonical: a data URL without white space."""

# --- maps


@with_config(ConfigDict(extra="ignore"))
class LatLng(TypedDict):
    """A place, in degrees (WGS 84)."""

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-540, le=540)]


@with_config(ConfigDict(extra="ignore", coerce_numbers_to_str=True))
class Marker(LatLng, total=False):
    """A place on the map."""

    name: Annotated[str, StringConstraints(max_length=512)] | None
    color: Annotated[str, StringConstraints(max_length=64)] | None


@with_config(ConfigDict(extra="ignore"))
class MapView(TypedDict, total=False):
    """What a map shows."""

    center: LatLng | None
    zoom: Annotated[float, Field(ge=0, le=24)] | None
    data: Annotated[list[Marker], Field(max_length=10_000)]


def _map(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_relaxed(value)
    except RelaxedRefused as error:
        raise _wrong(f"a map, or a text that describes one ({error})") from None


MapValue = Annotated[MapView, BeforeValidator(_says_any("center", "zoom", "data")), BeforeValidator(_map)]
"""`{center?, zoom?, data}`, also as the text that older publishers send, with unquoted keys. Canonical: the object."""

# --- trees


@with_config(ConfigDict(extra="ignore", coerce_numbers_to_str=True))
class TreeNode(TypedDict, total=False):
    """A node of a tree."""

    name: Annotated[str, StringConstraints(max_length=512)]
    value: Number
    children: list[TreeNode]


TreeValue = Annotated[TreeNode, BeforeValidator(_says_any("name", "value", "children"))]
"""Canonical: `{name, value?, children?}`."""

# --- video


def _camera(value: object) -> object:
    # A number is one of this machine's own cameras, as OpenCV counts them.
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return value
    text = str(value)
    return f"webcam:{int(text)}" if text.isascii() and text.isdecimal() and len(text) <= 2 else text


def _video(value: str) -> str:
    try:
        scheme = urlsplit(value).scheme
    except ValueError:
        raise _wrong("a camera's URL") from None
    if not scheme or any(ord(char) < 33 for char in value):
        raise _wrong("a camera's URL")
    return value


VideoValue = Annotated[
    str, StringConstraints(min_length=3, max_length=2048), BeforeValidator(_camera), AfterValidator(_video)
]
"""A camera's URL, as sent: with its password. The intake stores it apart and keeps `redact_url` of it in the row."""

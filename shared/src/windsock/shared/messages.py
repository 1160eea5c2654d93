"""THE wire contract: what a publisher may send, as one union discriminated by `type`.

Messages are TypedDicts and not models: pydantic validates one into a plain dict for half the price of a model, and the intake takes it apart anyway.
Unknown fields pass here and are left out, and counted, by `windsock.shared.intake.spec`. What viewers receive is in `wire.py`.
"""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any, Final, Literal, Required, cast, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    TypeAdapter,
    with_config,
)
from pydantic_core import PydanticCustomError, SchemaValidator
from typing_extensions import TypedDict

from windsock.shared.values import (
    CellValue,
    ImageValue,
    MapValue,
    PointsValue,
    SeriesValue,
    SpaceValue,
    SurfaceValue,
    TableValue,
    TextValue,
    TreeValue,
    VideoValue,
)

__all__ = [
    "MESSAGE",
    "MOST_SEQ",
    "SERIES_TYPES",
    "SPEC_FIELDS",
    "TYPES",
    "VALUES",
    "AnyMessage",
    "MessageType",
    "Threshold",
]

SeriesType = Literal["line", "area", "bar", "horizontalBar", "pie", "doughnut", "radar", "polarArea", "gauge", "stat"]
PointsType = Literal["scatter", "bubble"]
GridType = Literal["heatmap", "bubble_matrix"]
SpaceType = Literal["scatter3d", "line3d"]
TreeType = Literal["tree", "treemap"]
MessageType = Literal[
    SeriesType,
    PointsType,
    GridType,
    SpaceType,
    TreeType,
    "surface",
    "text",
    "table",
    "image",
    "map",
    "custom",
    "video_stream",
]
"""What a stream's panel is."""

TYPES: Final[tuple[str, ...]] = get_args(MessageType)
SERIES_TYPES: Final = frozenset(get_args(SeriesType))
"""Types whose rows are `[time, v1, v2, ...]`. All other rows are `[time, value]`."""

MOST_SEQ: Final = 2**53 - 1
"""The broker's scripts count in doubles: beyond it two numbers may be one."""

# --- fields


def _listed(value: object) -> object:
    """One item may stand for a list of one."""
    return cast("object", value) if isinstance(value, list) else [value]


def _no_boolean(value: object) -> object:
    """A boolean would pass for the number 1, which is a second in 1970."""
    if isinstance(value, bool):
        kind, text = "windsock_shape", "Input should be a number or an ISO 8601 text"
        raise PydanticCustomError(kind, text)
    return value


def _level(value: object) -> object:
    """A threshold may be a bare number."""
    return cast("object", value) if isinstance(value, dict) else {"value": value}


Id = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\p{Cc}\x{2028}\x{2029}]+$")]
"""Integer or text, compared as text; no control characters, no line separators."""
Name = Annotated[str, StringConstraints(max_length=512)]
Names = Annotated[list[Name], BeforeValidator(_listed), Field(max_length=1000)]
Colour = Annotated[str, StringConstraints(max_length=64, pattern=r"^[#a-zA-Z0-9(),.%/ +-]*$")]
"""Any CSS colour. The character set leaves out what could end a declaration or open a `url()` with a scheme."""
Colours = Annotated[list[Colour], BeforeValidator(_listed), Field(max_length=1000)]
Pixels = Annotated[
    int,
    BeforeValidator(lambda value: value.strip().removesuffix("px") if isinstance(value, str) else value),
    Field(ge=1, le=10_000),
]


def _fill(value: object) -> object:
    """`"false"` as a text is what older publishers send for false."""
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if isinstance(value, list) and len(value) <= 1000:  # pyright: ignore[reportUnknownArgumentType]
        return [_fill(item) for item in cast("list[object]", value)]
    if isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= 32):
        return value
    if isinstance(value, dict) and len(value) <= 8:  # pyright: ignore[reportUnknownArgumentType]
        return value  # pyright: ignore[reportUnknownVariableType]
    kind, text = "windsock_shape", "Input should be a boolean or a Chart.js fill mode"
    raise PydanticCustomError(kind, text)


Limit = Annotated[float | None, AfterValidator(lambda limit: limit if limit is not None and isfinite(limit) else None)]
"""An end of a scale. An infinite one is none."""


@with_config(ConfigDict(extra="ignore", coerce_numbers_to_str=True))
class Threshold(TypedDict, total=False):
    """A level at which a panel changes its state."""

    value: Required[Annotated[float, Field(allow_inf_nan=False)]]
    color: Colour
    name: Name


Thresholds = Annotated[
    list[Annotated[Threshold, BeforeValidator(_level)]],
    BeforeValidator(_listed),
    Field(max_length=32),
]

MESSAGE_CONFIG = ConfigDict(extra="allow", coerce_numbers_to_str=True)


class _Common(TypedDict, total=False):
    id: Required[Id]
    samples: list[list[Any]] | None
    time: Annotated[float | str, BeforeValidator(_no_boolean)] | None
    name: Name | None
    label: Names | None
    legend: Names | None
    unit: Annotated[str, StringConstraints(max_length=64)] | None
    group: Annotated[str, StringConstraints(max_length=128)] | None
    borderColor: Colours | None
    backgroundColor: Colours | None
    fill: Annotated[Any, AfterValidator(_fill)] | None
    active_points: Annotated[int, Field(ge=1, le=1_000_000)] | None
    width: Pixels | None
    height: Pixels | None
    min: Limit
    max: Limit
    thresholds: Thresholds | None
    decimals: Annotated[int, Field(ge=0, le=20)] | None
    log: bool | None
    config: dict[str, Any] | None
    source: Annotated[str, StringConstraints(min_length=1, max_length=128)] | None
    seq: Annotated[int, Field(ge=0, lt=MOST_SEQ + 1)] | None
    api_crypt: str | None


SPEC_FIELDS: Final = (
    "type",
    "name",
    "label",
    "legend",
    "unit",
    "group",
    "borderColor",
    "backgroundColor",
    "fill",
    "active_points",
    "width",
    "height",
    "min",
    "max",
    "thresholds",
    "decimals",
    "log",
    "config",
)
"""The fields of a message that say what its stream looks like."""


@with_config(MESSAGE_CONFIG)
class SeriesMessage(_Common, total=False):
    """A message of a numeric stream."""

    type: Required[SeriesType]
    value: SeriesValue | None


@with_config(MESSAGE_CONFIG)
class PointsMessage(_Common, total=False):
    """A message of a stream of points."""

    type: Required[PointsType]
    value: PointsValue | None


@with_config(MESSAGE_CONFIG)
class GridMessage(_Common, total=False):
    """A message of a grid: one cell, or all of it."""

    type: Required[GridType]
    value: CellValue | None


@with_config(MESSAGE_CONFIG)
class SpaceMessage(_Common, total=False):
    """A message of a stream of points in space."""

    type: Required[SpaceType]
    value: SpaceValue | None


@with_config(MESSAGE_CONFIG)
class SurfaceMessage(_Common, total=False):
    """A message with a matrix of heights."""

    type: Required[Literal["surface"]]
    value: SurfaceValue | None


@with_config(MESSAGE_CONFIG)
class TextMessage(_Common, total=False):
    """A message with lines of a log."""

    type: Required[Literal["text"]]
    value: TextValue | None


@with_config(MESSAGE_CONFIG)
class TableMessage(_Common, total=False):
    """A message with a table's rows."""

    type: Required[Literal["table"]]
    value: TableValue | None


@with_config(MESSAGE_CONFIG)
class ImageMessage(_Common, total=False):
    """A message with a picture."""

    type: Required[Literal["image"]]
    value: ImageValue | None


@with_config(MESSAGE_CONFIG)
class MapMessage(_Common, total=False):
    """A message with a map's view and markers."""

    type: Required[Literal["map"]]
    value: MapValue | None


@with_config(MESSAGE_CONFIG)
class TreeMessage(_Common, total=False):
    """A message with a tree."""

    type: Required[TreeType]
    value: TreeValue | None


CustomValue = dict[str, Any] | list[Any]


@with_config(MESSAGE_CONFIG)
class CustomMessage(_Common, total=False):
    """A message with a Chart.js configuration, or with new data for the one in `config`."""

    type: Required[Literal["custom"]]
    value: CustomValue | None


@with_config(MESSAGE_CONFIG)
class VideoMessage(_Common, total=False):
    """A message that registers a camera."""

    type: Required[Literal["video_stream"]]
    value: VideoValue | None


AnyMessage = (
    SeriesMessage
    | PointsMessage
    | GridMessage
    | SpaceMessage
    | SurfaceMessage
    | TextMessage
    | TableMessage
    | ImageMessage
    | MapMessage
    | TreeMessage
    | CustomMessage
    | VideoMessage
)

MESSAGE: TypeAdapter[AnyMessage] = TypeAdapter(Annotated[AnyMessage, Discriminator("type")])
"""Validates a whole message whose `type` is filled in."""


def _validators() -> dict[str, SchemaValidator]:
    shapes: dict[str, Any] = {
        "surface": SurfaceValue,
        "text": TextValue,
        "table": TableValue,
        "image": ImageValue,
        "map": MapValue,
        "custom": CustomValue,
        "video_stream": VideoValue,
    }
    shapes |= dict.fromkeys(get_args(SeriesType), SeriesValue)
    shapes |= dict.fromkeys(get_args(PointsType), PointsValue)
    shapes |= dict.fromkeys(get_args(GridType), CellValue)
    shapes |= dict.fromkeys(get_args(SpaceType), SpaceValue)
    shapes |= dict.fromkeys(get_args(TreeType), TreeValue)
    lax = ConfigDict(coerce_numbers_to_str=True)
    made: dict[int, SchemaValidator] = {}
    for shape in shapes.values():
        if id(shape) not in made:
            # The typed dicts bring a config of their own.
            adapter: TypeAdapter[Any] = TypeAdapter(
                shape, config=None if shape is TreeValue or shape is MapValue else lax
            )
            made[id(shape)] = cast("SchemaValidator", adapter.validator)
    return {name: made[id(shape)] for name, shape in shapes.items()}


VALUES: Final = _validators()
"""Type name to the validator of its `value`: for messages whose other fields are known to be good."""

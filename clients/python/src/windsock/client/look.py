"""What a stream looks like: the spec fields of the contract, as keyword arguments of `Stream`."""

from __future__ import annotations

from typing import Any, Final, Literal, TypedDict, get_args

__all__ = ["SERIES_TYPES", "SPEC_FIELDS", "Look", "StreamType", "spec_of"]

SeriesType = Literal["line", "area", "bar", "horizontalBar", "pie", "doughnut", "radar", "polarArea", "gauge", "stat"]
OtherType = Literal[
    "scatter", "bubble", "heatmap", "bubble_matrix", "text", "table", "image", "map", "tree", "treemap",
    "scatter3d", "line3d", "surface", "custom", "video_stream",
]  # fmt: skip
StreamType = SeriesType | OtherType
"""What a stream's panel is."""

SERIES_TYPES: Final[frozenset[str]] = frozenset(get_args(SeriesType))
"""Types whose samples are numbers, one a series."""


class Look(TypedDict, total=False):
    """Fields that say how a panel looks. All are optional, and may change while the stream runs (`Stream.look`)."""

    name: str
    """Title of the panel."""
    label: str | list[str]
    """Title of the axis, or the categories' names."""
    legend: str | list[str]
    """A name for each series."""
    unit: str
    group: str
    """Panels of a group stand together on the board."""
    borderColor: str | list[str]
    backgroundColor: str | list[str]
    fill: bool | str
    active_points: int
    """How many samples the panel shows, and the least that history keeps."""
    width: int
    height: int
    min: float
    max: float
    thresholds: list[dict[str, Any]] | list[float]
    """Coloured levels: `{"value": 90, "color": "#e5484d"}`."""
    decimals: int
    log: bool
    """Logarithmic axis."""
    config: dict[str, Any]
    """Type `custom` only: a Chart.js configuration."""


SPEC_FIELDS: Final = frozenset(Look.__annotations__)


def spec_of(kind: str | None, look: Look) -> dict[str, Any]:
    """The fields to send, those that are None left out.

    Raises:
        TypeError: a field that the contract does not have, as for any unknown keyword argument.
    """
    unknown = [name for name in look if name not in SPEC_FIELDS]
    if unknown:
        raise TypeError(f"a stream has no field {unknown[0]!r}; the fields are type, {', '.join(sorted(SPEC_FIELDS))}")
    spec: dict[str, Any] = {name: value for name, value in look.items() if value is not None}
    return spec if kind is None else {"type": kind, **spec}

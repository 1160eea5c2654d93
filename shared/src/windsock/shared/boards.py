"""What a board is: how a person arranged its panels, as browsers keep it and as it is saved for everybody.

One model for both, so that a board can be saved as it is. The TypeScript types are generated from here (`make types`), and the board reads what a browser
kept by the same names (`frontend/src/lib/arrangement.ts`): a new setting of a panel is a field of `PanelSettings`, and a line there.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from windsock.shared.messages import Id

__all__ = [
    "Arrangement",
    "BoardList",
    "BoardName",
    "BoardSummary",
    "MapView",
    "PanelPlace",
    "PanelSettings",
    "RenameBoard",
    "SaveBoard",
    "SavedBoard",
    "TableSort",
]

MOST_PANELS: Final = 2_000
"""As many as one viewer may watch by default."""
COLUMNS: Final = 12
NOT_IN_A_NAME: Final = frozenset("/\\?#%")
"""They mean something in a link."""

Word = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
Words = Annotated[str, StringConstraints(max_length=200)]
SeriesName = Annotated[str, StringConstraints(max_length=256)]


def _nameable(name: str) -> str:
    # Control and format characters: a name that looks like another, or runs backwards, has no place in a list that people choose from.
    if any(letter in NOT_IN_A_NAME or unicodedata.category(letter)[0] == "C" for letter in name):
        raise ValueError("a board's name has no / \\ ? # % and no control characters")
    if name != " ".join(name.split()) or name.startswith("."):
        raise ValueError("a board's name begins with no dot, and has single spaces inside only")
    return name


BoardName = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_nameable)]


class TableSort(BaseModel):
    """How a table's rows are sorted."""

    model_config = ConfigDict(extra="forbid")

    column: Annotated[str, StringConstraints(max_length=256)]
    falling: bool


class MapView(BaseModel):
    """Where somebody has moved a map."""

    model_config = ConfigDict(extra="forbid")

    lat: Annotated[float, Field(ge=-90, le=90)]
    lng: Annotated[float, Field(ge=-720, le=720)]
    zoom: Annotated[float, Field(ge=0, le=24)]


class PanelSettings(BaseModel):
    """What a person set about one panel. What is absent is as the stream's publisher says."""

    model_config = ConfigDict(extra="forbid")

    window_seconds: Annotated[float, Field(gt=0, le=31_536_000)] | None = Field(
        None, description="show the samples of the last so many seconds"
    )
    window_points: Annotated[int, Field(ge=2, le=200_000)] | None = Field(
        None, description="show the last so many samples"
    )
    log: bool | None = Field(None, description="logarithmic axis, or not")
    colormap: Word | None = None
    hidden_series: Annotated[list[SeriesName], Field(max_length=256)] | None = Field(
        None, description="names of series that are not drawn"
    )
    fit: Literal["fit", "actual"] | None = Field(None, description="an image: whole, or pixel by pixel")
    table: bool | None = Field(None, description="the data as a table, instead of the drawing")
    stats: bool | None = Field(None, description="statistics of the window in the legend")
    wrap: bool | None = Field(None, description="a log: long lines go on in the next line, or not")
    filter: Words | None = Field(None, description="a log or a table: lines and rows with these words only")
    level: Literal["info", "warning", "error"] | None = Field(None, description="a log: lines from this level up")
    sort: TableSort | None = None
    view: MapView | None = Field(None, description="a map: absent, as the data want it")


class PanelPlace(BaseModel):
    """Where a panel was put by hand: in a grid of 12 columns, within its group."""

    model_config = ConfigDict(extra="forbid")

    x: Annotated[int, Field(ge=0, lt=COLUMNS)]
    y: Annotated[int, Field(ge=0, le=100_000)]
    w: Annotated[int, Field(ge=1, le=COLUMNS)]
    h: Annotated[int, Field(ge=1, le=200)]


class Arrangement(BaseModel):
    """All that makes one board differ from the one that arranges itself."""

    model_config = ConfigDict(extra="forbid")

    panels: Annotated[dict[Id, PanelSettings], Field(max_length=MOST_PANELS)] = Field(
        default_factory=dict[str, PanelSettings]
    )
    places: Annotated[dict[Id, PanelPlace], Field(max_length=MOST_PANELS)] = Field(
        default_factory=dict[str, PanelPlace]
    )
    hidden: Annotated[list[Id], Field(max_length=MOST_PANELS)] = Field(
        default_factory=list[str], description="streams that are not shown"
    )
    only: Annotated[list[Id], Field(max_length=MOST_PANELS)] | None = Field(
        None, description="the streams that are shown; absent: all, also those that come later"
    )
    types: Annotated[list[Words], Field(max_length=64)] | None = Field(
        None, description="a filter: streams of these types are shown; absent: of all"
    )
    of_groups: Annotated[list[Words], Field(max_length=256)] | None = Field(
        None, description="a filter: streams of these groups are shown; absent: of all"
    )
    groups: Literal["sections", "tabs"] = "sections"
    theme: Literal["light", "dark"] | None = Field(None, description="absent: as each viewer's system has it")
    window_seconds: Annotated[float, Field(gt=0, le=31_536_000)] | None = Field(
        None, description="panels without a setting of their own show the samples of the last so many seconds"
    )
    window_points: Annotated[int, Field(ge=2, le=200_000)] | None = Field(
        None, description="panels without a setting of their own show the last so many samples"
    )


class BoardSummary(BaseModel):
    """A saved board, in a list."""

    name: str
    version: int = Field(description="rises by one each time it is saved")
    saved: int = Field(description="when, ms UTC")


class BoardList(BaseModel):
    """All saved boards, by name."""

    boards: list[BoardSummary]


class SavedBoard(BoardSummary):
    """A saved board."""

    arrangement: Arrangement


class SaveBoard(BaseModel):
    """A request to save a board."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=0, lt=2**53)] = Field(
        description="the version that this one was made from (0: a new board). If the board has another by now, nothing is saved"
    )
    arrangement: Arrangement


class RenameBoard(BaseModel):
    """A request to give a board another name."""

    model_config = ConfigDict(extra="forbid")

    name: BoardName

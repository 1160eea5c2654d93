"""What a viewer receives, and what it asks: the relay's events, one model each.

The board's TypeScript types are generated from this file (`tools/gen_types.py`). The relay itself puts packets together from bytes
(`windsock.web.packet`); its tests hold them against these models.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from windsock.shared.feeds.frame import Kind
from windsock.shared.feeds.state import State
from windsock.shared.messages import Id, MessageType, Threshold

__all__ = [
    "Alert",
    "AlertEvent",
    "AlertRule",
    "Alerts",
    "Camera",
    "Catalogue",
    "Delta",
    "ErrorInfo",
    "FeedInfo",
    "FeedList",
    "FeedStatus",
    "FrameHead",
    "Hello",
    "Look",
    "LookAway",
    "Notice",
    "Picture",
    "Seen",
    "Spec",
    "Specs",
    "Status",
    "Tick",
    "Watch",
    "WatchEntry",
    "Watching",
]


class Spec(BaseModel):
    """What a stream looks like, as viewers see it: the newest of each field that its messages carried."""

    id: Id
    type: MessageType
    version: int
    epoch: str
    name: str | None = None
    label: list[str] | None = None
    legend: list[str] | None = None
    unit: str | None = None
    group: str | None = None
    borderColor: list[str] | None = None
    backgroundColor: list[str] | None = None
    fill: Any = None
    active_points: int | None = None
    width: int | None = None
    height: int | None = None
    min: float | None = None
    max: float | None = None
    thresholds: list[Threshold] | None = None
    decimals: int | None = None
    log: bool | None = None
    config: dict[str, Any] | None = None


class Delta(BaseModel):
    """What is new of one stream: `count` rows that end at `offset`."""

    id: str
    epoch: str
    offset: int = Field(description="offset of the last row; the first has offset - count + 1")
    count: int
    lost: int = Field(description="samples before these rows that can't be recovered: draw a gap")
    reset: bool = Field(description="forget what you have of this stream: these rows are the snapshot")
    rows: list[list[Any]] = Field(
        description="[time, v1, v2, ...] for numeric types, [time, value] for all others; time in ms UTC"
    )


class Tick(BaseModel):
    """Everything that is new to a viewer, at most once a tick."""

    time: int
    streams: list[Delta]


class Picture(BaseModel):
    """One sample of an `image` stream. Answer with `shown`."""

    id: str
    epoch: str
    offset: int
    time: int
    value: str


class Tiles(BaseModel):
    """The street map under maps."""

    url: str = Field(description="the address of a tile, with {z}, {x} and {y} in it")
    attribution: str = Field(description="plain text to be shown on the map")


class Hello(BaseModel):
    """The first event of a connection."""

    protocol: int
    version: str
    tick_ms: int
    ports: dict[str, int] = Field(
        default_factory=dict[str, int], description="where publishers send to: tcp, tcp_large, http"
    )
    key: bool = Field(default=False, description="whether changing something for everybody needs the publish key")
    embed: bool = Field(default=False, description="whether other sites' pages may show panels")
    tiles: Tiles | None = Field(default=None, description="absent: outlines of the world")


class Catalogue(BaseModel):
    """All streams there are."""

    streams: list[Spec]


class Specs(BaseModel):
    """What changed in the catalogue."""

    changed: list[Spec]
    removed: list[str]


class Status(BaseModel):
    """Whether the broker answers."""

    broker: Literal["up", "down"]
    since: int


class Notice(BaseModel):
    """Something a person should know."""

    code: str
    message: str


class AlertRule(BaseModel):
    """When a person wants to hear of a stream. Its thresholds raise alerts without a rule."""

    model_config = ConfigDict(extra="forbid")

    above: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None, description="a value is this or more"
    )
    below: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None, description="a value is this or less"
    )
    silent: Annotated[float, Field(ge=1, le=604_800)] | None = Field(
        default=None, description="nothing has arrived for so many seconds"
    )
    hold: Annotated[float, Field(ge=0, le=86_400)] = Field(
        default=0, description="a value has to stay there for so many seconds"
    )


class Alert(BaseModel):
    """Something is wrong with a stream."""

    id: str = Field(description="the stream")
    kind: Literal["threshold", "above", "below", "silent"]
    severity: Literal["warning", "alarm"]
    since: int = Field(description="ms UTC")
    text: str = Field(description="a sentence for a person")
    value: float | None = None
    limit: float | None = None


class AlertEvent(BaseModel):
    """An alert came up, changed its level, or went away."""

    number: int = Field(description="counts all events, from 1")
    event: Literal["raised", "changed", "cleared"]
    time: int
    alert: Alert


class Alerts(BaseModel):
    """What is wrong now, and what was lately, newest first."""

    active: list[Alert]
    recent: list[AlertEvent]
    serial: int = Field(default=0, description="number of the newest event")
    unlisted: int = Field(default=0, description="active alerts beyond those that are listed")


class ErrorInfo(BaseModel):
    """A refusal: see `windsock.shared.errors.Code`."""

    code: str
    message: str
    index: int | None = None


class WatchEntry(BaseModel):
    """A stream to watch; with epoch and offset the relay goes on from there, without it sends a snapshot."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    epoch: Annotated[str, StringConstraints(max_length=64)] | None = None
    offset: Annotated[int, Field(ge=0, lt=2**53)] | None = None


class Watch(BaseModel):
    """A viewer's request to watch some streams, and others no more."""

    model_config = ConfigDict(extra="forbid")

    add: list[WatchEntry] = Field(default_factory=list[WatchEntry])
    remove: list[Id] = Field(default_factory=list[str])


class Watching(BaseModel):
    """The answer to `watch`."""

    watching: int | None = None
    error: ErrorInfo | None = None


class FrameHead(BaseModel):
    """The event `frame` is binary: this as a line of JSON, a line feed, the picture's bytes. Answer with `seen`."""

    id: str
    epoch: int = Field(description="rises each time a worker takes the feed: what comes from an earlier one is stale")
    seq: int = Field(description="rises with each frame of one kind within an epoch")
    time: int = Field(description="when the picture had arrived from the camera, ms UTC by the worker's clock")
    kind: Kind = Field(
        description="jpeg, small: a JPEG; video: an access unit of the camera's own H.264, in Annex B form"
    )
    key: bool = Field(description="a decoder can begin here")
    width: int
    height: int
    pts: int = Field(description="the camera's own time, in microseconds from anywhere")
    codec: str | None = Field(None, description="with key frames of kind video: what WebCodecs is configured with")


class FeedStatus(BaseModel):
    """The event `feed`: how a feed is."""

    id: str
    state: State
    since: int
    code: str
    why: str


class Look(BaseModel):
    """A viewer begins to look at a feed, or changes what it wants of it."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    kind: Literal["jpeg", "video"] = Field(description="video: the camera's own stream if there is one, else pictures")


class LookAway(BaseModel):
    """A viewer looks at a feed no more."""

    model_config = ConfigDict(extra="forbid")

    id: Id


class Seen(BaseModel):
    """A frame was shown, and with it all of its kind before it."""

    model_config = ConfigDict(extra="forbid")

    id: Id
    kind: Kind
    epoch: int
    seq: int


class Camera(BaseModel):
    """A request to add a camera, or to change it."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, StringConstraints(min_length=1, max_length=2048)]
    name: Annotated[str, StringConstraints(max_length=256)] | None = None
    group: Annotated[str, StringConstraints(max_length=256)] | None = None
    fps: Annotated[float, Field(ge=0.2, le=60)] | None = Field(None, description="most JPEG pictures a second")
    height: Annotated[int, Field(ge=90, le=4320)] | None = Field(None, description="largest height of JPEG pictures")
    quality: Annotated[int, Field(ge=10, le=100)] | None = Field(None, description="of JPEG pictures")
    passthrough: bool | None = Field(None, description="false: never send browsers the camera's own stream")
    certificate: str | None = Field(
        None,
        pattern=r"^(any|(sha256:)?[0-9a-fA-F]{2}(:?[0-9a-fA-F]{2}){31})$",
        description="Of rtsps and https: the SHA-256 fingerprint that the camera's certificate must have, or `any` to check none",
    )


class FeedInfo(BaseModel):
    """A camera in the list: where it is, without its password, and how it is."""

    id: str
    name: str | None = None
    group: str | None = None
    url: str
    state: State
    since: int
    code: str
    why: str


class FeedList(BaseModel):
    """All cameras."""

    feeds: list[FeedInfo]

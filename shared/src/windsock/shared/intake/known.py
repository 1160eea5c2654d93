"""What a worker knows of a stream: enough to take its next message without asking the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from windsock.shared.broker.port import StoredSpec
from windsock.shared.messages import SERIES_TYPES, VALUES

from .spec import DEFAULT_TYPE

if TYPE_CHECKING:
    from .flight import Segment

__all__ = ["Known"]

_LONG_WAY: Final = frozenset({"custom", "table", "tree", "treemap", "video_stream"})
"""Types whose every value takes the long way: nested without bound (their depth is counted there), or with something to keep secret."""


class Known:
    """A stream as this worker knows it. May lag behind other workers: the broker tells (`Status.STALE`, a receipt's version)."""

    __slots__ = (
        "_least", "alike", "epoch", "id", "keep", "legend", "long_way", "offset", "places", "rest", "segment", "segments", "series", "source", "spec", "type",
        "unknown", "validate", "version", "wave",
    )  # fmt: skip

    def __init__(self, stream: str, stored: StoredSpec | None, least: int) -> None:
        self.id = stream
        self._least = least
        self.rest: dict[str, Any] | None = None
        """The last good message without id, value, samples, time, seq and key. A message with the same rest needs only its value looked at."""
        self.alike = 0
        """Messages since that had the same rest."""
        self.source = ""
        """The source in `rest`."""
        self.unknown = 0
        """Unknown fields in `rest`."""
        self.segment: Segment | None = None
        """What was gathered last of this stream for the open flight."""
        self.segments: dict[str, Segment] = {}
        """By source, all that was gathered for the open flight since the spec last changed."""
        self.wave = 0
        """How often the spec changed within the open flight."""
        self.epoch = ""
        self.offset = 0
        """The newest that the broker has acknowledged to us, of that epoch."""
        self.load(stored)

    def load(self, stored: StoredSpec | None) -> None:
        """Take over what the broker has."""
        self.rest = None
        self.version = stored.version if stored else 0
        self.spec: dict[str, Any] = dict(stored.fields) if stored else {}
        self.settle()

    def catch_up(self, stored: StoredSpec | None) -> None:
        """Somebody else changed the spec. What is gathered under a legend of ours must still find its series."""
        if any(segment.legend for segment in self.segments.values()) and stored is not None:
            self.merge(stored)
        else:
            self.load(stored)

    def hold_to(self, ahead: list[dict[str, Any]]) -> None:
        """The broker's spec was taken over: changes of ours that will come after it stand all the same. Legends are merged elsewhere."""
        for spec in ahead:
            self.spec = self.spec | {name: value for name, value in spec.items() if name != "legend"}
        if ahead:
            self.settle()

    def merge(self, stored: StoredSpec) -> None:
        """Take over what the broker has, and keep what only we know: fields it lacks, and series at the legend's end."""
        ours: list[str] = self.spec.get("legend") or []
        theirs: list[str] = stored.fields.get("legend") or []
        self.spec = self.spec | stored.fields
        legend = [*theirs, *(name for name in ours if name not in theirs)]
        if legend:
            self.spec["legend"] = legend
        self.version = stored.version
        self.rest = None
        self.settle()

    def settle(self) -> None:
        """Bring what follows from the spec in line with it."""
        self.type: str | None = self.spec.get("type")
        # One that we do not know stands there if a newer version wrote it.
        kind = self.type if self.type in VALUES else DEFAULT_TYPE
        self.series = kind in SERIES_TYPES
        self.long_way = kind in _LONG_WAY
        self.validate: Callable[[Any], Any] = VALUES[kind].validate_python
        self.keep = max(self._least, self.spec.get("active_points") or 0)
        self.legend: list[str] = list(self.spec.get("legend") or ())
        # Of several series with one name, values by name are the first one's.
        self.places: dict[str, int] = {}
        for place, name in enumerate(self.legend):
            self.places.setdefault(name, place)

    def take_off(self) -> None:
        """The open flight leaves with what was gathered."""
        self.segment = None
        self.segments = {}
        self.wave = 0

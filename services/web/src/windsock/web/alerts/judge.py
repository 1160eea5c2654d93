"""Whether something is wrong with one stream: its samples and the time go in, alerts come out. Pure: no clock, no broker.

An alert that a value raises comes at once (or when the value has stayed there for the rule's `hold`), and goes when the value has been back for `CALM_SECONDS`:
a value that dances on its limit is one alert and not a hundred.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal, NamedTuple, cast

from windsock.shared.wire import Alert, AlertRule

__all__ = ["CALM_SECONDS", "JUDGED_TYPES", "Judge", "Level", "Span", "levels_of", "span_of"]

CALM_SECONDS: Final = 3.0
JUDGED_TYPES: Final = frozenset({"line", "area", "bar", "horizontalBar", "gauge", "stat"})
"""Types whose values have a scale that a limit can stand on."""

Kind = Literal["threshold", "above", "below", "silent"]


class Level(NamedTuple):
    """One of a spec's thresholds."""

    value: float
    name: str


class Span(NamedTuple):
    """Some samples, by the highest and the lowest of each one's values."""

    highest: float
    """The highest of all."""
    lowest: float
    """The lowest of all."""
    least_high: float
    """The lowest of the samples' highest values: all of them were at least as high at some series."""
    most_low: float
    """The highest of the samples' lowest values."""
    last_high: float
    last_low: float


def levels_of(thresholds: object) -> tuple[Level, ...]:
    """A spec's thresholds in rising order. What is none is passed over: the spec stands at the broker, where earlier versions and others wrote, too."""
    levels: list[Level] = []
    for each in cast("list[object]", thresholds) if isinstance(thresholds, list) else ():
        level = cast("dict[str, Any]", each) if isinstance(each, dict) else {}
        value = level.get("value")
        if isinstance(value, int | float) and math.isfinite(value):
            levels.append(Level(float(value), str(level.get("name", ""))))
    return tuple(sorted(levels))


def span_of(rows: Iterable[Sequence[Any]]) -> Span | None:
    """What counts of some rows `[time, v1, v2, ...]`; None if none of them has a number."""
    highs: list[float] = []
    lows: list[float] = []
    for row in rows:
        values = [value for value in row[1:] if isinstance(value, int | float)]
        if values:
            highs.append(max(values))
            lows.append(min(values))
    if not highs:
        return None
    return Span(max(highs), min(lows), min(highs), max(lows), highs[-1], lows[-1])


class _Limit:
    """A limit on one side, and whether values are beyond it."""

    def __init__(self, kind: Literal["above", "below"], limit: float, hold: float) -> None:
        self.kind: Final[Kind] = kind
        self.limit: Final = limit
        self.raised = False
        self.value = math.nan
        self.hold = hold
        """Seconds for which values have to be beyond it."""
        self._back = True
        """Whether the newest sample is on the right side."""
        self._since = math.inf
        """Since when all samples have been beyond it."""
        self._beyond_at = -math.inf

    def beyond(self, value: float) -> bool:
        """Whether a value is on the wrong side."""
        return value >= self.limit if self.kind == "above" else value <= self.limit

    def heard(self, span: Span, now: float) -> None:
        """Samples have arrived."""
        if self.kind == "above":
            extreme, mildest, last = span.highest, span.least_high, span.last_high
        else:
            extreme, mildest, last = span.lowest, span.most_low, span.last_low
        self._back = not self.beyond(last)
        if self._back:
            self._since = math.inf
        elif not self.beyond(mildest):
            self._since = now
        else:
            self._since = min(self._since, now)
        if self.beyond(extreme):
            self.value = extreme
            self._beyond_at = now
            self.raised = self.raised or not self.hold  # without a hold a peak is enough

    def look(self, now: float) -> bool:
        """Whether this is an alert now."""
        if now - self._since >= self.hold:
            self.raised = True
        elif self._back and now - self._beyond_at >= CALM_SECONDS:
            self.raised = False
        return self.raised

    def resume(self, value: float, now: float) -> None:
        """It was an alert already; its value stays beyond the limit until another is heard."""
        self.raised = True
        self._back = False
        self.value = value
        self._beyond_at = now


class Judge:
    """One stream. Times are seconds of a steady clock; `since` in alerts is given in ms UTC by whoever keeps them."""

    def __init__(self, stream: str, now: float) -> None:
        self.stream: Final = stream
        self.heard_at = now
        self._levels: tuple[Level, ...] = ()
        self._level = 0
        """How many levels have been reached, as far as that counts."""
        self._level_at = now
        self._level_value = math.nan
        self._newest = 0, math.nan
        """The same of the newest sample alone, and its value."""
        self._limits: list[_Limit] = []
        self._silent_after: float | None = None

    @property
    def idle(self) -> bool:
        """Whether there is nothing to watch for."""
        return not self._levels and not self._limits and self._silent_after is None

    @property
    def reads(self) -> bool:
        """Whether values matter, and not only that something arrives."""
        return bool(self._levels or self._limits)

    def instruct(self, rule: AlertRule | None, levels: tuple[Level, ...]) -> bool:
        """What to watch for, from now on. What has not changed keeps its state. True if there is something new that the newest sample may be beyond."""
        rule = rule or AlertRule()
        before, known = self._limits, self._levels
        self._limits = []
        if rule.above is not None:
            self._limits.append(self._limit("above", rule.above, rule.hold, before))
        if rule.below is not None:
            self._limits.append(self._limit("below", rule.below, rule.hold, before))
        if levels != known:
            self._levels = levels
            self._level, self._newest = 0, (0, math.nan)
        self._silent_after = rule.silent
        return levels != known or any(limit not in before for limit in self._limits)

    def _limit(self, kind: Literal["above", "below"], value: float, hold: float, before: Sequence[_Limit]) -> _Limit:
        for limit in before:
            if (limit.kind, limit.limit) == (kind, value):
                limit.hold = hold
                return limit
        return _Limit(kind, value, hold)

    def resume(self, alerts: Iterable[Alert], now: float) -> None:
        """These were active when another watchman judged: they are neither raised anew nor forgotten before they end."""
        for alert in alerts:
            value = math.nan if alert.value is None else alert.value
            if alert.kind == "silent" and self._silent_after is not None:
                self.heard_at = now - self._silent_after
            elif alert.kind == "threshold" and alert.limit is not None:
                self._level = sum(level.value <= alert.limit for level in self._levels)
                self._level_at, self._level_value = now, value
                self._newest = self._level, value
            for limit in self._limits:
                if (limit.kind, limit.limit) == (alert.kind, alert.limit):
                    limit.resume(value, now)

    def heard(self, span: Span | None, now: float) -> None:
        """Samples have arrived; `span` is None if they hold no number."""
        self.heard_at = now
        if span is not None:
            self.recall(span, now)

    def recall(self, span: Span, now: float) -> None:
        """These samples are there; when they arrived is not known."""
        for limit in self._limits:
            limit.heard(span, now)
        peak = self._reached(span.highest)
        self._newest = self._reached(span.last_high), span.last_high
        if peak >= self._level:
            self._level, self._level_at, self._level_value = peak, now, span.highest

    def _reached(self, value: float) -> int:
        return sum(value >= level.value for level in self._levels)

    def deaf(self, now: float) -> None:
        """Nothing could be heard for a while, which says nothing about the stream: silence is counted from now on."""
        self.heard_at = now

    def look(self, now: float) -> list[Alert]:
        """What is wrong now."""
        alerts = [
            self._alert(limit.kind, "alarm", f"is {limit.kind} {limit.limit:g}", limit.value, limit.limit)
            for limit in self._limits
            if limit.look(now)
        ]
        if self._newest[0] < self._level and now - self._level_at >= CALM_SECONDS:
            self._level, self._level_value = self._newest
        if self._level:
            reached = self._levels[self._level - 1]
            severity = "alarm" if self._level == len(self._levels) else "warning"
            text = f"is {reached.name}" if reached.name else f"has reached {reached.value:g}"
            alerts.append(self._alert("threshold", severity, text, self._level_value, reached.value))
        if self._silent_after is not None and now - self.heard_at >= self._silent_after:
            text = f"has been silent for {self._silent_after:g} s or more"
            alerts.append(self._alert("silent", "alarm", text, math.nan, self._silent_after))
        return alerts

    def _alert(self, kind: Kind, severity: Literal["warning", "alarm"], text: str, value: float, limit: float) -> Alert:
        number = value if math.isfinite(value) else None
        shown = f" ({value:g})" if math.isfinite(value) else ""
        return Alert(
            id=self.stream, kind=kind, severity=severity, since=0, text=text + shown, value=number, limit=limit
        )

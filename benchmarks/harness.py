"""Rounds, medians and the table: every variant runs once a round, a ratio is taken within its round, and the median of the ratios is what counts.

The machine's speed drifts while a benchmark runs; what ran within the same seconds drifted alike. So ratios can be trusted where rates cannot.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.processes import Foreign, MissingPeer

__all__ = ["Bound", "Group", "Line", "Measure", "Options", "Ratio", "Result", "Setup", "run_group", "table"]

Measurement = dict[str, float]
"""What one variant did in one round, by the figure's name."""

Measure = Callable[[], Measurement]
"""Runs one variant once."""


@dataclass(frozen=True)
class Options:
    """How long and how hard to measure."""

    rounds: int = 5
    window: float = 2.0
    """Seconds one variant is measured in one round."""
    scale: float = 1.0
    """Fraction of viewers, messages and streams; 1 is what the rows promise."""

    def scaled(self, number: int, least: int = 1) -> int:
        """A number of the full run, as this run has it."""
        return max(least, round(number * self.scale))


@dataclass
class Setup:
    """What a group gets to start its processes with."""

    options: Options
    folder: Path
    stack: ExitStack
    missing: dict[str, str] = field(default_factory=dict[str, str])
    """Variant or figure to why it can't be measured here."""

    def optional(self, variant: str, start: Callable[[], Measure]) -> dict[str, Measure]:
        """The variant, or nothing (and the reason noted) where its program is not on this machine."""
        try:
            return {variant: start()}
        except MissingPeer as reason:
            self.missing[variant] = str(reason)
            return {}


@dataclass(frozen=True)
class Ratio:
    """A row that compares two variants: ours divided by the peer's, in the same round."""

    title: str
    ours: str
    peer: str
    figure: str
    """What is compared; more is better unless `less` is set."""
    floor: float | None = None
    aim: float | None = None
    percent: bool = False
    less: bool = False
    """Less is better: the ratio is then the peer's divided by ours."""


@dataclass(frozen=True)
class Bound:
    """A row with an absolute limit; less is better."""

    title: str
    ours: str
    figure: str
    floor: float | None = None
    aim: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class Group:
    """Rows that are measured together, interleaved."""

    name: str
    about: str
    rows: Sequence[Ratio | Bound]
    prepare: Callable[[Setup], Mapping[str, Measure]]


Verdict = Literal["aim", "floor", "no", "info", "not measured"]


@dataclass(frozen=True)
class Line:
    """A finished row of the table."""

    title: str
    ours: str
    peer: str
    ratio: str
    floor: str
    aim: str
    verdict: Verdict
    value: float | None = None
    note: str = ""


@dataclass
class Result:
    """All that one group measured."""

    group: str
    lines: list[Line]
    rounds: list[dict[str, Measurement]]
    seconds: float
    others: float = 0.0
    """Cores that other programs used meanwhile."""
    failure: str = ""


def run_group(group: Group, options: Options, say: Callable[[str], None]) -> Result:
    """Start what the group needs, run its rounds, stop everything, work out its rows."""
    started, foreign = time.monotonic(), Foreign()
    rounds: list[dict[str, Measurement]] = []
    failure = ""
    missing: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="windsock-bench-") as folder, ExitStack() as stack:
        try:
            setup = Setup(options, Path(folder), stack, missing)
            variants = dict(group.prepare(setup))
            for number in range(options.rounds):
                # Every other round runs backwards, so that no variant always comes after the same other.
                order = list(variants.items())[:: 1 if number % 2 == 0 else -1]
                figures: dict[str, Measurement] = {}
                for variant, measure in order:
                    figures[variant] = measure()
                    shown = "  ".join(f"{figure} {show(value)}" for figure, value in figures[variant].items())
                    say(f"  {group.name} {number + 1}/{options.rounds}  {variant}: {shown}")
                rounds.append(figures)
        except Exception:  # noqa: BLE001  # one group's failure must not cost the others their figures; it is printed and ends the run with status 1
            failure = traceback.format_exc()
            say(failure)
    lines = [_line(row, rounds, missing, failure) for row in group.rows]
    return Result(group.name, lines, rounds, time.monotonic() - started, foreign.cores(), failure)


def _values(rounds: list[dict[str, Measurement]], variant: str, figure: str) -> list[float]:
    return [figures[variant][figure] for figures in rounds if figure in figures.get(variant, {})]


def _line(row: Ratio | Bound, rounds: list[dict[str, Measurement]], missing: Mapping[str, str], failure: str) -> Line:
    """One row from all rounds."""
    mine = _values(rounds, row.ours, row.figure)
    theirs = _values(rounds, row.peer, row.figure) if isinstance(row, Ratio) else mine
    unit = row.unit if isinstance(row, Bound) else ""
    floor, aim = _limit(row, row.floor), _limit(row, row.aim)
    if not mine or not theirs:
        absent = [row.ours] if isinstance(row, Bound) else [row.ours, row.peer]
        note = (
            "; ".join(missing[name] for name in (*absent, row.figure) if name in missing)
            or (failure.strip().splitlines() or ["no round was finished"])[-1]
        )
        return Line(row.title, "", "", "", floor, aim, "not measured", note=note)
    if isinstance(row, Bound):
        value = statistics.median(mine)
        return Line(row.title, f"{show(value)}{unit}", "", "", floor, aim, _verdict(row, value), value)
    pairs = [(figures[row.ours][row.figure], figures[row.peer][row.figure]) for figures in rounds]
    value = statistics.median((their / our if row.less else our / their) for our, their in pairs)
    ratio = f"{value:.0%}" if row.percent else f"{value:.2f} x"
    return Line(
        row.title,
        show(statistics.median(mine)),
        show(statistics.median(theirs)),
        ratio,
        floor,
        aim,
        _verdict(row, value),
        value,
    )


def _verdict(row: Ratio | Bound, value: float) -> Verdict:
    if row.floor is None or row.aim is None:
        return "info"
    sign = -1 if isinstance(row, Bound) else 1
    if value * sign >= row.aim * sign:
        return "aim"
    return "floor" if value * sign >= row.floor * sign else "no"


def _limit(row: Ratio | Bound, value: float | None) -> str:
    if value is None:
        return ""
    if isinstance(row, Bound):
        return f"<= {value:g}{row.unit}"
    return f"{value:.0%}" if row.percent else f"{value:g} x"


def show(value: float) -> str:
    """Three figures are all that a measurement is worth."""
    if value >= 10_000:
        return f"{value / 1000:,.0f}k"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


MET = {"aim": "yes, aim", "floor": "yes, floor", "no": "NO", "info": "", "not measured": "not measured"}


def table(lines: Sequence[Line]) -> str:
    """The rows as text in columns."""
    head = ("row", "ours", "peer", "ratio", "floor", "aim", "met?")
    cells = [
        head,
        *((line.title, line.ours, line.peer, line.ratio, line.floor, line.aim, MET[line.verdict]) for line in lines),
    ]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    ruled = [cells[0], tuple("-" * width for width in widths), *cells[1:]]
    text = [
        "  ".join(
            cell.ljust(width) if column in {0, 6} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in ruled
    ]
    notes = [f"not measured: {line.title}: {line.note}" for line in lines if line.note]
    return "\n".join([*(row.rstrip() for row in text), *notes])

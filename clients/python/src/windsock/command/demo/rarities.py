"""Streams of the types that are drawn less often: grids, tables, maps, trees, space."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime
from typing import Any, Final

from windsock.command.demo.exhibit import Exhibit

__all__ = ["rarities"]

GROUP: Final = "More types"
ROWS, COLUMNS = 24, 48
GRID: Final = 24
CITIES: Final = [
    ("Barcelona", 41.39, 2.17), ("Lyon", 45.76, 4.84), ("Milan", 45.46, 9.19), ("Vienna", 48.21, 16.37), ("Hamburg", 53.55, 9.99),
    ("Krakow", 50.06, 19.94), ("Porto", 41.15, -8.61), ("Bristol", 51.45, -2.59), ("Bergen", 60.39, 5.32), ("Athens", 37.98, 23.73),
]  # fmt: skip


class Clock:
    """Time as a reader counts it: calls, in seconds."""

    def __init__(self, step: float) -> None:
        self._step = step
        self.now = 0.0

    def tick(self) -> float:
        """One call later."""
        self.now += self._step
        return self.now


class Ripples(Clock):
    """A matrix of waves from two sources."""

    def __call__(self) -> list[list[float]]:
        """All of it."""
        time = self.tick()
        return [
            [
                round(
                    math.sin(math.hypot(x - 12, y - 8) / 2 - time) + math.sin(math.hypot(x - 36, y - 16) / 2.5 - time),
                    2,
                )
                for x in range(COLUMNS)
            ]
            for y in range(ROWS)
        ]


class Hills(Clock):
    """Heights that rise and fall."""

    def __call__(self) -> list[list[float]]:
        """All of them."""
        time = self.tick()
        middle = GRID / 2
        return [
            [round(math.cos(math.hypot(x - middle, y - middle) / 2.5 - time) * 3 * math.exp(-math.hypot(x - middle, y - middle) / 14), 2) for x in range(GRID)]
            for y in range(GRID)
        ]  # fmt: skip


class Trail(Clock):
    """Lorenz' butterfly, some points at a time."""

    def __init__(self) -> None:
        super().__init__(0.01)
        self._at = [1.0, 1.0, 1.0]

    def __call__(self) -> list[list[float]]:
        """The next points."""
        points: list[list[float]] = []
        for _ in range(8):
            x, y, z = self._at
            step = 0.012
            self._at = [x + step * 10 * (y - x), y + step * (x * (28 - z) - y), z + step * (x * y - 8 / 3 * z)]
            points.append([round(part, 2) for part in self._at])
        return points


class Cloud(Clock):
    """Points around three places that wander."""

    def __call__(self) -> list[list[float]]:
        """Some more."""
        time = self.tick()
        points: list[list[float]] = []
        for place in range(3):
            angle = time / 5 + place * 2.1
            points.append(
                [
                    round(part + random.gauss(0, 0.6), 2)
                    for part in (4 * math.cos(angle), 4 * math.sin(angle), 2 * math.sin(time / 3 + place))
                ]
            )
        return points  # fmt: skip


class Gauge:
    """A pressure."""

    def __init__(self) -> None:
        self._value = 4.2

    def __call__(self) -> float:
        """One reading."""
        self._value = min(9.8, max(0.5, self._value + random.gauss(0, 0.25) + 0.02 * (5 - self._value)))
        return round(self._value, 2)


class Departures:
    """A table of trains."""

    def __init__(self) -> None:
        self._late = {name: 0 for name, _, _ in CITIES}

    def __call__(self) -> list[dict[str, Any]]:
        """All of its rows."""
        for name in self._late:
            if random.random() < 0.15:
                self._late[name] = max(0, self._late[name] + random.choice((-5, 0, 5, 5)))
        minutes = datetime.now(UTC).hour * 60 + datetime.now(UTC).minute
        rows: list[dict[str, Any]] = []
        for place, (name, late) in enumerate(self._late.items()):
            leaves = minutes + 7 * (place + 1)
            rows.append(
                {
                    "to": name,
                    "leaves": f"{leaves // 60 % 24:02}:{leaves % 60:02}",
                    "track": place % 6 + 1,
                    "late": late,
                    "runs": late < 15,
                }
            )
        return rows  # fmt: skip


class Vans(Clock):
    """Places on a map that move."""

    def __call__(self) -> dict[str, Any]:
        """All of them."""
        time = self.tick()
        vans = [
            {
                "lat": round(lat + 0.4 * math.sin(time / 9 + place), 4),
                "lng": round(lng + 0.6 * math.cos(time / 9 + place), 4),
                "name": f"van {place + 1}, {name}",
                "color": "#e5484d" if place % 4 == 0 else "#3fa7d6",
            }
            for place, (name, lat, lng) in enumerate(CITIES)
        ]
        return {"center": {"lat": 48.5, "lng": 8.0}, "zoom": 4, "data": vans}


class Tree(Clock):
    """A system's parts and their sizes."""

    PARTS: Final = {
        "shop": ["catalogue", "basket", "checkout"],
        "payment": ["cards", "invoices"],
        "logistics": ["stock", "labels", "vans", "returns"],
    }

    def __call__(self) -> dict[str, Any]:
        """All of it."""
        time = self.tick()
        children: list[dict[str, Any]] = []
        for place, (name, parts) in enumerate(self.PARTS.items()):
            leaves = [
                {"name": part, "value": round(30 + 20 * math.sin(time / 6 + place + 1.7 * number) + 5 * number, 1)}
                for number, part in enumerate(parts)
            ]
            children.append({"name": name, "children": leaves})
        return {"name": "system", "children": children}


def _sizes() -> list[list[float]]:
    return [
        [round(abs(math.sin(row * 0.9 + column * 0.5)) * 60 + random.uniform(0, 40), 1) for column in range(8)]
        for row in range(5)
    ]


def rarities() -> list[Exhibit]:
    """All of them, with fresh readers."""
    return [
        Exhibit("demo/gauge", "gauge", 0.5, Gauge(), {"name": "Pressure", "unit": "bar", "min": 0, "max": 10, "decimals": 1, "group": GROUP,
                "thresholds": [{"value": 7, "color": "#e2a03f"}, {"value": 9, "color": "#e5484d"}]}),
        Exhibit("demo/heatmap", "heatmap", 0.5, Ripples(0.35), {"name": "Ripples", "width": COLUMNS, "height": ROWS, "active_points": 1, "group": GROUP}),
        Exhibit("demo/bubble-matrix", "bubble_matrix", 2.0, _sizes, {"name": "Tickets by team and day", "active_points": 1, "group": GROUP}),
        Exhibit("demo/table", "table", 2.0, Departures(), {"name": "Departures", "active_points": 1, "group": GROUP}),
        Exhibit("demo/map", "map", 1.0, Vans(1.0), {"name": "Vans", "active_points": 1, "group": GROUP}),
        Exhibit("demo/tree", "tree", 4.0, Tree(4.0), {"name": "Parts of the system", "active_points": 1, "group": GROUP}),
        Exhibit("demo/treemap", "treemap", 4.0, Tree(4.0), {"name": "Sizes of the parts", "active_points": 1, "group": GROUP}),
        Exhibit("demo/cloud", "scatter3d", 0.5, Cloud(0.5), {"name": "Three swarms", "active_points": 300, "group": GROUP}),
        Exhibit("demo/trail", "line3d", 0.2, Trail(), {"name": "Lorenz' butterfly", "active_points": 800, "group": GROUP}),
        Exhibit("demo/hills", "surface", 0.5, Hills(0.35), {"name": "Hills", "active_points": 1, "group": GROUP}),
    ]  # fmt: skip

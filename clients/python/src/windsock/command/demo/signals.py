"""Signals for the eye: a random walk, a curve that turns, a chart by Chart.js alone."""

from __future__ import annotations

import math
import random
from typing import Any

__all__ = ["Curve", "Forecast", "Walk"]


class Walk:
    """A number that wanders between 0 and 100."""

    def __init__(self) -> None:
        self._value = 50.0

    def __call__(self) -> float:
        """One step."""
        self._value = min(100.0, max(0.0, self._value + random.gauss(0, 2.2)))
        return round(self._value, 1)


class Curve:
    """Lissajous' figure, a few points at a time; its form changes slowly."""

    def __init__(self) -> None:
        self._angle = 0.0
        self._phase = 0.0

    def __call__(self) -> list[list[float]]:
        """The next three points."""
        points: list[list[float]] = []
        for _ in range(3):
            self._angle += 0.075
            self._phase += 0.002
            points.append([
                round(math.sin(3 * self._angle + self._phase), 3),
                round(math.sin(2 * self._angle), 3),
            ])  # fmt: skip
        return points


class Forecast:
    """A whole Chart.js configuration: bars of what was, a line of what was expected."""

    DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

    def __init__(self) -> None:
        self._sold = [random.uniform(40, 90) for _ in self.DAYS]
        self._expected = [random.uniform(55, 80) for _ in self.DAYS]

    def __call__(self) -> dict[str, Any]:
        """The configuration with its newest numbers."""
        self._sold = [min(100.0, max(10.0, value + random.gauss(0, 3))) for value in self._sold]
        return {
            "type": "bar",
            "data": {
                "labels": list(self.DAYS),
                "datasets": [
                    {
                        "type": "line",
                        "label": "expected",
                        "data": [round(value) for value in self._expected],
                        "borderColor": "#f2994a",
                        "backgroundColor": "#f2994a",
                        "borderDash": [5, 4],
                        "tension": 0.35,
                        "pointRadius": 2,
                    },
                    {
                        "label": "sold",
                        "data": [round(value) for value in self._sold],
                        "backgroundColor": "#3fa7d6",
                        "borderRadius": 3,
                    },
                ],
            },
            "options": {"scales": {"y": {"beginAtZero": True, "suggestedMax": 100}}},
        }

"""A weather station that does not exist: wind that comes in gusts and turns, and how the greenhouse beside it fares."""

from __future__ import annotations

import math
import random
from typing import Final

__all__ = ["DIRECTIONS", "PLACES", "READINGS", "Station"]

DIRECTIONS: Final = ["N", "NE", "E", "SE", "S", "SW", "W", "NW"]
READINGS: Final = ["light", "warmth", "moisture", "humidity", "nutrients", "air"]
PLACES: Final = ["Cape", "Harbour", "Ridge", "Airfield", "Lake", "Old town"]
FADE: Final = 0.985
"""How much of its strength a direction keeps in the rose from one reading to the next: half is gone after 23 seconds."""


class Station:
    """One station: `wind` moves it on by `step` seconds; the others show where it stands."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._time = 0.0
        self._speed = 6.0
        self._gust = 0.0
        self._from = 225.0
        self._rose = [3.0, 1.5, 1.2, 2.4, 5.1, 8.8, 7.2, 4.6]
        self._places = [9.0, 6.5, 12.0, 7.0, 5.0, 3.5]
        self._readings = [70.0] * len(READINGS)

    def wind(self) -> list[float]:
        """Speed and gust, m/s."""
        self._time += self._step
        wave = 7.0 + 3.5 * math.sin(self._time / 23)
        self._speed += 0.12 * (wave - self._speed) + random.gauss(0, 0.35)
        self._speed = max(0.2, self._speed)
        self._gust *= 0.8
        if random.random() < 0.07:
            self._gust = random.uniform(2.0, 7.5)
        self._from = (self._from + random.gauss(0, 9) + 2.5 * math.sin(self._time / 31)) % 360
        sector = round(self._from / 45) % len(DIRECTIONS)
        self._rose = [strength * FADE for strength in self._rose]
        for place, share in ((sector - 1, 0.6), (sector, 1.2), (sector + 1, 0.6)):
            self._rose[place % len(DIRECTIONS)] += share * self._speed * (1 - FADE)
        return [round(self._speed, 2), round(self._speed + self._gust, 2)]

    def rose(self) -> list[float]:
        """How strongly it blew lately, by direction."""
        return [round(strength, 2) for strength in self._rose]

    def places(self) -> list[float]:
        """Wind elsewhere, m/s."""
        for place, speed in enumerate(self._places):
            wish = (8, 5, 11, 7, 4, 2)[place] * (1 + 0.5 * math.sin(self._time / 13 + place))
            self._places[place] = max(0.0, speed + 0.3 * (wish - speed) + random.gauss(0, 0.5))
        return [round(speed, 1) for speed in self._places]

    def greenhouse(self) -> list[float]:
        """Six readings, % of what plants like best."""
        for place, reading in enumerate(self._readings):
            wish = 72 + 18 * math.sin(self._time / 17 + place * 1.9)
            self._readings[place] = min(100.0, max(15.0, reading + 0.2 * (wish - reading) + random.gauss(0, 1.5)))
        return [round(reading, 1) for reading in self._readings]

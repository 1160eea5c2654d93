"""How a feed's JPEG pictures are to be: the settings, what its publisher asks for in `config`, and what the machine can bear at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

__all__ = ["SMALLEST_HEIGHT", "SMALL_BYTES", "SMALL_HEIGHT", "SMALL_QUALITY", "Ladder", "Options", "read_options"]

TOO_BUSY: Final = 0.85
"""Share of the machine's cores past which pictures become cheaper."""
IDLE_ENOUGH: Final = 0.5
UP_SECONDS: Final = 2.0
DOWN_SECONDS: Final = 10.0
"""Slowly back: a level that is left at once is come back to at once."""
BAD_SECOND: Final = 3.0
"""Good seconds that a bad one costs. Not all: on a machine that others use, too, one picture in ten seconds is always late."""

LONG: Final = 0.25
"""A picture that takes so long, from when it is due, shows that the machine is too busy, whoever keeps it so, or that our share of it is too small."""

SMALL_HEIGHT: Final = 360
SMALL_QUALITY: Final = 60
"""For slow lines: about 15 KB a picture, where 720 lines of quality 80 have 100."""
SMALL_BYTES: Final = 24 * 1024
"""Leaves and rain have five times as much: half a second on a line of 50 kB/s is the most that one may take."""
SMALLEST_HEIGHT: Final = 90

LEVELS: Final = (
    (1.0, 1.0, 0),
    (0.5, 1.0, 0),
    (0.25, 1.0, 0),
    (0.25, 0.67, 0),
    (0.25, 0.5, 0),
    (0.25, 0.5, 20),
    (0.1, 0.5, 30),
)
"""Factor of pictures a second, factor of height, points of quality less. First fewer pictures, then smaller, then coarser."""


@dataclass(frozen=True, slots=True)
class Options:
    """Of JPEG pictures."""

    fps: float
    height: int
    quality: int
    passthrough: bool = True
    """Whether the camera's own stream may go to browsers."""
    level: int = 0
    """How far this is below what was asked for."""

    def cheaper(self, other: Options, rate: float | None = None) -> str:
        """In words, what of `other` is less than here.

        Args:
            other: how pictures are to be at the moment.
            rate: how many a second there really are, where that is fewer.
        """
        fps, about = (other.fps, "") if rate is None else (rate, "about ")
        parts = (
            (fps, self.fps, about, "picture a second" if fps == 1 else "pictures a second"),
            (other.height, self.height, "", "lines"),
            (other.quality, self.quality, "", "points of quality"),
        )
        return ", ".join(
            f"{about}{less:g} {what} instead of {asked:g}" for less, asked, about, what in parts if less < asked
        )

    def at(self, level: int) -> Options:
        """The same on a level of the ladder."""
        fps, height, quality = LEVELS[level]
        return Options(
            max(0.2, self.fps * fps),
            max(90, int(self.height * height) // 2 * 2),
            max(30, self.quality - quality),
            self.passthrough,
            level,
        )


def read_options(asked: Mapping[str, Any], settings: Settings) -> Options:
    """What a feed's publisher asks for, as far as it makes sense; the settings for the rest."""

    def number(name: str, least: float, most: float, usual: float) -> float:
        value = asked.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return usual
        return min(max(float(value), least), most)

    return Options(
        number("fps", 0.2, 60, settings.video_fps),
        int(number("height", 90, 4320, settings.video_height)),
        int(number("quality", 10, 100, settings.video_quality)),
        asked.get("passthrough") is not False,
    )


class Ladder:
    """How much cheaper pictures are made while the machine is too busy. Pure: it is told the load and the time."""

    def __init__(self) -> None:
        self.level = 0
        self._longest = 0.0
        self._busy_since: float | None = None
        self._idle = 0.0
        """Seconds with nothing to complain of, less what bad ones take from them."""
        self._stepped_at: float | None = None

    def took(self, seconds: float) -> None:
        """A picture took so long, with waiting for somebody who had time for it."""
        self._longest = max(self._longest, seconds)

    def step(self, load: float, now: float) -> int:
        """Take the share of the cores that this process uses; the level to work on."""
        longest, self._longest = self._longest, 0.0
        busy, idle = load > TOO_BUSY or longest > LONG, load < IDLE_ENOUGH and longest < LONG / 2
        passed, self._stepped_at = now - (now if self._stepped_at is None else self._stepped_at), now
        self._busy_since = (self._busy_since or now) if busy else None
        self._idle = self._idle + passed if idle else max(0.0, self._idle - BAD_SECOND * passed)
        if self._busy_since is not None and now - self._busy_since >= UP_SECONDS and self.level < len(LEVELS) - 1:
            self.level += 1
            self._busy_since, self._idle = now, 0.0
        if self.level == 0:
            self._idle = 0.0
        elif self._idle >= DOWN_SECONDS:
            self.level -= 1
            self._idle = 0.0
        return self.level

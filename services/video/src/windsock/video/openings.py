"""Where a viewer can begin: all that came since the last picture that opens a stream, and whether the camera sends any that browsers can begin with. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .rtsp import AccessUnit

__all__ = ["Openings"]

MOST_BYTES: Final = 8 * 1024 * 1024
"""Of what came since: past it, painting begins with the next one that opens."""
KEYLESS_SECONDS: Final = 10.0
"""Without a key picture, of a camera that has other pictures to begin with: browsers get JPEG."""


class Openings:
    """See the module. One for each connection to a camera."""

    def __init__(self) -> None:
        self.keyless = False
        """Whether the camera sends no key pictures, or too seldom, and others to begin with: some send one in all, or none to who comes later."""
        self._key_at: float | None = None
        self._units: list[AccessUnit] = []
        self._bytes = 0

    def __iter__(self) -> Iterator[AccessUnit]:
        """All since the last one that opens."""
        return iter(self._units)

    def add(self, unit: AccessUnit) -> None:
        """Take the next access unit."""
        self._remember(unit)
        self._look_for_keys(unit)

    def _remember(self, unit: AccessUnit) -> None:
        if unit.opens:
            self._units, self._bytes = [], 0
        elif not self._units:
            return
        self._bytes += len(unit.data)
        if self._bytes > MOST_BYTES:
            self._units, self._bytes = [], 0
            return
        self._units.append(unit)

    def _look_for_keys(self, unit: AccessUnit) -> None:
        before = self._key_at
        if unit.key:
            self._key_at = unit.arrived
            # Two of them in a row, so that it does not go to and fro.
            if self.keyless and before is not None and unit.arrived - before <= KEYLESS_SECONDS:
                self.keyless = False
        elif unit.entry and (before is None or unit.arrived - before > KEYLESS_SECONDS):
            self.keyless = True

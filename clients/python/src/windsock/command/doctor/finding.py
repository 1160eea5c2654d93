"""What the doctor says: one finding a check, each with what is so, and, if that is bad, what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Blind", "Finding", "State", "fine", "skipped", "warn", "wrong"]


class Blind(Exception):
    """A viewer can't see; the message says why."""


class State(StrEnum):
    """How it stands."""

    FINE = "ok"
    WARN = "warn"
    """It works, and will hurt one day."""
    WRONG = "wrong"
    SKIPPED = "skipped"
    """It could not be looked at."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    check: str
    state: State
    says: str
    todo: str = ""
    """What to do, a line each."""
    ms: float | None = None
    """How long it took, where that matters."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {**asdict(self), "state": self.state.value}


def fine(check: str, says: str, ms: float | None = None) -> Finding:
    """All is well."""
    return Finding(check, State.FINE, says, ms=ms)


def warn(check: str, says: str, todo: str) -> Finding:
    """It works for now."""
    return Finding(check, State.WARN, says, todo)


def wrong(check: str, says: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(check, State.WRONG, says, todo)


def skipped(check: str, says: str) -> Finding:
    """Nothing is known."""
    return Finding(check, State.SKIPPED, says)

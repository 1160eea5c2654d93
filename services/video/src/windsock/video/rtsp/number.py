"""A number as a camera writes it: whatever stands there, reading it raises nothing."""

from __future__ import annotations

from typing import Final

__all__ = ["read_number"]

MOST_DIGITS: Final = 18
"""More are no number that anybody means; `int` refuses thousands of them with an error."""


def read_number(text: str) -> int | None:
    """A number of plain digits; None if it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None

"""A value as it is at the moment of `send`, for later: the program may go on to change its list or array, the sample must not.

This runs in the program's own thread, so numbers and texts pass untouched, an array is copied as a block, and only lists and dicts are walked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

__all__ = ["LIGHT", "LIGHT_WEIGHT", "freeze"]

LIGHT: Final = frozenset({int, float, bool, type(None)})
"""Types that never change and whose size needs no counting."""

LIGHT_WEIGHT: Final = 64
"""Bytes that one waiting number costs, about: tuple, number and place in the queue."""


def freeze(value: object) -> tuple[Any, int]:
    """The value, safe from later changes, and about how many bytes it holds.

    Raises:
        RecursionError: the value contains itself.
    """
    kind = type(value)
    if kind in LIGHT:
        return value, LIGHT_WEIGHT
    if kind is str or kind is bytes:
        return value, LIGHT_WEIGHT + len(cast("str", value))
    if kind is list or kind is tuple:
        return _freeze_items(cast("list[Any]", value))
    if isinstance(value, Mapping):
        frozen: dict[Any, Any] = {}
        weight = LIGHT_WEIGHT
        for name, item in cast("Mapping[Any, Any]", value).items():
            frozen[name], part = freeze(item)
            weight += part + LIGHT_WEIGHT
        return frozen, weight
    if isinstance(value, (bytearray, memoryview)):
        copy = bytes(cast("bytearray", value))
        return copy, LIGHT_WEIGHT + len(copy)
    # numpy arrays, pandas frames, tensors, PIL images: known by what they can do, so that nothing needs to be imported.
    clone: Callable[[], Any] | None = getattr(value, "copy", None) or getattr(value, "clone", None)
    if callable(clone) and hasattr(value, "__len__") | hasattr(value, "tolist") | hasattr(value, "save"):
        return clone(), LIGHT_WEIGHT + _weight(value)
    return value, LIGHT_WEIGHT


def _freeze_items(items: list[Any] | tuple[Any, ...]) -> tuple[list[Any], int]:
    if all(type(item) in LIGHT for item in items):
        return list(items), LIGHT_WEIGHT * (1 + len(items))
    frozen: list[Any] = []
    weight = LIGHT_WEIGHT
    for item in items:
        copy, part = freeze(item)
        frozen.append(copy)
        weight += part
    return frozen, weight


def _weight(value: Any) -> int:
    """Bytes of an array or picture; a guess for what does not tell."""
    size = getattr(value, "nbytes", None)
    if isinstance(size, int):
        return size
    shape = getattr(value, "size", None)  # a PIL image's width and height
    if isinstance(shape, tuple) and len(cast("tuple[Any, ...]", shape)) == 2:
        width, height = cast("tuple[int, int]", shape)
        return 4 * width * height
    return LIGHT_WEIGHT * len(value) if hasattr(value, "__len__") else LIGHT_WEIGHT

"""How many cores this process may use: those it is let onto, or what its container is given of them (`docker run --cpus`, `deploy.resources.limits.cpus`)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

__all__ = ["usable_cores"]

CGROUPS: Final = Path("/sys/fs/cgroup")


def usable_cores(cgroups: Path = CGROUPS) -> float:
    """Of a container, the limit that it sees as its own: that of its cgroup's root."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    return min(cores, _version_2(cgroups) or _version_1(cgroups) or cores)


def _version_2(cgroups: Path) -> float | None:
    return _share(_words(cgroups / "cpu.max"))


def _version_1(cgroups: Path) -> float | None:
    folder = cgroups / "cpu"
    return _share([*_words(folder / "cpu.cfs_quota_us"), *_words(folder / "cpu.cfs_period_us")])


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _share(words: list[str]) -> float | None:
    """Quota and period, in µs; None if there is no limit: `max`, or -1."""
    if len(words) != 2 or not all(word.isdecimal() for word in words):
        return None
    quota, period = map(int, words)
    return quota / period if quota and period else None

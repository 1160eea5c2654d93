"""What this machine does: processors, memory, network, programs. Each reader is called once a period and gives one sample."""

from __future__ import annotations

import time
from typing import Final

import psutil

__all__ = ["Cores", "Load", "Memory", "Network", "Programs", "core_names"]

GIB: Final = 1024**3
MIB: Final = 1024**2
MOST_CORES: Final = 16
"""Lines that a panel can hold and a person can tell apart, more or less; of more cores, neighbours are taken together."""
TOP: Final = 6


def core_names() -> list[str]:
    """A name for each value of `Cores`."""
    cores = psutil.cpu_count() or 1
    group = -(-cores // MOST_CORES)
    if group == 1:
        return [f"core {number}" for number in range(1, cores + 1)]
    return [f"cores {first + 1}-{min(first + group, cores)}" for first in range(0, cores, group)]


class Cores:
    """How busy each core was since the last call, %."""

    def __init__(self) -> None:
        psutil.cpu_percent(percpu=True)
        self._count = len(core_names())

    def __call__(self) -> list[float]:
        """One number a core, or a group of them."""
        busy = psutil.cpu_percent(percpu=True)
        group = -(-len(busy) // self._count)
        parts = [busy[start : start + group] for start in range(0, len(busy), group)]
        return [round(sum(part) / len(part), 1) for part in parts]


class Memory:
    """What memory is used for, GiB."""

    def __call__(self) -> list[float]:
        """Used, and cache where the system tells it."""
        memory = psutil.virtual_memory()
        cached = getattr(memory, "cached", 0) + getattr(memory, "buffers", 0)
        return [round((memory.total - memory.available) / GIB, 3), round(min(cached, memory.available) / GIB, 3)]


class Network:
    """Bytes a second, in and out, without the machine's talk to itself where that can be told apart."""

    def __init__(self) -> None:
        self._last = (time.monotonic(), *self._read())

    def __call__(self) -> list[float]:
        """Since the last call."""
        now = (time.monotonic(), *self._read())
        then, self._last = self._last, now
        seconds = max(now[0] - then[0], 1e-3)
        return [round(max(0, now[place] - then[place]) / seconds) for place in (1, 2)]

    @staticmethod
    def _read() -> tuple[int, int]:
        cards = psutil.net_io_counters(pernic=True)
        outside = [counters for name, counters in cards.items() if name != "lo" and not name.startswith("lo0")]
        return sum(card.bytes_recv for card in outside), sum(card.bytes_sent for card in outside)


class Load:
    """Programs that run or want to, on average over the last minute."""

    def __call__(self) -> float:
        """One number."""
        return round(psutil.getloadavg()[0], 2)


class Programs:
    """Whose memory it is."""

    def __call__(self) -> dict[str, float]:
        """By program, MiB: the largest, and the others as one."""
        memory: dict[str, float] = {}
        for process in psutil.process_iter():
            try:
                with process.oneshot():
                    name = process.name()
                    memory[name] = memory.get(name, 0.0) + process.memory_info().rss / MIB
            except psutil.Error:
                continue  # it ended, or is not ours to look at
        largest = sorted(memory.items(), key=lambda item: -item[1])
        others = sum(size for _, size in largest[TOP:])
        return {name: round(size, 1) for name, size in largest[:TOP]} | ({"others": round(others, 1)} if others else {})

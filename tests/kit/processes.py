"""What the kernel says of processes: who lives, whose child it is."""

from __future__ import annotations

from pathlib import Path

__all__ = ["command_of", "descendants", "is_alive", "parent_of"]


def is_alive(pid: int) -> bool:
    """Whether it still runs; one that ended and waits to be collected does not."""
    try:
        return _facts(pid)[0] != "Z"
    except OSError:
        return False


def parent_of(pid: int) -> int:
    """Who started it, or adopted it."""
    return int(_facts(pid)[1])


def command_of(pid: int) -> str:
    """Its command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    """Its children and theirs."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                children.setdefault(parent_of(int(entry.name)), []).append(int(entry.name))
            except OSError:
                continue  # it ended while we looked
    found: list[int] = []
    waiting = [pid]
    while waiting:
        mine = children.get(waiting.pop(), [])
        found += mine
        waiting += mine
    return found


def _facts(pid: int) -> list[str]:
    # The name before it, in parentheses, may hold anything.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

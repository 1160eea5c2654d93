"""The data folder: one tree at a time in it, and a note of who that is."""

from __future__ import annotations

import fcntl
import json
import os
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path


class FolderTaken(Exception):
    """Another tree runs from the same data folder; the message says which and what to do."""


class DataFolder:
    """Holds the folder's lock. The kernel lets go of it when the process ends, however it ends, so it can't be left behind."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note = self._read_note()
            os.close(self._lock)
            raise FolderTaken(
                f"Windsock already runs from this folder (process {note.get('pid', 'unknown')}, board {note.get('board', 'starting')}). "
                "Stop it first; or, for a second one, set WINDSOCK_DATA_DIR to another folder and WINDSOCK_*_PORT to other ports."
            ) from None
        self.note(pid=os.getpid())
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def note(self, **facts: object) -> None:
        """Write down who holds the folder."""
        if self._lock is None:
            raise RuntimeError("the folder is not held")
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, json.dumps(facts).encode(), 0)

    def _read_note(self) -> dict[str, Any]:
        try:
            return json.loads((self.path / "lock").read_text() or "{}")
        except (OSError, ValueError):
            return {}

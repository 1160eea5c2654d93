"""What the tree prints: whole lines, each with the name of who said it, never holding up who said it.

A terminal that is stopped (Ctrl-S) or a pipe that nobody reads must not stop the services, so a thread of its own writes, from a
bounded queue; what did not fit is counted and said.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from datetime import UTC, datetime
from typing import Self, TextIO

MAX_WAITING = 2_000  # lines: some hundred kilobytes, and more than a screen's worth by far
CLOSE_SECONDS = 0.3  # how long the end waits for a terminal that takes no more
PALETTE = (36, 33, 35, 32, 34, 96, 93)  # ANSI colours that can be read on dark and on light
RESET = "\x1b[0m"


class Console:
    """Lines from many, one writer. Use as a context manager: leaving writes what waits."""

    def __init__(self, out: TextIO | None = None, *, width: int = 13, json_lines: bool = False) -> None:
        self._out = out or sys.stdout
        self._width = width
        self._json_lines = json_lines
        self._colour = self._out.isatty() and not os.environ.get("NO_COLOR")
        self._colours: dict[str, int] = {}
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._ready = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._write, name="console", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._ready:
            self._closing = True
            self._ready.notify()
        self._thread.join(CLOSE_SECONDS)

    def say(self, text: str) -> None:
        """A word of the launcher's own; it may have several lines."""
        for line in text.splitlines():
            self.line("windsock", line)

    def line(self, name: str, text: str) -> None:
        """A line that `name` said."""
        if self._json_lines:
            # The services' lines are objects that carry their names; what others say becomes one, so that a program can read all.
            self._put(text if text.startswith("{") else _as_json(name, text))
            return
        # A service's own log names it too, for the time when nobody else does; here once is enough.
        text = text.replace(f" {name}  ", "  ", 1)
        prefix = f"{name:<{self._width}}|"
        if self._colour:
            colour = self._colours.setdefault(name, PALETTE[len(self._colours) % len(PALETTE)])
            prefix = f"\x1b[{colour}m{prefix}{RESET}"
        self._put(f"{prefix} {text}")

    def _put(self, line: str) -> None:
        with self._ready:
            if len(self._lines) >= MAX_WAITING:
                self._lines.popleft()
                self._dropped += 1
            self._lines.append(line)
            self._ready.notify()

    def _write(self) -> None:
        while True:
            with self._ready:
                while not self._lines and not self._closing:
                    self._ready.wait()
                if not self._lines:
                    return
                lines = list(self._lines)
                if self._dropped:
                    lines.insert(0, f"... {self._dropped} lines left out: the output was not taken fast enough")
                    self._dropped = 0
                self._lines.clear()
            try:
                self._out.write("\n".join(lines) + "\n")
                self._out.flush()
            except (OSError, ValueError):
                return  # nobody reads any more; the board goes on


def _as_json(name: str, text: str) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return json.dumps({"time": now, "level": "info", "service": name, "message": text})

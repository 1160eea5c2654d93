"""What is written to a publisher: NDJSON lines, and never so that it could hold anybody up.

Most publishers never read. So without acknowledgements an error line is a courtesy: at most ten a second, then one that says how many more there were; and when
a line has not left yet, nobody is reading, and further lines are dropped and counted. A publisher that asked for acknowledgements reads: it gets every error
line, in order, before the acknowledgement that covers it. If it falls behind, acknowledgements are merged (only the newest counts), and its connection is not
read until it has caught up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from windsock.shared import codec
from windsock.shared.metrics import DROPPED

if TYPE_CHECKING:
    import asyncio

    from windsock.shared.errors import WindsockError

__all__ = ["WINDOW_MS", "Answers"]

WINDOW_MS: Final = 1000
LINES_A_WINDOW: Final = 10
"""Enough to see what is wrong; a publisher that floods with errors has more of the same."""
NOT_READ: Final = 4096
"""Unsent bytes that show that nobody reads: the kernel's buffers on both sides are full before the first byte stays with us."""

_DROPPED_LINES: Final = DROPPED.labels("error_line")


class Answers:
    """One connection's only writer."""

    __slots__ = (
        "_ack_due",
        "_acked",
        "_ended",
        "_in_window",
        "_last",
        "_lines",
        "_transport",
        "_unsaid",
        "_window",
        "blocked",
        "certain",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.certain = False
        """Whether the publisher asked for acknowledgements."""
        self.blocked = False
        """Whether the transport has more unsent than it should have."""
        self._ended = False
        self._acked = -1
        self._ack_due = -1
        self._lines: list[bytes] = []
        self._window = 0  # when it began, ms
        self._in_window = 0
        self._unsaid = 0
        self._last: WindsockError | None = None

    @property
    def errors(self) -> int:
        """Errors in the present second."""
        return self._in_window + self._unsaid

    def window_left(self, now: int) -> int:
        """Milliseconds until the present second is over."""
        return max(0, self._window + WINDOW_MS - now)

    def refuse(self, index: int, error: WindsockError, now: int) -> None:
        """Tell that message number `index` was refused; `flush` sends it."""
        if now - self._window >= WINDOW_MS or now < self._window:
            self._sum_up()
            self._window, self._in_window = now, 0
        if self.certain or self._in_window < LINES_A_WINDOW:
            self._in_window += 1
            self._lines.append(_line({"error": error.to_wire(index)}))
        else:
            self._unsaid += 1
            self._last = error

    def ack(self, count: int) -> None:
        """Tell that the fate of the first `count` messages is final; `flush` sends it. Nothing to those who did not ask."""
        if self.certain:
            self._ack_due = count

    def tidy(self, now: int) -> None:
        """Called about once a second: tell how many errors were not told."""
        if self._unsaid and now - self._window >= WINDOW_MS:
            self._sum_up()
            self.flush()

    def last_word(self, error: WindsockError, words: bytes | None = None) -> None:
        """Tell why the connection is being closed; `words` for who would not understand an error line."""
        self._sum_up()
        self._lines.append(_line({"error": error.to_wire()}) if words is None else words)
        self.flush()

    @property
    def unsent(self) -> bool:
        """Whether there is something to say that can't be sent yet."""
        return bool(self._lines) or self._ack_due != self._acked

    def end(self) -> None:
        """Nothing more will be said."""
        self._ended = True
        if not self._transport.is_closing():
            self._transport.write_eof()

    def flush(self) -> None:
        """Send what there is to say, or let go of it: see above."""
        lines = self._lines
        if not lines and self._ack_due == self._acked:
            return
        transport = self._transport
        if self._ended or transport.is_closing():
            lines.clear()
            return
        if self.certain:
            if self.blocked:
                return
            if self._ack_due != self._acked:
                self._acked = self._ack_due
                lines.append(b'{"ack":%d}\n' % self._acked)
        elif transport.get_write_buffer_size() > NOT_READ:
            _DROPPED_LINES.inc(len(lines))
            lines.clear()
            return
        self._lines = []
        transport.write(b"".join(lines))

    def _sum_up(self) -> None:
        if self._unsaid and self._last is not None:
            wire = self._last.to_wire()
            wire["message"] = f"{self._unsaid} more errors; the last: {wire['message']}"
            self._lines.append(_line({"error": wire}))
            _DROPPED_LINES.inc(self._unsaid)
        self._unsaid = 0


def _line(answer: dict[str, object]) -> bytes:
    return codec.encode(answer) + b"\n"

"""A logging handler: the log of a program as a `text` stream, with its levels.

logging.getLogger().addHandler(StreamHandler("my program/log"))
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Unpack

from windsock.client.stream import Stream

if TYPE_CHECKING:
    from windsock.client.look import Look

__all__ = ["StreamHandler"]

LEVELS: Final = (
    (logging.CRITICAL, "critical"),
    (logging.ERROR, "error"),
    (logging.WARNING, "warning"),
    (logging.INFO, "info"),
)


class StreamHandler(logging.Handler):
    """Sends each record, formatted, at the time it was made.

    Args:
        stream: a stream of type `text`, or the id of one.
        level: the least level that is sent.
        server: as for `Stream`.
        key: as for `Stream`.
        look: as for `Stream`.
    """

    def __init__(
        self,
        stream: Stream | str | int,
        level: int | str = logging.NOTSET,
        *,
        server: str | None = None,
        key: str | None = None,
        **look: Unpack[Look],
    ) -> None:
        super().__init__(level)
        self.stream: Final = (
            stream if isinstance(stream, Stream) else Stream(stream, "text", server=server, key=key, **look)
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record. Those of the client itself are left out: they may be about this very stream."""
        if record.name == "windsock" or record.name.startswith("windsock."):
            return
        try:
            text: Any = self.format(record)
            level = next((name for least, name in LEVELS if record.levelno >= least), "debug")
            self.stream.text(text, level=level, time=record.created)
        except Exception:  # noqa: BLE001  # a format that does not fit its arguments, most of all: logging's own way to tell
            self.handleError(record)

    def flush(self) -> None:
        """Called at the end of the program, too: the stream sends what waits by itself then, so that nothing is to do."""

    def close(self) -> None:
        """Send what waits."""
        self.stream.close()
        super().close()

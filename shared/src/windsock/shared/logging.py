"""Logs a person reads on a terminal and a machine reads elsewhere: one line an event, with the service's name."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from typing_extensions import override

__all__ = ["set_up_logging"]

_COLOURS: Final = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m", logging.CRITICAL: "\x1b[31;1m"}
_USUAL: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class TextFormatter(logging.Formatter):
    """`12:00:00.123 ingest-tcp  WARNING  text`."""

    def __init__(self, service: str, *, colour: bool) -> None:
        super().__init__()
        self._service = service
        self._colour = colour

    @override
    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).strftime("%H:%M:%S.%f")[:-3]  # noqa: DTZ006  # a terminal shows local time
        level = "" if record.levelno == logging.INFO else f"{record.levelname} "
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        if self._colour and record.levelno in _COLOURS:
            level = f"{_COLOURS[record.levelno]}{level}\x1b[0m"
        return f"{at} {self._service}  {level}{text}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line; what was passed as `extra` stands beside the message."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _USUAL}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def set_up_logging(service: str, level: str, style: str) -> None:
    """Send all logs to standard error. `style`: `text`, `json`, or `auto` (text on a terminal, JSON otherwise)."""
    terminal = sys.stderr.isatty()
    text = style == "text" or (style == "auto" and terminal)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter(service, colour=terminal) if text else JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # A line for every request or packet is noise here: metrics count them.
    for chatty in ("uvicorn.access", "socketio", "engineio", "httpx"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

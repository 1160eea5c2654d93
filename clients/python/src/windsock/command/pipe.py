"""`vmstat 1 | windsock pipe cpu`: a sample for each line of standard input, until it ends and everything is acknowledged.

Survives restarts of the server. While the server is away it stops reading when enough waits, so that nothing is lost; the program before it in the pipe waits.
"""

from __future__ import annotations

import argparse
import io
import sys
from typing import TYPE_CHECKING, Any

from windsock.command.fault import Fault, say, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from windsock.command.outgoing import Outgoing
    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run"]

EPILOG = """\
examples:
  vmstat 1 | awk '{print $13; fflush()}' | windsock pipe cpu
  vmstat 1 | awk '{print $13, $14; fflush()}' | windsock pipe cpu --legend user,sys --unit % --max 100
  tail -F /var/log/syslog | windsock pipe log --text
  cat readings.ndjson | windsock pipe boiler          # {"value": 71.2, "time": "2026-05-01T12:00:00Z"} or {"in": 71.2, "out": 55}
Columns are split by white space, commas or semicolons, so decimals have a point (where they have a comma: sed -u 's/,/./g').
Lines that are no numbers are skipped and counted.
Exit status: 0 all stored, 1 not, 130 interrupted."""

MOST_LINE = 1024 * 1024
FLUSH_SECONDS = 30.0
"""At the end of the input, for a server that is away."""
INTERRUPTED_SECONDS = 2.0


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock pipe`."""
    from windsock.command.looks import add_look_arguments
    from windsock.command.place import add_server_arguments

    parser = subparsers.add_parser(
        "pipe",
        help="send numbers from standard input, a line each",
        description="Send a sample for each line of standard input: numbers (one a series) or JSON; with --text, the line itself.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", help="the stream")
    parser.add_argument("--text", action="store_true", help="lines of a log; the level is taken from words like ERROR")
    parser.add_argument("--header", action="store_true", help="the first line names the series")
    parser.add_argument(
        "--timeout",
        type=float,
        default=FLUSH_SECONDS,
        metavar="S",
        help="at the end, wait so many seconds for the server (30)",
    )
    add_look_arguments(parser)
    add_server_arguments(parser)


@told
def run(args: argparse.Namespace) -> int:
    """Read, send, and wait for the acknowledgements."""
    from windsock.command.looks import look_of, type_of
    from windsock.command.outgoing import Outgoing
    from windsock.command.place import find_place

    place, kind, look = find_place(args), type_of(args), look_of(args)
    lines = _lines()
    if args.header:
        look["legend"] = next(lines, "").replace(",", " ").replace(";", " ").split()
    outgoing = Outgoing(place, args.id, "text" if args.text else kind, look)
    skipped = Skipped()
    try:
        for line in lines:
            _send(outgoing, line, skipped, text=args.text or kind == "text")
    except KeyboardInterrupt:
        outgoing.settle(INTERRUPTED_SECONDS, patient=True)
        raise
    finally:
        skipped.tell()
    outgoing.settle(args.timeout, patient=True)
    refused = outgoing.stream.stats.refused
    if refused:
        first = next(iter(outgoing.refusals()), "")
        raise Fault(f"{refused:,} samples were refused; the first: {first}")
    return 0


class Skipped:
    """Lines that were no samples."""

    def __init__(self) -> None:
        self._count = 0
        self._first = ""

    def add(self, line: str) -> None:
        """One more."""
        self._count += 1
        self._first = self._first or line.strip()

    def tell(self) -> None:
        """How many, if any."""
        if self._count:
            shown = self._first if len(self._first) <= 60 else f"{self._first[:57]}..."
            lines = "1 line that is" if self._count == 1 else f"{self._count:,} lines that are"
            say(f"skipped {lines} neither numbers nor JSON: {shown!r}" + (" and others." if self._count > 1 else "."))


def _send(outgoing: Outgoing, line: str, skipped: Skipped, *, text: bool) -> None:
    from windsock.command.reading import level_of, read_line

    if text:
        if line.strip():
            level = level_of(line)
            outgoing.wait_for_room()
            outgoing.stream.text(line.rstrip("\r\n"), level=level)
        return
    sample: Any = read_line(line)
    if sample is None:
        if line.strip():
            skipped.add(line)
        return
    outgoing.wait_for_room()
    outgoing.stream.send(sample.value, time=sample.time)


def _lines() -> Iterator[str]:
    stdin = sys.stdin
    if isinstance(stdin, io.TextIOWrapper):
        stdin.reconfigure(encoding="utf-8", errors="replace")
    while line := stdin.readline(MOST_LINE):
        yield line

"""`windsock tail cpu`: a stream's samples, the last ones and then each as it comes."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.command.fault import say, told

if TYPE_CHECKING:
    import argparse

    from windsock.command.board_api import BoardApi
    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "line_of", "run"]

AWAY_SECONDS: Final = 1.0


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock tail`."""
    from windsock.command.place import add_board_arguments

    parser = subparsers.add_parser(
        "tail",
        help="print a stream's samples as they come",
        description="Print a stream's last samples, then each new one, a line each: time, and the values split by tabs.",
    )
    parser.add_argument("id", help="the stream")
    parser.add_argument("-n", "--lines", type=int, default=10, metavar="N", help="begin with the last N samples (10)")
    parser.add_argument("--once", action="store_true", help="stop after those")
    parser.add_argument("--json", action="store_true", help="one JSON object a line: time in milliseconds, value")
    add_board_arguments(parser)


@told
def run(args: argparse.Namespace) -> int:
    """Print until interrupted."""
    from windsock.command.board_api import Away, BoardApi
    from windsock.command.place import find_place

    board = BoardApi(find_place(args))
    answer = _last(board, args.id, max(0, args.lines))
    epoch, offset = answer["epoch"], answer["offset"]
    _print(answer["rows"], as_json=args.json)
    away = False
    while not args.once:
        try:
            for name, data in board.live(args.id, f"{epoch}:{offset}"):
                away = False
                if name == "removed":
                    say("the stream was removed. Waiting for another of this name.")
                    epoch, offset = "", 0
                elif name == "picture":
                    data |= {"rows": [[data["time"], data["value"]]], "count": 1, "lost": 0}
                if name not in {"message", "picture"}:
                    continue
                if data["epoch"] != epoch:
                    if epoch:
                        say("the stream began anew: its earlier samples are gone.")
                    epoch, offset = data["epoch"], 0
                elif data["lost"]:
                    say(f"{data['lost']:,} samples are in history no more.")
                # A snapshot may begin with what was printed already.
                _print(data["rows"][max(0, offset - (data["offset"] - data["count"])) :], as_json=args.json)
                offset = data["offset"]
        except Away as trouble:
            if not away:
                say(f"{trouble} Waiting for it.")
            away = True
            time.sleep(AWAY_SECONDS)
    return 0


def _last(board: BoardApi, stream: str, count: int) -> dict[str, Any]:
    answer = board.samples(stream, limit=max(count, 1))
    return answer if count else {**answer, "rows": []}


def _print(rows: list[list[Any]], *, as_json: bool) -> None:
    for row in rows:
        print(line_of(row, as_json=as_json))
    sys.stdout.flush()


def line_of(row: list[Any], *, as_json: bool = False) -> str:
    """A sample as a line: of numeric types its numbers, of others its value as JSON; a log's lines as they are."""
    at, *values = row
    if as_json:
        return json.dumps({"time": at, "value": values[0] if len(values) == 1 else values}, ensure_ascii=False)
    when = datetime.fromtimestamp(at / 1000).astimezone().isoformat(sep=" ", timespec="milliseconds")
    return "\t".join([when, *map(_cell, values)])


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"  # the server keeps all numbers as floats
    lines = _log_lines(value)
    if lines:
        text = "\t".join(lines)
    elif isinstance(value, str) and value.startswith("data:image/"):
        text = f"{value[: value.find(',') + 1]}... ({len(value):,} characters)"
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # A terminal obeys control characters; what a publisher sent must not.
    return "".join(char if char.isprintable() or char == "\t" else " " for char in text)


def _log_lines(value: Any) -> list[str]:
    """The lines of a `text` sample; none if it is something else."""
    lines: list[str] = []
    for item in cast("list[Any]", value) if isinstance(value, list) else []:
        if not isinstance(item, dict) or "text" not in item:
            return []
        line = cast("dict[str, Any]", item)
        lines.append(f"[{line['level']}] {line['text']}" if "level" in line else str(line["text"]))
    return lines

"""`windsock streams`: what streams there are."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from windsock.command.fault import told

if TYPE_CHECKING:
    import argparse

    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run", "table"]

COLUMNS = ("id", "type", "name", "unit", "group", "legend")


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock streams`."""
    from windsock.command.place import add_board_arguments

    parser = subparsers.add_parser(
        "streams", help="list the streams", description="List all streams and what they look like."
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line, with all fields")
    add_board_arguments(parser)


@told
def run(args: argparse.Namespace) -> int:
    """Print the catalogue."""
    from windsock.command.board_api import BoardApi
    from windsock.command.place import find_place

    streams = sorted(BoardApi(find_place(args)).streams(), key=lambda spec: (spec.get("group") or "", str(spec["id"])))
    if args.json:
        for spec in streams:
            print(json.dumps({name: value for name, value in spec.items() if value is not None}, ensure_ascii=False))
    elif streams:
        print("\n".join(table(streams, shutil.get_terminal_size((160, 24)).columns)))
    else:
        print("There are no streams yet: `windsock send cpu 41.2` makes one.")
    return 0


def table(streams: list[dict[str, Any]], width: int, columns: tuple[str, ...] = COLUMNS) -> list[str]:
    """Lines with a heading; columns that no stream fills are left out."""
    rows = [[_cell(spec.get(column)) for column in columns] for spec in streams]
    shown = [place for place, _ in enumerate(columns) if any(row[place] for row in rows)]
    rows = [[columns[place].upper() for place in shown], *([row[place] for place in shown] for row in rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(shown))]
    return [
        "  ".join(cell.ljust(wide) for cell, wide in zip(row, widths, strict=True)).rstrip()[:width] for row in rows
    ]


def _cell(value: object) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if len(text) <= 40 else f"{text[:37]}..."

"""`windsock rm cpu`: remove streams, with their history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from windsock.command.fault import say, told

if TYPE_CHECKING:
    import argparse

    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run"]


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock rm`."""
    from windsock.command.place import add_board_arguments

    parser = subparsers.add_parser(
        "rm",
        help="remove a stream, with its history",
        description="Remove streams, with their history. One that somebody still sends to begins anew.",
    )
    parser.add_argument("id", nargs="+", help="a stream")
    add_board_arguments(parser)


@told
def run(args: argparse.Namespace) -> int:
    """Remove each; the status is 1 if one was not there."""
    from windsock.command.board_api import BoardApi, NotThere
    from windsock.command.place import find_place

    board = BoardApi(find_place(args))
    status = 0
    for stream in args.id:
        try:
            board.remove(stream)
        except NotThere as missing:
            say(str(missing))
            status = 1
    return status

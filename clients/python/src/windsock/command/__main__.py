"""The `windsock` command: one module for each subcommand, loaded only when it is the one that was asked for."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from windsock.command.subcommand import Subcommand


# The sentences stand here, not in the modules: `windsock --help` then loads none of them, and `windsock send` only its own.
SUBCOMMANDS = {
    "up": "start the broker and all services as one process tree, and open the board",
    "demo": "send lively sample streams to a running Windsock",
    "send": "send one sample: windsock send cpu 41.2",
    "pipe": "send numbers from standard input, a line each",
    "streams": "list the streams",
    "tail": "print a stream's samples as they come",
    "doctor": "look at every part, and say what is wrong and what to do",
    "feed": "add, list and remove cameras: windsock feed add door rtsp://192.168.0.25/live",
    "rm": "remove a stream, with its history",
}

CANNOT_START = 2
INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended


def main(argv: Sequence[str] | None = None) -> int:
    """Run the subcommand that the arguments name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(prog="windsock", description="Any data stream, live on a board.")
    parser.add_argument("--version", action="store_true", help="show the version and exit")
    subparsers = parser.add_subparsers(dest="subcommand", metavar="COMMAND", required=True)
    if arguments[:1] == ["--version"]:
        print(f"windsock {_version()}")
        return 0
    asked = next((word for word in arguments if not word.startswith("-")), None)
    module: Subcommand | None = None
    for name, sentence in SUBCOMMANDS.items():
        if name == asked:
            module = cast("Subcommand", importlib.import_module(f"windsock.command.{name}"))
            module.add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=sentence)
    if not arguments:
        parser.print_help(sys.stderr)
        return CANNOT_START
    args, unknown = parser.parse_known_args(arguments)
    if unknown:
        # Said by the subcommand, with its own usage.
        subparsers.choices.get(asked or "", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if module is None:
        parser.error(f"choose a command: {', '.join(SUBCOMMANDS)}")
    try:
        return module.run(args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except ModuleNotFoundError as missing:
        # The publisher library alone brings nothing but itself; `send`, `doctor` and their like work with that.
        print(
            f"windsock: `windsock {asked}` needs {missing.name}, which is not installed: pip install 'windsock[command]'",
            file=sys.stderr,
        )
        return CANNOT_START
    except BrokenPipeError:
        # The reader went away, as in `windsock tail cpu | head`. Python would complain again when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # takes longer than all of `windsock --help`

    try:
        return version("windsock")
    except PackageNotFoundError:
        return "(from a folder of sources)"


if __name__ == "__main__":
    sys.exit(main())

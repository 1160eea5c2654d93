"""`windsock up`: the whole board from one command, on an embedded Valkey or a server of yours, as one process tree.

Needs the extra `windsock[command]`. What it starts, it stops: sources before sinks, within a deadline, with nothing left behind.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run"]

EPILOG = """\
Settings come from WINDSOCK_* variables or a .env file in this folder; .env.example lists them all.
Ctrl-C stops everything in order, a second Ctrl-C at once.
Exit status: 0 stopped, 1 a part of it failed, 2 it could not start as set up."""


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock up`."""
    parser = subparsers.add_parser(
        "up",
        help="start the broker and all services as one process tree, and open the board",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--demo", action="store_true", help="send the demo's streams too")
    parser.add_argument("--no-browser", action="store_true", help="only print the board's address")


def run(args: argparse.Namespace) -> int:
    """Start, watch and stop; the number is the exit status."""
    from windsock.command.up.launcher import launch  # the services' settings are slow to load for a mere --help

    return launch(demo=args.demo, browser=not args.no_browser)

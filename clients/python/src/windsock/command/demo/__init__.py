"""`windsock demo`: lively streams that show what Windsock is for, by every way in. Also the first thing that `windsock up --demo` and `make run` show."""

from __future__ import annotations

import argparse
import contextlib
import logging
import signal
import threading
import time
from typing import TYPE_CHECKING

from windsock.command.fault import Fault, told

if TYPE_CHECKING:
    from types import FrameType

    from windsock.command.demo.exhibit import Exhibit
    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run"]

STOP_SECONDS = 0.4
"""`windsock up` gives the demo 0.6 s to end; nothing of it is worth more."""
STAGGER_SECONDS = 0.07
MOST_RATE = 1000


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock demo`."""
    from windsock.command.place import add_server_arguments

    parser = subparsers.add_parser(
        "demo",
        help="send lively sample streams to a running Windsock",
        description="Send lively streams: this machine's own processors, memory and network, and some that are made up.",
    )
    parser.add_argument("--rate", type=_rate, default=1.0, metavar="X", help="send X times as often (1)")
    parser.add_argument("--seconds", type=float, metavar="S", help="stop after so many seconds")
    parser.add_argument("--all-types", action="store_true", help="a stream of every type that there is")
    parser.add_argument("--only", metavar="WORD", help="only streams with this in their id")
    add_server_arguments(parser)


@told
def run(args: argparse.Namespace) -> int:
    """Send until interrupted."""
    # A demo that is being loaded can be stopped too.
    stopping = threading.Event()

    def stop(_signum: int, _frame: FrameType | None) -> None:
        stopping.set()

    with contextlib.suppress(ValueError):  # signals belong to the main thread; a test may call us from another
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    return _run(args, stopping)


def _run(args: argparse.Namespace, stopping: threading.Event) -> int:
    from windsock.client import Schedule, finish
    from windsock.client.process import give_up
    from windsock.client.target import find_target
    from windsock.command.demo.exhibit import Stall
    from windsock.command.demo.ways import Way, open_posts
    from windsock.command.place import find_place

    place = find_place(args)
    there = _exhibits(all_types=args.all_types)
    shown = [exhibit for exhibit in there if args.only is None or args.only in str(exhibit.id)]
    if not shown:
        ids = ", ".join(str(exhibit.id) for exhibit in there)
        raise Fault(f"no stream of the demo has {args.only!r} in its id. There are {ids}.")
    posts = open_posts(place)
    if not posts:
        raise Fault(f"nothing answers at {find_target(place.server).url}. {place.unreachable_server}")
    schedule = Schedule()
    closed: set[Way] = set()
    for exhibit in shown:
        maker = posts.get(exhibit.way)
        if maker is None and exhibit.way is not Way.CLIENT:
            closed.add(exhibit.way)
        schedule.add(Stall(exhibit, place, maker() if maker else None), exhibit.period / args.rate)
    count = "1 stream" if len(shown) == 1 else f"{len(shown)} streams"
    print(f"{count} to {find_target(place.server).url}; the board is at {place.board}/", flush=True)
    if closed:
        ways = ", ".join(sorted(way.value for way in closed))
        print(f"Not open from here: {ways}. What should go that way goes by windsock.client.", flush=True)
    ends = None if args.seconds is None else time.monotonic() + args.seconds
    for job in schedule.jobs:
        # One after the other, so that panels come in the table's order.
        job.start()
        if stopping.wait(STAGGER_SECONDS):
            break
    stopping.wait(None if ends is None else max(0.0, ends - time.monotonic()))
    schedule.stop(STOP_SECONDS)
    if not finish(STOP_SECONDS):
        give_up()
    return 0


def _exhibits(*, all_types: bool) -> list[Exhibit]:
    from windsock.command.demo.feed import feeds
    from windsock.command.demo.table import exhibits

    if not all_types:
        return exhibits() + feeds()
    from windsock.command.demo.rarities import rarities

    return exhibits() + feeds() + rarities()


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= MOST_RATE:
        raise argparse.ArgumentTypeError(f"{text!r} is no number between 0 and {MOST_RATE}")
    return rate

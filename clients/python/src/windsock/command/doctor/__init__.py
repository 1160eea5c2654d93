"""`windsock doctor`: looks at every part, sends a message the whole way by each way in, and says in words what is wrong and what to do."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import TYPE_CHECKING, Final

from windsock.command.fault import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from windsock.command.doctor.finding import Finding
    from windsock.command.doctor.patient import Patient
    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run"]

EPILOG = """\
Exit status: 0 nothing is wrong, 1 something is, 2 wrong arguments.
The messages it sends go to a stream of its own, which it removes."""

COLOURS: Final = {"ok": 32, "warn": 33, "wrong": 31, "skipped": 2}
NO_ROOM: Final = {"redis room", "redis role", "redis disk"}
TIMED_WIDTH: Final = 78


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock doctor`."""
    from windsock.command.place import add_board_arguments, add_server_arguments

    parser = subparsers.add_parser(
        "doctor",
        help="look at every part, and say what is wrong and what to do",
        description="Look at the ports, the key, Redis, the clocks and this machine, and send a message the whole way to a viewer by each way in.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_server_arguments(parser)
    add_board_arguments(parser, key=False)
    parser.add_argument("--redis", metavar="URL", help="redis://USER:PASSWORD@HOST:6379/0 (WINDSOCK_REDIS_URL)")
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")


@told
def run(args: argparse.Namespace) -> int:
    """Look, and tell as it goes."""
    from windsock.command.doctor.patient import find_patient

    patient = find_patient(args)
    found: list[Finding] = []
    told_todos: set[str] = set()
    for finding in examine(patient):
        found.append(finding)
        if not args.json:
            _print(finding, told_todos)
    count = sum(finding.state == "wrong" for finding in found)
    if args.json:
        print(json.dumps({"ok": not count, "board": patient.board, "findings": [one.to_json() for one in found]}))
    else:
        print(f"\n{_verdict(count, sum(finding.state == 'warn' for finding in found))}")
    return 1 if count else 0


def examine(patient: Patient) -> Iterator[Finding]:
    """All findings, in the order in which one explains the next."""
    from windsock.command.doctor import broker, journey, machine, ports
    from windsock.command.doctor.finding import skipped

    yield from machine.look_at_settings()
    board = ports.look_at_board(patient)
    yield from board
    yield from ports.look_at_tcp(patient)
    yield from ports.look_at_tcp_large(patient)
    yield from ports.look_at_http(patient)
    yield from ports.look_at_health(patient)
    redis = broker.look_at_redis(patient)
    yield from redis
    yield from machine.look_at_clock(patient)
    yield from machine.look_at_machine(patient)
    if board[0].state != "ok":
        yield skipped("viewer", "no message was sent: without the board nobody can see it arrive")
    elif any(finding.state == "wrong" and finding.check in NO_ROOM for finding in redis):
        # It would be taken when there is room again, and nobody would be there to remove it.
        yield skipped("viewer", "no message was sent: Redis can take none at the moment")
    else:
        yield from journey.travel(patient)


def _print(finding: Finding, told_todos: set[str]) -> None:
    colour = COLOURS[finding.state] if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else None
    state = f"{finding.state.value:<8}"
    shown = state if colour is None else f"\x1b[{colour}m{state}\x1b[0m"
    text = f"{finding.check:<14} {finding.says}"
    if finding.ms is not None:
        text = f"{text:<{TIMED_WIDTH}} {finding.ms:6.0f} ms"
    print(f"{shown}{text}", flush=True)
    for todo in finding.todo.splitlines():
        if todo not in told_todos:
            told_todos.add(todo)
            print(f"{'':8}{'':14} → {todo}", flush=True)


def _verdict(wrong: int, warnings: int) -> str:
    noted = f" {warnings} {'thing is' if warnings == 1 else 'things are'} worth a look." if warnings else ""
    if not wrong:
        return f"Nothing is wrong.{noted}"
    return f"{wrong} {'thing is' if wrong == 1 else 'things are'} wrong; begin with the first.{noted}"

"""`windsock send cpu 41.2`: one sample, and an exit status that says whether it is in the server's history."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from windsock.client.look import SERIES_TYPES
from windsock.command.fault import Fault, told

if TYPE_CHECKING:
    from windsock.command.place import Place
    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run"]

ASK_SECONDS: Final = 2.0
"""Nobody should wait long for a question that only guards against a slip."""

_JSON: Final = frozenset('{["')
"""What a word of JSON begins with."""

EPILOG = """\
examples:
  windsock send cpu 41.2
  windsock send cpu 41 18 --legend user,sys --unit %
  windsock send disks '{"sda": 12, "sdb": 80}' --type bar
  windsock send log Backup finished --level info
  windsock send door photo.jpg --type image
A value that begins with a minus and is no plain number goes after `--`.
Exit status: 0 stored, 1 not, 2 wrong arguments."""


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock send`."""
    from windsock.command.looks import add_look_arguments
    from windsock.command.place import add_server_arguments

    parser = subparsers.add_parser(
        "send",
        help="send one sample: windsock send cpu 41.2",
        description="Send one sample: numbers (one a series), JSON, a text, or a picture's file.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", help="the stream")
    parser.add_argument("value", nargs="+", help="numbers, JSON, or words of a text")
    parser.add_argument("--time", help="when it was: ISO 8601, or seconds or milliseconds since 1970 (now)")
    parser.add_argument("--level", help="of a text: debug, info, warning, error, critical")
    parser.add_argument(
        "--timeout", type=float, default=10.0, metavar="S", help="wait so many seconds at the most (10)"
    )
    parser.add_argument("--wait", action="store_true", help="wait for a server that does not answer yet")
    add_look_arguments(parser)
    add_server_arguments(parser)


@told
def run(args: argparse.Namespace) -> int:
    """Send, and wait for the acknowledgement."""
    from windsock.command.looks import look_of, type_of
    from windsock.command.outgoing import Outgoing
    from windsock.command.place import find_place

    place, kind = find_place(args), type_of(args)
    value = _value(args.value, kind, args.level)
    if kind is None and (args.level is not None or isinstance(value, str)):
        _check_is_text(place, args.id, args.value, args.level)
        kind = "text"
    if args.level is not None:
        value = {"level": args.level, "text": str(value)}
    outgoing = Outgoing(place, args.id, kind, look_of(args))
    outgoing.stream.send(value, time=args.time)
    outgoing.settle(args.timeout, patient=args.wait)
    for refusal in outgoing.refusals():
        raise Fault(str(refusal))
    return 0


def _check_is_text(place: Place, stream: str, words: list[str], level: str | None) -> None:
    """Nobody said that it is a text: a mistyped number must not turn a chart into a log.

    Raises:
        Fault: it is something else by now.
    """
    from windsock.command.board_api import BoardApi
    from windsock.command.reading import read_word

    try:
        known = BoardApi(place, ASK_SECONDS).type_of(stream)
    except Fault:
        return  # the board may be out of reach where samples are not
    if known is None or known == "text":
        return
    named = f"{stream!r} is {'an' if known[0] in 'aeiou' else 'a'} {known}"
    if level is not None:
        raise Fault(f"only a text has a --level, and {named}; --type text changes it.")
    word = next(word for word in words if isinstance(read_word(word), str))
    if known in SERIES_TYPES:
        raise Fault(
            f"{word!r} is {'neither a number nor JSON' if word[:1] in _JSON else 'no number'}, and {named}; --type text changes it."
        )
    raise Fault(f"{word!r} is taken for a text, and {named}; --type {known} sends it as that, --type text changes it.")


def _value(words: list[str], kind: str | None, level: str | None) -> Any:
    from windsock.command.reading import read_word

    if kind == "image":
        if len(words) != 1:
            raise Fault("a picture is one file.")
        try:
            return words[0] if words[0].startswith("data:") else Path(words[0]).read_bytes()
        except OSError as error:
            raise Fault(f"can't read {words[0]}: {error.strerror}.") from None
    if kind == "text" or level is not None:
        return " ".join(words)
    values = [read_word(word) for word in words]
    if len(values) == 1:
        return values[0]
    return " ".join(words) if any(isinstance(value, str) for value in values) else values

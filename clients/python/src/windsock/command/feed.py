"""`windsock feed add|list|rm`: the cameras on the board."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit, urlunsplit

from windsock.command.fault import Fault, say, told

if TYPE_CHECKING:
    import argparse

    from windsock.command.subcommand import Subparsers

__all__ = ["add_parser", "run"]

COLUMNS: Final = ("id", "name", "state", "url", "why")


def add_parser(subparsers: Subparsers) -> None:
    """Describe `windsock feed`."""
    from windsock.command.place import add_board_arguments

    parser = subparsers.add_parser(
        "feed",
        help="add, list and remove cameras: windsock feed add door rtsp://192.168.0.25/live",
        description="Add, list and remove cameras. A password is kept apart: no list, log or viewer shows it.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="add a camera, or change it", description="Add a camera, or change it.")
    add.add_argument("id", help="the camera's stream")
    add.add_argument("url", help="as rtsp://user:password@192.168.0.25:554/live")
    add.add_argument(
        "--ask-password", action="store_true", help="ask for it here, so that the list of processes does not show it"
    )
    add.add_argument("--name", help="the panel's title")
    add.add_argument("--group", help="the board's group that it stands in")
    add.add_argument(
        "--certificate",
        metavar="FINGERPRINT",
        help="of rtsps and https: the SHA-256 fingerprint that the camera's certificate must have, or `any` to check none",
    )
    pictures = add.add_argument_group("JPEG pictures, for browsers that can't decode the camera's own stream")
    pictures.add_argument("--fps", type=float, help="most a second")
    pictures.add_argument("--height", type=int, help="most lines")
    pictures.add_argument("--quality", type=int, help="10 to 100")
    pictures.add_argument(
        "--no-passthrough", dest="passthrough", action="store_false", default=None, help="pictures for all browsers"
    )
    listed = actions.add_parser("list", help="list the cameras", description="List the cameras and how they are.")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    remove = actions.add_parser("rm", help="remove cameras", description="Remove cameras.")
    remove.add_argument("id", nargs="+", help="the camera's stream")
    for each in (add, listed, remove):
        add_board_arguments(each)


@told
def run(args: argparse.Namespace) -> int:
    """Do what is asked."""
    from windsock.command.board_api import BoardApi, NotThere
    from windsock.command.place import find_place

    board = BoardApi(find_place(args))
    if args.action == "add":
        names = ("name", "group", "fps", "height", "quality", "passthrough", "certificate")
        asked = {name: value for name in names if (value := getattr(args, name)) is not None}
        url = _with_password(args.url) if args.ask_password else args.url
        board.set_feed(args.id, {"url": url} | asked)
        return 0
    if args.action == "list":
        _print(board.feeds(), as_json=args.json)
        return 0
    status = 0
    for stream in args.id:
        try:
            board.remove_feed(stream)
        except NotThere:
            say(f"there is no camera {stream!r}; `windsock feed list` lists them.")
            status = 1
    return status


def _with_password(url: str) -> str:
    from getpass import getpass

    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at or ":" in user:
        raise Fault(
            "a password is asked for where the URL has a user and no password, as rtsp://joe@192.168.0.25/live."
        )
    try:
        password = getpass("Password of the camera: ")
    except EOFError:
        raise Fault("no password was given.") from None
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}"))


def _print(feeds: list[dict[str, Any]], *, as_json: bool) -> None:
    from windsock.command.streams import table

    if as_json:
        for feed in feeds:
            print(json.dumps(feed, ensure_ascii=False))
    elif feeds:
        print("\n".join(table(feeds, shutil.get_terminal_size((160, 24)).columns, COLUMNS)))
    else:
        print("There are no cameras yet: `windsock feed add door rtsp://192.168.0.25/live` adds one.")

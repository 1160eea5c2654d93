"""Where the command finds Windsock: what the arguments say, else the environment, else the `.env` file of this folder, else this machine.

The same `.env` that moves the services' ports or sets their key is read here, so the command finds a stack that was started in this folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from windsock.client.address import board_url
from windsock.client.reading import BOARD_VARIABLE
from windsock.client.target import KEY_VARIABLE, SERVER_VARIABLE, find_target
from windsock.command.fault import Fault

if TYPE_CHECKING:
    import argparse

__all__ = ["Place", "add_board_arguments", "add_server_arguments", "find_place", "read_env_file"]

PREFIX: Final = "WINDSOCK_"
EVERYWHERE: Final = {"0.0.0.0", "::", ""}
START_IT: Final = "Start Windsock with `windsock up` (in a checkout: `make run`)"


@dataclass(frozen=True)
class Place:
    """One Windsock."""

    server: str
    """Where samples go, as a URL."""
    board: str
    """The board's address, without a slash at its end."""
    key: str | None

    @property
    def unreachable_server(self) -> str:
        """What to do if nothing answers there."""
        return f"{START_IT}, or name the server: --server tcp://HOST:8010, or {SERVER_VARIABLE}."

    @property
    def unreachable_board(self) -> str:
        """The same for the board."""
        return f"{START_IT}, or name the board: --board http://HOST:8000."


def add_server_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of commands that send."""
    group = parser.add_argument_group("where to")
    group.add_argument(
        "--server", metavar="URL", help="tcp://HOST:8010 or http://HOST:8030 (WINDSOCK_SERVER; this machine)"
    )
    _add_key(group)


def add_board_arguments(parser: argparse.ArgumentParser, *, key: bool = True) -> None:
    """Arguments of commands that ask the board. `key`: it is not there yet."""
    group = parser.add_argument_group("where from")
    group.add_argument(
        "--board", metavar="URL", help="the board's address, http://HOST:8000 (WINDSOCK_BOARD; this machine)"
    )
    if key:
        _add_key(group)


def _add_key(group: argparse._ArgumentGroup) -> None:  # pyright: ignore[reportPrivateUsage]  # argparse has no public name for it
    group.add_argument("--key", help="publish key (WINDSOCK_KEY, which does not show in the list of processes)")


def find_place(args: argparse.Namespace) -> Place:
    """The Windsock that the arguments mean.

    Raises:
        Fault: a URL can't be used.
    """
    for name, value in read_env_file(Path(".env")).items():
        os.environ.setdefault(name, value)  # this process is only the command: it does what a shell's `export` would
    env = os.environ
    host = env.get(f"{PREFIX}BIND", "")
    host = "127.0.0.1" if host in EVERYWHERE else host
    in_url = f"[{host}]" if ":" in host and not host.startswith("[") else host
    server: str = getattr(args, "server", None) or env.get(SERVER_VARIABLE) or f"tcp://{in_url}"
    try:
        target = find_target(server, getattr(args, "key", None))
    except ValueError as error:
        raise Fault(f"{error}.") from None
    board: str | None = getattr(args, "board", None) or env.get(BOARD_VARIABLE)
    if not board:
        # The board of a server that was named stands next to it.
        named = bool(getattr(args, "server", None) or env.get(SERVER_VARIABLE))
        board_host = f"[{target.host}]" if ":" in target.host else target.host
        board = f"http://{board_host if named else in_url}:{env.get(f'{PREFIX}WEB_PORT') or 8000}"
    try:
        board = board_url(board)
    except ValueError as error:
        raise Fault(f"{error}.") from None
    return Place(
        server,
        board,
        getattr(args, "key", None) or env.get(KEY_VARIABLE) or env.get(f"{PREFIX}PUBLISH_KEY"),
    )


def read_env_file(path: Path) -> dict[str, str]:
    """The WINDSOCK_* lines of a `.env` file; nothing if there is none."""
    try:
        text = path.read_text("utf-8")
    except (OSError, ValueError):
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        name, value = name.strip(), value.strip()
        if equals and name.startswith(PREFIX):
            if value[:1] in {'"', "'"} and value[-1:] == value[:1]:
                value = value[1:-1]
            found[name] = value
    return found

"""What a person is told in one line instead of a traceback."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING

from windsock.client.process import give_up

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

__all__ = ["Fault", "say", "told"]


class Fault(Exception):
    """The command can't do what it was asked to; the message says why and what to do."""


def say(sentence: str) -> None:
    """A line for the person, apart from the output."""
    print(f"windsock: {sentence}", file=sys.stderr)


def told(run: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """A subcommand's `run` whose faults are told in one line, with exit status 1."""

    @functools.wraps(run)
    def telling(args: argparse.Namespace) -> int:
        try:
            return run(args)
        except Fault as fault:
            say(str(fault))
            give_up()
            return 1

    return telling

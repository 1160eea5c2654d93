"""What a subcommand's module offers to the `windsock` command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import argparse

# argparse gives no public name to what `add_subparsers` returns.
Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


class Subcommand(Protocol):
    """A module in this package, named as the subcommand is."""

    def add_parser(self, subparsers: Subparsers) -> object:
        """Describe the subcommand and its arguments."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it; the number is the exit status."""
        ...

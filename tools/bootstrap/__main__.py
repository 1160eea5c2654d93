"""Makes a checkout ready: an environment, the locked packages, Node, the board's files. Needs only Python's standard library.

Each step is skipped when what it is made of has not changed, so that asking again costs next to nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import sys
from typing import TYPE_CHECKING

from board import ensure_built, ensure_modules
from layout import CACHE, FRONTEND, say
from node_env import ensure_node
from python_env import ensure_python_env
from steps import StepFailed
from system import ensure_test_programs

if TYPE_CHECKING:
    from collections.abc import Generator


def main() -> int:
    """Do what the arguments ask for, step by step."""
    parser = argparse.ArgumentParser(prog="bootstrap", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="the tools for tests and checks too")
    parser.add_argument("--modules", action="store_true", help="Node and the board's packages")
    parser.add_argument("--frontend", action="store_true", help="the board, built")
    parser.add_argument(
        "--test-programs",
        action="store_true",
        help="a browser, redis-server, a camera and other languages, where they may be installed",
    )
    asked = parser.parse_args()
    try:
        with _alone():
            ensure_python_env(dev=asked.dev)
            if (asked.modules or asked.frontend) and FRONTEND.joinpath("package.json").exists():
                ensure_node()
                if asked.modules:
                    ensure_modules()
                if asked.frontend:
                    ensure_built()
            if asked.test_programs:
                ensure_test_programs()
    except StepFailed as failure:
        say(f"\n{failure}")
        return 1
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again to go on: what is already installed is kept.")
        return 130
    return 0


@contextlib.contextmanager
def _alone() -> Generator[None]:
    """Two `make` at once would install into each other's work: the second waits for the first."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("  Another setup of this checkout is running; waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main())

"""How each service's program begins: its settings, its log, and a sentence for a person where it can't start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from windsock.shared.listen import allow_descriptors
from windsock.shared.logging import set_up_logging
from windsock.shared.runtime import CannotStart, main_loop
from windsock.shared.settings import Settings, settings_or_exit

__all__ = ["run_service"]

log = logging.getLogger(__name__)

Serve = Callable[[Settings], Coroutine[Any, Any, int]]


def run_service(name: str, serve: Serve, connections: Callable[[Settings], int] | None = None) -> None:
    """Run a service until it is stopped, and exit.

    Args:
        name: what its log lines carry.
        serve: builds its parts, runs them, stops them in order; returns the process's status. May raise `CannotStart`.
        connections: how many connections it may have at once, by its settings; None: few.
    """

    async def main() -> int:
        settings = settings_or_exit()
        set_up_logging(name, settings.log_level, settings.log_format)
        if connections is not None:
            allow_descriptors(connections(settings))
        try:
            return await serve(settings)
        except CannotStart as reason:
            log.error("%s", reason)  # noqa: TRY400  # a sentence for a person, no traceback
            return 1

    main_loop(main)

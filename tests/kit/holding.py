"""A feed that is held in a test's own loop, without a worker that decides so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import asynccontextmanager

from windsock.shared.feeds import Feed, FeedStore
from windsock.shared.settings import Settings
from windsock.video.guard import Guard
from windsock.video.options import Ladder
from windsock.video.runner import Runner, Tools
from windsock.video.tls import Authorities

__all__ = ["holding"]

HELD_SECONDS = 60


@asynccontextmanager
async def holding(
    settings: Settings, store: FeedStore, pool: Executor, ladder: Ladder, url: str, **options: object
) -> AsyncGenerator[Runner]:
    """The feed `door`, held for a minute and watched as JPEG."""
    tools = Tools(settings, store, Guard(settings), pool, ladder, Authorities(None))
    tenure = (await store.own(["door"], HELD_SECONDS * 1000))["door"]
    runner = Runner(Feed("door", url, options), tenure.epoch, tools, lambda: None)
    runner.kinds = frozenset({"jpeg"})
    runner.deadline = asyncio.get_running_loop().time() + HELD_SECONDS
    run = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        run.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await run

"""Fixtures that the tests of single parts share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
from kit.intake_worker import Worker

from windsock.shared.settings import Settings


@pytest.fixture
async def worker(make_settings: Callable[..., Settings]) -> AsyncIterator[Worker]:
    """A worker with small limits."""
    worker = Worker(make_settings(max_batch=50, max_streams=20))
    yield worker
    await worker.close()

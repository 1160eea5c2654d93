"""One engine, one set of images and one stack for all tests here."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from compose.engine import Engine
from compose.images import make_bases
from compose.stack import Stack
from e2e.conftest import browser

__all__ = ["browser"]

ADDRESS_LIMIT = 60


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine with the base images."""
    with Engine() as engine:
        began = time.monotonic()
        make_bases(engine)
        print(f"\nbase images: {time.monotonic() - began:.0f} s")
        yield engine


@pytest.fixture(scope="session")
def images(engine: Engine) -> Engine:
    """An engine with our images, built from the checkout."""
    began = time.monotonic()
    Stack(engine, "windsock-build").compose("--profile", "demo", "build", "-q", timeout=900)
    print(f"images: {time.monotonic() - began:.0f} s")
    return engine


@pytest.fixture(scope="session")
def stack(images: Engine) -> Iterator[Stack]:
    """The stack as it starts with no `.env`, but for ports, a limit that a test can reach, and a way in to Redis."""
    stack = Stack(
        images,
        "windsock-test",
        WINDSOCK_MAX_CONNECTIONS_PER_ADDRESS=str(ADDRESS_LIMIT),
        WINDSOCK_REDIS_PUBLISHER_PASSWORD="of the publishers",
    )
    stack.down()
    stack.up("redis", "monitoring")
    yield stack
    stack.down()


def pytest_configure(config: pytest.Config) -> None:
    """Connections that these tests cut, or that containers cut when they are killed, are closed by nobody: that is what is tested."""
    config.addinivalue_line("filterwarnings", "ignore:unclosed:ResourceWarning")

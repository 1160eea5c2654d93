"""A whole Windsock, as people start it, and a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kit.tree import RunningTree
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

PICTURES = Path(__file__).resolve().parents[2] / "artefacts" / "screenshots"
"""Where screenshots are kept for people to look at; ignored by git."""

# A browser that draws in software beside all services is slow on a busy machine; how fast the board is, `benchmarks/` measures.
expect.set_options(timeout=15_000)

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or the one that WINDSOCK's `make test` found."""
    program = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    assert program, "no Chromium is installed: `make test` installs it where it may (apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    """One `windsock up` for the tests of a file that leave it standing: streams of another file's would come in between."""
    for name in [name for name in os.environ if name.startswith("WINDSOCK_")]:
        del os.environ[name]
    with RunningTree(tmp_path_factory.mktemp("e2e")) as tree:
        yield tree.ready()


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[RunningTree]:
    """A `windsock up` of the test's own."""
    with RunningTree(tmp_path) as tree:
        yield tree.ready()


@pytest.fixture
def open_board(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens boards, each in a browser context of its own; a page error or a blocked script fails the test (unless it is about `blocking`)."""
    pages: list[Page] = []
    problems: list[str] = []

    def open_one(
        address: str, *, width: int = 1440, height: int = 1000, scheme: str = "dark", blocking: bool = False
    ) -> Page:
        context = browser.new_context(
            viewport=ViewportSize(width=width, height=height), color_scheme="light" if scheme == "light" else "dark"
        )
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        if not blocking:
            page.on(
                "console",
                lambda message: problems.append(message.text) if "Content Security Policy" in message.text else None,
            )
        page.goto(address)
        pages.append(page)
        return page

    yield open_one
    for page in pages:
        page.context.close()
    assert problems == [], "the page had errors"


@pytest.fixture
def pictures() -> Path:
    """A folder for what people are to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES


@pytest.fixture
def keep_picture(pictures: Path) -> Callable[[Page, str], None]:
    """Keeps a screenshot for people to look at."""

    def keep(page: Page, name: str) -> None:
        page.screenshot(path=pictures / f"{name}.png")

    return keep

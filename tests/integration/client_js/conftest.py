"""The JavaScript client, built as people get it, and a whole Windsock that pages of one other origin may use."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kit.tree import RunningTree
from typing_extensions import override

CLIENT = Path(__file__).resolve().parents[3] / "clients" / "js"
TSC = CLIENT.parents[1] / "frontend" / "node_modules" / ".bin" / "tsc"


@pytest.fixture(scope="package")
def built() -> Path:
    """Where the built client is."""
    subprocess.run([TSC, "-p", CLIENT / "tsconfig.json"], check=True, timeout=120)
    return CLIENT / "dist" / "src"


class Pages(SimpleHTTPRequestHandler):
    """Serves the built client and an empty page, on another origin than the board's."""

    @override
    def log_message(self, format: str, *args: object) -> None:  # the base's name
        pass


@pytest.fixture(scope="package")
def other_origin(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web server of somebody else's, that has the client."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "windsock").symlink_to(built)
    (folder / "page.html").write_text("<!doctype html><title>a page of somebody's</title>")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Pages, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, other_origin: str) -> Iterator[RunningTree]:
    """A Windsock whose settings name that origin."""
    for name in [name for name in os.environ if name.startswith("WINDSOCK_")]:
        del os.environ[name]
    with RunningTree(tmp_path_factory.mktemp("stack"), WINDSOCK_CORS_ORIGINS=other_origin) as tree:
        yield tree.ready()

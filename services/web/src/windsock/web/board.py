"""The board's files: found where they are, served with the right caching.

What Vite builds has the content's hash in its name, under /assets: a browser keeps it for ever. Everything else it asks for anew each time. Without built
files, `/` says how to build them; they are looked for at each request, so a board that is built while the service runs appears.
"""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from fastapi import FastAPI, Header
from fastapi.responses import PlainTextResponse, Response

__all__ = ["add_board", "find_board"]

FOREVER: Final = "public, max-age=31536000, immutable"
EACH_TIME: Final = "no-cache"
COMPRESSED: Final = frozenset({".html", ".js", ".css", ".svg", ".json", ".map", ".txt"})
CACHED_FILES: Final = 128
Encoding = Annotated[str | None, Header()]
INNER_PAGES: Final = ("/b/{name}", "/embed/{stream:path}")
"""The page itself finds out from its address what to show: all streams, a saved board, or one panel for another site's frame."""
NOT_BUILT: Final = """\
The board is not built yet.

    make frontend

builds it (or: cd frontend && npm ci && npm run build). Then reload this page.
"""


def find_board(setting: Path | None) -> Path | None:
    """The folder of the built board: as set, else beside this package, else in the checkout that it runs from."""
    inside = Path(str(files("windsock.web"))) / "board"
    checkout = (parent / "frontend" / "dist" for parent in Path(__file__).resolve().parents)
    places = (inside, *checkout) if setting is None else (setting,)
    return next((folder for folder in places if (folder / "index.html").is_file()), None)


@lru_cache(maxsize=CACHED_FILES)
def read(path: Path, _changed: int, *, compressed: bool) -> bytes:
    """A file's content; read, and compressed, once for each time it was changed."""
    content = path.read_bytes()
    return gzip.compress(content, 9, mtime=0) if compressed else content


def send(folder: Path, name: str, caching: str, encodings: str | None) -> Response | None:
    """A file of the board; None if there is no such file inside of the folder."""
    try:
        path = (folder / name).resolve()
        if (
            not path.is_relative_to(folder.resolve())
            or not path.is_file()
            or any(part.startswith(".") for part in Path(name).parts)
        ):
            return None
        compressed = path.suffix in COMPRESSED and "gzip" in (encodings or "")
        content = read(path, path.stat().st_mtime_ns, compressed=compressed)
    except OSError:  # no file can have that name, or it was taken away just now
        return None
    headers = {"cache-control": caching, "vary": "accept-encoding"} | (
        {"content-encoding": "gzip"} if compressed else {}
    )
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return Response(content, 200, headers, kind or "application/octet-stream")


def add_board(app: FastAPI, setting: Path | None) -> None:
    """Serve the board at `/`."""

    def answer(name: str, caching: str, encodings: str | None) -> Response:
        folder = find_board(setting)
        response = send(folder, name, caching, encodings) if folder is not None and "\0" not in name else None
        return response or PlainTextResponse("not found\n", 404)

    @app.get("/", include_in_schema=False)
    async def index(accept_encoding: Encoding = None) -> Response:
        if find_board(setting) is None:
            return PlainTextResponse(NOT_BUILT, 503, {"cache-control": EACH_TIME})
        return answer("index.html", EACH_TIME, accept_encoding)

    for address in INNER_PAGES:
        app.add_api_route(address, index, include_in_schema=False)

    @app.get("/assets/{name:path}", include_in_schema=False)
    async def asset(name: str, accept_encoding: Encoding = None) -> Response:
        return answer(f"assets/{name}", FOREVER, accept_encoding)

    @app.get("/{name}", include_in_schema=False)
    async def top(name: str, accept_encoding: Encoding = None) -> Response:
        return answer(name, EACH_TIME, accept_encoding)

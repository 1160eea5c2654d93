"""Saved boards over HTTP. Whoever may look at the board may read them; writing needs the publish key, if one is set."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel

from windsock.shared.boards import BoardList, BoardName, BoardSummary, RenameBoard, SaveBoard, SavedBoard
from windsock.shared.errors import Code, WindsockError
from windsock.web.body import SMALL_BODY, read_body
from windsock.web.permission import Permission

from .store import BoardStore

__all__ = ["add_board_routes"]

NO_STORE = {"cache-control": "no-store"}
Name = Annotated[BoardName, Path()]


def add_board_routes(app: FastAPI, store: BoardStore, permission: Permission, max_board: int) -> None:
    """Add the routes to the application."""

    @app.get("/v1/boards", response_model=BoardList)
    async def boards() -> Response:
        """All saved boards, by name."""
        return _answer(BoardList(boards=await store.boards()))

    @app.get("/v1/boards/{name}", response_model=SavedBoard)
    async def board(name: Name) -> Response:
        """A saved board."""
        found = await store.board(name)
        if found is None:
            raise WindsockError(Code.NOT_FOUND, f"there is no board {name!r}")
        head = found.summary.model_dump_json().encode()
        return Response(b'%b,"arrangement":%b}' % (head[:-1], found.arrangement), 200, NO_STORE, "application/json")

    @app.put("/v1/boards/{name}", response_model=BoardSummary)
    async def save(request: Request, name: Name) -> Response:
        """Save a board over the version that it was made from. 409 if somebody else has saved it since."""
        permission.check(request, "saving a board")
        asked = await read_body(request, SaveBoard, "a board", max_board, "WINDSOCK_MAX_BOARD")
        text = asked.arrangement.model_dump_json(exclude_none=True, exclude_defaults=True)
        return _answer(await store.save(name, asked.version, text), 200 if asked.version else 201)

    @app.patch("/v1/boards/{name}", status_code=204)
    async def rename(request: Request, name: Name) -> Response:
        """Give a board another name."""
        permission.check(request, "renaming a board")
        asked = await read_body(request, RenameBoard, "a new name", SMALL_BODY)
        if asked.name != name:
            await store.rename(name, asked.name)
        return Response(status_code=204, headers=NO_STORE)

    @app.delete("/v1/boards/{name}", status_code=204)
    async def remove(request: Request, name: Name) -> Response:
        """Remove a board for everybody."""
        permission.check(request, "removing a board")
        if not await store.remove(name):
            raise WindsockError(Code.NOT_FOUND, f"there is no board {name!r}")
        return Response(status_code=204, headers=NO_STORE)


def _answer(model: BaseModel, status: int = 200) -> Response:
    return Response(model.model_dump_json(), status, NO_STORE, "application/json")

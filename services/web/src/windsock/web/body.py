"""What a request brings along: read once its sender is known to be allowed, and of a bounded size. FastAPI would read all of it before it asks us."""

from __future__ import annotations

from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from windsock.shared.errors import Code, WindsockError

from .metrics import REFUSED_BODIES

__all__ = ["SMALL_BODY", "described_body", "read_body"]

SMALL_BODY: Final = 64 * 1024
"""For what people type. The longest camera has 2,560 characters, and one that is written as two escapes takes 12 bytes: 30 KB."""
MOST_SHOWN: Final = 200
"""Of where a problem is: the names may be the sender's own."""
Model = TypeVar("Model", bound=BaseModel)


async def read_body(request: Request, model: type[Model], what: str, limit: int, setting: str = "") -> Model:
    """A request's body, as JSON. `what` it is ("a board") and which `setting` bounds it are for the person who is refused.

    Raises:
        WindsockError: `unsupported_media`, `too_large` (what is left of it is not read) or `invalid`; each is counted.
    """
    try:
        return await _read(request, model, what, limit, setting)
    except WindsockError as error:
        REFUSED_BODIES.labels(error.code.value).inc()
        raise


async def _read(request: Request, model: type[Model], what: str, limit: int, setting: str) -> Model:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise WindsockError(Code.UNSUPPORTED_MEDIA, f"{what} is sent as application/json")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > limit:
            hint = f" ({setting})" if setting else ""
            raise WindsockError(Code.TOO_LARGE, f"{what} has at most {limit} bytes{hint}")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        raise WindsockError(Code.INVALID, _explained(error)) from None


def _explained(error: ValidationError) -> str:
    """The first problem, and where it is. What stands there is not repeated: a camera's URL has a password in it."""
    problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])[:MOST_SHOWN]
    return f"{where}: {problem['msg']}" if where else problem["msg"]


def described_body(model: type[BaseModel], example: dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI says of a body that `read_body` reads: FastAPI describes only what it reads itself. For models without models inside."""
    content = {"schema": model.model_json_schema(), "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}

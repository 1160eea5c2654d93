"""What OpenAPI says of answers: their forms, and an example of each."""

from __future__ import annotations

from typing import Any, Final

from windsock.shared.errors import HTTP_STATUS, Code

__all__ = ["BODY_ERRORS", "ERRORS", "EVENTS", "PICTURE", "SAMPLES", "STREAMS"]

Answers = dict[int | str, dict[str, Any]]

REFUSAL: Final = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "enum": sorted(HTTP_STATUS, key=list(Code).index)},
                "message": {"type": "string"},
            },
        }
    },
}


def _refused(text: str, code: Code, message: str) -> dict[str, Any]:
    example = {"error": {"code": code.value, "message": message}}
    return {"description": text, "content": {"application/json": {"schema": REFUSAL, "example": example}}}


ERRORS: Final[Answers] = {
    400: _refused("The body is not JSON.", Code.MALFORMED, "the body is not JSON"),
    403: _refused(
        "This page, or this name of ours, is not allowed.", Code.FORBIDDEN, "pages of this origin may not ask here"
    ),
    404: _refused("There is no such stream.", Code.NOT_FOUND, "there is no stream 'cpu'"),
    422: _refused("The question makes no sense.", Code.INVALID, "from: 'yesterday' is neither ISO 8601 nor a number"),
    429: _refused("Too many at a time; see Retry-After.", Code.TOO_MANY_REQUESTS, "32 reads of history are under way"),
    503: _refused(
        "The broker is away, or we are full; see Retry-After.", Code.UNAVAILABLE, "the broker does not answer"
    ),
}
"""What every route may answer."""

BODY_ERRORS: Final[Answers] = {
    401: _refused("The publish key is missing or wrong.", Code.UNAUTHORIZED, "setting a rule needs the publish key"),
    413: _refused("The body is too large.", Code.TOO_LARGE, "a rule has at most 65536 bytes"),
    415: _refused("The body is of another kind.", Code.UNSUPPORTED_MEDIA, "a rule is sent as application/json"),
}
"""What routes with a body may answer besides."""

UNCHANGED: Final[Answers] = {304: {"description": "Nothing is new since the answer with this ETag."}}

_ROW: Final = {"type": "array", "minItems": 1, "prefixItems": [{"type": "integer", "description": "ms UTC"}]}
_SAMPLES: Final = {
    "type": "object",
    "required": ["id", "epoch", "type", "rows", "first", "offset", "count", "lost", "decimated"],
    "properties": {
        "id": {"type": "string"},
        "epoch": {"type": "string"},
        "type": {"type": "string"},
        "rows": {"type": "array", "items": _ROW},
        "first": {"type": "integer", "description": "offset of the first row"},
        "offset": {"type": "integer", "description": "offset of the last row"},
        "count": {"type": "integer"},
        "total": {"type": "integer", "description": "rows in the range, with max_points"},
        "lost": {"type": "integer", "description": "rows after `after` that history has no more"},
        "decimated": {"type": "boolean"},
        "next": {"type": "integer", "description": "the `after` of the next page, if there is one"},
    },
}
_EXAMPLE: Final = {
    "id": "cpu",
    "epoch": "5f0c2a.1",
    "type": "line",
    "rows": [[1700000000000, 41, 18], [1700000001000, None, 19]],
    "first": 1,
    "offset": 2,
    "count": 2,
    "lost": 0,
    "decimated": False,
}
SAMPLES: Final[Answers] = UNCHANGED | {
    200: {
        "description": "The samples.",
        "content": {
            "application/json": {"schema": _SAMPLES, "example": _EXAMPLE},
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"id":"cpu","time":1700000000000,"value":[41,18]}\n',
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "time,user,system\r\n2023-11-14T22:13:20.000Z,41,18\r\n",
            },
        },
    }
}
PICTURE: Final[Answers] = UNCHANGED | {
    200: {
        "description": "The picture, as it was sent.",
        "content": {
            f"image/{kind}": {"schema": {"type": "string", "format": "binary"}}
            for kind in ("png", "jpeg", "webp", "gif")
        },
    }
}
STREAMS: Final[Answers] = UNCHANGED | {
    200: {
        "description": "All streams.",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["streams"],
                    "properties": {"streams": {"type": "array", "items": {"type": "object"}}},
                },
                "example": {
                    "streams": [
                        {"id": "cpu", "type": "line", "legend": ["user", "system"], "version": 1, "epoch": "5f0c2a.1"}
                    ]
                },
            }
        },
    }
}
EVENT: Final = (
    'id: 5f0c2a.1:2\ndata: {"id":"cpu","epoch":"5f0c2a.1","offset":2,"count":1,'
    '"lost":0,"reset":false,"rows":[[1700000001000,40,19]]}\n\n'
)
EVENTS: Final[Answers] = {
    200: {
        "description": "Events, until somebody ends it.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": EVENT,
            }
        },
    }
}

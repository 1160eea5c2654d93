"""This service's OpenAPI description. Written by hand where FastAPI does not see the routes, made from the contract where it says what a message is."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from windsock.shared.errors import HTTP_STATUS, Code
from windsock.shared.messages import MESSAGE

__all__ = ["describe"]

_SCHEMAS: Final = "#/components/schemas/"
_ANSWERS: Final = {
    "202": "What was accepted is stored; what was rejected is told one by one.",
    "400": "The body is no JSON.",
    "401": "The publish key is missing or wrong.",
    "403": "The web page that this comes from may not publish here.",
    "413": "The body is larger than allowed, or has too many messages.",
    "415": "The body's type is not one that is read here.",
    "422": "Every message is refused: the contract is not kept.",
    "429": "Too much is in hand; come back after Retry-After seconds.",
    "503": "Redis is away and nothing was acknowledged; come back after Retry-After seconds.",
}


@cache
def describe(version: str) -> dict[str, Any]:
    """The whole document."""
    schemas = _schemas()
    message = {"$ref": f"{_SCHEMAS}Message"}
    bodies = {
        "application/json": {"schema": {"oneOf": [message, {"type": "array", "items": message}]}},
        "application/x-ndjson": {"schema": {"type": "string", "description": "One message a line."}},
    }
    post: dict[str, Any] = {
        "summary": "Send one message, an array of messages, or NDJSON",
        "requestBody": {"required": True, "content": bodies},
        "responses": _responses(),
        "security": [{"key": []}, {}],
    }
    image: dict[str, Any] = {
        "summary": "Send a picture as it is: png, jpeg, webp or gif",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 128}},
            {
                "name": "name",
                "in": "query",
                "description": "The panel's title.",
                "schema": {"type": "string", "maxLength": 512},
            },
        ],
        "requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}},
        "responses": _responses(),
        "security": [{"key": []}, {}],
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Windsock: messages in over HTTP", "version": version},
        "paths": {
            "/v1/messages": {"post": post | {"operationId": "postMessages"}},
            "/": {"post": post | {"operationId": "postMessagesAsOlderPublishersDo"}},
            "/v1/streams/{id}/image": {"put": image | {"operationId": "putImage"}},
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The publish key; or api_crypt in each message.",
                }
            },
        },
    }


def _responses() -> dict[str, Any]:
    def reference(name: str) -> dict[str, Any]:
        return {"application/json": {"schema": {"$ref": _SCHEMAS + name}}}

    return {
        status: {"description": text, "content": reference("Outcome" if status in {"202", "422"} else "Refusal")}
        for status, text in _ANSWERS.items()
    }


def _schemas() -> dict[str, Any]:
    schema = MESSAGE.json_schema(ref_template=_SCHEMAS + "{model}")
    definitions: dict[str, Any] = schema.pop("$defs")
    error = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "string", "enum": sorted(HTTP_STATUS, key=list(Code).index)},
            "message": {"type": "string"},
            "index": {"type": "integer", "description": "The message's place in the body, from 0."},
        },
    }
    outcome = {
        "type": "object",
        "required": ["accepted", "rejected"],
        "properties": {
            "accepted": {"type": "integer"},
            "rejected": {"type": "array", "items": {"$ref": f"{_SCHEMAS}Error"}},
        },
    }
    refusal = {"type": "object", "required": ["error"], "properties": {"error": {"$ref": f"{_SCHEMAS}Error"}}}
    return definitions | {"Message": schema, "Error": error, "Outcome": outcome, "Refusal": refusal}

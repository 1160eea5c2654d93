"""From a parsed message to what it says of its stream."""

from __future__ import annotations

from typing import Any, Final, cast

from pydantic import ConfigDict, TypeAdapter, ValidationError

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.messages import MESSAGE, SPEC_FIELDS, Id
from windsock.shared.values import MOST_SERIES

__all__ = ["DEFAULT_TYPE", "check_purpose", "read_id", "read_message", "spec_changes", "unknown_fields"]

DEFAULT_TYPE: Final = "line"
_ID_REASONS: Final = {
    "string_type": "should be a text or a number",
    "string_pattern_mismatch": "should have no control characters and no line breaks",
}
_ID: Final = TypeAdapter(Id, config=ConfigDict(coerce_numbers_to_str=True)).validator
_FIELDS: Final = frozenset(SPEC_FIELDS) | {"id", "value", "samples", "time", "source", "seq", "api_crypt"}


def read_id(message: codec.JsonObject) -> str:
    """The id of the stream that a message belongs to.

    Raises:
        WindsockError: `invalid`.
    """
    if "id" not in message:
        raise WindsockError(Code.INVALID, "id: every message needs one")
    try:
        return cast("str", _ID.validate_python(message["id"]))
    except ValidationError as error:
        shown = codec.encode(message["id"])[:60].decode("utf-8", "replace")
        problem = error.errors()[0]
        reason = _ID_REASONS.get(problem["type"]) or codec.in_words(problem["msg"])
        raise WindsockError(Code.INVALID, f"id: {reason}, got {shown}") from None


def read_message(message: codec.JsonObject, known_type: str | None) -> codec.JsonObject:
    """Validate a message against the contract of its type: the one it names, else its stream's, else `line`.

    Returns:
        Its fields in canonical form, those that are null left out.

    Raises:
        WindsockError: `invalid`, with the field and the value.
    """
    named = message.get("type")
    full = message if named is not None else message | {"type": known_type or DEFAULT_TYPE}
    try:
        checked = cast("codec.JsonObject", MESSAGE.validate_python(full))
    except ValidationError as error:
        raise WindsockError(Code.INVALID, codec.explain(error)) from None
    return {name: value for name, value in checked.items() if value is not None and name in _FIELDS}


def unknown_fields(rest: codec.JsonObject) -> int:
    """How many of a message's fields the contract does not know."""
    return sum(1 for name in rest if name not in _FIELDS)


def check_purpose(message: codec.JsonObject) -> None:
    """Refuse a message that says nothing: no value, no samples, and not a word on how its stream looks. A misspelt field is the usual reason.

    Raises:
        WindsockError: `invalid`.
    """
    if "value" in message or "samples" in message or any(name in message for name in SPEC_FIELDS):
        return
    unknown = ", ".join(repr(name[:40]) for name in message if name not in _FIELDS)
    reason = "value: there is none, and no samples" + (f"; not known here: {unknown[:200]}" if unknown else "")
    raise WindsockError(Code.INVALID, reason)


def spec_changes(spec: codec.JsonObject, checked: codec.JsonObject, series: list[str]) -> codec.JsonObject:
    """The fields in which a message changes its stream's spec.

    Args:
        spec: what is known, updated by no one here.
        checked: the message, validated.
        series: names of series in its `{series: number}` values; those that the legend lacks are added to it.

    Raises:
        WindsockError: `invalid`: too many series.
    """
    changes: dict[str, Any] = {
        name: checked[name] for name in SPEC_FIELDS if name in checked and checked[name] != spec.get(name)
    }
    if series:
        stored = cast("list[str]", spec.get("legend") or [])
        wanted = cast("list[str]", checked.get("legend") or stored)
        # A publisher that repeats its first legend does not take back the series that were added to it since.
        legend = stored if stored[: len(wanted)] == wanted else wanted
        legend = [*legend, *(name for name in series if name not in legend)]
        if len(legend) > MOST_SERIES:
            raise WindsockError(
                Code.INVALID,
                f"value: this stream would have {len(legend)} series, the limit is {MOST_SERIES}; are its keys new ones again and again?",
            )
        changes.pop("legend", None)
        if legend != stored:
            changes["legend"] = legend
    return changes

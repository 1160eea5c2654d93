"""From a request's body to messages: one object, an array, or NDJSON, told apart by what the body is and not by what its header says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.framing import Fault, ObjectSplitter, Piece

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

__all__ = ["check_type", "split_body"]

STEP: Final = 64 * 1024
"""A body is split by so many bytes at a time, so that one with millions of tiny objects is refused before it is a list of millions."""
BOM: Final = b"\xef\xbb\xbf"
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/")
_JSON: Final = ("application/json", "application/x-ndjson", "application/ndjson", "application/jsonl", "text/")


def check_type(content_type: str, content_encoding: str) -> None:
    """Refuse what is surely no JSON, before it is read.

    Raises:
        WindsockError: `unsupported_media`.
    """
    if content_encoding not in {"", "identity"}:
        raise WindsockError(
            Code.UNSUPPORTED_MEDIA, f"Content-Encoding: {content_encoding[:40]!r} is not read here; send it plain"
        )
    if content_type.startswith(_FORMS):
        raise WindsockError(
            Code.UNSUPPORTED_MEDIA, "Content-Type: this is a form; send JSON, with Content-Type: application/json"
        )
    if content_type.startswith("image/"):
        raise WindsockError(Code.UNSUPPORTED_MEDIA, "Content-Type: pictures go to PUT /v1/streams/{id}/image")


def split_body(body: bytes, content_type: str, settings: Settings) -> list[Piece]:
    """The messages of a body, each with its own bytes; a `Fault` where bytes are none.

    Raises:
        WindsockError: the whole body is refused.
    """
    text = body.removeprefix(BOM).lstrip()
    if not text:
        raise WindsockError(Code.MALFORMED, "the body is empty")
    if text[0] not in b"{[":
        if content_type and not content_type.startswith(_JSON):
            raise WindsockError(
                Code.UNSUPPORTED_MEDIA, f"Content-Type: {content_type[:60]!r} is not read here, and the body is no JSON"
            )
        raise WindsockError(
            Code.MALFORMED, f"the body is no JSON object or array: {text[:32].decode('utf-8', 'replace')!r}"
        )
    pieces = _split(text, settings)
    if text[0] == ord("[") and any(isinstance(piece, Fault) for piece in pieces) and len(text) <= settings.max_message:
        # The splitter skips what is no object as one piece; in an array each element has a place of its own, by which it is refused.
        pieces = _elements(text, settings) or pieces
    if len(pieces) > 1:
        pieces = [_checked(piece, settings.max_message) for piece in pieces]
    return pieces


def _split(text: bytes, settings: Settings) -> list[Piece]:
    splitter = ObjectSplitter(settings.max_large_message, settings.max_depth)
    pieces: list[Piece] = []
    for start in range(0, len(text), STEP):
        pieces += splitter.feed(text[start : start + STEP] if len(text) > STEP else text)
        if len(pieces) > settings.max_batch:
            break
    pieces += splitter.close()
    _check_count(len(pieces), settings)
    return pieces


def _elements(text: bytes, settings: Settings) -> list[Piece] | None:
    """An array's elements one by one; None if it is no JSON as a whole."""
    try:
        elements = codec.decode(text)
    except ValueError:
        return None
    items = cast("list[Any]", elements)
    _check_count(len(items), settings)
    return [codec.encode(item) for item in items]


def _check_count(count: int, settings: Settings) -> None:
    if count > settings.max_batch:
        raise WindsockError(Code.TOO_LARGE, f"more than {settings.max_batch} messages in one body; send several")


def _checked(piece: Piece, limit: int) -> Piece:
    if isinstance(piece, Fault) or len(piece) <= limit:
        return piece
    return Fault("too_large", f"a message in a batch is larger than {limit} bytes", len(piece), piece[:32])

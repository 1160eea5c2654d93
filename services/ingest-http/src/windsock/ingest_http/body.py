"""From a request's body to messages: one object, an array, or NDJSON, told apart by what the body is and not by what its header says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError
from windsock.shared.framing import BOM, Fault, ObjectSplitter, Piece

if TYPE_CHECKING:
    from windsock.shared.settings import Settings

__all__ = ["FORM", "BodySplitter", "check_type"]

STEP: Final = 64 * 1024
"""A body is split by so many bytes at a time, so that one with millions of tiny objects is refused before it is a list of millions."""
_BEGINNINGS: Final = frozenset({b"{", b"["})
_NO_FORM: Final = "Content-Type: this is a form; send JSON, with Content-Type: application/json"
FORM: Final = "application/x-www-form-urlencoded"
"""What curl -d, Python's urllib and others say of any body unless they are told otherwise: taken for what it is, as all bodies are."""
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
    if content_type.startswith("multipart/"):
        raise WindsockError(Code.UNSUPPORTED_MEDIA, _NO_FORM)
    if content_type.startswith("image/"):
        raise WindsockError(Code.UNSUPPORTED_MEDIA, "Content-Type: pictures go to PUT /v1/streams/{id}/image")


class BodySplitter:
    """Splits one body after the other. What it learned of publishers' messages speeds up the next body."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._splitter = ObjectSplitter(settings.max_large_message, settings.max_depth)

    def split(self, body: bytes, content_type: str) -> list[Piece]:
        """The messages of a body, each with its own bytes; a `Fault` where bytes are none.

        Raises:
            WindsockError: the whole body is refused.
        """
        text = body if body[:1] in _BEGINNINGS else body.removeprefix(BOM).lstrip()
        if not text:
            raise WindsockError(Code.MALFORMED, "the body is empty")
        if text[:1] not in _BEGINNINGS:
            if content_type == FORM:
                raise WindsockError(Code.UNSUPPORTED_MEDIA, _NO_FORM)
            if content_type and not content_type.startswith(_JSON):
                raise WindsockError(
                    Code.UNSUPPORTED_MEDIA,
                    f"Content-Type: {content_type[:60]!r} is not read here, and the body is no JSON",
                )
            start = text[:32].decode("utf-8", "replace")
            raise WindsockError(Code.MALFORMED, "the body is no JSON object or array", f": {start!r}")
        try:
            pieces = self._pieces(text)
        finally:
            self._splitter.close()
        most = self._settings.max_message
        if text[0] == ord("[") and any(isinstance(piece, Fault) for piece in pieces) and len(text) <= most:
            # The splitter skips what is no object as one piece; in an array each element has a place of its own, by which it is refused.
            pieces = self._elements(text) or pieces
        if len(pieces) > 1:
            pieces = [_checked(piece, most) for piece in pieces]
        return pieces

    def _pieces(self, text: bytes) -> list[Piece]:
        splitter = self._splitter
        pieces: list[Piece] = []
        for start in range(0, len(text), STEP):
            pieces += splitter.feed(text[start : start + STEP] if len(text) > STEP else text)
            self._check_count(len(pieces))
        pieces += splitter.close()
        self._check_count(len(pieces))
        return pieces

    def _elements(self, text: bytes) -> list[Piece] | None:
        """An array's elements one by one; None if it is no JSON as a whole."""
        try:
            elements = cast("list[Any]", codec.decode(text))
        except ValueError:
            return None
        self._check_count(len(elements))
        return [codec.encode(element) for element in elements]

    def _check_count(self, count: int) -> None:
        most = self._settings.max_batch
        if count > most:
            raise WindsockError(Code.TOO_LARGE, f"more than {most} messages in one body; send several")


def _checked(piece: Piece, limit: int) -> Piece:
    if isinstance(piece, Fault) or len(piece) <= limit:
        return piece
    return Fault("too_large", f"a message in a batch is larger than {limit} bytes", len(piece), piece[:32])

"""Adds to a message what its way in says of it, without taking it apart: the id from its channel, a number from its inbox entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from windsock.shared import codec
from windsock.shared.errors import Code, WindsockError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["INBOX_SOURCE", "entry_ms", "entry_seq", "number_entry", "with_stream"]

INBOX_SOURCE: Final = "\x01inbox"
"""The source of what comes through the inbox without one. The control character keeps the name apart from publishers' names."""

_EPOCH_MS: Final = 1_577_836_800_000
"""2020-01-01: entry ids are counted from here, so that the numbers fit into 53 bits until 2054."""
_PER_MS: Final = 8192
_MOST: Final = 2**53


def entry_seq(entry_id: bytes) -> int | None:
    """A number that grows with the entry ids `<ms>-<n>`; None for ids that Redis would not make, which can't be numbered."""
    ms, _, n = entry_id.partition(b"-")
    within = int(n)
    seq = (int(ms) - _EPOCH_MS) * _PER_MS + within
    return seq if within < _PER_MS and 0 <= seq < _MOST else None


def entry_ms(entry_id: bytes) -> int | None:
    """When an entry was added; None if its id does not tell."""
    return None if entry_seq(entry_id) is None else int(entry_id.partition(b"-")[0])


def number_entry(raw: bytes, entry_id: bytes) -> bytes:
    """The message with its entry's number as `source` and `seq`, unless it has numbers of its own or can't have any."""
    if b'"seq"' in raw and _own(raw).get("seq") is not None and _own(raw).get("source") is not None:
        return raw
    seq = entry_seq(entry_id)
    return raw if seq is None else _with(raw, {"source": INBOX_SOURCE, "seq": seq})


def with_stream(raw: bytes, stream: str) -> bytes:
    """The message with its channel's stream as `id`.

    Raises:
        WindsockError: `invalid`: it names another stream.
    """
    if b'"id"' in raw:
        named = _own(raw).get("id")
        if named is not None:
            if str(named) != stream or isinstance(named, bool):
                shown = codec.encode(named)[:60].decode("utf-8", "replace")
                raise WindsockError(Code.INVALID, f"id: the channel says {stream[:60]!r}, the message {shown}")
            return raw
    return _with(raw, {"id": stream})


def _own(raw: bytes) -> Mapping[str, Any]:
    try:
        return codec.parse(raw)
    except WindsockError:
        return {}  # the intake says what is wrong with it


def _with(raw: bytes, fields: Mapping[str, Any]) -> bytes:
    """The object with more fields at its end, where they win over those of the same name. What is no object stays as it is."""
    body = raw.strip()
    if not (body.startswith(b"{") and body.endswith(b"}")):
        return raw
    inner = body[:-1].rstrip()
    return inner + (b"" if inner == b"{" else b",") + codec.encode(fields)[1:]

"""Cameras: what of a `video_stream` message is kept apart from the rows, which viewers read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from windsock.shared.errors import Code, WindsockError
from windsock.shared.feeds.store import feed_text
from windsock.shared.feeds.url import read_feed_url

if TYPE_CHECKING:
    from windsock.shared import codec
    from windsock.shared.settings import Settings

__all__ = ["feed_of"]


def feed_of(checked: codec.JsonObject, spec: codec.JsonObject, settings: Settings) -> bytes | None:
    """The feed that a validated message registers, None if it registers none.

    Raises:
        WindsockError: a URL that is not taken.
    """
    if checked["type"] != "video_stream":
        return None
    url = checked.get("value")
    samples = cast("list[list[Any]]", checked.get("samples") or [])
    for sample in samples:
        if len(sample) == 2 and isinstance(sample[1], str):
            read_feed_url(sample[1], settings)
            url = sample[1] if url is None else url
    if url is None:
        return None
    if not isinstance(url, str):
        raise WindsockError(Code.INVALID, "value: a camera's URL is a text")
    read_feed_url(url, settings)
    return feed_text(url, checked.get("config") or spec.get("config"))

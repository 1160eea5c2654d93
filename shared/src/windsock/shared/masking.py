"""A camera's URL as it may be seen: without user, password, and whatever else in it may be a secret.

Cameras take passwords in three places: before the host, in the query (`?user=joe&password=pw`), and in the path (`/user=joe&password=pw&channel=1.sdp`). Names
of parameters are the makers' own, so it is the harmless ones that are known here; the values of all others are masked.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit, urlunsplit

__all__ = ["MASK", "redact_url"]

MASK: Final = "***"
HARMLESS: Final = frozenset((
    "audio", "cam", "camera", "ch", "chan", "channel", "channelid", "codec", "compression", "format", "fps", "framerate", "height", "profile", "proto",
    "quality", "rate", "res", "resolution", "source", "stream", "streamid", "streamtype", "subtype", "tcp", "track", "transport", "transportmode", "type",
    "udp", "unicast", "video", "videocodec", "view", "width",
))  # fmt: skip
_PARTS: Final = re.compile("([&;])")


def redact_url(url: str) -> str:
    """The only form of a camera's URL that is ever stored where a viewer can read it, or logged."""
    parts = urlsplit(url)
    path = "/".join(_masked(piece, bare=False) for piece in parts.path.split("/"))
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], path, _masked(parts.query, bare=True), ""))


def _masked(text: str, *, bare: bool) -> str:
    """Pairs between `&` or `;` without their values. `bare`: what is no pair is a value, too."""
    words = _PARTS.split(text)
    words[::2] = [_word(word, bare=bare) for word in words[::2]]
    return "".join(words)


def _word(word: str, *, bare: bool) -> str:
    name, equals, value = word.partition("=")
    if not equals:
        return MASK if bare and word else word
    return word if name.lower() in HARMLESS or not value else f"{name}={MASK}"

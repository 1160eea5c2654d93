"""What every answer says to a browser: what its page may load, where it may connect to, and who may show it in a frame."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from windsock.shared.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["security_headers"]

Headers = list[tuple[bytes, bytes]]
NAMEABLE: Final = re.compile(r"(?:[a-z0-9-]+\.)*[a-z0-9-]+(?::[0-9]{1,5})?", re.IGNORECASE)
"""Hosts that a policy can name: no IPv6 addresses. And nothing but hosts, since it is the asker who says it."""
HOSTS_REMEMBERED: Final = 64


def security_headers(settings: Settings, *, framed: bool) -> Callable[[str | None], Headers]:
    """Makes the headers of an answer to a request for this host. `framed`: it may be shown in frames, of the pages that the settings name.

    WebSockets of the page's own host are 'self' to all browsers since Safari 15.4 (2022). For those before it the host is named; one that can't be
    named has them on long polling.
    """
    pictures = f"'self' data: blob: {settings.tile_origin}" if settings.tile_origin else "'self' data: blob:"
    ancestors = " ".join(["'self'", *settings.embed_origins]) if framed and settings.embed_origins else "'none'"

    @lru_cache(maxsize=HOSTS_REMEMBERED)
    def headers(host: str | None) -> Headers:
        own = f" ws://{host} wss://{host}" if host is not None and NAMEABLE.fullmatch(host) else ""
        policy = (
            f"default-src 'self'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self'{own}; "
            f"worker-src 'self'; frame-ancestors {ancestors}; base-uri 'none'; object-src 'none'"
        )
        return [
            (b"content-security-policy", policy.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
        ]

    return headers

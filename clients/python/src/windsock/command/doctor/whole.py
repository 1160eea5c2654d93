"""What the doctor knows only where all of Windsock is installed. On a publisher's machine, with the library alone, it looks at the rest."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from windsock.client.redis_url import RedisUrl
    from windsock.shared.keys import Keys

__all__ = ["NEEDS_ALL", "WHOLE", "keys_of"]

WHOLE: Final = importlib.util.find_spec("windsock.shared") is not None
NEEDS_ALL: Final = "that needs all of Windsock, and this is its publisher library alone"


def keys_of(url: RedisUrl) -> Keys | None:
    """The names of everything in Redis; None with the library alone."""
    if not WHOLE:
        return None
    from windsock.shared.keys import Keys

    return Keys(url.prefix)

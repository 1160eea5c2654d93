"""A stream in a notebook: its panel in a frame under the cell, or, where the board lets no frame be, in words what to do about that."""

from __future__ import annotations

import contextlib
import http.client
from html import escape
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from windsock.client.reading import embed_url

if TYPE_CHECKING:
    from windsock.client.errors import WindsockError

__all__ = ["panel_html", "trouble_html"]

PANEL_HEIGHT: Final = 320
"""Pixels of a panel under a notebook's cell: a third of a screen."""
LOOK_SECONDS: Final = 1.0
"""The cell waits for this."""
SETTING: Final = "WINDSOCK_EMBED_ORIGINS"


def panel_html(board: str, stream: str) -> str:
    """What a notebook shows for a stream. Never raises."""
    url = embed_url(board, stream)
    link = f'<a href="{escape(url)}" target="_blank" rel="noopener">{escape(stream)} at {escape(board)}</a>'
    allowed = _allowed(url)
    if allowed == "'none'":
        return _note(
            f"The board lets no other page show its panels. Start it with <code>{SETTING}</code> set to this page's address, as "
            f"<code>{SETTING}=http://localhost:8888</code>, and run the cell again. Until then: {link}"
        )
    frame = f'<iframe src="{escape(url)}" title="{escape(stream)}" width="100%" height="{PANEL_HEIGHT}" style="border:0" loading="lazy"></iframe>'
    if allowed is None:
        return frame + _note(
            f"From here the board does not answer at {escape(board)}: is it started? <code>board=</code> names another. {link}"
        )
    if "*" in allowed.split():
        return frame
    # Which page this is, only the browser knows.
    return frame + _note(
        f"{link}. Nothing above? The board's <code>{SETTING}</code> ({escape(allowed)}) does not name this page."
    )


def trouble_html(error: WindsockError) -> str:
    """The same where it is not even known which board is meant."""
    return _note(escape(str(error)))


def _note(text: str) -> str:
    return f'<div style="font-size:smaller;opacity:.75">{text}</div>'


def _allowed(url: str) -> str | None:
    """The pages that may show this one in a frame, in the words of its policy; None if it does not answer."""
    try:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        with contextlib.closing(kind(parts.hostname or "", parts.port, timeout=LOOK_SECONDS)) as connection:
            connection.request("GET", parts.path)
            policy = connection.getresponse().headers.get("Content-Security-Policy", "")
    except (OSError, ValueError, http.client.HTTPException):
        return None
    said = [rule.split(None, 1)[1] for rule in policy.split(";") if rule.strip().startswith("frame-ancestors ")]
    return said[0].strip() if said else "*"

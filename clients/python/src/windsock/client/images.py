"""Pictures to data URLs: encoded bytes as they are, arrays and PIL images by PNG or JPEG. Runs in the background thread."""

from __future__ import annotations

import base64
import io
from typing import Any, Final, cast

from windsock.client.png import encode_png

__all__ = ["data_url", "image_kind"]

_MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF87a", "gif"), (b"GIF89a", "gif"))
JPEG_QUALITY: Final = 85  # past it, files grow much faster than what can be seen


def image_kind(data: bytes) -> str | None:
    """`png`, `jpeg`, `gif` or `webp`, by the first bytes; None for anything else. SVG is none: it can carry script."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    return "webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def data_url(value: Any) -> str:
    """The data URL of a picture: encoded bytes, a data URL, a PIL image, or an array of 8-bit samples (rows, columns[, channels]; RGB order).

    Raises:
        TypeError: the value is no picture.
        ValueError: it is none of a kind that the contract takes.
    """
    if isinstance(value, str):
        if not value.startswith("data:image/"):
            raise ValueError("a text is a picture only as a data URL: data:image/png;base64,...")
        return value
    encoded = value if isinstance(value, bytes) else _encode(value)
    kind = image_kind(encoded)
    if kind is None:
        raise ValueError(f"{len(encoded)} bytes that begin with {encoded[:8]!r} are no png, jpeg, webp or gif")
    return f"data:image/{kind};base64,{base64.b64encode(encoded).decode('ascii')}"


def _encode(value: Any) -> bytes:
    if callable(getattr(value, "save", None)) and hasattr(value, "mode"):
        out = io.BytesIO()
        if value.mode in {"RGB", "L"}:
            value.save(out, "JPEG", quality=JPEG_QUALITY)
        else:
            value.save(out, "PNG")
        return out.getvalue()
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple) or len(cast("tuple[Any, ...]", shape)) not in {2, 3}:
        raise TypeError(
            f"{type(value).__name__} is no picture: send encoded bytes, a file's path, a PIL image or an array of pixels"
        )
    if str(getattr(value, "dtype", "")) != "uint8":
        raise TypeError(f"a picture's array holds bytes (uint8), this one {getattr(value, 'dtype', 'something else')}")
    height, width = cast("tuple[int, ...]", shape)[:2]
    return encode_png(width, height, value.tobytes())

"""Pictures."""

from __future__ import annotations

import base64
import io
import zlib
from typing import Any

import cv2
import numpy as np
import pytest

from windsock.client.images import data_url, image_kind
from windsock.client.png import encode_png


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_a_png_holds_every_pixel(channels: int):
    pixels = np.random.default_rng(1).integers(0, 256, (7, 13, channels), np.uint8)
    png = encode_png(13, 7, pixels.tobytes())
    raw = zlib.decompress(png[png.index(b"IDAT") + 4 : png.index(b"IEND") - 8])
    rows = np.frombuffer(raw, np.uint8).reshape(7, 1 + 13 * channels)
    assert not rows[:, 0].any(), "every row is stored without a filter"
    assert (rows[:, 1:].reshape(pixels.shape) == pixels).all()


def test_other_programs_read_it():
    pixels = np.random.default_rng(2).integers(0, 256, (9, 5, 3), np.uint8)
    read: Any = cv2.imdecode(np.frombuffer(encode_png(5, 9, pixels.tobytes()), np.uint8), cv2.IMREAD_COLOR)
    assert (read[:, :, ::-1] == pixels).all()


@pytest.mark.parametrize(("width", "height", "size"), [(2, 2, 5), (0, 2, 0), (2, 2, 20)])
def test_sizes_that_do_not_fit_are_told(width: int, height: int, size: int):
    with pytest.raises(ValueError, match="picture"):
        encode_png(width, height, bytes(size))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n...", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (b"GIF89a", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"<svg xmlns=...", None),
        (b"", None),
    ],
)
def test_kinds_by_their_first_bytes(data: bytes, kind: str | None):
    assert image_kind(data) == kind


def test_arrays_become_pictures():
    url = data_url(np.zeros((4, 6, 3), np.uint8))
    assert url.startswith("data:image/png;base64,")
    read: Any = cv2.imdecode(np.frombuffer(base64.b64decode(url.partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    assert read.shape == (4, 6, 3)


def test_pil_images_become_pictures():
    class Image:
        """As PIL's, as far as it is looked at."""

        mode = "RGB"

        def save(self, out: io.BytesIO, format_: str, quality: int) -> None:
            assert (format_, quality) == ("JPEG", 85)
            out.write(b"\xff\xd8\xff\xe0 the picture")

    assert base64.b64decode(data_url(Image()).partition(",")[2]) == b"\xff\xd8\xff\xe0 the picture"


@pytest.mark.parametrize(
    "value", [b"<svg/>", "no data URL", 5, np.zeros((2, 2)), np.zeros(5, np.uint8)], ids=["svg", "text", "number", "floats", "flat"]
)  # fmt: skip
def test_what_is_no_picture_is_told(value: object):
    with pytest.raises((TypeError, ValueError), match=r"picture|png"):
        data_url(value)

"""One encoded picture of a feed, as it travels from a video worker to the browser: a line of JSON, a line feed, the picture's bytes.

The line names all that a relay decides by (who held the feed, which picture it is, whether one can begin with it), so that nobody in between looks into the
bytes, and the browser gets the very message that the worker published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

from windsock.shared import codec

__all__ = ["Frame", "Kind"]

Kind = Literal["jpeg", "small", "video"]
"""`jpeg`: a picture of its own. `small`: the same, for lines that can't carry that. `video`: an access unit of the camera's own stream, in Annex B form, as
WebCodecs reads it."""


@dataclass(slots=True)
class Frame:
    """One picture."""

    stream: str
    epoch: int
    """Rises each time a worker takes the feed: what comes from an earlier one is stale."""
    seq: int
    """Rises with each frame of one kind within an epoch, without holes."""
    time: int
    """When the picture's last byte arrived from the camera, in ms UTC."""
    kind: Kind
    key: bool
    """Whether a decoder can begin here."""
    width: int
    height: int
    data: bytes
    pts: int = 0
    """The camera's own time of the picture, in µs from anywhere: decoders put pictures in order by it."""
    codec: str = ""
    """Of a key frame of kind `video`: the codec string that WebCodecs is configured with."""

    def pack(self) -> bytes:
        """The frame as one message."""
        head: dict[str, Any] = {
            "id": self.stream,
            "epoch": self.epoch,
            "seq": self.seq,
            "time": self.time,
            "kind": self.kind,
            "key": self.key,
            "width": self.width,
            "height": self.height,
            "pts": self.pts,
        }
        if self.codec:
            head["codec"] = self.codec
        return codec.encode(head) + b"\n" + self.data

    @classmethod
    def unpack(cls, message: bytes) -> Frame:
        """Read a message that `pack` made.

        Raises:
            ValueError: it is none.
        """
        head, newline, data = message.partition(b"\n")
        if not newline:
            raise ValueError("a frame has a line of JSON before its bytes")
        try:
            fields = cast("dict[str, Any]", codec.decode(head))
            return cls(
                str(fields["id"]),
                int(fields["epoch"]),
                int(fields["seq"]),
                int(fields["time"]),
                fields["kind"],
                bool(fields["key"]),
                int(fields["width"]),
                int(fields["height"]),
                data,
                int(fields.get("pts", 0)),
                str(fields.get("codec", "")),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"a frame's line of JSON lacks something: {error}") from None

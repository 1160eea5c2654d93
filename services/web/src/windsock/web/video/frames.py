"""Frames as packets: the worker's very message behind a Socket.IO event, framed once however many viewers get it."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import Final

from typing_extensions import override

from windsock.web.packet import Packet, frame_of

__all__ = ["FramePacket"]

BINARY_FRAME: Final = b"\x82"  # FIN, opcode binary
# Socket.IO: a binary event (5) with one attachment, which follows in a WebSocket frame of its own.
HEAD: Final = frame_of(b'451-["frame",{"_placeholder":true,"num":0}]')


class FramePacket(Packet):
    """The event `frame`: binary where the viewer is written to directly, base64 over long polling."""

    def __init__(self, data: bytes) -> None:
        size = len(data)
        if size < 126:
            length = bytes((size,))
        elif size < 65536:
            length = b"\x7e" + size.to_bytes(2, "big")
        else:
            length = b"\x7f" + size.to_bytes(8, "big")
        self._head = b"".join((HEAD, BINARY_FRAME, length))
        super().__init__(b"frame")
        self._parts = (data,)

    @cached_property
    def picture(self) -> bytes:
        """The picture alone."""
        return self.text.partition(b"\n")[2]

    @override
    def pieces(self) -> tuple[bytes, ...]:
        return (self._head, *self._parts)

    @cached_property
    @override
    def frame(self) -> bytes:
        return b"".join(self.pieces())

    @cached_property
    @override
    def message(self) -> str:
        return f'2["frame","{base64.b64encode(self.text).decode()}"]'

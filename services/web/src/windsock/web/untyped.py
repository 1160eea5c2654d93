"""What is used of python-socketio and python-engineio, which come without types: named once, so that the rest can be checked."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

__all__ = [
    "CONNECT",
    "DISCONNECT",
    "EVENT",
    "MESSAGE",
    "AsyncServer",
    "EnginePacket",
    "SocketPacket",
    "ViewerRefused",
]

_socketio: Any = import_module("socketio")
_socket_packet: Any = import_module("socketio.packet")
_engine_packet: Any = import_module("engineio.packet")

AsyncServer: Any = _socketio.AsyncServer
ViewerRefused: Any = _socketio.exceptions.ConnectionRefusedError
SocketPacket: Any = _socket_packet.Packet
CONNECT: Final[int] = _socket_packet.CONNECT
DISCONNECT: Final[int] = _socket_packet.DISCONNECT
EVENT: Final[int] = _socket_packet.EVENT
EnginePacket: Any = _engine_packet.Packet
MESSAGE: Final[int] = _engine_packet.MESSAGE

"""python-socketio as its documentation shows it: an ASGI app under uvicorn, `sio.emit` to everybody 20 times a second. argv: port."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

import socketio  # pyright: ignore[reportMissingTypeStubs]
import uvicorn
from benchmarks.load.packet import packet
from benchmarks.peers.ticking import tick_when_told

sio: Any = socketio.AsyncServer(async_mode="asgi")


async def tick() -> None:
    """One event for all."""
    await sio.emit("tick", packet(time.time_ns() // 1_000_000))


async def main() -> None:
    """Serve until killed."""
    app: Any = socketio.ASGIApp(sio)
    server = uvicorn.Server(uvicorn.Config(app, port=int(sys.argv[1]), log_level="warning"))
    ticking = asyncio.create_task(tick_when_told(tick))
    await server.serve()
    ticking.cancel()


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())

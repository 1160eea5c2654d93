"""What a running web service says of alerts."""

from __future__ import annotations

from typing import Any

import httpx

from kit.relay import RunningRelay
from kit.waiting import until_async

__all__ = ["active", "ask", "known"]


async def ask(running: RunningRelay, method: str, path: str, **more: Any) -> httpx.Response:
    async with httpx.AsyncClient(base_url=running.url) as client:
        return await client.request(method, path, **more)


async def active(running: RunningRelay) -> list[tuple[str, str]]:
    answer = (await ask(running, "GET", "/v1/alerts")).json()
    return sorted((alert["id"], alert["kind"]) for alert in answer["active"])


async def known(running: RunningRelay, stream: str) -> None:
    await until_async(lambda: stream in running.relay.catalogue, f"{stream} is in the catalogue")

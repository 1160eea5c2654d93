"""Every way in, and a camera, on a real cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.cluster import ValkeyCluster
from kit.publish import post, send_tcp
from kit.relay import Viewer, running_relay
from kit.service import ServiceProcess
from kit.video import Watcher
from kit.waiting import until_async

from windsock.shared.broker import RedisBroker
from windsock.shared.settings import load_settings

ROOT = Path(__file__).parents[3]
pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]


RIGHTS = (ROOT / "docs/operations.md").read_text().partition("ACL SETUSER windsock ")[2].partition("\n")[0]


@pytest.fixture(scope="module")
def cluster() -> Iterator[ValkeyCluster]:
    """Three primaries, on which Windsock has the rights that docs/operations.md gives it, and no others."""
    with ValkeyCluster() as standing:
        standing.command_all("ACL", "SETUSER", "windsock", *RIGHTS.split(" "))
        yield standing


@pytest.fixture
def url(cluster: ValkeyCluster) -> str:
    return cluster.url.replace("//", "//windsock:PASSWORD@")


async def test_every_way_in_reaches_a_viewer(cluster: ValkeyCluster, url: str) -> None:
    settings = load_settings(redis_url=url, web_port=0, tick_ms=20)
    with (
        ServiceProcess("ingest_tcp", url) as tcp,
        ServiceProcess("ingest_http", url) as http,
        ServiceProcess("ingest_redis", url) as redis,
    ):
        async with running_relay(settings) as web, Viewer(web.port) as viewer:
            keys = RedisBroker(settings, "test").keys
            await viewer.watch("by tcp", "by http", "by publish", "by inbox")
            await until_async(
                lambda: redis.metric("windsock_reader_active") == 1 and redis.get("/readyz")[0] == 200,
                "ingest-redis reads, and hears the channels",
                20,
            )
            await asyncio.to_thread(send_tcp, tcp.port("tcp_port"), {"id": "by tcp", "value": 1})
            await asyncio.to_thread(post, f"http://127.0.0.1:{http.port('http_port')}/", {"id": "by http", "value": 1})
            # PUBLISH goes to any node, and is heard on all; the inbox is where its key is.
            for number, node in enumerate(cluster.nodes, 1):
                node.ask("PUBLISH", keys.inbound("by publish"), f'{{"value":{number}}}')
            for number in range(1, 4):
                cluster.owner(keys.inbox).ask("XADD", keys.inbox, "*", "m", f'{{"id":"by inbox","value":{number}}}')
            await viewer.until_offset({"by tcp": 1, "by http": 1, "by publish": 3, "by inbox": 3}, 20)
            assert sorted(viewer.line("by publish").values) == [1, 2, 3], "each heard once"
            assert viewer.line("by inbox").values == [1, 2, 3]
            await until_async(lambda: cluster.owner(keys.inbox).ask("XLEN", keys.inbox) == 0, "the inbox is settled")

            # The inbox moves to another node, with its lease.
            source = cluster.owner(keys.inbox)
            target = next(node for node in cluster.primaries() if node is not source)
            await asyncio.to_thread(cluster.move, keys.inbox, target)
            target.ask("XADD", keys.inbox, "*", "m", '{"id":"by inbox","value":4}')
            await viewer.until_offset({"by inbox": 4}, 20)
            assert viewer.line("by inbox").values == [1, 2, 3, 4]
            assert {entry["id"] for entry in viewer.named("catalogue")[-1]["streams"]} <= {
                "by tcp", "by http", "by publish", "by inbox",
            }  # fmt: skip


async def test_a_camera_is_watched(url: str) -> None:
    """A test feed's pictures come through the cluster's sharded channels, and the newest is kept."""
    settings = load_settings(redis_url=url)
    with (
        ServiceProcess("ingest_http", url, video_test_feeds=True) as http,
        ServiceProcess("video", url, video_test_feeds=True) as video,
    ):
        camera = {"id": "cam", "type": "video_stream", "value": "test://pattern"}
        await asyncio.to_thread(post, f"http://127.0.0.1:{http.port('http_port')}/", camera)
        async with Watcher(settings, ("cam", "jpeg")) as watcher:
            await until_async(lambda: len(watcher.frames) >= 5, "pictures arrive", 30)
            frame, _ = await watcher.store.newest("cam")
            assert frame is not None
        await until_async(lambda: video.get("/readyz")[0] == 200, "the worker is ready")

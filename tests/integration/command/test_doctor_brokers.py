"""`windsock doctor` where Redis is several servers: sentinels and a cluster, whole and with one of them dead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from kit.cluster import ValkeyCluster
from kit.ports import free_port
from kit.sentinel import SentinelSet
from kit.tree import RunningTree
from kit.valkey import ValkeyProcess

pytestmark = pytest.mark.timeout(240)


def doctor(folder: Path, *arguments: str, **env: str) -> dict[str, list[dict[str, Any]]]:
    """The findings of each check."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "windsock.command", "doctor", "--json", *arguments],
        cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    found: dict[str, list[dict[str, Any]]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        assert bool(finding["todo"]) == (finding["state"] in {"wrong", "warn"}), finding
        found.setdefault(finding["check"], []).append(finding)
    return found


def state(found: dict[str, list[dict[str, Any]]], check: str) -> set[str]:
    return {finding["state"] for finding in found[check]}


def says(found: dict[str, list[dict[str, Any]]], check: str) -> str:
    return " ".join(finding["says"] for finding in found[check])


def where(tree: RunningTree) -> list[str]:
    return ["--server", f"tcp://127.0.0.1:{tree.tcp_port}?large={tree.tcp_large_port}", "--board", tree.board]


@pytest.mark.parametrize("kind", ["sentinel", "cluster"])
def test_a_message_goes_the_whole_way_through_several_servers(tmp_path: Path, kind: str):
    made: SentinelSet | ValkeyCluster = SentinelSet() if kind == "sentinel" else ValkeyCluster(primaries=3)
    with (
        made as broker,
        RunningTree(tmp_path, WINDSOCK_REDIS_URL=broker.url) as tree,
    ):
        tree.ready()
        env = {"WINDSOCK_HTTP_PORT": tree.http_url.rstrip("/").rpartition(":")[2]}
        found = doctor(tmp_path, *where(tree), "--redis", broker.url, **env)
        for check in ("by tcp", "by tcp large", "by http", "by redis", "history", "inbox", "redis rights", "redis"):
            assert state(found, check) == {"ok"}, (check, found[check])
        if isinstance(broker, SentinelSet):
            assert says(found, "sentinels") == f"all 3 name 127.0.0.1:{broker.primary.port} as 'windsock-main'"
            assert says(found, "redis failover") == "1 replica stands by"
        else:
            assert says(found, "redis cluster") == "3 primaries serve all slots"
            assert state(found, "redis failover") == {"warn"}, "there is no replica"
            # No limit is set on any of them: each is told with its address.
            assert len(found["redis memory"]) == 3
            assert f"127.0.0.1:{broker.nodes[0].port}: it has no limit" in says(found, "redis memory")


def test_sentinels_that_are_down_or_know_no_such_service(tmp_path: Path):
    with SentinelSet() as sentinels:
        nobody = f"127.0.0.1:{free_port()}"
        found = doctor(tmp_path, "--redis", sentinels.url.replace("//", f"//{nobody},"))
        assert state(found, "sentinels") == {"warn"}
        assert f"3 of 4 answer; not: nothing answers at {nobody}" in says(found, "sentinels")
        found = doctor(tmp_path, "--redis", sentinels.url.replace("windsock-main", "other"))
        assert state(found, "sentinels") == {"wrong"}
        assert "knows no 'other'" in says(found, "sentinels")
        replica = next(server for server in sentinels.servers if server is not sentinels.primary)
        found = doctor(tmp_path, "--redis", f"redis://127.0.0.1:{replica.port}")
        assert state(found, "redis role") == {"wrong"}


def test_a_cluster_that_is_not_whole_or_none(tmp_path: Path, valkey: ValkeyProcess):
    with ValkeyCluster(primaries=3) as cluster:
        cluster.nodes[2].kill()
        found = doctor(tmp_path, "--redis", cluster.url)
        assert "wrong" in state(found, "redis")
        assert f"nothing answers at 127.0.0.1:{cluster.nodes[2].port}" in says(found, "redis")
    found = doctor(tmp_path, "--redis", valkey.url.replace("redis://", "redis+cluster://").removesuffix("/0"))
    assert state(found, "redis cluster") == {"wrong"}
    assert "cluster support disabled" in says(found, "redis cluster")

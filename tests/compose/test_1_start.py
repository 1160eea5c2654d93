"""`docker compose up` on a fresh clone: what is built, what starts, who can reach it, what it may do."""

from __future__ import annotations

import json
import socket

import pytest
from compose.engine import Engine
from compose.images import size_of
from compose.prometheus import ringing
from compose.stack import Stack
from kit.waiting import until

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

MB = 1_000_000
LOOK = "import importlib.util as u; print(u.find_spec('pip'), u.find_spec('uv_build'))"
KNOCK = """
import socket
link = socket.create_connection(("valkey", 6379), 5)
for words in (b"GET x", b"AUTH windsock windsock"):
    link.sendall(words + b"\\r\\n")
    print(link.recv(200))
"""
SERVICES = ("ingest-tcp", "ingest-http", "ingest-redis", "video", "web")


def test_images_are_small_nobody_is_root_in_them_and_they_say_what_they_are(images: Engine) -> None:
    base = size_of(images, "windsock-standin/python")
    print(f"Python base: {base / MB:.0f} MB")
    for name in (*SERVICES, "demo"):
        own = (size_of(images, f"windsock-{name}") - base) / MB
        print(f"windsock-{name}: {own:.0f} MB on top of it")
        (about,) = json.loads(images.docker("image", "inspect", f"windsock-{name}"))
        config = about["Config"]
        assert config["User"] == "10001:10001"
        assert config["Labels"]["org.opencontainers.image.title"] == f"windsock-{name}"
        assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"
        assert own < (150 if name.startswith("ingest") else 600), f"windsock-{name} takes {own:.0f} MB"


def test_no_image_has_a_tool_that_only_building_needs(images: Engine) -> None:
    for name in SERVICES:
        listed = images.docker(
            "run",
            "--rm",
            f"windsock-{name}",
            "python",
            "-c",
            LOOK,
        )
        assert listed.split() == ["None", "None"], name


def test_without_an_env_file_all_is_healthy_and_on_loopback_only(stack: Stack) -> None:
    stack.wait_ready()
    assert {each.service for each in stack.containers()} >= {*SERVICES, "gateway", "valkey"}
    published = [
        binding["HostIp"]
        for each in stack.containers()
        for bindings in each.about["HostConfig"]["PortBindings"].values()
        for binding in bindings
    ]
    assert published == ["127.0.0.1"] * 6, "the board, three ways in, and what was asked for: Redis and Grafana"


def test_every_container_is_confined(stack: Stack) -> None:
    for each in stack.containers():
        host = each.about["HostConfig"]
        assert host["ReadonlyRootfs"], each.name
        assert host["CapDrop"] == ["ALL"], each.name
        assert not host["CapAdd"], each.name
        assert any(option.startswith("no-new-privileges") for option in host["SecurityOpt"]), each.name
        assert host["Memory"] > 0, each.name
        assert host["PidsLimit"] > 0, each.name
        assert host["LogConfig"]["Config"]["max-size"] == "10m", each.name
        assert each.about["Config"]["User"] not in {"", "0", "root"}, each.name
        assert not host["Privileged"], each.name


def test_the_broker_is_where_nothing_from_outside_comes_and_nothing_gets_out(stack: Stack) -> None:
    assert list(stack.container("valkey").about["NetworkSettings"]["Networks"]) == [f"{stack.project}_data"]
    (about,) = json.loads(stack.engine.docker("network", "inspect", f"{stack.project}_data"))
    assert about["Internal"]
    # Who gets into its network all the same, needs a password that nobody was told.
    said = stack.run_in_network(
        "data",
        KNOCK,
    )
    assert "NOAUTH" in said
    assert "WRONGPASS" in said


def test_a_health_check_fails_and_an_alert_rings_when_a_service_is_not_fit(stack: Stack) -> None:
    stack.engine.docker("pause", stack.container("valkey").id)
    try:
        unhealthy = "the broker is away, and so its service counts as unhealthy"
        until(lambda: stack.container("ingest-redis").state == "unhealthy", unhealthy, 90, every=0.5)
        # Half a minute, and what Prometheus needs to look and to reckon.
        until(lambda: "WindsockBrokerAway" in ringing(stack), "the alert rings", 90)
    finally:
        stack.engine.docker("unpause", stack.container("valkey").id)
    stack.wait_ready()


def test_bound_to_the_network_without_a_key_it_refuses_and_says_what_to_set(images: Engine) -> None:
    open_stack = Stack(images, "windsock-open", WINDSOCK_BIND="0.0.0.0")
    try:
        with pytest.raises(RuntimeError, match="setup"):
            open_stack.compose("up", "-d")
        assert "WINDSOCK_PUBLISH_KEY is not set: anybody could publish" in open_stack.logs("setup")
        assert [each.service for each in open_stack.containers() if each.state not in {"exited", "created"}] == []
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", open_stack.tcp), 5)
    finally:
        open_stack.down()

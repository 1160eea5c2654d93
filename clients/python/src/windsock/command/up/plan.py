"""What the tree is made of: a table of services, and the settings that each is given."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from windsock.command.up.ports import Door, free_port
from windsock.shared.settings import PREFIX, is_loopback

if TYPE_CHECKING:
    from windsock.shared.settings import Settings


@dataclass(frozen=True)
class Service:
    """One process: its module, and where it says that it is ready."""

    name: str
    module: str
    health_host: str
    health_port: int
    # Started once the board is up: nothing waits for it, and what it loads would make all else wait.
    late: bool = False

    @property
    def argv(self) -> list[str]:
        """How it is started. -P: a file of the user's folder named like a module of ours must not be imported instead."""
        return [sys.executable, "-P", "-m", self.module]


@dataclass(frozen=True)
class Plan:
    """Addresses and processes of one run."""

    services: list[Service]
    doors: list[Door]
    ports: dict[str, int]
    host: str

    @property
    def board(self) -> str:
        """The board's address, as a person on this machine opens it."""
        return f"http://{_in_url(self.host)}:{self.ports['web_port']}/"

    def address(self, field: str) -> str:
        """Host and port of one way in."""
        return f"{_in_url(self.host)}:{self.ports[field]}"


def make_plan(settings: Settings) -> Plan:
    """Settle what is open: a port 0 becomes a free one here, since the launcher must know it."""
    bind, inner = settings.bind, settings.health_host
    places = [
        ("web_port", "the board", bind),
        ("tcp_port", "messages over TCP", bind),
        ("tcp_large_port", "large messages over TCP", bind),
        ("http_port", "messages over HTTP", bind),
        ("ingest_tcp_health_port", "health of ingest-tcp", inner),
        ("ingest_redis_health_port", "health of ingest-redis", inner),
        ("video_health_port", "health of video", inner),
    ]
    ports: dict[str, int] = {}
    for field, _, host in places:
        port = getattr(settings, field) or free_port(host)
        while port in ports.values() and not getattr(settings, field):
            port = free_port(host)
        ports[field] = port
    local, inside = _reachable(bind), _reachable(inner)
    services = [
        # First, since it has the most to load.
        Service("web", "windsock.web", local, ports["web_port"]),
        Service("ingest-tcp", "windsock.ingest_tcp", inside, ports["ingest_tcp_health_port"]),
        Service("ingest-http", "windsock.ingest_http", local, ports["http_port"]),
        Service("ingest-redis", "windsock.ingest_redis", inside, ports["ingest_redis_health_port"]),
    ]
    # The one part that people do without: it brings a hundred megabytes of codecs, for cameras that many do not have.
    if find_spec("windsock.video.__main__"):
        services.append(Service("video", "windsock.video", inside, ports["video_health_port"], late=True))
    return Plan(
        services=services,
        doors=[Door(what, PREFIX + field.upper(), host, ports[field]) for field, what, host in places],
        ports=ports,
        host=local,
    )


def environment(plan: Plan, settings: Settings, redis_url: str, stop_seconds: float) -> dict[str, str]:
    """What every process of the tree is given, on top of our own environment."""
    # Text for people, with our prefix, unless JSON was asked for by name: a prefix would make JSON unreadable to programs.
    log_format = "json" if settings.log_format == "json" else "text"
    return {
        **os.environ,
        **{PREFIX + field.upper(): str(port) for field, port in plan.ports.items()},
        f"{PREFIX}REDIS_URL": redis_url,
        f"{PREFIX}LOG_FORMAT": log_format,
        f"{PREFIX}SHUTDOWN_SECONDS": str(min(settings.shutdown_seconds, stop_seconds)),
        f"{PREFIX}ALL_IN_ONE": "true",
        # A run on one's own machine may draw its own cameras: the demo shows one, if there is who draws it.
        f"{PREFIX}VIDEO_TEST_FEEDS": str(
            settings.video_test_feeds
            or ("video_test_feeds" not in settings.model_fields_set and any(each.late for each in plan.services))
        ),
        "PYTHONUNBUFFERED": "1",
    }


def _reachable(host: str) -> str:
    """An address to connect to, for one to listen on."""
    if is_loopback(host) or host not in {"0.0.0.0", "::", ""}:
        return host
    return "::1" if host == "::" else "127.0.0.1"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host

"""The stack of docker-compose.yml, as a test drives it: on free ports, in a project of its own, with no `.env`."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from compose.engine import Engine
from compose.images import BASES
from kit.ports import free_port
from kit.waiting import until

__all__ = ["PROFILES", "Stack"]

ROOT: Final = Path(__file__).resolve().parents[2]
FILES: Final = (ROOT / "docker-compose.yml", Path(__file__).parent / "host-network.yml")
READY_SECONDS: Final = 180.0
PROFILES: Final = ("demo", "redis", "monitoring")
WANTED: Final = {"setup": "exited", "demo": "running"}
"""What has no health check: what runs once and is over, and what nobody asks."""


@dataclass(frozen=True)
class Container:
    """What the engine says of one."""

    id: str
    name: str
    service: str
    about: dict[str, Any]

    @property
    def state(self) -> str:
        """`healthy`, `starting` or `unhealthy` where there is a health check; else `running` or `exited`."""
        state = self.about["State"]
        return state["Health"]["Status"] if state["Status"] == "running" and "Health" in state else state["Status"]

    @property
    def exit_code(self) -> int:
        return self.about["State"]["ExitCode"]

    def address(self, network: str) -> str:
        """Its address on one of the project's networks."""
        return next(
            about["IPAddress"]
            for name, about in self.about["NetworkSettings"]["Networks"].items()
            if name.endswith(f"_{network}")
        )


@dataclass(frozen=True)
class Restart:
    """How a container ended, and how long the engine took from there to its next start: with its networks, and nothing of ours running."""

    exit_code: int
    away: float


class Stack:
    """One project."""

    def __init__(self, engine: Engine, project: str, **env: str) -> None:
        self.engine: Final = engine
        self.project: Final = project
        self.web, self.tcp, self.large, self.http, self.redis, self.grafana = (free_port() for _ in range(6))
        self.env: Final = {
            **BASES,
            "COMPOSE_PROJECT_NAME": project,
            "WINDSOCK_WEB_PORT": str(self.web),
            "WINDSOCK_TCP_PORT": str(self.tcp),
            "WINDSOCK_TCP_LARGE_PORT": str(self.large),
            "WINDSOCK_HTTP_PORT": str(self.http),
            "WINDSOCK_REDIS_PORT": str(self.redis),
            "WINDSOCK_GRAFANA_PORT": str(self.grafana),
            **env,
        }

    def compose(self, *words: str, timeout: float = 300) -> str:
        """Run `docker-compose ...`."""
        files = [word for file in FILES for word in ("-f", file)]
        # No `.env` of the person who runs the tests.
        command: list[str | Path] = ["docker-compose", "--env-file", self.engine.no_env, *files, *words]
        return self.engine.run(command, timeout=timeout, env=self.env)

    def shell(self, text: str, folder: Path) -> str:
        """Run commands as a page has them, `docker compose ...` and others, in a folder; what they printed."""
        files = " ".join(f"-f {shlex.quote(str(file))}" for file in FILES)
        compose = f"docker-compose --env-file {shlex.quote(str(self.engine.no_env))} {files}"
        program = f"cd {shlex.quote(str(folder))}\n{text.replace('docker compose', compose)}"
        return self.engine.run(["sh", "-ec", program], timeout=120, env=self.env)

    def up(self, *profiles: str, scale: dict[str, int] | None = None) -> None:
        """Start, or make it as asked; return when all is healthy."""
        scales = [word for name, count in (scale or {}).items() for word in ("--scale", f"{name}={count}")]
        self.compose(*_with(profiles), "up", "-d", *scales)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until every container is healthy, and what runs once has ended well."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            containers = self.containers()
            not_ready = [
                f"{each.name}: {each.state} {each.exit_code}"
                for each in containers
                if each.state != WANTED.get(each.service, "healthy") or (each.exit_code and each.state == "exited")
            ]
            if containers and not not_ready:
                return
            if time.monotonic() > deadline:
                logs = self.compose("logs", "--tail=20")
                raise AssertionError(f"not ready after {READY_SECONDS:g} s: {not_ready}\n{logs[-6000:]}")
            time.sleep(0.5)

    def containers(self, service: str | None = None) -> list[Container]:
        """All of the project, or those of one service."""
        chosen = [f"label=com.docker.compose.project={self.project}"]
        if service is not None:
            chosen.append(f"label=com.docker.compose.service={service}")
        ids = self.engine.docker(
            "ps", "-aq", "--no-trunc", *(word for each in chosen for word in ("--filter", each))
        ).split()
        if not ids:
            return []
        found = cast("list[dict[str, Any]]", json.loads(self.engine.docker("inspect", *ids)))
        return [
            Container(
                each["Id"],
                each["Name"].lstrip("/"),
                each["Config"]["Labels"]["com.docker.compose.service"],
                each,
            )
            for each in found
        ]

    def container(self, service: str) -> Container:
        """The only one of a service."""
        (one,) = self.containers(service)
        return one

    def logs(self, service: str | None = None) -> str:
        """What was logged."""
        return self.compose("logs", "--no-color", *([service] if service else []))

    def run_in_network(self, network: str, program: str, timeout: float = 60) -> str:
        """Run a Python program in a container of its own: a host with an address of its own."""
        words = ["run", "--rm", "-i", "--network", f"{self.project}_{network}", "windsock-ingest-tcp", "python", "-"]
        return self.engine.docker(*words, stdin=program.encode(), timeout=timeout)

    def restart(self, container: Container) -> Restart:
        """Stop one in order and start it again, in one command, as people do."""
        began = time.time()
        self.engine.docker("restart", container.id)
        died = self.engine.docker(
            "events", "--since", f"{began - 1:.3f}", "--until", f"{time.time():.3f}",
            "--filter", f"container={container.id}", "--filter", "event=die", "--format", "{{.Actor.Attributes.exitCode}}",
        )  # fmt: skip
        state = json.loads(self.engine.docker("inspect", container.id))[0]["State"]
        away = datetime.fromisoformat(state["StartedAt"]) - datetime.fromisoformat(state["FinishedAt"])
        return Restart(int(died.split()[-1]), away.total_seconds())

    def stop(self) -> None:
        """Stop all of it in order."""
        self.compose(*_with(PROFILES), "stop")

    def down(self) -> None:
        """Remove all of it, with its data."""
        until(self._is_down, "the engine lets go of the networks", 60, every=1.0)

    def _is_down(self) -> bool:
        try:
            self.compose(*_with(PROFILES), "down", "--volumes", "--timeout", "5", "--remove-orphans")
        except RuntimeError as error:
            # On a busy machine an engine that has removed a container may not have taken it out of its networks yet.
            if "has active endpoints" not in str(error):
                raise
            return False
        return True


def _with(profiles: Iterable[str]) -> list[str]:
    return [word for profile in profiles for word in ("--profile", profile)]

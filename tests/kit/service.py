"""One Windsock service as a real process, on ports that stay the same over restarts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from kit.ports import free_port
from kit.waiting import until

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ServiceProcess"]

START_SECONDS = 90.0
_HEALTH = {
    "ingest_tcp": "ingest_tcp_health_port",
    "ingest_http": "http_port",
    "ingest_redis": "ingest_redis_health_port",
    "video": "video_health_port",
    "web": "web_port",
}
_PORTS = {"ingest_tcp": ("tcp_port", "tcp_large_port"), "ingest_http": (), "ingest_redis": (), "video": (), "web": ()}


class ServiceProcess:
    """`python -m windsock.<name>`. A context manager: started and ready on entry, gone afterwards. Keyword arguments are settings."""

    def __init__(self, name: str, redis_url: str, **settings: object) -> None:
        self.name = name
        self._ports = {setting: free_port() for setting in (*_PORTS[name], _HEALTH[name])}
        self._settings = {"redis_url": redis_url, "log_format": "text", **self._ports, **settings}
        self._folder = tempfile.TemporaryDirectory(prefix="windsock-service-")
        self._process: subprocess.Popen[bytes] | None = None

    def port(self, setting: str) -> int:
        """The port behind a setting."""
        return self._ports[setting]

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """What it said, over all its lives."""
        return Path(self._folder.name, "log").read_text()

    def start(self, *, wait: bool = True) -> None:
        """Start; return when it is ready, unless told otherwise."""
        environment = os.environ | {f"WINDSOCK_{name.upper()}": str(value) for name, value in self._settings.items()}
        with Path(self._folder.name, "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", f"windsock.{self.name}"],
                env=environment,
                cwd=self._folder.name,
                stdout=log,
                stderr=log,
            )
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        """Return when /readyz says yes."""

        def ready() -> bool:
            assert self._process is not None
            assert self._process.poll() is None, f"{self.name} ended instead of starting:\n{self.log}"
            return self.get("/readyz")[0] == 200

        try:
            until(ready, f"{self.name} is ready", START_SECONDS)
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.get('/readyz')}\n{self.log}") from None

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a path on its health port; status 0 if nobody answers."""
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self._ports[_HEALTH[self.name]]}{path}", timeout=5
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def readiness(self) -> dict[str, Any]:
        """What /readyz says."""
        return json.loads(self.get("/readyz")[1] or "{}")

    def metric(self, line: str) -> float:
        """The value of a metric, named with its labels; 0 if there is none."""
        for text in self.get("/metrics")[1].splitlines():
            if text.startswith(f"{line} "):
                return float(text.rpartition(" ")[2])
        return 0.0

    def kill(self) -> None:
        """Kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def stop(self, seconds: float = 10.0) -> int:
        """Ask it to stop; its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        status = self._process.wait(seconds)
        self._process = None
        return status

    def ended(self, seconds: float = START_SECONDS) -> int:
        """Its exit status, when it ends by itself."""
        assert self._process is not None
        status = self._process.wait(seconds)
        self._process = None
        return status

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and remove its folder."""
        self.kill()
        self._folder.cleanup()

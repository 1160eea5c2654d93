"""The containers' health check: says what a service says of itself, and never hangs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from kit.ports import free_port
from kit.service import ServiceProcess
from kit.valkey import ValkeyProcess
from kit.waiting import until

from windsock.shared import probe


def ask(port: int) -> tuple[int, str]:
    command = [sys.executable, "-I", "-S", Path(probe.__file__), str(port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout.strip()


def test_a_service_is_ready_until_its_broker_is_gone() -> None:
    with ValkeyProcess() as valkey, ServiceProcess("ingest_redis", valkey.url) as service:
        port = service.port("ingest_redis_health_port")
        assert ask(port) == (0, "ready")
        valkey.kill()
        until(lambda: ask(port)[0] == 1 and '"broker"' in ask(port)[1], "the probe fails and says why")


def test_where_nobody_listens_nobody_is_ready() -> None:
    status, said = ask(free_port())
    assert status == 1
    assert "does not answer" in said


def test_what_is_no_http_is_not_ready() -> None:
    with ValkeyProcess() as valkey:
        assert ask(valkey.port)[0] == 1

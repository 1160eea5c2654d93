"""What the descriptions say is what the services do: schemathesis sends what they allow and what they don't, and holds every answer against them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from kit.tree import RunningTree

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTree]:
    with RunningTree(tmp_path_factory.mktemp("described")) as tree:
        tree.ready()
        httpx.post(tree.http_url, json={"id": "cpu", "value": [1, 2]}).raise_for_status()
        yield tree


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("service", ["web", "ingest-http"])
def test_every_answer_is_as_described(stack: RunningTree, service: str, tmp_path: Path) -> None:
    url, description = (stack.board, "v1/openapi.json") if service == "web" else (stack.http_url, "openapi.json")
    # Answers that do not end are left out: tests of their own read them.
    endless = ["--exclude-path-regex", "events|feeds"] if service == "web" else []
    done = subprocess.run(
        [
            *(SCHEMATHESIS, "run", url + description, "--url", url, *endless, "--no-color"),
            *("--phases", "coverage,fuzzing", "--max-examples", "10", "--generation-deterministic"),
            *("--checks", ",".join(CHECKS), "--request-timeout", "15"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    assert "passed" in done.stdout

"""What whoever runs it does by hand: ask the broker, save its data, put them back. As docs/operations.md has it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from compose.publishing import send_tcp, values_once
from compose.stack import ROOT, Stack

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]

PAGE = (ROOT / "docs/operations.md").read_text()


def block(beginning: str) -> str:
    """The page's first block of commands after some words."""
    found = re.search(r"```sh\n(.*?)```", PAGE.partition(beginning)[2], re.DOTALL)
    assert found, beginning
    return found[1]


def operator(stack: Stack, command: str) -> str:
    # No terminal here, where people have one.
    return stack.compose("exec", "-T", "valkey", "operator", *command.split())


def test_an_operator_asks_the_broker_what_the_runbooks_say(stack: Stack) -> None:
    assert operator(stack, "PING").strip() == "PONG"
    for command in ("SLOWLOG GET", "LATENCY DOCTOR", "GET {windsock:inbox}:lease", "CONFIG GET maxmemory"):
        said = operator(stack, command)
        assert "NOPERM" not in said, command
        assert "NOAUTH" not in said, command


def test_no_service_can_read_the_operators_password(stack: Stack) -> None:
    for service in ("web", "ingest-tcp"):
        program = "open('/run/windsock/operator').read()"
        with pytest.raises(RuntimeError, match="Permission denied"):
            stack.compose("exec", "-T", service, "python", "-c", program)


def test_data_are_saved_and_put_back_as_the_page_says(stack: Stack, tmp_path: Path) -> None:
    send_tcp(stack.tcp, *({"id": "kept", "value": n} for n in range(50)))
    assert values_once(stack.web, "kept", 50) == list(range(50))
    stack.shell(block("**With Docker.**"), tmp_path)
    stack.wait_ready()
    assert operator(stack, "FLUSHALL").strip() == "OK"
    stack.shell(block("To restore, which replaces"), tmp_path)
    stack.wait_ready()
    assert values_once(stack.web, "kept", 50) == list(range(50))
    send_tcp(stack.tcp, {"id": "kept", "value": 50})
    assert values_once(stack.web, "kept", 51) == list(range(51))

"""What the stack's own Prometheus says. It is published nowhere, so it is asked from inside."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from compose.stack import Stack

__all__ = ["ask", "queries", "query", "ringing"]

PROGRAM = """
import json, urllib.request
for path in json.loads({paths!r}):
    print(urllib.request.urlopen("http://prometheus:9090/api/v1/" + path, timeout=10).read().decode())
"""


def ask(stack: Stack, *paths: str) -> list[Any]:
    """What its API answers under each of these paths."""
    said = stack.run_in_network("inner", PROGRAM.format(paths=json.dumps(paths)))
    return [json.loads(line)["data"] for line in said.splitlines()]


def queries(stack: Stack, *expressions: str) -> list[list[dict[str, Any]]]:
    """What each of these expressions is now."""
    return [data["result"] for data in ask(stack, *(f"query?query={quote(each)}" for each in expressions))]


def query(stack: Stack, expression: str) -> list[dict[str, Any]]:
    """What one expression is now."""
    return queries(stack, expression)[0]


def ringing(stack: Stack) -> set[str]:
    """The names of the alerts that are firing."""
    (data,) = ask(stack, "alerts")
    return {each["labels"]["alertname"] for each in data["alerts"] if each["state"] == "firing"}

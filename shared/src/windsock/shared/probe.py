"""`python -m windsock.shared.probe PORT`: ends with status 0 while the service on that port is ready, else says what is wrong and ends with 1.

For a container's health check: an image needs no program besides Python for it.
"""

from __future__ import annotations

import http.client
import json
import sys
from typing import Final

__all__ = ["problem_at"]

SECONDS: Final = 3.0


def problem_at(port: int, host: str = "127.0.0.1") -> str | None:
    """What keeps the service on a port from being ready; None if nothing does."""
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return f"port {port} does not answer: {error!r}"
    finally:
        connection.close()
    if answer.status == 200:
        return None
    try:
        problems: dict[str, str] = json.loads(body)["problems"]
    except (ValueError, LookupError, TypeError):
        return f"port {port} answers {answer.status}"
    return "; ".join(f"{name}: {problem}" for name, problem in problems.items())


if __name__ == "__main__":
    problem = problem_at(int(sys.argv[1]))
    print(problem or "ready")  # noqa: T201  # the container engine keeps it beside the verdict
    sys.exit(problem is not None)

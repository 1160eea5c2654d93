"""`python probe.py PORT`: ends with status 0 while the service on that port is ready, else says what is wrong and ends with 1.

For a container's health check: an image needs no program besides Python for it. It is started every few seconds in every container, so it imports next to
nothing and stands alone: with `python -I -S` it takes half of the CPU that `http.client` alone takes to load.
"""

import socket
import sys

__all__ = ["problem_at"]

SECONDS = 8.0
MOST = 65536


def problem_at(port: int, host: str = "127.0.0.1") -> "str | None":
    """What keeps the service on a port from being ready; None if nothing does."""
    answer = b""
    try:
        with socket.create_connection((host, port), SECONDS) as link:
            link.settimeout(SECONDS)
            link.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            while len(answer) < MOST and (data := link.recv(MOST)):
                answer += data
    except OSError as error:
        return f"port {port} does not answer: {error}"
    head, _, body = answer.partition(b"\r\n\r\n")
    if head.split(b" ", 2)[1:2] == [b"200"]:
        return None
    return body.decode(errors="replace").strip() or f"port {port} does not speak HTTP"


if __name__ == "__main__":
    problem = problem_at(int(sys.argv[1]))
    print(problem or "ready")  # noqa: T201  # the container engine keeps it beside the verdict
    sys.exit(problem is not None)

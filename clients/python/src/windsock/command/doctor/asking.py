"""One question over HTTP and its answer, with what the doctor needs besides: how long it took, who answered, what its clock says."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from windsock.client.address import host_and_port

__all__ = ["Answer", "Silent", "get", "json_of", "request"]

MOST_BODY = 1024 * 1024


class Silent(Exception):
    """No answer; the message says why."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    server: str
    date: str
    seconds: float
    asked: float
    """The time here, in the middle of question and answer."""


def get(url: str, seconds: float) -> Answer:
    """A page. Raises Silent."""
    return request("GET", url, seconds)


def request(method: str, url: str, seconds: float, body: bytes | None = None, key: str | None = None) -> Answer:
    """Any request. Raises Silent."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    try:
        connection = kind(*host_and_port(url), timeout=seconds)
    except ValueError as error:  # a port from a setting that is no number
        raise Silent(str(error)) from None
    began = time.time()
    try:
        connection.request(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
        response = connection.getresponse()
        said = response.read(MOST_BODY)
    except TimeoutError:
        raise Silent(f"no answer in {seconds:.0f} s") from None
    except OSError as error:
        raise Silent(str(error.strerror or error)) from None
    except http.client.HTTPException as error:
        raise Silent(f"what answers does not speak HTTP ({error})") from None
    except ValueError:
        raise Silent("the key has characters that no HTTP header can have") from None
    finally:
        connection.close()
    ended = time.time()
    return Answer(
        response.status,
        said,
        response.headers.get("Server", ""),
        response.headers.get("Date", ""),
        ended - began,
        (began + ended) / 2,
    )


def json_of(data: bytes) -> dict[str, Any]:
    """An object, or an empty one."""
    try:
        value: Any = json.loads(data)
    except ValueError:
        return {}
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}

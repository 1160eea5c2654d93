"""A message's whole way: in by each way, through Redis, to a viewer, and back from history; with the time that each took. Leaves nothing behind."""

from __future__ import annotations

import importlib.util
import json
import secrets
import socket
import struct
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from windsock.client.transport import Lost
from windsock.client.transport.redis_finder import RedisFinder
from windsock.client.transport.resp import RedisRefusal
from windsock.command.doctor.asking import Silent, json_of, request
from windsock.command.doctor.finding import Blind, Finding, fine, skipped, warn, wrong
from windsock.command.doctor.ports import key_todo
from windsock.command.doctor.reader import Reader

if TYPE_CHECKING:
    from windsock.command.doctor.patient import Patient
    from windsock.command.doctor.viewer import Viewer

__all__ = ["travel"]

SECONDS: Final = 5.0
"""By each way; on a machine at rest it takes a tenth of one."""
UNAUTHORIZED: Final = "(unauthorized)"
Way = Callable[["Patient", dict[str, Any]], None]


class NotSent(Exception):
    """The message did not even get in; the message says why."""


def travel(patient: Patient) -> list[Finding]:
    """Send one message by each way, and wait for each at a viewer."""
    stream = f"windsock-doctor/{secrets.token_hex(4)}"
    found: list[Finding] = []
    try:
        with _viewer(patient.board, stream) as viewer:
            found.append(fine("viewer", viewer.what, viewer.connect_ms))
            arrived = [_one_way(patient, viewer, stream, number, found) for number in range(1, len(WAYS) + 1)]
    except Blind as blind:
        todo = "If there is a proxy in front of the board, it must pass WebSockets on (Upgrade and Connection headers) and /socket.io/."
        found.append(wrong("viewer", f"{blind}.", todo))
        return found
    numbers = [number for number in arrived if number is not None]
    if numbers:
        found.append(_history(patient, stream, numbers))
    # Also what did not arrive in time may have been stored since.
    found += _clean_up(patient, stream, seen=bool(numbers))
    return found


def _viewer(board: str, stream: str) -> Viewer | Reader:
    """As a browser, where there is what that needs."""
    if importlib.util.find_spec("websockets") is None:
        return Reader(board, stream)
    from windsock.command.doctor.viewer import Viewer

    return Viewer(board, stream)


def _one_way(patient: Patient, viewer: Viewer | Reader, stream: str, number: int, found: list[Finding]) -> int | None:
    """The number, if it arrived."""
    name, check, send = WAYS[number - 1]
    if (name == "redis" and patient.redis is None) or (name.startswith("tcp") and patient.tcp_port is None):
        return None
    if name == "redis" and any(UNAUTHORIZED in finding.says for finding in found):
        found.append(skipped(check, "not tried: without the key, its stream could not be removed again"))
        return None
    message: dict[str, Any] = {"id": stream, "type": "line", "value": number, "name": "windsock doctor"}
    if patient.key is not None and name != "redis":
        message["api_crypt"] = patient.key
    began = time.perf_counter()
    try:
        send(patient, message)
    except (NotSent, OSError, Lost) as error:
        if name == "redis" and not patient.redis_named and isinstance(error, Lost):
            found.append(skipped(check, "not tried: nobody says where Redis is"))
        else:
            reason = str(error).rstrip(".")
            todo = key_todo(patient) if UNAUTHORIZED in reason else f"See what is said of {name} above."
            found.append(wrong(check, f"the message did not get in: {reason}.", todo))
        return None
    if viewer.wait_for_value(number, SECONDS):
        found.append(fine(check, "a message reached a viewer", (time.perf_counter() - began) * 1000))
        return number
    says = f"the message was taken, and no viewer saw it within {SECONDS:.0f} s."
    found.append(wrong(check, says, LOST_ON_THE_WAY[name]))
    return None


LOST_ON_THE_WAY: Final = {
    "tcp": "ingest-tcp and the board may be on different Redis servers, databases or prefixes: compare their WINDSOCK_REDIS_URL and WINDSOCK_REDIS_PREFIX.",
    "tcp large": "The same as for tcp.",
    "http": "ingest-http and the board may be on different Redis servers, databases or prefixes: compare their WINDSOCK_REDIS_URL and WINDSOCK_REDIS_PREFIX.",
    "redis": "ingest-redis does not read this Redis: is it running, with this WINDSOCK_REDIS_URL (and database) and WINDSOCK_REDIS_PREFIX?",
}


# --- the ways in


def _by_tcp(patient: Patient, message: dict[str, Any]) -> None:
    _over_socket(patient.host, patient.tcp_port or 0, lambda text: text + b"\n", message)


def _by_tcp_large(patient: Patient, message: dict[str, Any]) -> None:
    _over_socket(patient.host, patient.tcp_large_port or 0, lambda text: struct.pack(">L", len(text)) + text, message)


def _over_socket(host: str, port: int, pack: Callable[[bytes], bytes], message: dict[str, Any]) -> None:
    """With a greeting, so that a refusal is heard."""
    hello: dict[str, Any] = {"ack": True}
    if "api_crypt" in message:
        hello["key"] = message["api_crypt"]
    with socket.create_connection((host.strip("[]"), port), SECONDS) as connection:
        connection.settimeout(SECONDS)
        connection.sendall(pack(json.dumps({"hello": hello}).encode()) + pack(json.dumps(message).encode()))
        said = b""
        while b'"ack":1' not in said.replace(b" ", b""):
            data = connection.recv(65536)
            said += data
            for line in said.split(b"\n"):
                if error := json_of(line).get("error"):
                    raise NotSent(f"{error.get('message')} ({error.get('code')})")
            if not data:
                raise NotSent("the connection was closed before the message was acknowledged")


def _by_http(patient: Patient, message: dict[str, Any]) -> None:
    body = json.dumps({name: value for name, value in message.items() if name != "api_crypt"}).encode()
    try:
        answer = request("POST", f"{patient.http}/v1/messages", SECONDS, body, patient.key)
    except Silent as silent:
        raise NotSent(str(silent)) from None
    if answer.status != 202:
        error = json_of(answer.body).get("error", {})
        raise NotSent(f"{error.get('message', f'status {answer.status}')} ({error.get('code', 'http')})")


def _by_redis(patient: Patient, message: dict[str, Any]) -> None:
    if patient.redis is None:
        raise NotSent("nobody says where Redis is")
    finder = RedisFinder(patient.redis)
    link = finder.open()
    try:
        add = ("XADD", patient.redis.inbox, "*", "m", json.dumps(message))
        link, entry = finder.ask(link, add, seconds=SECONDS)
        if isinstance(entry, RedisRefusal):
            raise NotSent(str(entry))
    finally:
        link.close()


WAYS: Final[tuple[tuple[str, str, Way], ...]] = (
    ("tcp", "by tcp", _by_tcp),
    ("tcp large", "by tcp large", _by_tcp_large),
    ("http", "by http", _by_http),
    ("redis", "by redis", _by_redis),
)


# --- back, and away with it


def _history(patient: Patient, stream: str, numbers: list[int]) -> Finding:
    try:
        answer = request("GET", f"{patient.board}/v1/streams/{quote(stream, safe='')}/samples", SECONDS)
    except Silent as silent:
        return wrong("history", f"it can't be read back: {silent}.", "See what is said of the board above.")
    kept = [row[1] for row in json_of(answer.body).get("rows", [])]
    if [number for number in kept if number in numbers] != numbers:
        says = f"what viewers saw ({numbers}) is not what history has ({kept})."
        return wrong("history", says, "Please report this, with this output.")
    return fine("history", f"all {len(numbers)} messages are in it, in order", answer.seconds * 1000)


def _clean_up(patient: Patient, stream: str, *, seen: bool) -> list[Finding]:
    try:
        answer = request("DELETE", f"{patient.board}/v1/streams/{quote(stream, safe='')}", SECONDS, key=patient.key)
    except Silent as silent:
        return [warn("clean-up", f"the stream {stream} could not be removed: {silent}.", f"windsock rm {stream}")]
    if answer.status in {204, 404} or (answer.status == HTTPStatus.UNAUTHORIZED and not seen):
        return []  # without the key nothing got in that could be left
    error = json_of(answer.body).get("error", {})
    says = f"the stream {stream} could not be removed: {error.get('message', f'status {answer.status}')}."
    return [warn("clean-up", says, f"windsock rm {stream} --key KEY")]

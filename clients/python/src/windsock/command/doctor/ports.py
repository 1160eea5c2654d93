"""Who answers at each port: the part of Windsock that should, with a key that fits, or somebody else."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, cast

from windsock.command.doctor.asking import Silent, get, json_of
from windsock.command.doctor.finding import Finding, fine, skipped, warn, wrong

if TYPE_CHECKING:
    from windsock.command.doctor.patient import Patient

__all__ = ["look_at_board", "look_at_health", "look_at_http", "look_at_tcp", "look_at_tcp_large"]

ANSWER_SECONDS: Final = 3.0
EMPTY: Final = b"{}"
"""A message that is refused in any case; whether first for its key or for its id, tells whether there is a key."""
START: Final = "Start it with `windsock up` (in a checkout: `make run`; with containers: `docker compose up -d`)."
HEALTH: Final = (("ingest-tcp", 8011), ("ingest-redis", 8041), ("video", 8051))


def look_at_board(patient: Patient) -> list[Finding]:
    """The board's own port."""
    return _look_at_web("board", patient.board, "web", "WINDSOCK_WEB_PORT", "--board")


def look_at_http(patient: Patient) -> list[Finding]:
    """Messages over HTTP."""
    return _look_at_web("http", patient.http, "ingest-http", "WINDSOCK_HTTP_PORT", "--server http://HOST:8030")


def _look_at_web(check: str, url: str, service: str, setting: str, option: str) -> list[Finding]:
    move = f"name the right one: {option}, or {setting}."
    try:
        answer = get(f"{url}/healthz", ANSWER_SECONDS)
    except Silent as silent:
        return [wrong(check, f"{url} does not answer: {silent}.", f"{START}\nIf it runs at another port, {move}")]
    about = json_of(answer.body)
    named = str(about.get("service", ""))
    if named != service:
        who = f"Windsock's {named}" if named else f"something else ({answer.server or f'status {answer.status}'})"
        return [wrong(check, f"at {url} answers {who}, not {service}.", f"Free the port, or {move}")]
    version = str(about.get("version", "?"))
    try:
        problems = cast("dict[str, str]", json_of(get(f"{url}/readyz", ANSWER_SECONDS).body).get("problems", {}))
    except Silent as silent:
        problems = {"readyz": str(silent)}
    if problems:
        said = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        return [wrong(check, f"{url} is there (version {version}) and not ready: {said}.", _todo(problems))]
    return [fine(check, f"{url} is ready (version {version})", answer.seconds * 1000)]


def _todo(problems: dict[str, str]) -> str:
    if "broker" in problems or "subscription" in problems:
        return "Redis is away, or cut off from this service: see what is said of Redis here, and at WINDSOCK_REDIS_URL in the service's settings."
    return "Look at the service's log."


def look_at_health(patient: Patient) -> list[Finding]:
    """The services that have a port for health alone, which only this machine sees."""
    if not patient.is_here:
        return []
    found: list[Finding] = []
    for service, standard in HEALTH:
        name = f"WINDSOCK_{service.upper().replace('-', '_')}_HEALTH_PORT"
        url = f"http://127.0.0.1:{os.environ.get(name) or standard}"
        try:
            about = json_of(get(f"{url}/readyz", ANSWER_SECONDS).body)
        except Silent:
            found.append(skipped(service, f"its health at {url} is not to be seen from here ({name})"))
            continue
        if about.get("service") != service:
            found.append(skipped(service, f"its health is not at {url}: something else answers there ({name})"))
        elif problems := cast("dict[str, str]", about.get("problems")):
            said = "; ".join(f"{part}: {problem}" for part, problem in problems.items())
            found.append(wrong(service, f"it is not ready: {said}.", _todo(problems)))
        else:
            found.append(fine(service, f"it is ready (version {about.get('version', '?')})"))
    return found


# --- TCP


def look_at_tcp(patient: Patient) -> list[Finding]:
    """Messages over TCP."""
    if patient.tcp_port is None:
        return [skipped("tcp", "not looked at: the server was named by its HTTP address")]
    option = "--server tcp://HOST:PORT, or WINDSOCK_TCP_PORT"
    found = _greet("tcp", patient, patient.tcp_port, _line, option)
    return [found, *_guarded(patient)] if found.state == "ok" else [found]


def look_at_tcp_large(patient: Patient) -> list[Finding]:
    """Large messages over TCP."""
    if patient.tcp_large_port is None:
        return []
    option = "--server tcp://HOST:PORT?large=PORT, or WINDSOCK_TCP_LARGE_PORT"
    return [_greet("tcp large", patient, patient.tcp_large_port, _framed, option)]


def _line(text: bytes) -> bytes:
    return text + b"\n"


def _framed(text: bytes) -> bytes:
    return struct.pack(">L", len(text)) + text


def _greet(check: str, patient: Patient, port: int, pack: Callable[[bytes], bytes], option: str) -> Finding:
    """Say hello, with the key, and see who answers."""
    where = f"{patient.host}:{port}"
    hello: dict[str, Any] = {"ack": True} if patient.key is None else {"ack": True, "key": patient.key}
    text = pack(json.dumps({"hello": hello}).encode())
    if patient.key is None:
        text += pack(EMPTY)
    began = time.perf_counter()
    try:
        said = _exchange(patient.host, port, text, lines=1 if patient.key else 2)
    except OSError as error:
        return wrong(
            check,
            f"{where} does not answer: {error.strerror or error}.",
            f"{START}\nIf it runs at another port, name that: {option}.",
        )
    ms = (time.perf_counter() - began) * 1000
    answers = [json_of(line) for line in said.splitlines()]
    errors = [answer["error"] for answer in answers if isinstance(answer.get("error"), dict)]
    error = cast("dict[str, Any]", errors[0]) if errors else {}
    if answers and answers[0].get("ack") == 0 and error.get("code") != "unauthorized":
        return fine(check, f"{where} takes messages" + (" with this key" if patient.key else ""), ms)
    if error.get("code") == "unauthorized":
        return wrong(check, f"{where} says: {error.get('message')}.", key_todo(patient))
    if error:
        says = f"{where} answers {str(error.get('message'))!r} to a greeting."
        return wrong(check, says, f"Is it another of Windsock's ports? Name the right one: {option}.")
    if not said:
        says = f"{where} takes connections and does not answer a greeting"
    else:
        kind = "an HTTP server" if said.startswith(b"HTTP/") else f"something that says {said[:40]!r}"
        says = f"at {where} answers {kind}, not Windsock"
    return wrong(check, f"{says}.", f"Free the port, or name the right one: {option}.")


def key_todo(patient: Patient) -> str:
    """What to do about a key that does not fit."""
    given = "The key that was given is not the server's" if patient.key else "The server asks for a key"
    return f"{given}: give its WINDSOCK_PUBLISH_KEY as WINDSOCK_KEY (or --key)."


def _guarded(patient: Patient) -> list[Finding]:
    """Whether strangers may send."""
    if patient.tcp_port is None:
        return []
    try:
        said = _exchange(patient.host, patient.tcp_port, b'{"hello": {"ack": true}}\n' + EMPTY + b"\n", lines=2)
    except OSError:
        return []
    if b'"unauthorized"' in said:
        return [fine("key", "the server asks for it, and it fits")]
    if patient.is_here:
        return [fine("key", "none is needed: by default, only this machine may send")]
    return [
        warn(
            "key",
            f"anybody who reaches {patient.host} may send, since no key is set.",
            "Set WINDSOCK_PUBLISH_KEY for all services, unless something else keeps strangers out.",
        )
    ]


def _exchange(host: str, port: int, data: bytes, *, lines: int) -> bytes:
    """What comes back: so many lines, or what there is of them in time."""
    with socket.create_connection((host.strip("[]"), port), ANSWER_SECONDS) as connection:
        connection.settimeout(ANSWER_SECONDS)
        connection.sendall(data)
        said = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            while said.count(b"\n") < lines and (more := connection.recv(65536)):
                said += more
        return said
